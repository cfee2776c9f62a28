import { textOf } from "./api-server/kinds.ts";
import { findCondition } from "../../src/api/conditions.ts";
import type { SessionPool } from "../../src/api/session-pool.ts";
import { type Json, type JsonObject, objectOr, sameJson } from "../../src/sessionpool/json.ts";
import { withoutOwnTags } from "../../src/sessionpool/own-tags.ts";
import { DRIFT_INTERVAL_MS } from "./config.ts";
import type { Call } from "./calls.ts";
import { isListing } from "./list-faults.ts";
import { mismatches } from "./properties/matches.ts";
import type { Properties, Violation } from "./properties/properties.ts";
import { ownerOf, poolNameOf } from "./properties/reading.ts";
import type { World } from "./world.ts";

/** Rest is watched for more than three times the interval at which pools are looked at. */
const REST_MS = 3.5 * DRIFT_INTERVAL_MS;

/** Whether every resource says that nothing more will happen by itself, and Azure works on nothing. */
export function isSettled(world: World): boolean {
  const isQuiet = world
    .pools()
    .every((pool) => ["Succeeded", "Failed"].includes(textOf(objectOr(pool.properties).provisioningState)));
  return isQuiet && world.operator !== undefined && world.resources().every(hasSpoken);
}

function hasSpoken({ metadata, status }: SessionPool): boolean {
  const isStuck = findCondition(status?.conditions, "Stalled") !== undefined;
  if (metadata.deletionTimestamp !== undefined && !isStuck) return false;
  const ready = findCondition(status?.conditions, "Ready");
  return (
    status?.observedGeneration === metadata.generation &&
    ready !== undefined &&
    findCondition(status.conditions, "Reconciling") === undefined
  );
}

/** How long a watch may be silent at most before the operator finds out and has a new one (reflector.ts: 75 s and a backoff), in milliseconds. */
const SILENCE_MS = 2 * 60_000;

/** How a story should end. */
export interface Ending {
  /** How resources end: `Ready`, the reason for which they are not, or `gone`. Anything may be said of those that are not named. */
  readonly ends: Readonly<Record<string, string>>;
  /** Pools of ours that may be left without their resource. */
  readonly leaves?: readonly string[];
  /** Who of several comes first is left to chance, so the end is not always that of a run without trouble. */
  readonly isOpen?: boolean;
  /** PUTs and DELETEs that Azure may be sent at most, whatever happens. */
  readonly mostWrites?: number;
  /** What else must be so; the answer says what is not. */
  readonly check?: (world: World) => string | undefined;
}

/** What is not as it should be when everything is over: P1, P3, P4. */
export function problemsAtEnd(
  world: World,
  ending: Ending,
  reference: { readonly end: Json } | undefined,
): readonly Violation[] {
  const problems: Violation[] = [];
  for (const [name, end] of Object.entries(ending.ends)) {
    const resource = world.resource(name);
    const ready = findCondition(resource?.status?.conditions, "Ready");
    const is =
      resource === undefined
        ? "gone"
        : ready?.status === "True" && ready.observedGeneration === resource.metadata.generation
          ? "Ready"
          : (ready?.reason ?? "without a condition");
    if (is !== end)
      problems.push({ property: "P1", text: `${name} is ${is}, and should be ${end}: ${ready?.message ?? ""}` });
    if (end === "Ready" && resource) problems.push(...poolProblems(world, resource));
  }
  for (const pool of world.pools()) {
    const [clusterId, , name = ""] = ownerOf(pool)?.split("/") ?? [];
    if (clusterId === world.clusterId && !world.resource(name) && !ending.leaves?.includes(name))
      problems.push({
        property: "P4",
        text: `the pool ${textOf(pool.name)} is ours, and its resource is gone`,
      });
  }
  const other = ending.check?.(world);
  if (other !== undefined) problems.push({ property: "P1", text: other });
  const end = endOf(world);
  if (reference && ending.isOpen !== true && !sameJson(end, reference.end))
    problems.push({
      property: "P3",
      text: `the end is not that of a run without trouble:\n  ${JSON.stringify(end)}\n  ${JSON.stringify(reference.end)}`,
    });
  return problems;
}

function poolProblems(world: World, resource: SessionPool): readonly Violation[] {
  const pool = world.pool(poolNameOf(resource));
  if (!pool) return [{ property: "P1", text: `${resource.metadata.name} is Ready, and there is no pool` }];
  const values = world.azure.secretValues(textOf(pool.id));
  const wrong = (resource.spec.secrets ?? []).filter(
    ({ name, valueFrom }) =>
      values.get(name) !== world.secretValue(valueFrom.secretKeyRef.name, valueFrom.secretKeyRef.key),
  );
  return [
    ...mismatches(resource.spec, pool),
    ...wrong.map(({ name }) => `Azure does not have the value of the secret ${name}`),
  ].map((text) => ({ property: "P1", text: `${resource.metadata.name}: ${text}` }));
}

/** Nothing is written at rest, and nothing changes (P2). */
export async function checkRest(world: World, properties: Properties): Promise<void> {
  // An event that was not taken is tried again when a Retry-After of 40 s is over.
  await world.pass(60_000);
  const before = [properties.armWrites, properties.kubernetesWrites, lastChange(world)];
  const end = endOf(world);
  const from = world.network.calls.length;
  const asked = await callsAboutTheGone(world);
  const needless = readsOfListed(world, world.network.calls.slice(from));
  if (needless !== undefined) properties.broken("P2", `at rest, ${needless}, which LISTs show`);
  const after = [properties.armWrites, properties.kubernetesWrites, lastChange(world)];
  if (!sameJson(before, after))
    properties.broken(
      "P2",
      `at rest, writes to Azure, to Kubernetes and the version went from ${before.join(", ")} to ${after.join(", ")}`,
    );
  if (!sameJson(end, endOf(world))) properties.broken("P2", "at rest, the world did not stay as it was");
  if (asked === undefined) return;
  // A watch that fell silent is found out; then the operator knows what is gone.
  await world.pass(SILENCE_MS);
  const still = await callsAboutTheGone(world);
  if (still !== undefined) properties.broken("P2", `at rest, ${still}, which is gone`);
}

/** The version of the last change that was more than a renewal of the Lease. */
function lastChange({ api }: World): number {
  return api.store.since(0).findLast(({ kind }) => kind.plural !== "leases")?.version ?? 0;
}

/** Finds a read of a pool at rest, by a process that LISTs its scope. */
function readsOfListed(world: World, calls: readonly Call[]): string | undefined {
  const scopeOf = ({ principal, path }: Call): string => {
    const [, scope = ""] = /^(.*?)\/providers\//i.exec(path) ?? [];
    return `${principal} ${scope}`.toLowerCase();
  };
  const listed = new Set(calls.filter(isListing).map(scopeOf));
  const call = calls.find((each) => {
    if (each.name !== "GET pool" && each.name !== "GET operation") return false;
    const resource = world.resource(each.about);
    // A credential of its own may have fewer pools than a LIST has pages.
    if (resource?.spec.credentialsRef) return false;
    const ready = findCondition(resource?.status?.conditions, "Ready");
    // Who waits for something to be mended looks whether it is.
    const isAtRest = each.name === "GET operation" || ready?.status === "True";
    const scope = scopeOf(each);
    return isAtRest && (listed.has(scope) || listed.has(scope.replace(/\/resourcegroups\/.*/, "")));
  });
  return call && `${call.name} ${call.about}`;
}

/** Lets time pass and finds a call about a resource that there is not. */
async function callsAboutTheGone(world: World): Promise<string | undefined> {
  const before = world.network.calls.length;
  await world.pass(REST_MS);
  const made = world.network.calls.slice(before).filter(({ name }) => name.endsWith(" sessionpool"));
  const call = made.find(({ about }) => !world.resource(about.split("/")[1] ?? ""));
  return call && `${call.name} ${call.about}`;
}

const PAGES = ["/livez", "/readyz", "/metrics"] as const;

/** The servers answer, and tell no secret. */
export async function checkPages(world: World, properties: Properties): Promise<void> {
  for (const [operator, path] of world.machines.running.flatMap((each) => PAGES.map((path) => [each, path] as const))) {
    const text = await operator.page(path);
    if (!text?.startsWith("200")) properties.broken("P11", `${path} of ${operator.number} answers ${text}`);
    const leak = properties.secrecy.foundIn(text ?? "");
    if (leak !== undefined) properties.broken("P8", `${path} shows ${leak}`);
  }
  for (const plural of ["sessionpools", "events"])
    for (const object of world.objects(plural)) {
      const leak = properties.secrecy.foundIn(JSON.stringify(object));
      if (leak !== undefined) properties.broken("P8", `one of the ${plural} shows ${leak}`);
    }
}

/** The end of a run without times, versions, ids and what the operator remembers for itself. */
export function endOf(world: World): Json {
  const pools = world.pools().map(({ systemData: _times, tags, properties, ...pool }) => ({
    ...pool,
    properties: properties ?? null,
    tags: withoutOwnTags(tags),
    secrets: [...world.azure.secretValues(textOf(pool.id))],
  }));
  const resources = world.resources().map(({ metadata: { name, finalizers = [] }, spec, status }) => {
    const {
      conditions = [],
      applied: _applied,
      adopted: _adopted,
      observedGeneration: _generation,
      syncedHash: _hash,
      plan: _plan,
      ...told
    } = status ?? {};
    return {
      name,
      finalizers,
      spec,
      told,
      conditions: conditions.map(({ type, status, reason }) => `${type}=${status}/${reason}`),
    };
  });
  return JSON.parse(JSON.stringify({ pools: byName(pools), resources: byName(resources) })) as JsonObject;
}

function byName<T extends object & { readonly name?: unknown }>(list: readonly T[]): readonly T[] {
  return [...list].sort((a, b) => (String(a.name) < String(b.name) ? -1 : 1));
}
