/** Azure's clock, which a story can stop: what Azure works on stays unfinished until it goes on. */
export class AzureClock {
  #lag = 0;
  #stoppedAt: number | undefined;

  /** Milliseconds since the epoch, as Azure sees it. */
  now(): number {
    return (this.#stoppedAt ?? Date.now()) - this.#lag;
  }

  stop(): void {
    this.#stoppedAt ??= Date.now();
  }

  goOn(): void {
    if (this.#stoppedAt !== undefined) this.#lag += Date.now() - this.#stoppedAt;
    this.#stoppedAt = undefined;
  }
}
