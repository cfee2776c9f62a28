import { inspect } from "node:util";
import { pino } from "pino";
import type { SessionPool, SessionPoolSpec, SessionPoolStatus } from "../../../src/api/session-pool.ts";
import { ArmClient } from "../../../src/azure/arm-client.ts";
import type { Result } from "../../../src/controller/controller.ts";
import { KubernetesError } from "../../../src/kubernetes/errors.ts";
import type { EventNote } from "../../../src/kubernetes/events.ts";
import type { SessionPools } from "../../../src/kubernetes/session-pools.ts";
import { Claims } from "../../../src/reconcile/claims.ts";
import { type CredentialStore, NO_CALLS } from "../../../src/reconcile/credentials.ts";
import { DriftBreaker } from "../../../src/reconcile/drift-breaker.ts";
import { Memories } from "../../../src/reconcile/memory.ts";
import { Pacer } from "../../../src/reconcile/pacer.ts";
import { type Provisioned, Provisioning } from "../../../src/reconcile/provisioning.ts";
import { Reconciler } from "../../../src/reconcile/reconciler.ts";
import { Reporter } from "../../../src/reconcile/report.ts";
import { WriteSlots } from "../../../src/reconcile/write-slots.ts";
import type { JsonObject } from "../../../src/sessionpool/json.ts";
import type { Placement } from "../../../src/sessionpool/placement.ts";
import type { HashKey } from "../../../src/sessionpool/secrets-tag.ts";
import type { EmulatorResponse } from "../../emulator/http.ts";
import { ArmModel } from "../../emulator/model.ts";
import { FakeClock } from "../../time/fake-clock.ts";
import { unobserved } from "./unobserved.ts";
import { GuardedSecrets } from "./guarded-secrets.ts";

/** Resource, Azure and operator in one process, on one clock: the emulator's model behind the real ARM client. */
export interface World {
  readonly clock: FakeClock;
  readonly model: ArmModel;
  /** What the API server has. */
  live: SessionPool | undefined;
  /** What the operator's cache has. */
  cached: SessionPool | undefined;
  readonly statusWrites: SessionPoolStatus[];
  readonly events: EventNote[];
  /** Reasons of the PUTs and DELETEs that Azure took. */
  readonly writes: string[];
  /** The Kubernetes Secrets of the resource's namespace. */
  readonly secrets: GuardedSecrets;
  hashKey: HashKey;
  /** How calls to Azure are signed in; undefined: as the operator, whatever the resource says. */
  credentials: Pick<CredentialStore, "of"> | undefined;
  /** Which resources are for which pool; none is known before a test tells of it. */
  claims: Claims;
  /** How long Azure took for PUTs. */
  readonly provisioned: Provisioned[];
  /** Replaces an answer of Azure, or lets it through. */
  tamper: (method: string, response: EmulatorResponse) => EmulatorResponse;
  reconcile(): Promise<Result>;
  /** Reconciles as the queue would, `times` times, waiting as long as each result asks. */
  run(times: number): Promise<void>;
  /** Starts the operator anew: nothing is remembered. */
  restart(): void;
  /** Methods of the calls that Azure served. */
  calls(): readonly string[];
  /** Bodies of the operator's PUTs that Azure served. */
  readonly puts: JsonObject[];
  /** The pool as Azure has it. */
  pool(): JsonObject;
  /** Somebody else changes the pool in Azure. */
  portal(patch: object): Promise<void>;
  /** What the scope table says of the resource. */
  scopeProblem: (resource: SessionPool, target: Placement) => string | undefined;
  liveScopeProblem: (pool: JsonObject) => string | undefined;
  /** Called before each status write; throws to stand for a crash. */
  beforeStatusWrite: () => void;
}

const HEADERS = { host: "arm.example" };
const VERSION = "api-version=2025-07-01";
const SUBSCRIPTION = "34adfa4f-cedf-4dc0-ba29-b6d1a69ab345";

/** ARM path of the pool that the resource is about. */
export const POOL_PATH = `/subscriptions/${SUBSCRIPTION}/resourceGroups/rg/providers/Microsoft.App/sessionPools/alpha`;

export function startWorld(): World {
  const clock = new FakeClock();
  const model = new ArmModel({
    clock: () => clock.now() + 1.7e12,
    random: () => 0.5,
    provisioningSeconds: 60,
    anonymous: true,
  });
  const secrets = new GuardedSecrets();
  const log = pino({ level: "trace" }, { write: (line: string) => secrets.look("the log", line) });
  let reconciler: Reconciler;
  const write = (change: (live: SessionPool) => SessionPool): Promise<SessionPool> => {
    if (!world.live) return Promise.reject(new KubernetesError(404, "NotFound", "there is no such resource"));
    world.live = bumped(change(world.live));
    world.cached = world.live;
    return Promise.resolve(world.live);
  };
  const sessionPools = {
    get: (of: SessionPool) => Promise.resolve(world.live?.metadata.uid === of.metadata.uid ? world.live : undefined),
    addFinalizer: () =>
      write((live) => ({ ...live, metadata: { ...live.metadata, finalizers: ["appcontainers.dev/session-pool"] } })),
    getByName: () => Promise.resolve(undefined),
    removeFinalizer: () => write((live) => ({ ...live, metadata: { ...live.metadata, finalizers: [] } })),
  } as unknown as SessionPools;
  const world: World = {
    clock,
    model,
    live: undefined,
    cached: undefined,
    statusWrites: [],
    events: [],
    writes: [],
    secrets,
    hashKey: { id: "key-1", bytes: Buffer.alloc(32, 1) },
    credentials: undefined,
    claims: new Claims(),
    provisioned: [],
    tamper: (_method, response) => response,
    reconcile: () =>
      reconciler.reconcile("ns/alpha", log, new AbortController().signal).catch((error: unknown) => {
        secrets.look("an error", inspect(error));
        throw error;
      }),
    run: async (times) => {
      for (let round = 0; round < times; round += 1) {
        const result = await world.reconcile();
        await clock.advance(result.kind === "requeue" ? result.afterMs : result.kind === "retry" ? 300_000 : 0);
      }
    },
    restart: () => {
      reconciler = createReconciler();
    },
    calls: () => model.calls.map(({ method }) => method),
    puts: [],
    pool: () => {
      const { body } = model.handle({
        method: "GET",
        url: `${POOL_PATH}?${VERSION}`,
        headers: HEADERS,
        body: undefined,
      });
      return JSON.parse(body ?? "{}") as JsonObject;
    },
    portal: async (patch) => {
      const body = JSON.stringify(patch);
      const { status } = model.handle({ method: "PATCH", url: `${POOL_PATH}?${VERSION}`, headers: HEADERS, body });
      if (status !== 202) throw new Error(`PATCH answered ${status}`);
      await clock.advance(60_000);
    },
    scopeProblem: () => undefined,
    liveScopeProblem: () => undefined,
    beforeStatusWrite: () => undefined,
  };
  const recordEvent = (_resource: SessionPool, event: EventNote): void => {
    secrets.look("an event", JSON.stringify(event));
    world.events.push(event);
  };
  const createReconciler = (): Reconciler => {
    const arm = armClient(world);
    world.claims = new Claims();
    return new Reconciler({
      credentials: { of: async (of, signal) => (await world.credentials?.of(of, signal)) ?? { ...NO_CALLS, arm } },
      sessionPools,
      clusterId: "c1",
      now: () => clock.now(),
      random: () => 0,
      memories: new Memories(),
      claims: world.claims,
      reporter: new Reporter({
        wallClock: clock,
        recordEvent,
        writeStatus: async (_resource, status) => {
          secrets.look("the status", JSON.stringify(status));
          world.beforeStatusWrite();
          world.statusWrites.push(status);
          return await write((live) => ({ ...live, status }));
        },
      }),
      recordEvent,
      validate: () => [],
      scopeProblem: (resource, target) => world.scopeProblem(resource, target),
      liveScopeProblem: (_resource, _target, pool) => world.liveScopeProblem(pool),
      cached: () => world.cached,
      readSecret: (_namespace, name) => Promise.resolve(world.secrets.get(name)),
      hashKey: () => Promise.resolve(world.hashKey),
      onWrite: (reason) => void world.writes.push(reason),
      provisioning: new Provisioning(
        () => clock.now(),
        (told) => void world.provisioned.push(told),
      ),
      observers: unobserved(300_000),
      breaker: new DriftBreaker({ maxShare: 1, enqueue: () => undefined, onFound: () => undefined }),
      slots: new WriteSlots(Infinity, () => undefined),
      giveBack: (key) => arm.budget.giveBack(key),
      onTurn: () => undefined,
      unverifiedPacer: new Pacer(2_000),
      defaultSubscriptionId: SUBSCRIPTION,
      driftIntervalMs: 300_000,
      failedPoolBackoff: { baseMs: 60_000, maxMs: 600_000, random: () => 0 },
    });
  };
  reconciler = createReconciler();
  return world;
}

/** The resource with its finalizer, applied and seen by the operator: a custom pool, but for what the test says. */
export function apply(world: World, spec: Partial<SessionPoolSpec> = {}): void {
  applySpec(world, {
    resourceGroup: "rg",
    location: "westus3",
    environmentId: `/subscriptions/${SUBSCRIPTION}/resourceGroups/rg/providers/Microsoft.App/managedEnvironments/env`,
    containerType: "CustomContainer",
    scaleConfiguration: { maxConcurrentSessions: 10, readySessionInstances: 2 },
    dynamicPoolConfiguration: { lifecycleConfiguration: { lifecycleType: "Timed", cooldownPeriodInSeconds: 300 } },
    customContainerTemplate: { containers: [{ name: "main", image: "img:1" }] },
    ...spec,
  });
}

/** The same with a whole spec. */
export function applySpec(world: World, spec: SessionPoolSpec): void {
  const before = world.live;
  world.live = bumped({
    metadata: {
      name: "alpha",
      namespace: "ns",
      uid: "u1",
      resourceVersion: "0",
      finalizers: ["appcontainers.dev/session-pool"],
      ...before?.metadata,
      generation: (before?.metadata.generation ?? 0) + 1,
    },
    spec,
    ...(before?.status ? { status: before.status } : {}),
  });
  world.cached = world.live;
}

function bumped(object: SessionPool): SessionPool {
  return {
    ...object,
    metadata: { ...object.metadata, resourceVersion: String(Number(object.metadata.resourceVersion) + 1) },
  };
}

/** A client of the world's Azure, with a memory of its own. */
export function armClient(world: World): ArmClient {
  return new ArmClient({
    credential: { getToken: () => Promise.resolve({ token: "t", expiresOnTimestamp: 9e15 }) },
    endpoint: "https://arm.example",
    audience: "https://arm.example",
    clock: world.clock,
    userAgent: "test",
    httpClient: {
      sendRequest: (request) => {
        const { pathname, search } = new URL(request.url);
        const body = typeof request.body === "string" ? request.body : undefined;
        if (request.method === "PUT") world.puts.push(JSON.parse(body ?? "{}") as JsonObject);
        const given = world.model.handle({
          method: request.method,
          url: pathname + search,
          headers: HEADERS,
          body,
        });
        const response = world.tamper(request.method, given);
        const all = new Map(Object.entries(response.headers));
        const headers = {
          get: (name: string) => all.get(name.toLowerCase()),
          has: (name: string) => all.has(name.toLowerCase()),
          toJSON: () => Object.fromEntries(all),
        };
        return Promise.resolve({ request, status: response.status, headers, bodyAsText: response.body ?? "" } as never);
      },
    },
  });
}
