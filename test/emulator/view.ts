import { identityType, endpointOf, isBuiltIn, type PoolSettings } from "./pool.ts";
import { stableGuid } from "./tokens.ts";

/** Who made a call, as systemData tells it. */
export interface Caller {
  readonly name: string;
  readonly type: "User" | "Application";
}

/** A pool as the emulator keeps it. */
export interface StoredPool {
  readonly subscription: string;
  readonly group: string;
  readonly name: string;
  /** Order of creation, for LIST. */
  readonly sequence: number;
  readonly createdAt: string;
  readonly createdBy: Caller;
  settings: PoolSettings;
  modifiedAt: string;
  modifiedBy: Caller;
  provisioningState: "InProgress" | "Succeeded" | "Failed" | "Deleting";
  /** Appears with the first success, 0 after a failure (azure-session-pools §3.3, §3.5). */
  nodeCount: number | undefined;
  /** When the last operation on it ends or ended, in milliseconds since the epoch. */
  workEndsAt: number | undefined;
}

/** Which answer a body is for: a PUT's own answer differs from every later read in a few fields, and a first PUT's from a later one's. */
export type View = "create" | "replace" | "read";

/** The ARM id, with the casing of the request that created the pool. */
export function poolId(pool: Pick<StoredPool, "subscription" | "group" | "name">): string {
  return `/subscriptions/${pool.subscription}/resourceGroups/${pool.group}/providers/Microsoft.App/sessionPools/${pool.name}`;
}

/** A pool as ARM returns it (azure-session-pools §3.3). */
export function viewOf(pool: StoredPool, view: View): object {
  const { settings } = pool;
  const builtIn = isBuiltIn(settings.containerType);
  const ownAnswer = view !== "read";
  // A PUT answers with the times that it set in UTC form; those read back from the store have no Z (e2e-python-shell-custom.json seq 101, 225;
  // a PUT on an existing pool: Azure CLI's test_containerapp_sessionpool_registry_identity, three recordings of 2025 and 2026).
  const time = (stamp: string, set: boolean): string => (set ? `${stamp}Z` : stamp);
  return {
    id: poolId(pool),
    name: pool.name,
    // Lower-case p, unlike the request (azure-session-pools §1.3).
    type: "Microsoft.App/sessionpools",
    location: settings.location,
    ...(settings.tags ? { tags: settings.tags } : {}),
    systemData: {
      createdBy: pool.createdBy.name,
      createdByType: pool.createdBy.type,
      createdAt: time(pool.createdAt, view === "create"),
      lastModifiedBy: pool.modifiedBy.name,
      lastModifiedByType: pool.modifiedBy.type,
      lastModifiedAt: time(pool.modifiedAt, ownAnswer),
    },
    properties: {
      environmentId: settings.environmentId ?? null,
      poolManagementType: settings.poolManagementType,
      containerType: settings.containerType,
      scaleConfiguration: settings.scaleConfiguration,
      // Values never come back; no secrets, no key.
      ...(settings.secrets.size > 0 ? { secrets: [...settings.secrets.keys()].map((name) => ({ name })) } : {}),
      dynamicPoolConfiguration: { lifecycleConfiguration: settings.lifecycleConfiguration },
      ...(settings.customContainerTemplate
        ? { customContainerTemplate: { registryCredentials: null, ...settings.customContainerTemplate } }
        : {}),
      ...(settings.sessionNetworkConfiguration
        ? { sessionNetworkConfiguration: settings.sessionNetworkConfiguration }
        : {}),
      provisioningState: pool.provisioningState,
      ...(pool.nodeCount === undefined ? {} : { nodeCount: pool.nodeCount }),
      poolManagementEndpoint: endpointOf(settings, pool, environmentHost(settings.environmentId ?? "")),
      // null in the answer to a built-in pool's PUT, a list ever after (e2e-python-shell-custom.json seq 90, 233).
      managedIdentitySettings: builtIn && ownAnswer ? null : settings.managedIdentitySettings,
    },
    ...(builtIn && ownAnswer ? {} : { identity: identityView(pool) }),
  };
}

function identityView(pool: StoredPool): object {
  const { identity } = pool.settings;
  return {
    type: identityType(identity),
    ...(identity.system
      ? { principalId: stableGuid(`principal ${poolId(pool)}`), tenantId: stableGuid(`tenant ${pool.subscription}`) }
      : {}),
    ...(identity.userAssigned.length > 0
      ? {
          userAssignedIdentities: Object.fromEntries(
            identity.userAssigned.map((id) => [
              id,
              {
                principalId: stableGuid(`principal ${id.toLowerCase()}`),
                clientId: stableGuid(`client ${id.toLowerCase()}`),
              },
            ]),
          ),
        }
      : {}),
  };
}

/** A stable host part for each environment, of the service's form `word-hex`. */
function environmentHost(environmentId: string): string {
  return `emulated-${stableGuid(environmentId.toLowerCase()).slice(0, 8)}`;
}
