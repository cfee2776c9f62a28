import { type OperatorOptions, type OperatorProcess, startOperator } from "../../cluster/operator.ts";

export interface OperatorsOptions {
  readonly operator: Omit<OperatorOptions, "onSpawn">;
  /** Called when a process has been killed, and when the next one is ready. */
  readonly onDead: () => void;
  readonly onReady: () => void;
}

/** The operator of a story: one process at a time, and after a kill another. */
export class Operators {
  /** All processes, in the order of their starts. */
  readonly processes: OperatorProcess[] = [];
  /** Why one that nobody killed could not start. */
  failure: unknown;
  readonly #options: OperatorsOptions;
  #kills = 0;
  #restart: Promise<void> = Promise.resolve();

  constructor(options: OperatorsOptions) {
    this.#options = options;
  }

  /** Resolves when the process is ready, or has been killed before that. */
  async start(): Promise<void> {
    const { operator, onReady } = this.#options;
    const killsBefore = this.#kills;
    try {
      await startOperator({ ...operator, onSpawn: (spawned) => this.processes.push(spawned) });
      onReady();
    } catch (error) {
      if (this.#kills === killsBefore) this.failure = error;
    }
  }

  /** Kills the process as `kill -9` does, resolves when it is dead, and starts another meanwhile. */
  async kill(): Promise<void> {
    this.#kills += 1;
    await this.processes.at(-1)?.stop("SIGKILL");
    this.#options.onDead();
    this.#restart = this.start();
  }

  /** Ends the last process in order. */
  async stop(): Promise<void> {
    await this.#restart;
    await this.processes.at(-1)?.stop();
  }

  /** All lines of all logs. */
  logs(): readonly string[] {
    return this.processes.flatMap((process) => process.logs().map((line) => JSON.stringify(line)));
  }
}
