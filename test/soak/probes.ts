import type { Keeper } from "./keeper.ts";

/** How long a probe may stay without an answer before the operator counts as hung, in milliseconds; this machine may be busy for seconds. */
const HUNG_MS = 20_000;
/** The kubelet's timeout for a probe, in milliseconds. */
const SLOW_MS = 1_000;
/** How long a process that has ended may take to be seen so, in milliseconds. */
const NOTICE_MS = 500;

/** Asks what kubelet and Prometheus ask. */
export class Probes {
  /** What was answered instead of 200. */
  readonly failures: string[] = [];
  count = 0;
  /** Answers that came later than a kubelet waits for them; fewer than three in a row harm nothing. */
  slow = 0;
  /** The metrics as they were last; "" for none. */
  metrics = "";
  readonly #keeper: Keeper;

  constructor(keeper: Keeper) {
    this.#keeper = keeper;
  }

  /** Asks for everything once; the process that begins or ends meanwhile is not to blame. */
  async ask(): Promise<void> {
    const operator = this.#keeper.running;
    if (!operator) return;
    const answers = await Promise.all([
      this.#get(`${operator.health}/livez`),
      this.#get(`${operator.health}/readyz`),
      this.#get(operator.metrics),
    ]);
    if (answers.some(({ problem }) => problem !== undefined))
      await new Promise((resolve) => setTimeout(resolve, NOTICE_MS));
    if (this.#keeper.running !== operator) return;
    this.failures.push(...answers.flatMap(({ problem }) => (problem === undefined ? [] : [problem])));
    this.metrics = answers[2]?.text ?? "";
  }

  async #get(url: string): Promise<{ readonly text: string; readonly problem?: string }> {
    const from = performance.now();
    this.count += 1;
    try {
      const response = await fetch(url, { signal: AbortSignal.timeout(HUNG_MS) });
      const text = await response.text();
      if (performance.now() - from > SLOW_MS) this.slow += 1;
      if (response.status === 200) return { text };
      return { text, problem: `${new URL(url).pathname} answered ${response.status}: ${text.trim()}` };
    } catch (error) {
      const cause = error instanceof Error ? (error.cause ?? error) : error;
      return { text: "", problem: `${new URL(url).pathname} gave no answer: ${String(cause)}` };
    }
  }
}
