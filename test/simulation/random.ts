import { textOf } from "./api-server/kinds.ts";
import { FINALIZER, type SessionPoolSpec } from "../../src/api/session-pool.ts";
import type { Json, JsonObject } from "../../src/sessionpool/json.ts";
import { objectOr } from "../../src/sessionpool/json.ts";
import { numbers } from "../time/numbers.ts";
import type { Ending } from "./ending.ts";
import { endOf } from "./ending.ts";
import { FAULTS, type Fault } from "./faults.ts";
import { ANSWER_FAULTS, isListing, listFaultOf } from "./list-faults.ts";
import { openStage, type Run, type Stage } from "./run.ts";
import { canary, secret } from "./scenarios.ts";
import { custom, python } from "./specs.ts";
import { WATCH_FAULTS } from "./watch-link.ts";
import type { World } from "./world.ts";

/** Resources that a random run is about, with what kind of pool each is for good: Azure cannot change that. */
const NAMES = ["alpha", "beta", "gamma"] as const;
/** In which resource group each pool may be in a run with several, besides `rg`. */
const GROUPS: Readonly<Record<Name, string>> = { alpha: "rg", beta: "rg2", gamma: "rg" };
type Name = (typeof NAMES)[number];

/** How long people do things and things go wrong, in milliseconds. */
const TROUBLE_MS = 15 * 60_000;
/** How long a stop may take, in milliseconds: calls in hand finish for 25 s, events go out. */
const STOP_MS = 90_000;

/** How long a server may lag behind, in milliseconds. */
const MAX_LAG_MS = 60_000;

/** Draws what happens in a run from its seed. */
class Dice {
  readonly #random: () => number;
  constructor(seed: number) {
    this.#random = numbers(seed);
  }
  chance(probability: number): boolean {
    return this.#random() < probability;
  }
  below(limit: number): number {
    return Math.floor(this.#random() * limit);
  }
  of<T>(list: readonly T[]): T {
    return list[this.below(list.length)] as T;
  }
}

const image = (name: string): Partial<SessionPoolSpec> => ({
  customContainerTemplate: {
    containers: [{ name: "main", image: name, resources: { cpu: 0.5, memory: "1Gi" } }],
    ingress: { targetPort: 80 },
  },
});
const BAD_IMAGE = "missing.example/none:1";

/** Specs that differ in what can be set, left out and taken out again. */
const CUSTOM: readonly Partial<SessionPoolSpec>[] = [
  {},
  { tags: { team: "a", stage: "dev" } },
  { tags: { Team: "b" }, sessionNetworkConfiguration: { status: "EgressEnabled" } },
  { scaleConfiguration: { maxConcurrentSessions: 20, readySessionInstances: 5 }, identity: { type: "SystemAssigned" } },
  { secrets: [secret("one")] },
  { secrets: [secret("one"), secret("two")], tags: { stage: "prod" } },
  { policy: { deletion: "Orphan" } },
  image("img:2"),
  image(BAD_IMAGE),
];
const BUILT_IN: readonly Partial<SessionPoolSpec>[] = [
  {},
  { tags: { team: "c" } },
  { scaleConfiguration: { maxConcurrentSessions: 25 } },
];

function anySpec({ dice, hasGroups }: Pick<RandomStage, "dice" | "hasGroups">, name: Name): SessionPoolSpec {
  const spec = name === "gamma" ? python(dice.of(BUILT_IN)) : custom(dice.of(CUSTOM));
  return { ...spec, resourceGroup: hasGroups ? GROUPS[name] : "rg" };
}

/** What people, the portal and the machine do. */
const ACTIONS: Readonly<Record<string, (stage: RandomStage, name: Name) => void>> = {
  create: (stage, name) => {
    if (!stage.world.resource(name)) stage.world.create(name, anySpec(stage, name));
  },
  edit: (stage, name) => stage.world.replaceSpec(name, anySpec(stage, name)),
  edit2: ({ world, dice }, name) =>
    world.patch(name, { spec: { scaleConfiguration: { maxConcurrentSessions: 6 + dice.below(40) } } }),
  delete: (stage, name) => {
    stage.noteLeft(name);
    stage.world.remove(name);
  },
  replaceForced: ({ world }, name) => world.replace(name, "forced"),
  suspend: ({ world }, name) => world.patch(name, { spec: { suspend: true } }),
  resume: ({ world }, name) => world.patch(name, { spec: { suspend: null } }),
  annotate: ({ world, dice }, name) =>
    world.patch(name, { metadata: { annotations: { note: String(dice.below(1000)) } } }),
  wipe: ({ world }, name) => world.wipeStatus(name),
  rotate: ({ world, dice }) => setCredentials(world, 1 + dice.below(9)),
  loseSecret: ({ world }) => world.removeSecret("creds"),
  portalTag: ({ world, dice }, name) => {
    const tags = world.pool(name)?.tags;
    if (tags) world.portal("PATCH", name, { tags: { ...objectOr(tags), theirs: dice.of(["x", "y"]) } });
  },
  portalScale: ({ world, dice }, name) => {
    if (world.pool(name))
      world.portal("PATCH", name, {
        properties: { scaleConfiguration: { maxConcurrentSessions: 50 + dice.below(9) } },
      });
  },
  portalDelete: ({ world }, name) => {
    if (world.pool(name)) world.portal("DELETE", name);
  },
  kill: ({ world }) => world.operator?.kill(),
  killWithOldView: ({ world, dice }) => {
    world.nextView = { version: world.api.store.version - dice.below(12), forMs: dice.below(MAX_LAG_MS) };
    world.operator?.kill();
  },
  stop: ({ world, properties }) => {
    const { operator } = world;
    operator?.stop();
    world.clock.timer(STOP_MS, () => {
      if (operator?.isRunning) properties.broken("P11", "the operator was asked to stop and still runs");
    });
  },
  compact: ({ world }) => world.api.compact(),
};

interface RandomStage extends Stage {
  readonly dice: Dice;
  /** Whether the pools are in several resource groups. */
  readonly hasGroups: boolean;
  /** The pool of this resource may stay behind, or may no more. */
  readonly noteLeft: (name: Name) => void;
}

/** One random run: everything at once, then peace; it must end as if the last specs alone had been there. */
export async function randomRun(seed: number): Promise<Run> {
  const dice = new Dice(seed * 7 + 5);
  const stage = openStage({
    seed,
    secretAccess: dice.chance(0.3) ? "watch" : "get",
    pageSize: dice.of([1, 2, 20]),
    // Some API servers are older, so that lists come in pages.
    streamsLists: seed % 5 !== 0,
    config: { armBudgetShare: dice.of([1, 1, 0.02]) },
  });
  const { world } = stage;
  const left = new Set<string>();
  const noteLeft = (name: Name): void => {
    const resource = world.resource(name);
    if (!resource || resource.metadata.deletionTimestamp !== undefined) return;
    // Somebody took the finalizer away, and deletes before it is back: nothing can hold the resource.
    const isFree = !resource.metadata.finalizers?.includes(FINALIZER);
    if (isFree || resource.spec.policy?.deletion === "Orphan") left.add(name);
  };
  const randomStage: RandomStage = { ...stage, dice, hasGroups: dice.chance(0.5), noteLeft };
  setCredentials(world, 1);
  makeTrouble(randomStage);
  world.start();
  world.create("alpha", anySpec(randomStage, "alpha"));
  const actions = 4 + dice.below(14);
  for (let count = 0; count < actions; count += 1) {
    const [title, act] = dice.of(Object.entries(ACTIONS));
    const name = dice.of(NAMES);
    world.clock.timer(dice.below(TROUBLE_MS), () => {
      world.trace.actor("dice", `${title} ${name}`);
      act(randomStage, name);
    });
  }
  await world.pass(TROUBLE_MS);
  makePeace(randomStage);
  // A server that lags behind has caught up by then.
  await world.pass(MAX_LAG_MS);
  const wanted = world.wanted();
  const reference = await freshEnd(world, seed);
  const ending: Ending = {
    ends: Object.fromEntries(NAMES.map((name) => [name, wanted.has(name) ? "Ready" : "gone"])),
    leaves: [...left],
    check: () => differences(world, reference, left),
  };
  return await stage.conclude(ending, undefined);
}

function setCredentials(world: World, version: number): void {
  world.setSecret("creds", { one: canary("one", version), two: canary("two", version) });
}

/** How likely things go wrong differs from run to run. */
function makeTrouble({ world, dice }: RandomStage): void {
  const faulty = dice.of([0, 0.02, 0.08, 0.25]);
  const deadly = dice.of([0, 0, 0.01, 0.05]);
  const misled = dice.of([0, 0.1, 0.5]);
  const bumpy = dice.of([0, 0.05, 0.3]);
  const down = dice.chance(0.3)
    ? { side: dice.of(["azure", "kubernetes", "entra"]), from: dice.below(TROUBLE_MS), for: dice.below(5 * 60_000) }
    : undefined;
  const start = world.clock.now();
  const faults = Object.values(FAULTS);
  world.network.inject = (call): Fault | undefined => {
    const now = world.clock.now() - start;
    if (down && call.side === down.side && now >= down.from && now < down.from + down.for)
      return FAULTS["reset before"];
    if (dice.chance(deadly)) return { kind: "crash", when: dice.of(["before", "after"]) };
    if (isListing(call) && dice.chance(misled)) return listFaultOf(dice.of(ANSWER_FAULTS)).begin(world)(call);
    return dice.chance(faulty) ? dice.of(faults) : undefined;
  };
  world.network.injectWatch = () => (dice.chance(bumpy) ? dice.of(WATCH_FAULTS) : undefined);
}

/** Trouble is over: the Secret is there, nothing is suspended, and no spec asks for what cannot be. */
function makePeace({ world }: RandomStage): void {
  world.trace.actor("dice", "trouble is over");
  world.network.inject = () => undefined;
  world.network.injectWatch = () => undefined;
  setCredentials(world, 9);
  for (const name of NAMES) {
    const resource = world.resource(name);
    if (!resource) continue;
    const bad = resource.spec.customContainerTemplate?.containers[0]?.image === BAD_IMAGE;
    world.patch(name, { spec: { suspend: null, ...(bad ? image("img:1") : {}) } });
  }
}

/** The end of a world in which there was never anything but the last specs. */
async function freshEnd(world: World, seed: number): Promise<Json> {
  const stage = openStage({ seed: seed + 1 });
  setCredentials(stage.world, 9);
  stage.world.start();
  for (const [name, spec] of world.wanted()) stage.world.create(name, spec);
  const { end } = await stage.conclude({ ends: {} }, undefined);
  world.follow();
  return end;
}

/** Where the pools are not those of the fresh world. Tags of others stay, and are nobody's business here. */
function differences(world: World, reference: Json, left: ReadonlySet<string>): string | undefined {
  const comparable = (end: Json): string => {
    const { pools, resources } = end as { pools: readonly JsonObject[]; resources: readonly JsonObject[] };
    const known = pools.filter(({ name }) => !left.has(textOf(name)) || world.resource(textOf(name)));
    const plain = known.map(({ tags, identity, ...pool }) => {
      const { theirs: _theirs, ...others } = objectOr(tags);
      return { ...pool, tags: others, identity: objectOr(identity).type ?? null };
    });
    return JSON.stringify({
      pools: plain,
      conditions: resources.map(({ name, conditions }) => ({ name, conditions })),
    });
  };
  const [is, should] = [comparable(endOf(world)), comparable(reference)];
  return is === should ? undefined : `the end is not that of the last specs alone:\n  ${is}\n  ${should}`;
}
