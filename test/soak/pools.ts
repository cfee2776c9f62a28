import type { SessionPool } from "../../src/api/session-pool.ts";

const SUBSCRIPTION = "34adfa4f-cedf-4dc0-ba29-b6d1a69ab345";
const GROUPS = `/subscriptions/${SUBSCRIPTION}/resourceGroups`;

export const NAMESPACES = ["soak-a", "soak-b", "soak-c", "soak-d", "soak-e"] as const;
/** Its pools are managed with a credential of its own (docs/credentials.md). */
export const TEAM_NAMESPACE = "soak-e";
/** The Secret of each namespace that some of its pools name, and so many do. */
export const KEYS = "keys";
const KEYS_USERS = 4;

/** One SessionPool, and the pool that it is for. */
export interface Member {
  readonly namespace: string;
  readonly name: string;
  /** ARM id. */
  readonly id: string;
  readonly hasSecret: boolean;
  readonly isCustom: boolean;
  /** What was written last into the field that edits change. */
  sessions: number;
}

/** @param index decides the namespace and the kind of pool */
export function memberOf(prefix: string, index: number): Member {
  const namespace = NAMESPACES[index % NAMESPACES.length] ?? NAMESPACES[0];
  const name = `${prefix}${index}`;
  const round = Math.floor(index / NAMESPACES.length);
  const hasSecret = prefix === "pool" && round < KEYS_USERS;
  return {
    namespace,
    name,
    id: `${GROUPS}/${namespace}/providers/Microsoft.App/sessionPools/${name}`,
    hasSecret,
    isCustom: hasSecret || round % 2 === 0,
    sessions: 10,
  };
}

/** The resource, as somebody applies it. */
export function manifestOf({ namespace, name, hasSecret, isCustom, sessions }: Member): object {
  const common = {
    azureName: name,
    resourceGroup: namespace,
    location: "westus3",
    scaleConfiguration: { maxConcurrentSessions: sessions, ...(isCustom ? { readySessionInstances: 2 } : {}) },
    dynamicPoolConfiguration: { lifecycleConfiguration: { lifecycleType: "Timed", cooldownPeriodInSeconds: 300 } },
  };
  const custom = {
    containerType: "CustomContainer",
    poolManagementType: "Dynamic",
    environmentId: `${GROUPS}/rg/providers/Microsoft.App/managedEnvironments/soak`,
    customContainerTemplate: {
      containers: [
        { name: "main", image: "mcr.microsoft.com/k8se/quickstart:latest", resources: { cpu: 0.5, memory: "1Gi" } },
      ],
      ingress: { targetPort: 80 },
    },
    ...(hasSecret ? { secrets: [{ name: "api-key", valueFrom: { secretKeyRef: { name: KEYS, key: "token" } } }] } : {}),
  };
  return {
    apiVersion: "appcontainers.dev/v1alpha1",
    kind: "SessionPool",
    metadata: { name },
    spec: { ...common, ...(isCustom ? custom : { containerType: "PythonLTS" }) },
  };
}

/** The Secrets of a namespace. @param version of their values */
export function secretsOf(
  namespace: string,
  version: number,
): readonly { readonly name: string; readonly stringData: object }[] {
  const keys = { name: KEYS, stringData: { token: `token-${version}` } };
  return namespace === TEAM_NAMESPACE ? [keys, credentialOf(version)] : [keys];
}

/** The credential of the team's namespace. */
export function credentialOf(version: number): { readonly name: string; readonly stringData: object } {
  return {
    name: "azure-credential",
    stringData: {
      AZURE_TENANT_ID: "72f988bf-86f1-41af-91ab-2d7cd011db47",
      AZURE_CLIENT_ID: "11111111-1111-1111-1111-111111111111",
      AZURE_CLIENT_SECRET: `secret-${version}`,
      AZURE_SUBSCRIPTION_ID: SUBSCRIPTION,
    },
  };
}

/** Whether a resource is Ready as it is now. */
export function isReady({ metadata, status }: SessionPool): boolean {
  const ready = status?.conditions?.find(({ type }) => type === "Ready");
  return ready?.status === "True" && status?.observedGeneration === metadata.generation;
}
