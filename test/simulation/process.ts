import { pino } from "pino";
import type { Config } from "../../src/config.ts";
import type { Pages } from "../../src/observability/servers.ts";
import { type OperatorParts, runOperator } from "../../src/operator.ts";
import type { Clock, Random } from "../../src/time/clock.ts";
import type { FakeClock } from "../time/fake-clock.ts";
import type { Caller, Network } from "./network.ts";
import type { TraceSink } from "./trace.ts";

/** What a start of the operator is made of. */
export interface ProcessOptions {
  readonly number: number;
  readonly config: Config;
  readonly clock: FakeClock;
  readonly random: Random;
  readonly network: Network;
  readonly trace: TraceSink;
  readonly validate: OperatorParts["validate"];
  readonly readScopes?: OperatorParts["readScopes"];
  /** Each line of its log. */
  readonly onLog: (line: string) => void;
  /** It ended by itself, with or without an error. */
  readonly onExit: (error: unknown) => void;
  /** For its first moments this process looks at a server that lags behind. */
  readonly oldView?: Caller["oldView"];
}

/** The namespace that the operator runs in. */
export const OPERATOR_NAMESPACE = "sessionpool-system";

/** One start of the operator: everything from its composition root down, until it is killed or stopped. */
export class Process {
  readonly number: number;
  readonly #stop = new AbortController();
  readonly #pages = new Map<string, Pages[string]>();
  readonly #onDeath: (() => void)[] = [];
  readonly #timers = new Set<() => void>();
  #servers = 0;
  #isDead = false;
  #isDone = false;

  constructor(options: ProcessOptions) {
    const { number, config, clock, random, network, trace } = options;
    this.number = number;
    const caller: Caller = {
      number,
      isDead: () => this.#isDead,
      kill: () => this.kill(),
      onDeath: (act) => this.#onDeath.push(act),
      ...(options.oldView ? { oldView: options.oldView } : {}),
    };
    const log = pino(
      { level: config.logLevel, base: null, timestamp: false },
      { write: (line: string) => (this.#isDead ? undefined : options.onLog(line)) },
    );
    this.#onDeath.push(() => trace.note(number, "the process is dead"));
    trace.note(number, "the operator starts");
    const own = this.#mortal(clock);
    runOperator({
      config,
      log,
      steadyClock: own,
      wallClock: clock,
      // As if each object took as long as one may: whatever can come between two does.
      turns: { next: () => new Promise((resolve) => void own.timer(0, resolve)) },
      random,
      randomBytes: (count) => Uint8Array.from({ length: count }, () => Math.floor(random() * 256)),
      validate: options.validate,
      ...(options.readScopes ? { readScopes: options.readScopes } : {}),
      namespace: OPERATOR_NAMESPACE,
      transport: network.kubernetes(caller),
      httpClient: network.azure(caller),
      listen: (port, pages) => {
        for (const [path, page] of Object.entries(pages)) this.#pages.set(path, page);
        this.#servers += 1;
        const close = (): Promise<void> => {
          this.#servers -= 1;
          return Promise.resolve();
        };
        return Promise.resolve({ port, close });
      },
      version: "simulated",
      instance: `operator-${number}`,
      signal: this.#stop.signal,
    }).then(
      () => this.#ended(options, undefined),
      (error: unknown) => this.#ended(options, error),
    );
  }

  get isRunning(): boolean {
    return !this.#isDead && !this.#isDone;
  }

  /** How many of its servers listen. */
  get servers(): number {
    return this.#isDead ? 0 : this.#servers;
  }

  /** kill -9. */
  kill(): void {
    if (this.#isDead) return;
    this.#isDead = true;
    for (const cancel of this.#timers) cancel();
    for (const act of this.#onDeath) act();
  }

  /** SIGTERM. */
  stop(): void {
    this.#stop.abort();
  }

  /** What its servers answer to a path; undefined while they do not listen. */
  async page(path: string): Promise<string | undefined> {
    const page = this.#pages.get(path);
    if (!page) return undefined;
    const { status, text } = await page();
    return `${status} ${[...text].join("")}`;
  }

  #ended(options: ProcessOptions, error: unknown): void {
    this.#isDone = true;
    if (!this.#isDead && !this.#stop.signal.aborted) options.onExit(error);
  }

  /** The clock as the process sees it: its time begins with the process, and no timer fires for the dead. */
  #mortal(clock: FakeClock): Clock {
    const born = clock.now();
    return {
      now: () => clock.now() - born,
      timer: (ms, fire) => {
        if (this.#isDead) return () => undefined;
        const cancel = clock.timer(ms, () => {
          this.#timers.delete(cancel);
          fire();
        });
        this.#timers.add(cancel);
        return () => {
          this.#timers.delete(cancel);
          cancel();
        };
      },
    };
  }
}
