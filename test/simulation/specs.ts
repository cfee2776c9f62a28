import type { SessionPoolSpec } from "../../src/api/session-pool.ts";
import { SUBSCRIPTION } from "./config.ts";

/** A pool with containers: Azure works on it for minutes. */
export function custom(changes: Partial<SessionPoolSpec> = {}): SessionPoolSpec {
  return {
    resourceGroup: "rg",
    location: "westus3",
    environmentId: `/subscriptions/${SUBSCRIPTION}/resourceGroups/rg/providers/Microsoft.App/managedEnvironments/env`,
    containerType: "CustomContainer",
    scaleConfiguration: { maxConcurrentSessions: 10, readySessionInstances: 2 },
    dynamicPoolConfiguration: { lifecycleConfiguration: { lifecycleType: "Timed", cooldownPeriodInSeconds: 300 } },
    customContainerTemplate: {
      containers: [{ name: "main", image: "img:1", resources: { cpu: 0.5, memory: "1Gi" } }],
      ingress: { targetPort: 80 },
    },
    ...changes,
  };
}

/** A built-in pool: Azure answers at once. */
export function python(changes: Partial<SessionPoolSpec> = {}): SessionPoolSpec {
  return {
    resourceGroup: "rg",
    location: "westus3",
    containerType: "PythonLTS",
    scaleConfiguration: { maxConcurrentSessions: 10 },
    dynamicPoolConfiguration: { lifecycleConfiguration: { lifecycleType: "Timed", cooldownPeriodInSeconds: 300 } },
    ...changes,
  };
}
