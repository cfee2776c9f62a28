import type { SessionPoolSpec } from "../../src/api/session-pool.ts";
import { isList, isObject, type Json, type JsonObject, objectOr } from "../../src/sessionpool/json.ts";
import { textOf } from "./api-server/kinds.ts";
import type { Answer, Call } from "./calls.ts";
import { type Fault, FAULTS, type Injector } from "./faults.ts";
import { parsed } from "./properties/reading.ts";
import { python } from "./specs.ts";
import { poolPath, type World } from "./world.ts";

/** What LISTs of pools suffer from; asked for each call from that page on which the trouble begins. */
interface ListFault {
  readonly begin: (world: World) => Injector;
  /** Somebody acts besides, so that more writes may be needed than without. */
  readonly acts?: boolean;
  /** One LIST does not come to its end, and says nothing of what it has not shown. */
  readonly fails?: boolean;
}

/** An answer is on its way for so long that a write of ours overtakes it, in milliseconds; a read is given up after 30 s. */
const SLOW_MS = 25_000;
/** How far a server is behind that is, in milliseconds. */
const BEHIND_MS = 60_000;
/** When a user takes back what was edited beside a LIST, in milliseconds. */
const TAKEN_BACK_MS = 90_000;

/** Whether a call reads a page of a LIST of pools. */
export function isListing({ name }: Call): boolean {
  return name === "GET pools";
}

/** One page, and no other. */
function once(make: (world: World, call: Call) => Fault | undefined, acts = false): ListFault {
  return {
    acts,
    begin: (world) => {
      let isDone = false;
      return (call) => {
        if (isDone || !isListing(call)) return undefined;
        isDone = true;
        return make(world, call);
      };
    },
  };
}

/** All pages from now on, or those of some LISTs. */
function always(make: (world: World, call: Call) => Fault | undefined): ListFault {
  return { begin: (world) => (call) => (isListing(call) ? make(world, call) : undefined) };
}

type Page = JsonObject & { readonly value: readonly JsonObject[] };

/** The page that arrives is another than was sent. */
function spoiled(change: (page: Page, call: Call) => object): Fault {
  return {
    kind: "answer",
    when: "after",
    change: (answer: Answer, call: Call): Answer => {
      const body = parsed(answer.body);
      if (answer.status !== 200 || !isList(body?.value)) return answer;
      return { ...answer, body: JSON.stringify(change({ ...body, value: body.value.filter(isObject) }, call)) };
    },
  };
}

/** A server that is behind shows all it knows of the scope on one page. */
function behind(pools: readonly object[]): Fault {
  return spoiled((_page, { path }) => {
    const group = /\/resourceGroups\/([^/]+)\//i.exec(path)?.[1]?.toLowerCase();
    const isIn = ({ id }: { readonly id?: Json }): boolean =>
      group === undefined || textOf(id).toLowerCase().includes(`/resourcegroups/${group}/`);
    return { value: pools.filter((pool) => isIn(pool)) };
  });
}

const EMPTY = spoiled(() => ({ value: [] }));
const REFUSED_NEXT = spoiled((page, { host, path }) => ({
  ...page,
  nextLink: `${host}${path.split("?")[0]}?api-version=2025-07-01&%24skipToken=nowhere`,
}));
const known = (name: string): Fault => FAULTS[name] as Fault;
const slow = (meanwhile: () => void): Fault => ({ kind: "slow", ms: SLOW_MS, meanwhile });

/** Every fault of campaign R9, by name. */
export const LIST_FAULTS: Readonly<Record<string, ListFault>> = {
  ...Object.fromEntries(
    ["500", "reset before", "timeout after", "truncated", "429 for 40 s"].map((name) => [
      name,
      { ...once(() => known(name)), fails: true },
    ]),
  ),
  "403": once(() => known("403")),
  "next page refused": once(() => REFUSED_NEXT),
  "next page elsewhere": once(() => spoiled((page) => ({ ...page, nextLink: "https://elsewhere.example/next" }))),
  "goes round": { ...once(() => spoiled((page, { host, path }) => ({ ...page, nextLink: host + path }))), fails: true },
  empty: once(() => EMPTY),
  "one left out": once(() => spoiled((page) => ({ ...page, value: page.value.slice(1) }))),
  "one twice": once(() => spoiled((page) => ({ ...page, value: [...page.value, ...page.value.slice(0, 1)] }))),
  "before the last change": once(({ history }) => behind(history.before(1))),
  "before the last two changes": once(({ history }) => behind(history.before(2))),
  "60 s ago": once(({ history }) => behind(history.ago(BEHIND_MS))),
  slow: once(() => slow(() => undefined)),
  "slow, edited meanwhile": once((world) => slow(() => edit(world)), true),
  "slow, changed by others meanwhile": once((world) => slow(() => changeByOthers(world)), true),
  "slow, deleted by others meanwhile": once((world) => slow(() => deleteByOthers(world)), true),
  "slow, edited and taken back without an answer": { acts: true, begin: takenBack },
  "deleted by others before": once((world) => ({ kind: "meanwhile", happens: () => deleteByOthers(world) }), true),
  "a stranger before": once((world) => ({ kind: "meanwhile", happens: () => visit(world) }), true),
  "always empty": always(() => EMPTY),
  "always before the last change": always(({ history }) => behind(history.before(1))),
  "always 60 s ago": always(({ history }) => behind(history.ago(BEHIND_MS))),
  "always cut": always(() => REFUSED_NEXT),
  "always 500": always(() => known("500")),
  "always 403": always(() => known("403")),
  "always 403 for the subscription": always((_world, { path }) =>
    path.includes("/resourceGroups/") ? undefined : known("403"),
  ),
};

/** A list that never ends; apart from the others, since it takes a thousand pages to find out. */
const ENDLESS: ListFault = always((_world, { index }) =>
  spoiled((page, { host, path }) => ({ ...page, nextLink: `${host}${path.split("&page=")[0]}&page=${index}` })),
);

/** Those of one answer, in which nobody acts, by name. */
export const ANSWER_FAULTS: readonly string[] = Object.keys(LIST_FAULTS).filter(
  (name) => LIST_FAULTS[name]?.acts !== true && !name.startsWith("always"),
);

/** Looks a fault up. @throws Error when there is none of the name */
export function listFaultOf(name: string): ListFault {
  const fault = name === "endless" ? ENDLESS : LIST_FAULTS[name];
  if (!fault) throw new Error(`there is no fault "${name}": there are ${Object.keys(LIST_FAULTS).join(", ")}, endless`);
  return fault;
}

/** An edit that is taken back later, so that the end stays that of the story. */
function edit(world: World, backAfterMs = TAKEN_BACK_MS): void {
  const [resource] = world.resources();
  if (!resource || resource.metadata.deletionTimestamp !== undefined) return;
  const { name, uid } = resource.metadata;
  const tags = (change: SessionPoolSpec["tags"] | null | { meanwhile: null }): void => {
    const { metadata } = world.resource(name) ?? {};
    if (metadata?.uid === uid && metadata.deletionTimestamp === undefined)
      world.patch(name, { spec: { tags: change } });
  };
  const hadTags = resource.spec.tags !== undefined;
  tags({ meanwhile: "yes" });
  world.clock.timer(backAfterMs, () => tags(hadTags ? { meanwhile: null } : null));
}

/** While the page is on its way, an edit is made, the answer to its update is lost, and it is taken back; then Azure cannot be asked for a while. */
function takenBack(world: World): Injector {
  let begun: number | undefined;
  let isLost = false;
  return (call) => {
    if (begun === undefined) {
      begun = call.at;
      return slow(() => edit(world, 5_000));
    }
    if (call.at - begun > SLOW_MS || call.side !== "azure" || isListing(call)) return undefined;
    if (call.method !== "GET" && !isLost) {
      isLost = true;
      return known("reset after");
    }
    return isLost ? known("500") : undefined;
  };
}

function changeByOthers(world: World): void {
  const [pool] = world.pools();
  if (pool)
    world.portal("PATCH", textOf(pool.name), {
      properties: { scaleConfiguration: { maxConcurrentSessions: 44 } },
    });
}

function deleteByOthers(world: World): void {
  const [pool] = world.pools();
  if (pool && Object.keys(objectOr(pool.tags)).some((tag) => tag.startsWith("appcontainers.dev")))
    world.portal("DELETE", textOf(pool.name));
}

/** A pool of somebody else's comes and goes. */
function visit(world: World): void {
  const { resourceGroup: _group, location, containerType, ...settings } = python();
  world.portal("PUT", "stranger", {
    location,
    properties: { poolManagementType: "Dynamic", containerType, ...settings },
  });
  world.clock.timer(BEHIND_MS, () => void world.azure.asSomebody("DELETE", poolPath("stranger")));
}
