import { join } from "node:path";
import { isReadyAt } from "../../../src/api/conditions.ts";
import { PLURAL, type SessionPool, type SessionPoolSpec } from "../../../src/api/session-pool.ts";
import { createValidator } from "../../../src/api/validate.ts";
import { type Config, readConfig } from "../../../src/config.ts";
import { recordedDuration } from "../../emulator/durations.ts";
import { ArmModel } from "../../emulator/model.ts";
import { DOCUMENTED_LIMITS } from "../../emulator/token-buckets.ts";
import { SUBSCRIPTION } from "../../simulation/config.ts";
import { ApiServer } from "../../simulation/api-server/server.ts";
import { OPERATOR_TENANT } from "../../simulation/credentials.ts";
import { Network } from "../../simulation/network.ts";
import { OPERATOR_NAMESPACE, Process } from "../../simulation/process.ts";
import { silentTrace } from "../../simulation/trace.ts";
import { followClock } from "../../simulation/virtual-globals.ts";
import { poolPath } from "../../simulation/world.ts";
import { FakeClock } from "../../time/fake-clock.ts";
import { numbers } from "../../time/numbers.ts";
import { Meter } from "./meter.ts";

export interface WorldOptions {
  /** Decides latencies, durations and ids. */
  readonly seed: number;
  /** Pools on a page of a LIST. */
  readonly pageSize: number;
  /** Flags of the operator. */
  readonly flags: readonly string[];
  /** Takes a line that says how far it is. */
  readonly tell: (line: string) => void;
  /** What the lines begin with. */
  readonly title: string;
}

/** A phase that did not come to its end. */
export class Unfinished extends Error {}

const START = Date.UTC(2026, 0, 5, 9);
/** A namespace holds a tenth of the pools. */
const NAMESPACES = Array.from({ length: 10 }, (_, index) => `team-${index}`);
/**
 * Azure's work on a PUT, in milliseconds: it takes effect when it arrives, since the front end counts it then, and is answered up to 6 s later
 * (azure-session-pools §3.1).
 */
const PUT_WORK_MS = [0, 6_000] as const;
/** How long the operator may take to stop, in milliseconds. */
const STOP_MS = 60_000;
/** How long between two lines of progress, in milliseconds of the machine's clock. */
const TELL_MS = 2_000;
const COLLECTION = "/apis/appcontainers.dev/v1alpha1/namespaces";

const validate = createValidator();

/** The whole operator, Kubernetes and Azure with its documented limits, on one virtual clock. */
export class ScaleWorld {
  readonly clock = new FakeClock(START);
  readonly meter = new Meter(() => this.clock.now());
  readonly config: Config;
  readonly azure: ArmModel;
  /** When each resource, by its name, was called Ready last, as it is now, in milliseconds since the epoch. */
  readonly readyAt = new Map<string, number>();
  readonly #options: WorldOptions;
  readonly #api = new ApiServer(this.clock);
  readonly #network: Network;
  readonly #namespaces = new Map<string, string>();
  #process: Process | undefined;
  #starts = 0;
  #exit: string | undefined;
  #toldAt = 0;

  constructor(options: WorldOptions) {
    followClock(this.clock);
    this.#options = options;
    this.config = configOf(options.flags);
    this.azure = new ArmModel({
      clock: () => this.clock.now(),
      random: numbers(options.seed + 1),
      provisioningSeconds: recordedDuration,
      anonymous: false,
      tenants: { [SUBSCRIPTION]: OPERATOR_TENANT },
      limits: DOCUMENTED_LIMITS,
      pageSize: options.pageSize,
    });
    for (const name of [...NAMESPACES, OPERATOR_NAMESPACE]) this.#api.create("namespaces", "", { metadata: { name } });
    this.#api.store.listen(({ kind, type, object }) => {
      if (kind.plural !== PLURAL) return;
      const { metadata, status } = object as unknown as SessionPool;
      if (type === "DELETED" || !isReadyAt(status?.conditions, metadata.generation)) this.readyAt.delete(metadata.name);
      else if (!this.readyAt.has(metadata.name)) this.readyAt.set(metadata.name, this.clock.now());
      if (type === "DELETED") this.#namespaces.delete(metadata.name);
    });
    this.#network = new Network({
      clock: this.clock,
      random: numbers(options.seed + 2),
      trace: silentTrace,
      api: this.#api,
      azure: this.azure,
      observer: this.meter,
      putWork: PUT_WORK_MS,
      forgetsCalls: true,
    });
  }

  start(): void {
    this.#starts += 1;
    this.#process = new Process({
      number: this.#starts,
      config: this.config,
      clock: this.clock,
      random: numbers(this.#options.seed * 1_000 + this.#starts),
      network: this.#network,
      trace: silentTrace,
      validate,
      onLog: () => undefined,
      onExit: (error) => (this.#exit = error instanceof Error ? (error.stack ?? error.message) : String(error)),
    });
  }

  /** Ends the operator as its Deployment does. @throws Unfinished */
  async stop(): Promise<void> {
    const running = this.#process;
    running?.stop();
    await this.until("the operator has stopped", STOP_MS, () => running?.isRunning !== true);
    this.#process = undefined;
  }

  /** Ends it at once, and with it the world. */
  end(): void {
    this.#process?.kill();
    this.#process = undefined;
  }

  /** Somebody creates a resource, in one of the namespaces. */
  create(name: string, spec: SessionPoolSpec): void {
    const namespace = NAMESPACES[this.#namespaces.size % NAMESPACES.length] ?? "";
    this.#namespaces.set(name, namespace);
    this.#kubectl("POST", `${COLLECTION}/${namespace}/${PLURAL}`, {
      apiVersion: "appcontainers.dev/v1alpha1",
      kind: "SessionPool",
      metadata: { name },
      spec,
    });
  }

  /** Somebody edits a resource, by a merge patch. */
  edit(name: string, change: object): void {
    this.#kubectl("PATCH", this.#pathOf(name), change);
  }

  remove(name: string): void {
    this.#kubectl("DELETE", this.#pathOf(name));
  }

  /** Whether there is the resource. */
  has(name: string): boolean {
    return this.#namespaces.has(name);
  }

  /** When Azure's last work on a pool ended or will, in milliseconds since the epoch. */
  endOfWork(pool: string): number | undefined {
    return this.azure.endOfWork(poolPath(pool));
  }

  /**
   * Moves time on until something is so.
   *
   * @param what names it
   * @param limitMs of virtual time
   * @param state says how far it is, in words
   * @throws Unfinished when it is not so in time, or the operator ended by itself
   */
  async until(what: string, limitMs: number, done: () => boolean, state: () => string = () => ""): Promise<void> {
    const end = this.clock.now() + limitMs;
    const isOver = (): boolean => done() || this.#exit !== undefined;
    while (!isOver() && this.clock.now() < end) {
      await this.clock.advance(Math.min(1_000, end - this.clock.now()), isOver);
      this.#tell(what, state());
    }
    if (this.#exit !== undefined) throw new Unfinished(`the operator ended by itself: ${this.#exit}`);
    if (!done())
      throw new Unfinished(`"${what}" was not so after ${spanOf(limitMs)} of virtual time (${this.#tally(state())})`);
  }

  /** Lets time pass. @throws Unfinished when the operator ended by itself */
  async pass(what: string, ms: number): Promise<void> {
    const end = this.clock.now() + ms;
    await this.until(what, ms, () => this.clock.now() >= end);
  }

  #tell(what: string, state: string): void {
    // The machine's clock, which a virtual one does not move.
    const now = performance.now();
    if (now - this.#toldAt < TELL_MS) return;
    this.#toldAt = now;
    const { title, tell } = this.#options;
    tell(`${title} · virtual ${spanOf(this.clock.now() - START)} · until ${what} (${this.#tally(state)})`);
  }

  #tally(state: string): string {
    const { meter } = this;
    return `${state === "" ? "" : `${state}; `}${meter.counts.azure} calls to Azure, ${meter.throttled} of them 429`;
  }

  #pathOf(name: string): string {
    return `${COLLECTION}/${this.#namespaces.get(name)}/${PLURAL}/${name}`;
  }

  #kubectl(method: string, path: string, body?: object): void {
    const contentType = method === "PATCH" ? "application/merge-patch+json" : "application/json";
    const answer = this.#api.handle({ method, path, contentType, body: body && JSON.stringify(body) });
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.body}`);
  }
}

/** The operator's settings: its defaults, but for where Azure is, and the flags. @throws ConfigExit */
export function configOf(flags: readonly string[]): Config {
  return readConfig(["--subscription-id", SUBSCRIPTION, ...flags], {
    AZURE_RESOURCE_MANAGER_ENDPOINT: "https://management.example",
    AZURE_AUTHORITY_HOST: "https://login.example",
    AZURE_TENANT_ID: OPERATOR_TENANT,
    AZURE_CLIENT_ID: "bce8c037-3d10-44a4-a970-25f799611fc6",
    AZURE_FEDERATED_TOKEN_FILE: join(import.meta.dirname, "../../simulation/federated-token.jwt"),
    POD_NAMESPACE: OPERATOR_NAMESPACE,
  });
}

/** `1:02:03`. */
function spanOf(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  return parts.map((part, index) => (index === 0 ? String(part) : String(part).padStart(2, "0"))).join(":");
}
