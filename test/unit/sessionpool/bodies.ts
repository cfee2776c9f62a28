import type { JsonObject } from "../../../src/sessionpool/json.ts";

/** ARM id of the pool. */
export const POOL_ID =
  "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg/providers/Microsoft.App/sessionPools/alpha";

/** A pool in Azure as ARM returns it (e2e-python-shell-custom.json seq 225, with identities as in azure-session-pools §3.3). */
export function livePool(overrides: { readonly body?: JsonObject; readonly properties?: JsonObject } = {}): JsonObject {
  return {
    id: POOL_ID,
    name: "alpha",
    type: "Microsoft.App/sessionpools",
    location: "West US 3",
    tags: { "appcontainers.dev.owner": "c1/ns/alpha/uid-1", costcenter: "42" },
    systemData: { createdBy: "x", createdAt: "2025-11-03T08:29:15.1131876" },
    properties: {
      environmentId:
        "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg/providers/Microsoft.App/managedEnvironments/env",
      poolManagementType: "Dynamic",
      containerType: "CustomContainer",
      scaleConfiguration: { readySessionInstances: 2, maxConcurrentSessions: 10 },
      secrets: [{ name: "password" }],
      dynamicPoolConfiguration: { lifecycleConfiguration: { lifecycleType: "Timed", cooldownPeriodInSeconds: 300 } },
      customContainerTemplate: {
        registryCredentials: { server: "a.azurecr.io", username: "a", passwordSecretRef: "password", identity: null },
        containers: [
          { image: "img:1", name: "main", env: [{ name: "A", value: "1" }], resources: { cpu: 0.5, memory: "1Gi" } },
        ],
        ingress: { targetPort: 80 },
      },
      sessionNetworkConfiguration: { status: "EgressDisabled" },
      provisioningState: "Succeeded",
      nodeCount: 1,
      poolManagementEndpoint: "https://alpha.jollymoss-332ae058.westus3.azurecontainerapps.io",
      managedIdentitySettings: [],
      ...overrides.properties,
    },
    identity: { type: "None" },
    ...overrides.body,
  };
}

/** A desired body; nothing but what a test sets. */
export function desired(properties: JsonObject = {}, body: JsonObject = {}): JsonObject {
  return { ...body, properties: { containerType: "CustomContainer", ...properties } };
}
