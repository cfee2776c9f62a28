import { type Experiment, referenceOf } from "./experiments.ts";
import { FAULTS } from "./faults.ts";
import { LEASE_FAULTS } from "./lease-faults.ts";
import { LIST_FAULTS } from "./list-faults.ts";
import { APART, POISONED, SCENARIOS } from "./scenarios.ts";
import { DELETION } from "./stories/deletion.ts";
import { IN_FLIGHT, OBSERVATION, ONE_BY_ONE, SPENT } from "./stories/observation.ts";
import { OWNERSHIP } from "./stories/ownership.ts";
import { REPLICATED } from "./stories/replicas.ts";
import { WATCH_FAULTS } from "./watch-link.ts";

/** All campaigns that the simulation knows, with what each is (kubernetes-conventions §4.3). */
export const CAMPAIGNS: Readonly<Record<string, string>> = {
  R0: "every story without any trouble",
  R1: "the operator is killed before and after every call",
  R2: "it is killed twice: every pair of calls in S1, S3 and S5",
  R3: "every fault at every call",
  R4: "a call fails again and again, and then no more",
  R5: "after a restart, collections are seen as they were at every earlier version",
  R6: "an event of the watch is never seen",
  R7: "every trouble that a watch can have",
  P12: "nothing works for some resources, and the others do not wait for them; an edit between any two calls does not wait either",
  R8: "two replicas: everything that can happen to a leader, to its lease and to its clocks",
  R9: "every trouble that a LIST of Azure can have",
  R10: "the resource is replaced by another of its name between any two calls",
  R11: "every case of whose a pool is, with a crash before and after every call, and every fault at every call",
  R12: "the same for every case of a deletion",
  R13: "secret values, tokens and signed URLs are looked for in everything; counted are the runs",
  R14: "Azure throttles everything for a while; counted are these runs and those with a Retry-After in R3",
};

const SEED = 1;
/** Calls of one name in one scenario that are tried: the rest is repetition (polling, and Secrets that are read again). */
const SAME_CALLS = 4;

/** The stories in which every call meets every fault, also when time is short: creation, change, secrets, deletion. */
const MAIN_STORIES: ReadonlySet<string> = new Set(["S1", "S2", "S3", "S4", "S5"]);

/**
 * The experiments of the systematic campaigns, in order.
 *
 * @param all R3, R4 and R7 in every story, not only in the main ones, which takes three times as long
 */
export async function experiments(all: boolean): Promise<readonly Experiment[]> {
  const list: Experiment[] = SCENARIOS.map(({ name: scenario }) => ({ campaign: "R0", scenario, seed: SEED }));
  for (const { name: scenario } of SCENARIOS) {
    const { calls, events, versions, violations } = await referenceOf(scenario);
    // What is broken without any trouble is told by R0; there is nothing to compare the rest with.
    if (violations.length > 0) continue;
    const base = { scenario, seed: SEED };
    const isMain = all || MAIN_STORIES.has(scenario);
    for (const { call, name } of distinctCalls(calls)) {
      for (const when of ["before", "after"] as const)
        list.push({ ...base, campaign: "R1", crashes: [{ call, when }] });
      if (/pool$|operation$/.test(name)) list.push({ ...base, campaign: "R14", storm: { call } });
      if (scenario === "S2e") list.push({ ...base, campaign: "P12", edit: { call } });
      for (const how of HOW[scenario] ?? []) list.push({ ...base, campaign: "R10", replace: { call, how } });
      if (!isMain) continue;
      for (const fault of Object.keys(FAULTS)) list.push({ ...base, campaign: "R3", fault: { call, name: fault } });
      for (const [fault, times] of FAILING) list.push({ ...base, campaign: "R4", fault: { call, name: fault, times } });
    }
    if (PAIRED.has(scenario))
      list.push(...pairs(calls.length, all ? 1 : 2).map((crashes) => ({ ...base, campaign: "R2", crashes })));
    for (const version of versions) list.push({ ...base, campaign: "R5", stale: { version } });
    for (let event = 0; event < events; event += 1) {
      list.push({ ...base, campaign: "R6", watch: { event, fault: "skip" } });
      for (const fault of isMain ? WATCH_FAULTS : [])
        if (fault !== "skip") list.push({ ...base, campaign: "R7", watch: { event, fault } });
    }
  }
  for (const { name } of OWNERSHIP) list.push(...(await everywhere("R11", name)));
  for (const { name } of DELETION) list.push(...(await everywhere("R12", name)));
  list.push(...(await leaseTroubles()));
  list.push(...(await listTroubles()));
  for (const [name, count] of POISON)
    list.push({ campaign: "P12", scenario: "neighbours", seed: SEED, poison: { name, count } });
  list.push({
    campaign: "P12",
    scenario: APART.name,
    seed: SEED,
    poison: { name: "429 for 40 s", count: POISONED.length },
  });
  return mixed(list);
}

/** A story without trouble, with a crash before and after each distinct call, and with each fault there. */
async function everywhere(campaign: string, scenario: string): Promise<readonly Experiment[]> {
  const base = { campaign, scenario, seed: SEED };
  const { calls } = await referenceOf(scenario);
  return [
    base,
    ...distinctCalls(calls).flatMap(({ call }): Experiment[] => [
      { ...base, crashes: [{ call, when: "before" }] },
      { ...base, crashes: [{ call, when: "after" }] },
      ...Object.keys(FAULTS).map((name) => ({ ...base, fault: { call, name } })),
    ]),
  ];
}

/** The stories without trouble, with every fault at some of the pages that are read, and with crashes where that is new. */
async function listTroubles(): Promise<readonly Experiment[]> {
  const campaign = "R9";
  const list: Experiment[] = [];
  const told = SCENARIOS.filter(({ name }) => LISTED.has(name));
  for (const { name: scenario } of [...told, ...OBSERVATION, ...IN_FLIGHT]) {
    const base = { campaign, scenario, seed: SEED };
    const { calls, callsInSteps } = await referenceOf(scenario);
    const made = calls.slice(0, callsInSteps).map((name, call) => ({ name, call }));
    const isLarge = IN_FLIGHT.some(({ name }) => name === scenario);
    const pages = spread(
      made.filter(({ name }) => name === "GET pools"),
      isLarge ? 2 : PAGES,
    );
    if (!LISTED.has(scenario)) list.push(base);
    for (const [index, { call }] of pages.entries())
      for (const [at, name] of Object.keys(LIST_FAULTS).entries())
        // Half of the faults at each page of the large stories, and what lasts not from every page on.
        if (isLarge ? at % 2 === index : !name.startsWith("always") || index % 2 === 0)
          list.push({ ...base, list: { call, name } });
    if (LISTED.has(scenario)) continue;
    for (const { call } of [...pages, ...spread(made, CRASHES)])
      for (const when of ["before", "after"] as const) list.push({ ...base, crashes: [{ call, when }] });
  }
  list.push({ campaign, scenario: "L1", seed: SEED, list: { call: 0, name: "endless" } });
  const { calls, callsInSteps } = await referenceOf(SPENT.name);
  const asked = calls.flatMap((name, call) => (/pools?$|operation$/.test(name) && call < callsInSteps ? [call] : []));
  for (const { name: scenario } of [SPENT, ONE_BY_ONE]) list.push({ campaign, scenario, seed: SEED });
  for (const call of spread(asked, CRASHES)) list.push({ campaign, scenario: SPENT.name, seed: SEED, storm: { call } });
  return list;
}

/** The stories of two replicas without trouble, with what is another thing at every call there, and what lasts at some. */
async function leaseTroubles(): Promise<readonly Experiment[]> {
  const list: Experiment[] = [];
  for (const { name: scenario } of REPLICATED) {
    const base = { campaign: "R8", scenario, seed: SEED };
    const { calls, callsInSteps } = await referenceOf(scenario);
    const made = distinctCalls(calls.slice(0, callsInSteps), SAME_CALLS_BY_TWO);
    list.push(base);
    for (const [name, { lasts = false }] of Object.entries(LEASE_FAULTS))
      for (const { call } of lasts ? spread(made, LASTING) : made) list.push({ ...base, lease: { call, name } });
  }
  return list;
}

/** So many of a list at most, evenly. */
function spread<T>(list: readonly T[], most: number): readonly T[] {
  if (list.length <= most) return list;
  return Array.from({ length: most }, (_, index) => list[Math.floor((index * list.length) / most)] as T);
}

/** Calls without the repetition of the same (polling, and Secrets that are read again). */
function distinctCalls(
  calls: readonly string[],
  same = SAME_CALLS,
): readonly { readonly name: string; readonly call: number }[] {
  return calls.flatMap((name, call) =>
    calls.slice(0, call).filter((other) => other === name).length < same ? [{ name, call }] : [],
  );
}

/** The same in an order that goes through all stories early, since a fault that is looked for may be in any. */
function mixed(list: readonly Experiment[]): readonly Experiment[] {
  const stories = [...new Set(list.map(({ scenario }) => scenario))];
  const place = new Map<string, number>();
  const turn = ({ scenario }: Experiment): number => {
    const next = (place.get(scenario) ?? 0) + 1;
    place.set(scenario, next);
    return next * stories.length + stories.indexOf(scenario);
  };
  const turns = new Map(list.map((experiment) => [experiment, turn(experiment)]));
  return list.toSorted((a, b) => (turns.get(a) ?? 0) - (turns.get(b) ?? 0));
}

/** The stories of R9 that are others', too. */
const LISTED: ReadonlySet<string> = new Set(["S1", "S2e", "S5", "S8", "S9", "S11"]);
/** Pages of a story that meet every fault, and calls at which it is killed. */
const PAGES = 3;
const CRASHES = 6;
/** Calls at which trouble with the lease begins that lasts. */
const LASTING = 2;
/** As SAME_CALLS: most calls of replicas are renewals and LISTs. */
const SAME_CALLS_BY_TWO = 2;

/** What the neighbours suffer from, and how many of them; calls that hang hold a worker each, of which there are ten. */
const POISON = [
  ["500", 14],
  ["403", 14],
  ["409", 14],
  ["reset before", 14],
  ["html", 14],
  ["400", 14],
  ["timeout before", 8],
] as const;

/** The stories of R2. */
const PAIRED: ReadonlySet<string> = new Set(["S1", "S3", "S5"]);

/** How resources are replaced in R10; those that end differently when they start anew are left out. */
const HOW: Readonly<Record<string, readonly ("forced" | "deleted")[]>> = {
  S1: ["forced", "deleted"],
  S3: ["forced", "deleted"],
  S4: ["forced", "deleted"],
  S10: ["forced"],
};

/** How a call fails in R4, and how often in a row. */
const FAILING = [
  ["500", 3],
  ["reset after", 2],
  ["timeout before", 3],
  ["403", 4],
] as const;

type Crashes = NonNullable<Experiment["crashes"]>;

/** Pairs of calls, every so many of them; the second may be one that only the restart makes. */
function pairs(calls: number, every: number): readonly Crashes[] {
  const list: Crashes[] = [];
  for (let first = 0; first < calls; first += 1)
    for (let second = first + 1 + (first % every); second < calls + 4; second += every)
      list.push([
        { call: first, when: "after" },
        { call: second, when: second % 2 === 0 ? "before" : "after" },
      ]);
  return list;
}
