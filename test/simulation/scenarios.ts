import type { SessionPoolSpec } from "../../src/api/session-pool.ts";
import { FINALIZER } from "../../src/api/session-pool.ts";
import { CREDENTIAL_STORIES } from "./stories/credentials.ts";
import { CREDENTIALS } from "./credentials.ts";
import type { Scenario } from "./scenario.ts";
import { custom, python } from "./specs.ts";

/** An entry of spec.secrets whose value is in the Secret `creds`. */
export function secret(name: string): NonNullable<SessionPoolSpec["secrets"]>[number] {
  return { name, valueFrom: { secretKeyRef: { name: "creds", key: name } } };
}

/** Secret values are texts that occur nowhere else. */
export function canary(name: string, version: number): string {
  return `canary-${name}-${version}-6d1f0c`;
}

const credentials = (version: number) => ({ one: canary("one", version), two: canary("two", version) });
const scaled = (max: number) => ({ spec: { scaleConfiguration: { maxConcurrentSessions: max } } });
const image = (name: string) =>
  custom({
    customContainerTemplate: {
      containers: [{ name: "main", image: name, resources: { cpu: 0.5, memory: "1Gi" } }],
      ingress: { targetPort: 80 },
    },
  });

/** What S2e is edited to. */
export const EDITED = 33;

/** The stories S1 to S11 of kubernetes-conventions §4.3, and what users do besides. */
export const SCENARIOS: readonly Scenario[] = [
  {
    name: "S1",
    story: "a pool with containers is created; Azure takes a minute",
    steps: [(world) => world.create("alpha", custom())],
    ends: { alpha: "Ready" },
  },
  {
    name: "S2",
    story: "a built-in pool is created; Azure answers at once",
    steps: [(world) => world.create("alpha", python())],
    ends: { alpha: "Ready" },
  },
  {
    name: "S2e",
    story: "a built-in pool is created and edited",
    steps: [(world) => world.create("alpha", python()), (world) => world.patch("alpha", scaled(EDITED))],
    ends: { alpha: "Ready" },
  },
  {
    name: "S3",
    story: "a pool is created and changed, while Azure works on it and after",
    steps: [
      (world) => {
        world.create("alpha", custom({ tags: { team: "a" } }));
        world.clock.timer(30_000, () => world.patch("alpha", scaled(12)));
      },
      (world) =>
        world.patch("alpha", {
          spec: { scaleConfiguration: { maxConcurrentSessions: 20 }, tags: { team: null, stage: "dev" } },
        }),
    ],
    ends: { alpha: "Ready" },
    check: (world) =>
      "team" in ((world.pool("alpha")?.tags ?? {}) as object)
        ? "a tag that the spec had and has no more is still there"
        : undefined,
  },
  {
    name: "S4",
    story: "a pool with secrets is created, and a value is rotated",
    before: (world) => world.setSecret("creds", credentials(1)),
    steps: [
      (world) => world.create("alpha", custom({ secrets: [secret("one"), secret("two")] })),
      (world) => world.setSecret("creds", credentials(2)),
    ],
    ends: { alpha: "Ready" },
  },
  {
    name: "S4w",
    story: "the same, with the operator watching Secrets",
    secretAccess: "watch",
    before: (world) => world.setSecret("creds", credentials(1)),
    steps: [
      (world) => world.create("alpha", custom({ secrets: [secret("one"), secret("two")] })),
      (world) => world.setSecret("creds", credentials(2)),
    ],
    ends: { alpha: "Ready" },
  },
  {
    name: "S5",
    story: "a pool is created and deleted",
    steps: [(world) => world.create("alpha", custom()), (world) => world.remove("alpha")],
    ends: { alpha: "gone" },
  },
  {
    name: "S6",
    story: "a resource is deleted whose policy leaves the pool in Azure",
    steps: [
      (world) => world.create("alpha", custom({ policy: { deletion: "Orphan" } })),
      (world) => world.remove("alpha"),
    ],
    ends: { alpha: "gone" },
    leaves: ["alpha"],
    check: (world) => (world.pool("alpha") ? undefined : "the pool is gone, and the policy says Orphan"),
  },
  {
    name: "S7",
    story: "a pool of that name is there and nobody's of ours; it stays untouched, also at deletion",
    before: (world) => void world.portal("PUT", "alpha", foreignPool()),
    steps: [(world) => world.create("alpha", python()), (world) => world.remove("alpha")],
    ends: { alpha: "gone" },
    check: (world) => (world.pool("alpha") ? undefined : "the foreign pool is gone"),
  },
  {
    name: "S7b",
    story: "a foreign pool is in the way until somebody deletes it",
    before: (world) => void world.portal("PUT", "alpha", foreignPool()),
    steps: [(world) => world.create("alpha", python()), (world) => void world.portal("DELETE", "alpha")],
    ends: { alpha: "Ready" },
  },
  {
    name: "S8",
    story: "somebody changes the pool in the portal and puts a tag of theirs on it",
    steps: [
      (world) => world.create("alpha", custom({ tags: { team: "a" } })),
      (world) =>
        void world.portal("PATCH", "alpha", {
          tags: { ...(world.pool("alpha")?.tags as object), theirs: "x" },
          properties: { scaleConfiguration: { maxConcurrentSessions: 33 } },
        }),
    ],
    ends: { alpha: "Ready" },
    check: (world) =>
      (world.pool("alpha")?.tags as { theirs?: string } | undefined)?.theirs === "x"
        ? undefined
        : "the tag of others is lost",
  },
  {
    name: "S9",
    story: "somebody deletes the pool in the portal",
    steps: [(world) => world.create("alpha", custom()), (world) => void world.portal("DELETE", "alpha")],
    ends: { alpha: "Ready" },
  },
  {
    name: "S10",
    story: "Azure cannot pull the image; the spec is corrected",
    steps: [
      (world) => world.create("alpha", image("missing.example/none:1")),
      (world) => world.patch("alpha", { spec: image("img:2") }),
    ],
    ends: { alpha: "Ready" },
  },
  {
    name: "S11",
    story: "a resource is deleted and created again under its name with another spec",
    before: (world) => world.setSecret("creds", credentials(1)),
    steps: [
      (world) => world.create("alpha", custom({ secrets: [secret("one")] })),
      (world) => world.remove("alpha"),
      (world) =>
        world.create(
          "alpha",
          custom({
            secrets: [secret("two")],
            scaleConfiguration: { maxConcurrentSessions: 7, readySessionInstances: 1 },
          }),
        ),
    ],
    ends: { alpha: "Ready" },
  },
  {
    name: "S12",
    story: "a Secret is missing and appears; another resource is not held up by it",
    steps: [
      (world) => {
        world.create("alpha", custom({ secrets: [secret("one")] }));
        world.create("beta", python());
      },
      (world) => world.setSecret("creds", credentials(1)),
    ],
    ends: { alpha: "Ready", beta: "Ready" },
  },
  {
    name: "S13",
    story: "a resource that its owner lost its finalizer of is deleted and created again; the pool is taken up",
    steps: [
      (world) => world.create("alpha", custom()),
      (world) => {
        world.patch("alpha", { metadata: { finalizers: null } });
        world.remove("alpha");
        world.create("alpha", custom({ scaleConfiguration: { maxConcurrentSessions: 15, readySessionInstances: 2 } }));
      },
    ],
    ends: { alpha: "Ready" },
    check: (world) =>
      world.resource("alpha")?.metadata.finalizers?.includes(FINALIZER) ? undefined : "the finalizer is missing",
  },
  {
    name: "S14",
    story: "a status is wiped; a suspended resource goes on",
    steps: [
      (world) => world.create("alpha", custom({ suspend: true })),
      (world) => world.patch("alpha", { spec: { suspend: null } }),
      (world) => world.wipeStatus("alpha"),
    ],
    ends: { alpha: "Ready" },
  },
  {
    name: "S15",
    story: "a resource is deleted while Azure still creates its pool",
    steps: [
      (world) => {
        world.create("alpha", custom());
        world.clock.timer(25_000, () => world.remove("alpha"));
      },
    ],
    ends: { alpha: "gone" },
  },
  ...CREDENTIAL_STORIES,
];

/** A story for P12: resources whose calls fail, and one that has nothing to do with them. */
export const NEIGHBOURS: Scenario = {
  name: "neighbours",
  story: "a resource among others of which nothing works",
  steps: [
    (world) => {
      for (const name of POISONED) world.create(name, python());
      world.clock.timer(8_000, () => world.create("healthy", python()));
    },
  ],
  ends: { healthy: "Ready" },
};

/** The same, where the calls of the healthy one are counted apart: turns that others wait for are none of its business. */
export const APART: Scenario = {
  ...NEIGHBOURS,
  name: "neighbours of another principal",
  before: (world) => world.setSecret("tenant", CREDENTIALS.good),
  steps: [
    (world) => {
      for (const name of POISONED) for (const copy of [name, `${name}x`]) world.create(copy, python());
      world.clock.timer(8_000, () => world.create("healthy", python({ credentialsRef: { name: "tenant" } })));
    },
  ],
};

/** More than there are workers. */
export const POISONED: readonly string[] = Array.from({ length: 14 }, (_, index) => `poisoned${index}`);

function foreignPool(): object {
  return {
    location: "westus3",
    tags: { owner: "somebody" },
    properties: {
      poolManagementType: "Dynamic",
      containerType: "PythonLTS",
      scaleConfiguration: { maxConcurrentSessions: 3 },
      dynamicPoolConfiguration: { lifecycleConfiguration: { lifecycleType: "Timed", cooldownPeriodInSeconds: 600 } },
    },
  };
}
