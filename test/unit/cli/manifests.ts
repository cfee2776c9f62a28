import { livePool } from "../sessionpool/bodies.ts";

/** A plain pool of the resource ns/alpha. */
export const live = (overrides: Parameters<typeof livePool>[0] = {}) =>
  livePool({ ...overrides, properties: { secrets: null, ...overrides.properties } });
/** The SessionPool ns/alpha. */
export const manifest = (spec: object = {}, metadata: object = {}): object => ({
  apiVersion: "appcontainers.dev/v1alpha1",
  kind: "SessionPool",
  metadata: { name: "alpha", namespace: "ns", ...metadata },
  spec: {
    resourceGroup: "rg",
    location: "westus3",
    environmentId:
      "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg/providers/Microsoft.App/managedEnvironments/env",
    containerType: "CustomContainer",
    scaleConfiguration: { maxConcurrentSessions: 10, readySessionInstances: 2 },
    dynamicPoolConfiguration: { lifecycleConfiguration: { lifecycleType: "Timed", cooldownPeriodInSeconds: 300 } },
    customContainerTemplate: { containers: [{ name: "main", image: "img:1", env: [{ name: "A", value: "1" }] }] },
    ...spec,
  },
});
/** More sessions than the pool has. */
export const more = { scaleConfiguration: { maxConcurrentSessions: 20, readySessionInstances: 2 } };
/** A spec with a secret. */
export const withSecret = { secrets: [{ name: "password", valueFrom: { secretKeyRef: { name: "creds", key: "p" } } }] };
/** A Kubernetes Secret. */
export const secret = (name: string, stringData: object, namespace = "ns"): object => ({
  apiVersion: "v1",
  kind: "Secret",
  metadata: { name, namespace },
  stringData,
});
