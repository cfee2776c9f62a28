import type { SessionPool, SessionPoolSpec } from "../../src/api/session-pool.ts";
import { PLURAL } from "../../src/api/session-pool.ts";
import { createValidator } from "../../src/api/validate.ts";
import type { Config } from "../../src/config.ts";
import { type JsonObject, objectOr } from "../../src/sessionpool/json.ts";
import { ArmModel } from "../emulator/model.ts";
import { FakeClock } from "../time/fake-clock.ts";
import { numbers } from "../time/numbers.ts";
import { KINDS, type KindRules } from "./api-server/kinds.ts";
import { ApiServer } from "./api-server/server.ts";
import { CONFIG, SUBSCRIPTION } from "./config.ts";
import { CREDENTIALS, OPERATOR_TENANT } from "./credentials.ts";
import { History } from "./history.ts";
import { Machines, type OldView } from "./machines.ts";
import { Network, type Observer } from "./network.ts";
import { type MachineClocks, OPERATOR_NAMESPACE, Process } from "./process.ts";
import { Trace } from "./trace.ts";
import { followClock } from "./virtual-globals.ts";

export interface WorldOptions {
  /** Decides latencies, ids and whatever else is left to chance. */
  readonly seed: number;
  readonly secretAccess?: "get" | "watch" | undefined;
  /** Pools on a page of a LIST; as many as Azure's when left out. */
  readonly pageSize?: number | undefined;
  /** Whether the API server streams lists; left out: it does. */
  readonly streamsLists?: boolean;
  /** How many replicas of the operator there are; one when left out. */
  readonly replicas?: number | undefined;
  /** Settings of the operator that differ from the usual ones. */
  readonly config?: Partial<Config> | undefined;
  /** Told of all that passes, of the log, and of a process that ended by itself. */
  readonly observer: Observer & {
    readonly onLog: (line: string) => void;
    readonly onExit: (error: unknown, process: number) => void;
  };
}

/** Namespace of the resources. */
export const NAMESPACE = "team-a";
/** How long Azure works on a pool, in seconds. */
const PROVISIONING_SECONDS = 60;
/** A user whose resource cannot be created yet tries again after so long, in milliseconds. */
const CREATE_AGAIN_MS = 5_000;
const START = Date.UTC(2026, 0, 5, 9);
const GROUP = "/apis/appcontainers.dev/v1alpha1";

const validate = createValidator();

/** Operator, Kubernetes and Azure in one process, on one clock; the same seed is the same run. */
export class World {
  readonly clock = new FakeClock(START);
  readonly trace = new Trace(() => this.clock.now());
  readonly api: ApiServer;
  readonly azure: ArmModel;
  readonly network: Network;
  /** What was in Azure at earlier times. */
  readonly history: History;
  /** What the operator runs on. */
  readonly machines: Machines;
  /** How the operator is configured. */
  readonly config: Config;
  readonly #options: WorldOptions;
  readonly #observer: WorldOptions["observer"];
  /** Resources that somebody is about to create, once the name is free. */
  readonly #waiting = new Map<string, SessionPoolSpec>();

  constructor(options: WorldOptions) {
    followClock(this.clock);
    this.#options = options;
    this.config = { ...CONFIG, secretAccess: options.secretAccess ?? "get", ...options.config };
    this.api = new ApiServer(this.clock, { streamsLists: options.streamsLists ?? true });
    this.azure = new ArmModel({
      clock: () => this.clock.now(),
      random: numbers(options.seed + 1),
      provisioningSeconds: PROVISIONING_SECONDS,
      anonymous: false,
      clients: CREDENTIALS.clients,
      tenants: { [SUBSCRIPTION]: OPERATOR_TENANT },
      ...(options.pageSize === undefined ? {} : { pageSize: options.pageSize }),
    });
    this.history = new History(this.clock, () => this.azure.peek());
    for (const name of [NAMESPACE, OPERATOR_NAMESPACE]) this.api.create("namespaces", "", { metadata: { name } });
    this.#observer = options.observer;
    this.machines = new Machines(options.replicas ?? 1, this.#started.bind(this));
    this.network = new Network({
      clock: this.clock,
      random: numbers(options.seed + 2),
      trace: this.trace,
      api: this.api,
      azure: this.azure,
      history: this.history,
      observer: this.#observer,
    });
  }

  /** The operator that runs, if one does; of several replicas, the first. */
  get operator(): Process | undefined {
    return this.machines.running[0];
  }

  /** Starts the operator where it does not run. @param lagging it sees collections as of this version at first */
  start(lagging?: OldView): void {
    this.machines.start(lagging);
  }

  #started(number: number, machine: MachineClocks, view: OldView | undefined): Process {
    const { clock, config, network, trace, api } = this;
    const { onLog, onExit } = this.#observer;
    return new Process({
      number,
      config,
      clock,
      machine,
      network,
      trace,
      validate,
      onLog,
      onExit,
      random: numbers(this.#options.seed * 1_000 + number),
      ...(view && {
        oldView: { version: Math.min(view.version, api.store.version), until: clock.now() + view.forMs },
      }),
    });
  }

  /** Moves time on, and starts the operator again when it was killed, as its Deployment would. */
  async pass(ms: number, done: () => boolean = () => false): Promise<void> {
    const end = this.clock.now() + ms;
    const RESTART_MS = 2_000;
    while (this.clock.now() < end && !done()) {
      await this.clock.advance(end - this.clock.now(), () => done() || this.machines.isDown);
      if (!this.machines.isDown || done()) continue;
      await this.clock.advance(Math.min(RESTART_MS, end - this.clock.now()));
      this.start(this.nextView);
      this.nextView = undefined;
    }
  }

  /** What the next start sees at first; for stale reads. */
  nextView: OldView | undefined;

  /** The resource as the API server has it. */
  resource(name: string): SessionPool | undefined {
    return this.api.store.get(kindOf(PLURAL), NAMESPACE, name) as unknown as SessionPool | undefined;
  }

  /** What the operator's tags call this cluster. */
  get clusterId(): string {
    return this.api.store.get(kindOf("namespaces"), "", "kube-system")?.metadata.uid ?? "";
  }

  resources(): readonly SessionPool[] {
    return this.api.store.list(kindOf(PLURAL)) as unknown as readonly SessionPool[];
  }

  /** The specs of the resources that there are, or will be, when every deletion has ended. */
  wanted(): ReadonlyMap<string, SessionPoolSpec> {
    const staying = this.resources().filter(({ metadata }) => metadata.deletionTimestamp === undefined);
    return new Map([...staying.map(({ metadata, spec }) => [metadata.name, spec] as const), ...this.#waiting]);
  }

  /** Objects of a kind, e.g. `events`. */
  objects(plural: string): readonly JsonObject[] {
    return this.api.store.list(kindOf(plural));
  }

  /** The pools in Azure, without a call that counts. */
  pools(): readonly JsonObject[] {
    return this.azure.peek() as readonly JsonObject[];
  }

  pool(name: string): JsonObject | undefined {
    return this.pools().find((pool) => pool.name === name);
  }

  /** Somebody calls the API server, as kubectl does. @throws Error when it refuses */
  kubectl(method: string, path: string, body?: object): JsonObject {
    this.trace.actor("user", `${method} ${path} ${body === undefined ? "" : JSON.stringify(body)}`);
    const contentType = method === "PATCH" ? "application/merge-patch+json" : "application/json";
    const answer = this.api.handle({
      method,
      path,
      contentType,
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.body}`);
    return JSON.parse(answer.body) as JsonObject;
  }

  /** Creates a resource, as soon as there is none of the name. */
  create(name: string, given: SessionPoolSpec | "as it was"): void {
    const before = this.resource(name);
    const spec = given === "as it was" ? (before?.spec ?? this.#waiting.get(name)) : given;
    if (!spec) return;
    if (before) {
      this.#waiting.set(name, spec);
      this.clock.timer(CREATE_AGAIN_MS, () => this.create(name, given));
      return;
    }
    this.#waiting.delete(name);
    this.kubectl("POST", `${GROUP}/namespaces/${NAMESPACE}/${PLURAL}`, {
      apiVersion: "appcontainers.dev/v1alpha1",
      kind: "SessionPool",
      metadata: { name },
      spec,
    });
  }

  /** Changes a resource by a merge patch, when it is there. */
  patch(name: string, change: object): void {
    if (this.resource(name)) this.kubectl("PATCH", pathOf(name), change);
  }

  /** Somebody empties the status, as a restore from a backup does. */
  wipeStatus(name: string): void {
    if (this.resource(name)) this.kubectl("PATCH", `${pathOf(name)}/status`, { status: null });
  }

  /** Replaces the whole spec, as kubectl apply with another file does. */
  replaceSpec(name: string, spec: SessionPoolSpec): void {
    const resource = this.resource(name);
    if (resource) this.kubectl("PUT", pathOf(name), { ...resource, spec });
  }

  /** Libraries that ask for the time get this world's again, after another world ran. */
  follow(): void {
    followClock(this.clock);
  }

  /** Another resource takes the name: at once, since somebody takes the finalizers away, or when the operator has let go. */
  replace(name: string, how: "forced" | "deleted"): void {
    const before = this.resource(name);
    if (!before) return;
    if (how === "forced") this.patch(name, { metadata: { finalizers: null } });
    this.#waiting.set(name, before.spec);
    this.remove(name);
    this.create(name, how === "forced" ? before.spec : "as it was");
  }

  remove(name: string): void {
    if (this.resource(name)) this.kubectl("DELETE", pathOf(name));
  }

  /** Writes a Secret of the resources' namespace. */
  setSecret(name: string, values: Readonly<Record<string, string>>): void {
    const path = `/api/v1/namespaces/${NAMESPACE}/secrets`;
    const there = this.api.store.get(kindOf("secrets"), NAMESPACE, name);
    if (there) this.kubectl("PATCH", `${path}/${name}`, { stringData: values });
    else this.kubectl("POST", path, { metadata: { name }, stringData: values });
  }

  /** The value of an entry of a Secret of the resources' namespace. */
  secretValue(name: string, key: string): string | undefined {
    const data = objectOr(this.api.store.get(kindOf("secrets"), NAMESPACE, name)?.data)[key];
    return typeof data === "string" ? Buffer.from(data, "base64").toString("utf8") : undefined;
  }

  removeSecret(name: string): void {
    if (this.api.store.get(kindOf("secrets"), NAMESPACE, name))
      this.kubectl("DELETE", `/api/v1/namespaces/${NAMESPACE}/secrets/${name}`);
  }

  /** Where a pool is, or would be. */
  #pathOf(name: string): string {
    const { id } = this.pool(name) ?? {};
    return typeof id === "string" ? id : poolPath(name, this.resource(name)?.spec.resourceGroup);
  }

  /** Somebody else calls Azure, as the portal does. @returns the status */
  portal(method: string, name: string, body?: object): number {
    this.trace.actor("portal", `${method} ${name} ${body === undefined ? "" : JSON.stringify(body)}`);
    this.history.note();
    const { status } = this.azure.asSomebody(method, this.#pathOf(name), body);
    return status;
  }
}

/** ARM path of a pool. */
export function poolPath(name: string, group = "rg"): string {
  return `/subscriptions/${SUBSCRIPTION}/resourceGroups/${group}/providers/Microsoft.App/sessionPools/${name}`;
}

function kindOf(plural: string): KindRules {
  const kind = KINDS.find((candidate) => candidate.plural === plural);
  if (!kind) throw new Error(`no kind ${plural}`);
  return kind;
}

function pathOf(name: string): string {
  return `${GROUP}/namespaces/${NAMESPACE}/${PLURAL}/${name}`;
}
