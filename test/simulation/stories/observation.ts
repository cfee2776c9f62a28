import type { Scenario } from "../scenario.ts";
import { custom, python } from "../specs.ts";
import type { World } from "../world.ts";

const image = (name: string) => ({
  customContainerTemplate: {
    containers: [{ name: "main", image: name, resources: { cpu: 0.5, memory: "1Gi" } }],
    ingress: { targetPort: 80 },
  },
});
const BAD = image("missing.example/none:1");
const scaled = (max: number) => ({ spec: { scaleConfiguration: { maxConcurrentSessions: max } } });
const names = (prefix: string, count: number): readonly string[] =>
  Array.from({ length: count }, (_, index) => `${prefix}${String(index).padStart(2, "0")}`);
const ready = (list: readonly string[]): Record<string, string> =>
  Object.fromEntries(list.map((name) => [name, "Ready"]));
/** More than are followed one by one (FEW in src/azure/observer.ts). */
const MANY = 13;

/** Some of many fail, one is edited and one deleted while Azure works on all; then the failed are mended, beside an edit of another. */
function manyAtOnce(prefix: string, group: (index: number) => string): readonly Scenario["steps"][number][] {
  const all = names(prefix, MANY);
  const [first = "", , failing = "", alsoFailing = "", edited = "", deleted = ""] = all;
  return [
    (world: World) => {
      for (const [index, name] of all.entries())
        world.create(name, custom({ resourceGroup: group(index), ...([2, 3].includes(index) ? BAD : {}) }));
      world.clock.timer(20_000, () => world.patch(edited, scaled(12)));
      world.clock.timer(30_000, () => world.remove(deleted));
    },
    (world: World) => {
      for (const name of [failing, alsoFailing]) world.patch(name, { spec: image("img:2") });
      world.patch(first, scaled(14));
    },
  ];
}

/** Campaign R9: pools that are seen by LIST. */
export const OBSERVATION: readonly Scenario[] = [
  {
    name: "L1",
    story: "five pools on pages of two; one is edited, one changed and one deleted in the portal, one deleted",
    pageSize: 2,
    steps: [
      (world) => {
        world.create("alpha", custom());
        for (const name of ["beta", "gamma", "delta", "epsilon"]) world.create(name, python());
      },
      (world) => {
        world.patch("alpha", scaled(12));
        world.portal("PATCH", "beta", { properties: { scaleConfiguration: { maxConcurrentSessions: 33 } } });
        world.portal("DELETE", "gamma");
        world.remove("delta");
      },
    ],
    ends: { alpha: "Ready", beta: "Ready", gamma: "Ready", delta: "gone", epsilon: "Ready" },
  },
  {
    name: "L2",
    story: "pools in two resource groups, on pages of two, which change hands between them",
    pageSize: 2,
    steps: [
      (world) => {
        world.create("alpha", custom());
        for (const name of ["beta", "gamma"]) world.create(name, python());
        for (const name of ["delta", "epsilon", "zeta"]) world.create(name, python({ resourceGroup: "rg2" }));
      },
      (world) => {
        world.remove("beta");
        world.portal("DELETE", "delta");
        world.clock.timer(20_000, () => world.create("beta", python({ resourceGroup: "rg2" })));
      },
    ],
    ends: { ...ready(["alpha", "beta", "gamma", "delta", "epsilon", "zeta"]) },
  },
  {
    name: "L3",
    story: "an edit is taken back while Azure works on it",
    steps: [
      (world) => world.create("alpha", custom()),
      (world) => {
        world.patch("alpha", scaled(12));
        world.clock.timer(15_000, () => world.patch("alpha", scaled(10)));
      },
    ],
    ends: { alpha: "Ready" },
  },
  {
    name: "L4",
    story: "a pool is deleted, and created again in the same words while LISTs may be behind",
    steps: [
      (world) => world.create("alpha", python()),
      (world) => world.remove("alpha"),
      (world) => world.create("alpha", python()),
      (world) => world.remove("alpha"),
    ],
    ends: { alpha: "gone" },
  },
  {
    name: "L5",
    story: "two pools are at rest, and LISTs see to them",
    steps: [
      (world) => {
        world.create("alpha", python());
        world.create("beta", python());
      },
    ],
    restMs: 150_000,
    ends: { alpha: "Ready", beta: "Ready" },
  },
];

/** The same, with more operations than are followed one by one. */
export const IN_FLIGHT: readonly Scenario[] = [
  {
    name: "F1",
    story: "many pools are made at once in one resource group; some fail, one is edited, one deleted",
    pageSize: 4,
    steps: manyAtOnce("many", () => "rg"),
    ends: { ...ready(names("many", MANY)), many05: "gone" },
  },
  {
    name: "F2",
    story: "the same in two resource groups",
    pageSize: 4,
    steps: manyAtOnce("many", (index) => (index % 2 === 0 ? "rg" : "rg2")),
    ends: { ...ready(names("many", MANY)), many05: "gone" },
  },
];

/** Little of Azure's limits is the operator's, and all of it is used. */
export const SPENT: Scenario = {
  name: "F3",
  story: "few calls may be made: two reads each second, and a write each second",
  pageSize: 2,
  config: { armBudgetShare: 0.04, maxInFlightWrites: 5 },
  steps: [
    (world) => {
      for (const name of names("many", MANY)) world.create(name, name < "many06" ? custom() : python());
    },
    (world) => {
      for (const name of names("many", MANY)) world.patch(name, scaled(15));
      world.clock.timer(5_000, () => world.remove("many09"));
    },
  ],
  ends: { ...ready(names("many", MANY)), many09: "gone" },
};

/** Azure may work on one pool at a time. */
export const ONE_BY_ONE: Scenario = {
  name: "F4",
  story: "a pool is suspended while it waits for another, and goes on when a third is worked on",
  config: { maxInFlightWrites: 1 },
  steps: [
    (world) => {
      world.create("alpha", custom());
      world.clock.timer(10_000, () => world.create("beta", custom()));
      world.clock.timer(20_000, () => world.patch("beta", { spec: { suspend: true } }));
    },
    (world) => {
      world.create("gamma", custom());
      world.clock.timer(10_000, () => world.patch("beta", { spec: { suspend: false } }));
    },
  ],
  ends: { alpha: "Ready", beta: "Ready", gamma: "Ready" },
};
