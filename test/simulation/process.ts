import { pino } from "pino";
import type { Config } from "../../src/config.ts";
import type { Pages } from "../../src/observability/servers.ts";
import { runOperator } from "../../src/operator.ts";
import type { OperatorParts } from "../../src/operator-parts.ts";
import type { Random } from "../../src/time/clock.ts";
import type { FakeClock } from "../time/fake-clock.ts";
import type { Caller } from "./caller.ts";
import type { Network } from "./network.ts";
import { Pulse } from "./pulse.ts";
import type { TraceSink } from "./trace.ts";
import { inProcess, type OwnClocks } from "./virtual-globals.ts";

/** The clocks of a machine, as they differ from the world's. */
export interface MachineClocks {
  /** How fast its steady clock goes; 1: as the world's. */
  rate: number;
  /** How far its wall clock is ahead of the world's, in milliseconds. */
  aheadMs: number;
}

/** What a start of the operator is made of. */
export interface ProcessOptions {
  readonly number: number;
  readonly config: Config;
  readonly clock: FakeClock;
  /** Of the machine that it runs on; left out: the world's. */
  readonly machine?: MachineClocks;
  readonly random: Random;
  readonly network: Network;
  readonly trace: TraceSink;
  readonly validate: OperatorParts["validate"];
  readonly readScopes?: OperatorParts["readScopes"];
  /** Each line of its log. */
  readonly onLog: (line: string) => void;
  /** It ended by itself, with or without an error. */
  readonly onExit: (error: unknown, process: number) => void;
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
  readonly #pulse: Pulse;
  #servers = 0;
  #isDead = false;
  #isDone = false;

  constructor(options: ProcessOptions) {
    const { number, config, clock, random, network, trace } = options;
    this.number = number;
    this.#pulse = new Pulse(clock);
    const caller: Caller = {
      number,
      isDead: () => this.#isDead,
      kill: () => this.kill(),
      onDeath: (act) => this.#onDeath.push(act),
      arrive: (act) => this.#pulse.arrive(act),
      stall: (ms) => this.stall(ms),
      ...(options.oldView ? { oldView: options.oldView } : {}),
    };
    const log = pino(
      { level: config.logLevel, base: null, timestamp: false },
      { write: (line: string) => (this.#isDead ? undefined : options.onLog(line)) },
    );
    this.#onDeath.push(() => trace.note(number, "the process is dead"));
    trace.note(number, "the operator starts");
    const clocks = this.#clocks(clock, options.machine ?? { rate: 1, aheadMs: 0 });
    const turn = (): Promise<void> => new Promise((resolve) => void clocks.clock.timer(0, resolve));
    const parts: OperatorParts = {
      config,
      log,
      clock: clocks.clock,
      wallClock: clocks.wallClock,
      // As if each object took as long as one may: whatever can come between two does.
      turns: { next: turn, own: turn },
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
    };
    inProcess(clocks, () => runOperator(parts)).then(
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

  /** Whether it does not get to run, see {@link stall}. */
  get isStalled(): boolean {
    return this.#pulse.isStalled;
  }

  /** Nothing of it runs for so long, in milliseconds, while the world goes on. */
  stall(ms: number): void {
    this.#pulse.stall(ms);
  }

  /** Nothing that is on its way to it arrives for so long, in milliseconds. */
  cut(ms: number): void {
    this.#pulse.cut(ms);
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
    return `${status} ${(await Array.fromAsync(text)).join("")}`;
  }

  #ended(options: ProcessOptions, error: unknown): void {
    this.#isDone = true;
    if (!this.#isDead && (error !== undefined || !this.#stop.signal.aborted)) options.onExit(error, this.number);
  }

  /** The clocks as the process sees them: the steady one begins with the process, and no timer fires for the dead. */
  #clocks(world: FakeClock, machine: MachineClocks): OwnClocks {
    const born = world.now();
    const clocks: OwnClocks = {
      wallClock: { time: () => world.now() + machine.aheadMs },
      clock: {
        now: () => (world.now() - born) * machine.rate,
        timer: (ms, fire) => {
          if (this.#isDead) return () => undefined;
          let isOver = false;
          const over = (): void => {
            isOver = true;
            this.#timers.delete(cancel);
          };
          const cancel = world.timer(ms / machine.rate, () =>
            this.#pulse.due(() => {
              if (isOver || this.#isDead) return;
              over();
              inProcess(clocks, fire);
            }),
          );
          this.#timers.add(cancel);
          return () => {
            over();
            cancel();
          };
        },
      },
    };
    return clocks;
  }
}
