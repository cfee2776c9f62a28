import { CREDENTIALS } from "../credentials.ts";
import type { Scenario } from "../scenario.ts";
import { canary, secret } from "../scenarios.ts";
import { custom, python } from "../specs.ts";
import { NAMESPACE, type World } from "../world.ts";

const poolStays = (world: World): string | undefined => (world.pool("alpha") ? undefined : "the pool is gone");
const poolIsGone = (world: World): string | undefined => (world.pool("alpha") ? "the pool is still there" : undefined);
const policy = (changes: object): object => ({ spec: { policy: changes } });

/** From now on Azure answers so to each call about the pool. */
function azureSays(world: World, methods: readonly string[], status: number, code: string): void {
  for (const method of methods)
    world.azure.faults.add({
      method,
      pathPattern: "/sessionPools/",
      status,
      times: 1_000_000,
      body: { error: { code, message: `the story says ${code}` } },
    });
}

/** Campaign R12: how a deletion ends (kubernetes-conventions §4.3). */
export const DELETION: readonly Scenario[] = [
  {
    name: "D1",
    story: "while Azure creates the pool",
    steps: [
      (world) => {
        world.create("alpha", custom());
        world.clock.timer(20_000, () => world.remove("alpha"));
      },
    ],
    ends: { alpha: "gone" },
    check: poolIsGone,
  },
  {
    name: "D2",
    story: "after Azure failed to create the pool",
    steps: [
      (world) =>
        world.create(
          "alpha",
          custom({ customContainerTemplate: { containers: [{ name: "main", image: "missing.example/none:1" }] } }),
        ),
      (world) => world.remove("alpha"),
    ],
    ends: { alpha: "gone" },
    check: poolIsGone,
  },
  {
    name: "D3",
    story: "when the Secret is gone",
    before: (world) => world.setSecret("creds", { one: canary("one", 1), two: canary("two", 1) }),
    steps: [
      (world) => world.create("alpha", custom({ secrets: [secret("one")] })),
      (world) => {
        world.removeSecret("creds");
        world.remove("alpha");
      },
    ],
    ends: { alpha: "gone" },
    check: poolIsGone,
  },
  {
    name: "D4",
    story: "when the resource group is gone",
    steps: [
      (world) => world.create("alpha", python()),
      (world) => {
        world.portal("DELETE", "alpha");
        azureSays(world, ["GET", "PUT", "DELETE"], 404, "ResourceGroupNotFound");
        world.remove("alpha");
      },
    ],
    ends: { alpha: "gone" },
  },
  {
    name: "D5",
    story: "without the right to delete, until somebody gives it",
    steps: [
      (world) => world.create("alpha", python()),
      (world) => {
        azureSays(world, ["DELETE"], 403, "AuthorizationFailed");
        world.remove("alpha");
      },
      (world) => world.azure.faults.clear(),
    ],
    ends: { alpha: "gone" },
    check: poolIsGone,
  },
  {
    name: "D6",
    story: "without any right, until the policy lets go of the pool",
    steps: [
      (world) => world.create("alpha", python()),
      (world) => {
        azureSays(world, ["GET", "DELETE"], 403, "AuthorizationFailed");
        world.remove("alpha");
      },
      (world) => world.patch("alpha", policy({ deletion: "Orphan" })),
    ],
    ends: { alpha: "gone" },
    leaves: ["alpha"],
    check: poolStays,
  },
  {
    name: "D7",
    story: "with its namespace, whose Secrets go first",
    before: (world) => world.setSecret("creds", { one: canary("one", 1), two: canary("two", 1) }),
    steps: [
      (world) => world.create("alpha", custom({ secrets: [secret("one")] })),
      (world) => {
        world.kubectl("DELETE", `/api/v1/namespaces/${NAMESPACE}`);
        world.removeSecret("creds");
        world.remove("alpha");
      },
    ],
    ends: { alpha: "gone" },
    check: poolIsGone,
  },
  {
    name: "D8",
    story: "while somebody edits the spec",
    steps: [
      (world) => world.create("alpha", custom()),
      (world) => {
        world.remove("alpha");
        for (const at of [200, 2_000, 15_000])
          world.clock.timer(at, () =>
            world.patch("alpha", { spec: { scaleConfiguration: { maxConcurrentSessions: 20 + at } } }),
          );
      },
    ],
    ends: { alpha: "gone" },
    check: poolIsGone,
  },
  {
    name: "D9",
    story: "of a protected resource, until it is no longer",
    steps: [
      (world) => world.create("alpha", python({ policy: { protect: true } })),
      (world) => world.remove("alpha"),
      (world) => world.patch("alpha", policy({ protect: false })),
    ],
    ends: { alpha: "gone" },
    check: poolIsGone,
  },
  {
    name: "D10",
    story: "of a protected resource: nothing is deleted",
    steps: [(world) => world.create("alpha", python({ policy: { protect: true } })), (world) => world.remove("alpha")],
    ends: { alpha: "Protected" },
    check: poolStays,
  },
  {
    name: "D11",
    story: "of a protected resource that lets go of its pool",
    steps: [
      (world) => world.create("alpha", python({ policy: { protect: true, deletion: "Orphan" } })),
      (world) => world.remove("alpha"),
    ],
    ends: { alpha: "gone" },
    leaves: ["alpha"],
    check: poolStays,
  },
  {
    name: "D12",
    story: "when the mode has become Observe: the pool stays",
    steps: [
      (world) => world.create("alpha", python()),
      (world) => world.patch("alpha", policy({ mode: "Observe" })),
      (world) => world.remove("alpha"),
    ],
    ends: { alpha: "gone" },
    leaves: ["alpha"],
    check: poolStays,
  },
  {
    name: "D13",
    story: "of a suspended resource",
    steps: [
      (world) => world.create("alpha", custom()),
      (world) => world.patch("alpha", { spec: { suspend: true } }),
      (world) => world.remove("alpha"),
    ],
    ends: { alpha: "gone" },
    check: poolIsGone,
  },
  {
    name: "D14",
    story: "while somebody deletes the pool in the portal",
    steps: [
      (world) => world.create("alpha", custom()),
      (world) => {
        world.portal("DELETE", "alpha");
        world.remove("alpha");
      },
    ],
    ends: { alpha: "gone" },
    check: poolIsGone,
  },
  {
    name: "D15",
    story: "and the resource is created again at once",
    steps: [(world) => world.create("alpha", custom()), (world) => world.replace("alpha", "deleted")],
    ends: { alpha: "Ready" },
  },
  {
    name: "D17",
    story: "when the Secret with its credential is gone, until it is back or the process still knows it",
    before: (world) => world.setSecret("tenant", CREDENTIALS.good),
    steps: [
      (world) => world.create("alpha", custom({ credentialsRef: { name: "tenant" } })),
      (world) => {
        world.removeSecret("tenant");
        world.remove("alpha");
        world.clock.timer(10 * 60_000, () => world.setSecret("tenant", CREDENTIALS.good));
      },
    ],
    ends: { alpha: "gone" },
    check: poolIsGone,
  },
  {
    name: "D18",
    story: "when the Secret with its credential is gone, and the policy lets go of the pool",
    before: (world) => world.setSecret("tenant", CREDENTIALS.good),
    steps: [
      (world) => world.create("alpha", custom({ credentialsRef: { name: "tenant" } })),
      (world) => {
        world.removeSecret("tenant");
        world.patch("alpha", policy({ deletion: "Orphan" }));
        world.remove("alpha");
      },
    ],
    ends: { alpha: "gone" },
    leaves: ["alpha"],
    check: poolStays,
  },
  {
    name: "D16",
    story: "that has to be approved, and then need not be",
    steps: [
      (world) => world.create("alpha", python()),
      (world) => world.patch("alpha", policy({ mode: "Approve" })),
      (world) => world.remove("alpha"),
      (world) => world.patch("alpha", policy({ mode: "Apply" })),
    ],
    ends: { alpha: "gone" },
    check: poolIsGone,
  },
];
