import { describe, expect, it } from "vitest";
import { type Change, diff } from "../../../src/sessionpool/diff.ts";
import type { JsonObject } from "../../../src/sessionpool/json.ts";
import { NORMALIZATION } from "../../../src/sessionpool/normalize.ts";
import { desired, livePool } from "./bodies.ts";

const UAMI =
  "/subscriptions/00000000-0000-0000-0000-000000000000/resourcegroups/rg/providers/Microsoft.ManagedIdentity/userAssignedIdentities/Msi1";
const ENV =
  "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg/providers/Microsoft.App/managedEnvironments/env";

/** Rewrites of Azure that are no difference: each row needs the row of the table that it names. */
const SAME: readonly [row: string, desired: JsonObject, observed: JsonObject][] = [
  ["location-display-form", desired({}, { location: "westus3" }), livePool()],
  [
    "location-display-form",
    desired({}, { location: "northcentralusstage" }),
    livePool({ body: { location: "North Central US (Stage)" } }),
  ],
  ["no-identity-is-none", desired({}, { identity: { type: "None" } }), livePool({ body: { identity: null } })],
  [
    "identity-type-spacing",
    desired({}, { identity: { type: "SystemAssigned,UserAssigned", userAssignedIdentities: { [UAMI]: {} } } }),
    livePool({ body: { identity: { type: "SystemAssigned, UserAssigned", userAssignedIdentities: { [UAMI]: {} } } } }),
  ],
  [
    "identity-generated-ids",
    desired({}, { identity: { type: "UserAssigned", userAssignedIdentities: { [UAMI]: {} } } }),
    livePool({
      body: {
        identity: {
          type: "UserAssigned",
          principalId: "p",
          tenantId: "t",
          userAssignedIdentities: {
            [UAMI.replace("resourcegroups", "resourceGroups")]: { principalId: "p", clientId: "c" },
          },
        },
      },
    }),
  ],
  [
    "numbers-in-quotes",
    desired({
      scaleConfiguration: { maxConcurrentSessions: "10", readySessionInstances: "2" },
      dynamicPoolConfiguration: { lifecycleConfiguration: { lifecycleType: "Timed", cooldownPeriodInSeconds: "300" } },
      customContainerTemplate: { ingress: { targetPort: "80" } },
    }),
    livePool(),
  ],
  ["environment-id-casing", desired({ environmentId: ENV.toUpperCase() }), livePool()],
  [
    "enum-casing",
    desired({ containerType: "CustomContainer", poolManagementType: "Dynamic" }),
    livePool({ properties: { containerType: "customContainer", poolManagementType: "dynamic" } }),
  ],
  [
    "registry-identity-casing",
    desired({ customContainerTemplate: { registryCredentials: { server: "s", identity: UAMI } } }),
    livePool({
      properties: {
        customContainerTemplate: {
          registryCredentials: { server: "s", username: null, passwordSecretRef: null, identity: UAMI.toLowerCase() },
        },
      },
    }),
  ],
  [
    "null-is-absent",
    desired({ customContainerTemplate: { registryCredentials: {} } }),
    livePool({ properties: { customContainerTemplate: { registryCredentials: null } } }),
  ],
  [
    "setting-identity-casing",
    desired({ managedIdentitySettings: [{ identity: "System", lifecycle: "Main" }] }),
    livePool({ properties: { managedIdentitySettings: [{ identity: "system", lifecycle: "Main" }] } }),
  ],
  [
    "none-settings-are-absent",
    desired({ managedIdentitySettings: [{ identity: "system", lifecycle: "Main" }] }),
    livePool({
      properties: {
        managedIdentitySettings: [
          { identity: "system", lifecycle: "Main" },
          { identity: UAMI, lifecycle: "None" },
        ],
      },
    }),
  ],
  [
    "no-ready-instances-on-built-in-pools",
    {
      properties: {
        containerType: "PythonLTS",
        scaleConfiguration: { maxConcurrentSessions: 10, readySessionInstances: 5 },
      },
    },
    livePool({ properties: { containerType: "PythonLTS", scaleConfiguration: { maxConcurrentSessions: 10 } } }),
  ],
  [
    "lifecycle-of-early-previews",
    desired({
      dynamicPoolConfiguration: { lifecycleConfiguration: { lifecycleType: "Timed", cooldownPeriodInSeconds: 300 } },
    }),
    livePool({
      properties: { dynamicPoolConfiguration: { executionType: "Timed", cooldownPeriodInSeconds: 300 } },
    }),
  ],
  ["secret-values-never-come-back", desired({ secrets: [{ name: "password", value: "s3cret" }] }), livePool()],
];

describe("what Azure rewrites is no difference", () => {
  it.each(SAME)("%s", (_row, wanted, observed) => {
    expect(diff(wanted, observed)).toEqual([]);
  });

  it.each(NORMALIZATION.map(({ name }) => name))("the row %s is needed", (name) => {
    const without = NORMALIZATION.filter((row) => row.name !== name);
    const needing = SAME.filter(([row]) => row === name);
    expect(needing.length).toBeGreaterThan(0);
    for (const [, wanted, observed] of needing) expect(diff(wanted, observed, without)).not.toEqual([]);
  });
});

describe("a difference is told with its path and both values", () => {
  it.each<[story: string, desired: JsonObject, changes: readonly Change[]]>([
    [
      "a number",
      desired({ scaleConfiguration: { maxConcurrentSessions: 12 } }),
      [{ path: "/properties/scaleConfiguration/maxConcurrentSessions", desired: 12, observed: 10 }],
    ],
    [
      "another region",
      desired({}, { location: "East US" }),
      [{ path: "/location", desired: "East US", observed: "West US 3" }],
    ],
    ["a tag, with its name escaped", desired({}, { tags: { "a~b": "1" } }), [{ path: "/tags/a~0b", desired: "1" }]],
    [
      "a tag's value",
      desired({}, { tags: { CostCenter: "43" } }),
      [{ path: "/tags/CostCenter", desired: "43", observed: "42" }],
    ],
    [
      "a new secret",
      desired({
        secrets: [
          { name: "password", value: "x" },
          { name: "key", value: "y" },
        ],
      }),
      [{ path: "/properties/secrets/1", desired: { name: "key" } }],
    ],
    ["a removed secret", desired({ secrets: [] }), [{ path: "/properties/secrets/0", observed: { name: "password" } }]],
    [
      "an image",
      container({ image: "img:2" }),
      [{ path: "/properties/customContainerTemplate/containers/0/image", desired: "img:2", observed: "img:1" }],
    ],
    [
      "a changed variable",
      container({ env: [{ name: "A", value: "2" }] }),
      [{ path: "/properties/customContainerTemplate/containers/0/env/0/value", desired: "2", observed: "1" }],
    ],
    [
      "a removed variable",
      container({ env: undefined }),
      [{ path: "/properties/customContainerTemplate/containers/0/env", observed: [{ name: "A", value: "1" }] }],
    ],
    [
      "a variable that becomes a secret",
      container({ env: [{ name: "A", secretRef: "password" }] }),
      [
        { path: "/properties/customContainerTemplate/containers/0/env/0/secretRef", desired: "password" },
        { path: "/properties/customContainerTemplate/containers/0/env/0/value", observed: "1" },
      ],
    ],
    [
      "the lifecycle as a whole",
      desired({
        dynamicPoolConfiguration: {
          lifecycleConfiguration: { lifecycleType: "OnContainerExit", maxAlivePeriodInSeconds: 600 },
        },
      }),
      [
        {
          path: "/properties/dynamicPoolConfiguration/lifecycleConfiguration/lifecycleType",
          desired: "OnContainerExit",
          observed: "Timed",
        },
        { path: "/properties/dynamicPoolConfiguration/lifecycleConfiguration/maxAlivePeriodInSeconds", desired: 600 },
        { path: "/properties/dynamicPoolConfiguration/lifecycleConfiguration/cooldownPeriodInSeconds", observed: 300 },
      ],
    ],
    [
      "an identity that is missing",
      desired({}, { identity: { type: "UserAssigned", userAssignedIdentities: { [UAMI]: {} } } }),
      [
        { path: "/identity/type", desired: "UserAssigned", observed: "None" },
        { path: `/identity/userAssignedIdentities/${UAMI.replaceAll("/", "~1")}`, desired: {} },
      ],
    ],
  ])("%s", (_story, wanted, changes) => {
    expect(diff(wanted, livePool())).toEqual(changes);
  });

  it("an identity that was taken out of the spec", () => {
    const live = livePool({
      body: { identity: { type: "UserAssigned", userAssignedIdentities: { [UAMI]: { clientId: "c" }, "/other": {} } } },
    });
    expect(
      diff(desired({}, { identity: { type: "UserAssigned", userAssignedIdentities: { [UAMI]: {} } } }), live),
    ).toEqual([{ path: "/identity/userAssignedIdentities/~1other", observed: {} }]);
  });
});

describe("what the user leaves out is not compared", () => {
  it.each<[story: string, desired: JsonObject, observed: JsonObject]>([
    ["nothing set", desired(), livePool()],
    [
      "registry credentials that Azure completed with nulls",
      desired({
        customContainerTemplate: {
          registryCredentials: { server: "a.azurecr.io", username: "a", passwordSecretRef: "password" },
        },
      }),
      livePool(),
    ],
    ["tags of others", desired({}, { tags: {} }), livePool()],
    ["resources that Azure filled in", container({ resources: undefined }), livePool()],
    [
      "the order of variables and secrets",
      container({
        env: [
          { name: "B", value: "2" },
          { name: "A", value: "1" },
        ],
      }),
      livePool({
        properties: {
          customContainerTemplate: {
            containers: [
              {
                name: "main",
                image: "img:1",
                resources: { cpu: 0.5, memory: "1Gi" },
                env: [
                  { name: "A", value: "1" },
                  { name: "B", value: "2" },
                ],
              },
            ],
          },
        },
      }),
    ],
    ["an empty list against none", container({ args: [] }), livePool()],
  ])("%s", (_story, wanted, observed) => {
    expect(diff(wanted, observed)).toEqual([]);
  });
});

/** A desired template with the live pool's container, changed. */
function container(changes: Record<string, unknown>): JsonObject {
  const merged = {
    image: "img:1",
    name: "main",
    env: [{ name: "A", value: "1" }],
    resources: { cpu: 0.5, memory: "1Gi" },
    ...changes,
  };
  const set = Object.fromEntries(Object.entries(merged).filter(([, value]) => value !== undefined)) as JsonObject;
  return desired({ customContainerTemplate: { containers: [set] } });
}
