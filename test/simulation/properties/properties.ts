import { textOf } from "../api-server/kinds.ts";
import { findCondition } from "../../../src/api/conditions.ts";
import {
  FINALIZER,
  type SessionPool,
  type SessionPoolSpec,
  type SessionPoolStatus,
} from "../../../src/api/session-pool.ts";
import { isList, isObject, type JsonObject, objectOr } from "../../../src/sessionpool/json.ts";
import type { Answer, Call } from "../calls.ts";
import { NAMESPACE, type World } from "../world.ts";
import { mismatches } from "./matches.ts";
import { isFinal, nameIn, ownerOf, parsed, pathOf, poolNameOf } from "./reading.ts";
import { identityProblems } from "./identity.ts";
import { isOfLease, Leadership } from "./leadership.ts";
import { RetryAfter } from "./retry-after.ts";
import { Secrecy } from "./secrecy.ts";
import { Spending } from "./spending.ts";
import { statusProblems } from "./status-rules.ts";
import { PoolViews } from "./views.ts";

/** A promise that a run broke (kubernetes-conventions §4.3, P1 to P12; P13: who writes leads). */
export interface Violation {
  readonly property: string;
  readonly text: string;
}

/** What one process has seen of one pool, and of the resource of its name. */
interface Seen {
  readonly views: PoolViews;
  /** The resource as the API server last showed it by name. */
  live?: SessionPool;
  liveAt?: number;
}

/** Who logs so much in one instant makes no progress. */
const SPINNING = 1_000;

/** A read that a write is decided on may be so old, in milliseconds. */
const FRESH_MS = 60_000;

/** Watches a run, call by call, for what must never happen. */
export class Properties {
  readonly violations: Violation[] = [];
  readonly secrecy = new Secrecy();
  readonly leadership: Leadership;
  readonly #world: World;
  readonly #start: number;
  readonly #seen = new Map<string, Seen>();
  readonly #retryAfter = new RetryAfter();
  readonly #spending: Spending;
  readonly #specs = new Map<string, SessionPoolSpec>();
  /** Which pool an operation is about, by the path and query of its URL. */
  readonly #poolOf = new Map<string, string>();
  #before: SessionPool | undefined;
  /** Lines of the log since time has last moved. */
  #lines = 0;
  #linesAt = -Infinity;
  /** When each resource, and each `name@generation` of it, was called Ready first, in milliseconds since the run began. */
  readonly readyAt = new Map<string, number>();
  /** PUTs and DELETEs that Azure took. */
  armWrites = 0;
  /** Calls to Kubernetes that change something, whether they did or not. */
  kubernetesWrites = 0;

  constructor(world: World) {
    this.#world = world;
    this.#start = world.clock.now();
    this.leadership = new Leadership(world, (text) => this.broken("P13", text));
    this.#spending = new Spending(world.config, () => world.pools());
    world.api.store.listen(({ kind, object }) => {
      if (kind.plural !== "sessionpools") return;
      const { metadata, spec } = object as unknown as SessionPool;
      this.#specs.set(`${metadata.uid}/${metadata.generation}`, spec);
    });
  }

  broken(property: string, text: string): void {
    this.violations.push({ property, text });
    this.#world.trace.broken(property, text);
  }

  onSend(call: Call): void {
    for (const problem of [this.#retryAfter.problem(call), this.#spending.problem(call)])
      if (problem !== undefined) this.broken("P10", problem);
    this.leadership.onSend(call);
    const leak = this.secrecy.foundInCall(call);
    if (leak !== undefined) this.broken("P8", `${call.name} carries ${leak}`);
    if (call.side === "kubernetes" && call.method !== "GET" && !isOfLease(call)) this.kubernetesWrites += 1;
    for (const problem of identityProblems(call)) this.broken("P5", problem);
    if (call.name === "PUT pool" || call.name === "DELETE pool") this.#checkRead(call);
    if (call.name === "PUT pool") this.#checkWhole(call);
    if (call.name === "PUT pool" || call.name === "DELETE pool") this.#views(call, call.about).sent(call.at);
  }

  onArrive(call: Call): void {
    if (call.name === "PUT pool" || call.name === "DELETE pool") this.#checkOwner(call);
    if (call.name === "PATCH status") this.#before = this.#world.resource(resourceOf(call));
    if (call.name === "PATCH sessionpool") this.#checkRelease(call);
  }

  onServed(call: Call, answer: Answer): void {
    this.secrecy.learn(call, answer);
    const url = answer.headers["azure-asyncoperation"] ?? answer.headers.location;
    if (url !== undefined && call.name.endsWith(" pool")) this.#poolOf.set(pathOf(url), call.about);
    if ((call.name === "PUT pool" || call.name === "DELETE pool") && answer.status < 300) this.armWrites += 1;
    if (call.name === "PATCH status" && answer.status === 200)
      this.#checkStatus(call, JSON.parse(answer.body) as SessionPool);
  }

  onAnswer(call: Call, answer: Answer): void {
    this.leadership.onAnswer(call, answer);
    const { rate = 1 } = this.#world.machines.clocksOf(call.process) ?? {};
    this.#retryAfter.note(call, answer, this.#world.clock.now(), rate);
    const at = this.#world.clock.now();
    const body = answer.status < 300 ? parsed(answer.body) : undefined;
    if (call.name === "GET sessionpool" && body?.spec)
      Object.assign(this.#of(call, resourceOf(call)), { live: body, liveAt: at });
    if (call.name === "GET operation") {
      const running = answer.status === 202 || /"status":"InProgress"/.test(answer.body);
      const pool = this.#poolOf.get(call.path);
      if (running && pool !== undefined) this.#views(call, pool).work(true, call.at);
    }
    if (call.name === "GET pools") this.#noteList(call, body);
    if (!call.name.endsWith(" pool")) return;
    const views = this.#views(call, call.about);
    if (call.method !== "GET") views.written(at);
    const isGone = answer.status === 404 && /"(?:Resource|ResourceGroup)NotFound"/.test(answer.body);
    if (call.method === "DELETE") views.work(answer.status < 300 && answer.status !== 204, call.at);
    else if (call.method === "PUT" && answer.status < 300 && !body?.properties) views.work(true, call.at);
    else if (body?.properties || isGone) {
      const pool = isGone || !body ? null : body;
      views.show({ pool, askedAt: call.at, isWorking: pool !== null && !isFinal(pool) });
      if (call.method === "GET") views.readAt = at;
    }
  }

  /** What a LIST shows of pools, it shows to the process. */
  #noteList(call: Call, body: JsonObject | undefined): void {
    for (const pool of isList(body?.value) ? body.value.filter(isObject) : [])
      this.#views(call, textOf(pool.name)).list({ pool, askedAt: call.at, isWorking: !isFinal(pool) });
  }

  onLog(line: string): void {
    const leak = this.secrecy.foundIn(line);
    if (leak !== undefined) this.broken("P8", `a line of the log shows ${leak}: ${line.slice(0, 120)}`);
    this.#world.trace.note(0, line.trimEnd());
    const now = this.#world.clock.now();
    this.#lines = this.#linesAt === now ? this.#lines + 1 : 1;
    this.#linesAt = now;
    if (this.#lines !== SPINNING) return;
    this.broken("P12", "the operator goes round and round, and no time passes");
    for (const operator of this.#world.machines.running) operator.kill();
  }

  onExit(error: unknown, process: number): void {
    if (this.leadership.mayEnd(process, error)) return;
    this.broken(
      "P11",
      `the operator ended by itself: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
    );
  }

  /** A write is decided on a read of both sides that is newer than the last write (architecture §1, promise 4). */
  #checkRead(call: Call): void {
    const { direct, readAt } = this.#views(call, call.about);
    const writer = this.#of(call, this.#writerOf(call));
    const { liveAt, live } = writer;
    if (readAt === undefined || call.at - readAt > FRESH_MS)
      this.broken("P5", `${call.name} ${call.about} without a GET of the pool since the last write`);
    if (liveAt === undefined || call.at - liveAt > FRESH_MS)
      this.broken("P5", `${call.name} ${call.about} without a live read of the resource since the last write`);
    if (call.method === "DELETE" && live?.metadata.deletionTimestamp === undefined)
      this.broken("P5", `DELETE ${call.about}, and the resource as last read is not being deleted`);
    if (call.method === "DELETE" && direct?.pool && !this.#isOurs(direct.pool))
      this.broken("P5", `DELETE ${call.about}, and the pool as last read is not ours`);
    if (call.method === "PUT" && direct?.isWorking === true)
      this.broken("P10", `PUT ${call.about} while Azure says that it works on the pool`);
    delete writer.liveAt;
  }

  /** A PUT carries every secret with its value, and the tags of others (promise 5). */
  #checkWhole(call: Call): void {
    const pool = this.#views(call, call.about).direct?.pool;
    const { live } = this.#of(call, this.#writerOf(call));
    const body = parsed(call.body ?? "") ?? {};
    const sent = objectOr(body.properties).secrets;
    const values = new Map((isList(sent) ? sent.filter(isObject) : []).map(({ name, value }) => [name, value]));
    for (const { name } of live?.spec.secrets ?? [])
      if (typeof values.get(name) !== "string" || values.get(name) === "")
        this.broken("P7", `PUT ${call.about} without the value of the secret ${name}`);
    for (const [name, value] of Object.entries(objectOr(objectOr(pool).tags)))
      if (name.startsWith("theirs") && objectOr(body.tags)[name] !== value)
        this.broken("P7", `PUT ${call.about} loses the tag ${name} that somebody else put there`);
    if (!this.#isOurs(body)) this.broken("P7", `PUT ${call.about} without our owner tag`);
  }

  /** Nothing of others is written or deleted, also not another resource's of this cluster, but what was claimed first (promise 4). */
  #checkOwner(call: Call): void {
    const pool = this.#world.pool(call.about);
    if (!pool) return;
    const tag = ownerOf(pool);
    const name = nameIn(tag) ?? "";
    if (call.method === "PUT") {
      const writer = this.#writerOf(call);
      const claim = this.#world.resource(writer)?.status?.adopted;
      if ((!this.#isOurs(pool) || name !== writer) && (claim === undefined || claim.owner !== tag))
        this.broken("P5", `PUT ${call.about} reaches a pool of ${tag ?? "nobody"}, which ${writer} has not claimed`);
      return;
    }
    if (!this.#isOurs(pool)) this.broken("P5", `DELETE ${call.about} reaches a pool that is not ours`);
    const { uid, deletionTimestamp } = this.#world.resource(name)?.metadata ?? {};
    if (uid !== undefined && uid === tag?.split("/")[3] && deletionTimestamp === undefined)
      this.broken("P5", `DELETE ${call.about}, and its resource is not being deleted`);
  }

  /** The resource that a write to Azure is made for: a PUT says so in its tag, a DELETE is for whom the pool's tag names. */
  #writerOf(call: Call): string {
    const pool = call.method === "PUT" ? parsed(call.body ?? "") : this.#views(call, call.about).direct?.pool;
    return nameIn(ownerOf(pool ?? undefined)) ?? call.about;
  }

  /** The finalizer goes when the pool has gone, unless the policy lets it stay (promise 4). */
  #checkRelease(call: Call): void {
    const resource = this.#world.resource(resourceOf(call));
    const operations = JSON.parse(call.body ?? "[]") as readonly { readonly path: string; readonly value?: unknown }[];
    const change = operations.find(({ path }) => path === "/metadata/finalizers");
    const removes = isList(change?.value) && !change.value.includes(FINALIZER);
    if (!resource || !removes || !resource.metadata.finalizers?.includes(FINALIZER)) return;
    const pool = this.#world.pool(poolNameOf(resource));
    const { deletion, mode } = resource.spec.policy ?? {};
    const isLeft = deletion === "Orphan" || mode === "Observe";
    const isHis = (of: JsonObject): boolean => this.#isOurs(of) && nameIn(ownerOf(of)) === resource.metadata.name;
    if (pool && isHis(pool) && !isLeft)
      this.broken("P4", `the finalizer of ${resource.metadata.name} is removed while its pool is in Azure`);
    const { direct, readAt } = this.#views(call, poolNameOf(resource));
    const isKnown = readAt !== undefined && call.at - readAt <= FRESH_MS && !(direct?.pool && isHis(direct.pool));
    if (!isKnown && !isLeft)
      this.broken("P4", `the finalizer of ${resource.metadata.name} is removed, and no GET said that its pool is gone`);
  }

  #checkStatus(call: Call, after: SessionPool): void {
    const { metadata, status } = after;
    if (!status) return;
    const same = this.#before?.metadata.uid === metadata.uid ? this.#before : undefined;
    const wiped = same?.status?.observedGeneration === -1;
    const wereSet = this.#world.machines.clocks.some(({ aheadMs }) => aheadMs !== 0);
    for (const problem of statusProblems(status, metadata.generation, wiped ? undefined : same?.status, wereSet))
      this.broken("P6", `status of ${metadata.name}: ${problem}`);
    const views = this.#views(call, poolNameOf(after));
    const ready = findCondition(status.conditions, "Ready");
    if (ready && WORKING.has(ready.reason) && !views.isWorking)
      this.broken("P6", `status of ${metadata.name} says ${ready.reason}, and Azure did not say that it works`);
    if (ready?.reason === "ProvisioningFailed" && views.isOnlyWorking)
      this.broken("P6", `status of ${metadata.name} says that Azure failed, and Azure says that it works`);
    if (ready?.status !== "True") return;
    for (const key of [metadata.name, `${metadata.name}@${status.observedGeneration}`])
      if (!this.readyAt.has(key)) this.readyAt.set(key, call.at - this.#start);
    this.#checkReady(after, status, views.believed);
  }

  /** Ready is what Azure showed to this very process, in an answer that may be believed (what users fear: Ready when it is not). */
  #checkReady({ metadata }: SessionPool, status: SessionPoolStatus, believed: PoolViews["believed"]): void {
    const spec = this.#specs.get(`${metadata.uid}/${status.observedGeneration}`);
    const shown = believed.flatMap(({ pool, isWorking }) =>
      pool && !isWorking && objectOr(pool.properties).provisioningState === "Succeeded" ? [pool] : [],
    );
    if (shown.length === 0)
      this.broken("P1", `${metadata.name} is called Ready, and Azure did not show a pool that is Succeeded`);
    const problems = spec ? shown.map((pool) => mismatches(spec, pool)) : [];
    if (problems.length === 0 || problems.some(({ length }) => length === 0)) return;
    for (const problem of problems[0] ?? [])
      this.broken("P1", `${metadata.name} is called Ready at generation ${status.observedGeneration}, and ${problem}`);
  }

  /** Whether the tag names a resource of this cluster's one namespace with resources. */
  #isOurs(pool: JsonObject): boolean {
    return ownerOf(pool)?.startsWith(`${this.#world.clusterId}/${NAMESPACE}/`) === true;
  }

  #of({ process }: Call, name: string): Seen {
    const key = `${process} ${name}`;
    const seen = this.#seen.get(key) ?? { views: new PoolViews() };
    this.#seen.set(key, seen);
    return seen;
  }

  #views(call: Call, name: string): PoolViews {
    return this.#of(call, name).views;
  }
}

const WORKING: ReadonlySet<string> = new Set(["Creating", "Updating", "Deleting"]);

/** The name of the resource that a call to Kubernetes is about; it is that of its pool in every scenario. */
function resourceOf({ about }: Call): string {
  return about.split("/")[1] ?? "";
}
