import type { SessionPoolSpec } from "../../../src/api/session-pool.ts";
import { objectOr } from "../../../src/sessionpool/json.ts";
import type { Scenario } from "../scenario.ts";
import { canary, secret } from "../scenarios.ts";
import { python } from "../specs.ts";
import type { World } from "../world.ts";

type Adoption = "Never" | "IfUnowned" | "Always";

const adopting = (adoption: Adoption, changes: Partial<SessionPoolSpec> = {}): SessionPoolSpec =>
  python({ ...changes, policy: { adoption, ...changes.policy } });
/** A second resource that names the pool of the first. */
const rival = (adoption: Adoption = "Never"): SessionPoolSpec => adopting(adoption, { azureName: "alpha" });
const more = { scaleConfiguration: { maxConcurrentSessions: 25 } };
const OWNER = "appcontainers.dev.owner";
const OTHER_CLUSTER = "5f9c-other/team-a/alpha/uid-1";

/** Somebody else has made the pool, equal to `python()`. */
function existing(world: World, tags: Readonly<Record<string, string>> = {}, properties: object = {}): void {
  world.portal("PUT", "alpha", {
    location: "westus3",
    tags,
    properties: {
      poolManagementType: "Dynamic",
      containerType: "PythonLTS",
      scaleConfiguration: { maxConcurrentSessions: 10 },
      dynamicPoolConfiguration: { lifecycleConfiguration: { lifecycleType: "Timed", cooldownPeriodInSeconds: 300 } },
      ...properties,
    },
  });
}

/** Whose the pool is at the end: the name of the resource, a whole tag, or nobody. */
function ownerIs(expected: string | undefined): (world: World) => string | undefined {
  return (world) => {
    const tag = objectOr(world.pool("alpha")?.tags)[OWNER];
    const is = typeof tag === "string" && tag.startsWith(`${world.clusterId}/`) ? tag.split("/")[2] : tag;
    return is === expected ? undefined : `the pool is ${JSON.stringify(is)}'s, and should be ${expected ?? "nobody"}'s`;
  };
}

/** Of two resources for one pool, one has it and the other says whose it is. */
function oneHasIt(world: World): string | undefined {
  const told = ["alpha", "beta"].map((name) => ({ name, conditions: world.resource(name)?.status?.conditions ?? [] }));
  const ready = told.filter(({ conditions }) =>
    conditions.some(({ type, status }) => type === "Ready" && status === "True"),
  );
  const held = told.filter(({ conditions }) => conditions.some(({ reason }) => reason === "OwnedByOther"));
  if (ready.length !== 1 || held.length !== 1)
    return `Ready are ${ready.length}, and OwnedByOther ${held.length}: ${JSON.stringify(told)}`;
  const message = held[0]?.conditions[0]?.message ?? "";
  return message.includes(`team-a/${ready[0]?.name}`) ? undefined : `whose it is, is not said: ${message}`;
}

/** Campaign R11: whose a pool is (kubernetes-conventions §4.3). */
export const OWNERSHIP: readonly Scenario[] = [
  {
    name: "O1",
    story: "a pool that nobody tagged is in the way; it is not taken, and not deleted with the resource",
    before: existing,
    steps: [(world) => world.create("alpha", python(more)), (world) => world.remove("alpha")],
    ends: { alpha: "gone" },
    check: ownerIs(undefined),
  },
  {
    name: "O2",
    story: "a pool that nobody tagged is adopted without a write to Azure",
    before: existing,
    steps: [(world) => world.create("alpha", adopting("IfUnowned"))],
    ends: { alpha: "Ready" },
    mostWrites: 0,
    check: ownerIs(undefined),
  },
  {
    name: "O3",
    story: "a pool is adopted and differs: one update, with the tag",
    before: (world) => existing(world, { theirs: "x" }),
    steps: [(world) => world.create("alpha", adopting("IfUnowned", more))],
    ends: { alpha: "Ready" },
    check: ownerIs("alpha"),
  },
  {
    name: "O4",
    story: "another cluster's pool is not adopted as one that nobody owns, and stays when the resource goes",
    before: (world) => existing(world, { [OWNER]: OTHER_CLUSTER }),
    steps: [(world) => world.create("alpha", adopting("IfUnowned", more)), (world) => world.remove("alpha")],
    ends: { alpha: "gone" },
    check: ownerIs(OTHER_CLUSTER),
  },
  {
    name: "O5",
    story: "another cluster's pool is taken with Always, and updated",
    before: (world) => existing(world, { [OWNER]: OTHER_CLUSTER }),
    steps: [(world) => world.create("alpha", adopting("Always")), (world) => world.patch("alpha", { spec: more })],
    ends: { alpha: "Ready" },
    check: ownerIs("alpha"),
  },
  {
    name: "O6",
    story: "the tag names a resource of the same name in another namespace, with this one's UID, or one that is gone",
    before: (world) => existing(world, { [OWNER]: `${world.clusterId}/team-b/alpha/uid-1` }),
    steps: [(world) => world.create("alpha", adopting("IfUnowned", more))],
    ends: { alpha: "OwnedByOther" },
  },
  {
    name: "O7",
    story: "a pool is not taken from a resource that is there, also with Always; when that goes, it is created anew",
    steps: [
      (world) => world.create("beta", rival()),
      (world) => world.create("alpha", adopting("Always", more)),
      (world) => world.remove("beta"),
    ],
    ends: { alpha: "Ready", beta: "gone" },
    check: ownerIs("alpha"),
  },
  {
    name: "O8",
    story: "two resources for one pool come at the same time: one gets it",
    steps: [
      (world) => {
        world.create("alpha", python());
        world.create("beta", rival());
      },
    ],
    ends: {},
    isOpen: true,
    check: oneHasIt,
  },
  {
    name: "O9",
    story: "two resources may adopt one pool: one does",
    before: existing,
    steps: [
      (world) => {
        world.create("beta", rival("Always"));
        world.create("alpha", adopting("Always"));
      },
    ],
    ends: {},
    isOpen: true,
    mostWrites: 0,
    check: oneHasIt,
  },
  {
    name: "O10",
    story: "the first lets go of its pool; the other takes it only when it is told to",
    steps: [
      (world) => world.create("alpha", python({ policy: { deletion: "Orphan" } })),
      (world) => world.create("beta", rival("IfUnowned")),
      (world) => world.remove("alpha"),
      (world) => world.patch("beta", { spec: { policy: { adoption: "Always" } } }),
    ],
    ends: { alpha: "gone", beta: "Ready" },
    leaves: ["alpha"],
  },
  {
    name: "O11",
    story: "somebody takes the tag off: the pool is nobody's, and adopted again",
    steps: [
      (world) => world.create("alpha", adopting("IfUnowned")),
      (world) => void world.portal("PATCH", "alpha", { tags: {} }),
    ],
    ends: { alpha: "Ready" },
    check: (world) =>
      world.resource("alpha")?.status?.adopted ? ownerIs(undefined)(world) : "the pool was not adopted again",
  },
  {
    name: "O12",
    story: "somebody puts another cluster's tag on our pool: it is not ours any more, and left alone",
    steps: [
      (world) => world.create("alpha", python()),
      (world) => void world.portal("PATCH", "alpha", { tags: { [OWNER]: OTHER_CLUSTER } }),
      (world) => world.patch("alpha", { spec: more }),
      (world) => world.remove("alpha"),
    ],
    ends: { alpha: "gone" },
    check: ownerIs(OTHER_CLUSTER),
  },
  {
    name: "O13",
    story: "a pool with secrets is adopted, no value is sent; one is rotated, and all are",
    before: (world) => {
      world.setSecret("creds", { one: canary("one", 1), two: canary("two", 1) });
      existing(world, {}, { secrets: [{ name: "one", value: canary("one", 1) }] });
    },
    steps: [
      (world) => world.create("alpha", adopting("IfUnowned", { secrets: [secret("one")] })),
      (world) => world.setSecret("creds", { one: canary("one", 2), two: canary("two", 1) }),
    ],
    ends: { alpha: "Ready" },
    check: ownerIs("alpha"),
  },
  {
    name: "O14",
    story: "a pool that was adopted and never updated stays when its resource goes",
    before: existing,
    steps: [(world) => world.create("alpha", adopting("IfUnowned")), (world) => world.remove("alpha")],
    ends: { alpha: "gone" },
    mostWrites: 0,
    check: ownerIs(undefined),
  },
  {
    name: "O15",
    story: "a resource comes back from a backup, with another UID: it takes up its pool without a write",
    steps: [(world) => world.create("alpha", python()), (world) => world.replace("alpha", "forced")],
    ends: { alpha: "Ready" },
    mostWrites: 1,
    check: ownerIs("alpha"),
  },
  {
    name: "O16",
    story: "who had the pool only observes now, and the pool is gone: another may create it",
    steps: [
      (world) => world.create("alpha", python()),
      (world) => world.patch("alpha", { spec: { policy: { mode: "Observe" } } }),
      (world) => {
        world.portal("DELETE", "alpha");
        world.create("beta", rival());
      },
    ],
    ends: { beta: "Ready" },
    check: ownerIs("beta"),
  },
  {
    name: "O17",
    story:
      "the owner that the tag names was away while another adopted the pool, and comes back before that wrote to it",
    steps: [
      (world) => world.create("alpha", python({ policy: { deletion: "Orphan" } })),
      (world) => {
        world.remove("alpha");
        world.create("beta", rival("Always"));
      },
      (world) => world.create("alpha", python()),
      (world) => world.patch("beta", { spec: more }),
    ],
    ends: { alpha: "Ready", beta: "OwnedByOther" },
    mostWrites: 1,
    check: ownerIs("alpha"),
  },
];
