import { setTimeout } from "node:timers/promises";
import { type LogLine, type OperatorOptions, type RunningOperator, startOperator } from "../cluster/operator.ts";

/** How long the operator may take to be there again, in milliseconds: it may begin while the API server is away. */
const RESTART_MS = 5 * 60_000;
const PAUSE_MS = 2_000;
/** What it logs at its end when the lease was lost. */
const LEASE_LOST = "the operator ends with an error, to be started anew";

/** Keeps the operator running, as a Deployment does, and counts why it had to be started anew. */
export class Keeper {
  /** How often it ended because its lease was lost: it is asked to then (client-go does the same). */
  leaseLosses = 0;
  /** What its other ends were; each is a fault. */
  readonly crashes: string[] = [];
  /** Why it could not be started anew; then there is none any more. */
  failure: Error | undefined;
  readonly #options: OperatorOptions;
  readonly #tell: (text: string) => void;
  readonly #processes: RunningOperator[] = [];
  #running: RunningOperator | undefined;
  #isStopping = false;
  #restarting: Promise<void> = Promise.resolve();

  constructor(options: OperatorOptions, tell: (text: string) => void) {
    this.#options = options;
    this.#tell = tell;
  }

  /** The operator, when it is ready. */
  get running(): RunningOperator | undefined {
    return this.#running;
  }

  /** Which process it is, from 1. */
  get life(): number {
    return this.#processes.length;
  }

  /** The logs of all its processes. */
  logs(): readonly LogLine[] {
    return this.#processes.flatMap((operator) => operator.logs());
  }

  async start(): Promise<void> {
    const operator = await startOperator(this.#options);
    this.#processes.push(operator);
    this.#running = operator;
    void operator.ended.then((code) => this.#ended(operator, code));
  }

  /** Ends it in order. @returns its exit code; undefined when there is none */
  async stop(): Promise<number | undefined> {
    this.#isStopping = true;
    await this.#restarting;
    return await this.#running?.stop();
  }

  #ended(operator: RunningOperator, code: number): void {
    if (this.#isStopping) return;
    this.#running = undefined;
    const log = operator.logs();
    const last = log.slice(-3).map((line) => JSON.stringify(line));
    if (code === 1 && log.some(({ msg }) => msg === LEASE_LOST)) this.leaseLosses += 1;
    else this.crashes.push(`exit code ${code}: ${last.join(" ")}`);
    this.#tell(`the operator ended with ${code} and is started anew: ${last.join(" ")}`);
    this.#restarting = this.#restart();
  }

  async #restart(): Promise<void> {
    const deadline = Date.now() + RESTART_MS;
    for (;;) {
      try {
        return await this.start();
      } catch (error) {
        this.#tell(`the operator did not start: ${error instanceof Error ? error.message : String(error)}`);
        if (Date.now() > deadline) {
          this.failure = error instanceof Error ? error : new Error(String(error));
          return;
        }
        await setTimeout(PAUSE_MS);
      }
    }
  }
}
