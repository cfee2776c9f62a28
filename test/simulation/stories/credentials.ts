import { CREDENTIALS } from "../credentials.ts";
import type { Scenario } from "../scenario.ts";
import { custom, python } from "../specs.ts";
import type { World } from "../world.ts";

const credentialsRef = { name: "tenant" };
const use = (world: World, which: "good" | "wrong" | "ofAnotherTenant"): void => {
  world.setSecret("tenant", CREDENTIALS[which]);
};

/** Stories about credentials. Where a step must last for some looks at the pool in question, another pool is made at the same time. */
export const CREDENTIAL_STORIES: readonly Scenario[] = [
  {
    name: "S16",
    story: "the credential of a pool comes late, is wrong at first, becomes that of another tenant, and is right again",
    steps: [
      (world) => world.create("alpha", python({ credentialsRef })),
      (world) => {
        use(world, "wrong");
        world.create("beta", custom());
      },
      (world) => {
        use(world, "good");
        world.create("gamma", custom());
      },
      (world) => {
        use(world, "ofAnotherTenant");
        world.patch("alpha", { spec: { scaleConfiguration: { maxConcurrentSessions: 21 } } });
        world.patch("beta", { spec: { scaleConfiguration: { maxConcurrentSessions: 12 } } });
      },
      (world) => use(world, "good"),
    ],
    ends: { alpha: "Ready", beta: "Ready", gamma: "Ready" },
  },
  {
    name: "S17",
    story: "a resource is deleted after its credential, which comes back while that goes on",
    before: (world) => use(world, "good"),
    steps: [
      (world) => world.create("alpha", custom({ credentialsRef })),
      (world) => {
        world.removeSecret("tenant");
        world.remove("alpha");
        world.clock.timer(40_000, () => use(world, "good"));
      },
    ],
    ends: { alpha: "gone" },
  },
];
