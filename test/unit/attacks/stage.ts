import { findCondition } from "../../../src/api/conditions.ts";
import { FINALIZER, PLURAL, type SessionPool, type SessionPoolSpec } from "../../../src/api/session-pool.ts";
import { createValidator } from "../../../src/api/validate.ts";
import type { Config } from "../../../src/config.ts";
import { type JsonObject, objectOr } from "../../../src/sessionpool/json.ts";
import { ArmModel } from "../../emulator/model.ts";
import { KINDS, type KindRules, textOf } from "../../simulation/api-server/kinds.ts";
import { ApiServer } from "../../simulation/api-server/server.ts";
import type { Stored } from "../../simulation/api-server/store.ts";
import type { Call } from "../../simulation/calls.ts";
import { CONFIG, SUBSCRIPTION } from "../../simulation/config.ts";
import { CREDENTIALS, OPERATOR_TENANT } from "../../simulation/credentials.ts";
import { Network } from "../../simulation/network.ts";
import { OPERATOR_NAMESPACE, Process } from "../../simulation/process.ts";
import { Secrecy } from "../../simulation/properties/secrecy.ts";
import { Trace } from "../../simulation/trace.ts";
import { followClock } from "../../simulation/virtual-globals.ts";
import { FakeClock } from "../../time/fake-clock.ts";
import { numbers } from "../../time/numbers.ts";

/** A subscription of another tenant. */
export const FAR_SUBSCRIPTION = "1111aaaa-2222-4333-8444-555555555555";
/** The attacker's namespace. */
export const HERE = "team-a";
/** The victim's. */
export const THERE = "team-b";
export const OWNER = "appcontainers.dev.owner";
const START = Date.UTC(2026, 0, 5, 9);
const VERSION = "appcontainers.dev/v1alpha1";
const schemaProblems = createValidator();

export interface StageOptions {
  /** Takes the CRD's rules away, and the operator's own look at its schema: nothing has checked what is stored. */
  readonly unchecked?: boolean;
  /** The scope table, in YAML. */
  readonly scopes?: string;
  /** Settings other than those of the simulation. */
  readonly config?: Partial<Config>;
  /** Pools on a page of a LIST; 2 when left out. */
  readonly pageSize?: number;
}

/** A pool that is to stay as it was. */
interface Kept {
  readonly pool: JsonObject;
  readonly secrets: string;
  /** How many calls the operator had made. */
  readonly since: number;
}

/** The whole operator with Kubernetes and Azure around it, for people who mean harm. */
export class Stage {
  readonly clock = new FakeClock(START);
  readonly api: ApiServer;
  readonly azure: ArmModel;
  readonly network: Network;
  readonly logs: string[] = [];
  readonly secrecy = new Secrecy();
  /** `namespace/name` of each Secret that some resource of that namespace has named. */
  readonly named = new Set<string>();
  /** Pools that are somebody else's, as they were when they were put there. */
  readonly foreign = new Map<string, Kept>();
  readonly exits: unknown[] = [];
  readonly #options: StageOptions;
  readonly #trace = new Trace(() => this.clock.now());
  #processes: readonly Process[] = [];
  #starts = 0;

  constructor(options: StageOptions = {}) {
    followClock(this.clock);
    this.#options = options;
    this.api = new ApiServer(this.clock, { hasRules: options.unchecked !== true });
    this.azure = new ArmModel({
      clock: () => this.clock.now(),
      random: numbers(1),
      provisioningSeconds: 60,
      anonymous: false,
      clients: CREDENTIALS.clients,
      tenants: { [SUBSCRIPTION]: OPERATOR_TENANT, [FAR_SUBSCRIPTION]: CREDENTIALS.ofAnotherTenant.AZURE_TENANT_ID },
      pageSize: options.pageSize ?? 2,
    });
    for (const name of [HERE, THERE, OPERATOR_NAMESPACE]) this.api.create("namespaces", "", { metadata: { name } });
    for (const value of CREDENTIALS.canaries) this.secrecy.add("a client secret", value);
    this.api.store.listen(({ kind, object }) => {
      if (kind.plural !== PLURAL) return;
      for (const name of secretsNamed(object)) this.named.add(`${object.metadata.namespace}/${textOf(name)}`);
    });
    const nothing = (): void => undefined;
    this.network = new Network({
      clock: this.clock,
      random: numbers(2),
      trace: this.#trace,
      api: this.api,
      azure: this.azure,
      observer: {
        onSend: nothing,
        onArrive: nothing,
        onServed: (call, answer) => this.secrecy.learn(call, answer),
        onAnswer: nothing,
        onWatchEvent: nothing,
      },
    });
  }

  /** Starts the operator, again when it runs. */
  start(): Process {
    this.stop();
    const started = this.#run({ ...CONFIG, ...this.#options.config });
    this.#processes = [started];
    return started;
  }

  /** Starts operators side by side, each for the resources of its label selector; calls have their numbers, from 1. */
  startShards(...selectors: readonly string[]): void {
    this.#processes = selectors.map((watchLabelSelector) => this.#run({ ...CONFIG, watchLabelSelector }));
  }

  /** Starts replicas side by side, of which one leads; calls have their numbers, from 1. @returns them in that order */
  startReplicas(count: number): readonly Process[] {
    this.#processes = Array.from({ length: count }, () => this.#run({ ...CONFIG, leaderElect: true }));
    return this.#processes;
  }

  stop(): void {
    for (const running of this.#processes) running.kill();
  }

  /** What Prometheus is told. @param number of the operator, when there are several */
  async metrics(number = this.#starts): Promise<string> {
    return (await this.#processes.find((running) => running.number === number)?.page("/metrics")) ?? "";
  }

  #run(config: Config): Process {
    this.#starts += 1;
    const { scopes, unchecked } = this.#options;
    return new Process({
      number: this.#starts,
      config,
      clock: this.clock,
      random: numbers(1_000 + this.#starts),
      network: this.network,
      trace: this.#trace,
      validate: unchecked === true ? () => [] : schemaProblems,
      ...(scopes === undefined ? {} : { readScopes: () => Promise.resolve(scopes) }),
      onLog: (line) => void this.logs.push(line),
      onExit: (error) => void this.exits.push(error),
    });
  }

  async pass(minutes: number): Promise<void> {
    await this.clock.advance(minutes * 60_000);
  }

  get clusterId(): string {
    return this.api.store.get(kindOf("namespaces"), "", "kube-system")?.metadata.uid ?? "";
  }

  /** kubectl create. @throws Error when the API server refuses */
  create(name: string, spec: SessionPoolSpec, namespace = HERE, labels = {}): SessionPool {
    const path = `/apis/${VERSION}/namespaces/${namespace}/${PLURAL}`;
    const object = { metadata: { name, labels }, spec } as unknown as JsonObject;
    return this.#kubectl("POST", path, object) as unknown as SessionPool;
  }

  /** kubectl patch, with any member of the object but the status. */
  patch(name: string, change: object, namespace = HERE): void {
    this.#kubectl("PATCH", pathOf(namespace, name), change as JsonObject);
  }

  /** Somebody who may write the status writes into it. */
  forge(name: string, status: object, namespace = HERE): void {
    this.#kubectl("PATCH", `${pathOf(namespace, name)}/status`, { status } as JsonObject);
  }

  /** kubectl delete. */
  remove(name: string, namespace = HERE): void {
    this.#kubectl("DELETE", pathOf(namespace, name));
  }

  /** The same with the finalizer put there by hand first. */
  removeHeld(name: string, namespace = HERE): void {
    this.patch(name, { metadata: { finalizers: [FINALIZER] } }, namespace);
    this.remove(name, namespace);
  }

  /** Writes a Secret; a value that begins with `canary-` must be found nowhere else. */
  secret(name: string, values: Readonly<Record<string, string>>, namespace = HERE): void {
    for (const value of Object.values(values))
      if (value.startsWith("canary-")) this.secrecy.add(`a value of ${namespace}/${name}`, value);
    const path = `/api/v1/namespaces/${namespace}/secrets`;
    if (this.api.store.get(kindOf("secrets"), namespace, name))
      this.#kubectl("PATCH", `${path}/${name}`, { stringData: values });
    else this.#kubectl("POST", path, { metadata: { name }, stringData: values });
  }

  removeSecret(name: string): void {
    this.#kubectl("DELETE", `/api/v1/namespaces/${HERE}/secrets/${name}`);
  }

  /** Somebody else has made a pool, which is to stay as it is. */
  foreignPool(name: string, tag?: string, more: { readonly id?: string; readonly properties?: object } = {}): string {
    const id = more.id ?? poolId(name);
    const tags = tag === undefined ? {} : { tags: { [OWNER]: tag } };
    const { status, body } = this.azure.asSomebody("PUT", id, { ...python(more.properties), ...tags });
    if (status >= 300) throw new Error(`PUT ${id}: ${body}`);
    this.keep(id);
    return id;
  }

  /** From now on the pool is to stay as it is. */
  keep(id: string): void {
    const pool = this.pool(id);
    if (!pool) throw new Error(`there is no pool ${id}`);
    const secrets = JSON.stringify([...this.azure.secretValues(id)]);
    this.foreign.set(id, { pool, secrets, since: this.network.calls.length });
  }

  pool(id: string): JsonObject | undefined {
    const all = this.azure.peek() as readonly JsonObject[];
    return all.find((pool) => typeof pool.id === "string" && pool.id.toLowerCase() === id.toLowerCase());
  }

  resource(name: string, namespace = HERE): SessionPool | undefined {
    return this.api.store.get(kindOf(PLURAL), namespace, name) as unknown as SessionPool | undefined;
  }

  /** Reason and message of the condition Stalled, else of Ready; empty without either. */
  told(name: string, namespace = HERE): string {
    const conditions = this.resource(name, namespace)?.status?.conditions;
    const condition = findCondition(conditions, "Stalled") ?? findCondition(conditions, "Ready");
    return condition ? `${condition.reason}: ${condition.message}` : "";
  }

  /** `reason: note` of the events about a resource. */
  events(name: string): readonly string[] {
    return this.objects("events")
      .filter(({ regarding }) => objectOr(regarding).name === name)
      .map(({ reason, note }) => `${textOf(reason)}: ${textOf(note)}`);
  }

  objects(plural: string): readonly JsonObject[] {
    return this.api.store.list(kindOf(plural));
  }

  /** Methods of the calls to ARM about pools, `of` in their path. */
  asked(of = ""): readonly string[] {
    return this.callsAbout(of).map(({ method }) => method);
  }

  callsAbout(of = ""): readonly Call[] {
    const wanted = of.toLowerCase();
    return this.network.calls.filter(({ side, path }) => side === "azure" && path.toLowerCase().includes(wanted));
  }

  #kubectl(method: string, path: string, body?: JsonObject): JsonObject {
    const contentType = method === "PATCH" ? "application/merge-patch+json" : "application/json";
    const sent = body === undefined ? undefined : JSON.stringify(body);
    const answer = this.api.handle({ method, path, contentType, body: sent });
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.body}`);
    return JSON.parse(answer.body) as JsonObject;
  }
}

/** ARM id of a pool in the group `rg`. */
export function poolId(name: string): string {
  return `/subscriptions/${SUBSCRIPTION}/resourceGroups/rg/providers/Microsoft.App/sessionPools/${name}`;
}

/** The body of a pool like that of the spec `python()`. */
function python(properties: object = {}): object {
  return {
    location: "westus3",
    properties: {
      poolManagementType: "Dynamic",
      containerType: "PythonLTS",
      scaleConfiguration: { maxConcurrentSessions: 10 },
      dynamicPoolConfiguration: { lifecycleConfiguration: { lifecycleType: "Timed", cooldownPeriodInSeconds: 300 } },
      ...properties,
    },
  };
}

function secretsNamed({ spec }: Stored): readonly unknown[] {
  const { secrets, credentialsRef } = (spec ?? {}) as Partial<SessionPoolSpec>;
  return [...(secrets ?? []).map(({ valueFrom }) => valueFrom.secretKeyRef.name), credentialsRef?.name];
}

function kindOf(plural: string): KindRules {
  const kind = KINDS.find((candidate) => candidate.plural === plural);
  if (!kind) throw new Error(`no kind ${plural}`);
  return kind;
}

function pathOf(namespace: string, name: string): string {
  return `/apis/${VERSION}/namespaces/${namespace}/${PLURAL}/${name}`;
}
