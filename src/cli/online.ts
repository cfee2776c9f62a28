import { REASON } from "../api/conditions.ts";
import type { SessionPool } from "../api/session-pool.ts";
import type { ArmClient } from "../azure/arm-client.ts";
import type { KubernetesClient } from "../kubernetes/client.ts";
import { readClusterId, readSecret } from "../kubernetes/core.ts";
import { SessionPools } from "../kubernetes/session-pools.ts";
import { Claims } from "../reconcile/claims.ts";
import { CredentialStore } from "../reconcile/credentials.ts";
import { readPool } from "../reconcile/observe.ts";
import { HASH_KEY_SECRET, hashKeyOf } from "../reconcile/hash-key.ts";
import { isOwnerHere } from "../reconcile/named-owner.ts";
import { resolveSecrets } from "../reconcile/secrets.ts";
import type { Credentials } from "../sessionpool/action.ts";
import { formatPoolId, placementOf } from "../sessionpool/placement.ts";
import type { HashKey } from "../sessionpool/secrets-tag.ts";
import { type Documents, InputError } from "./documents.ts";
import type { PlanSources } from "./plan.ts";

export interface OnlineOptions {
  readonly documents: Documents;
  readonly kubernetes: KubernetesClient;
  readonly arm: ArmClient;
  /** Where the operator runs, for the key of the secret hashes. */
  readonly operatorNamespace: string;
  readonly clusterId: string | undefined;
  readonly defaultSubscriptionId: string | undefined;
  readonly signal: AbortSignal;
}

/** A key for who may not read the real one: then values count as unchanged. */
const NO_KEY: HashKey = { id: "none", bytes: new Uint8Array(32) };

/**
 * Reads what the operator would read for these resources, from the cluster and from Azure. Writes nothing.
 *
 * @throws InputError, KubernetesError, ArmError
 */
export async function readOnline(options: OnlineOptions): Promise<readonly PlanSources[]> {
  const { documents, kubernetes, signal } = options;
  const clusterId = options.clusterId ?? (await readClusterId(kubernetes, signal));
  const key = await hashKey(options);
  const owners = { sessionPools: new SessionPools(kubernetes), claims: new Claims() };
  const sources: PlanSources[] = [];
  for (const wanted of documents.pools) {
    const readAny = (from: string, secret: string): ReturnType<typeof readSecret> =>
      Promise.resolve(documents.secrets.get(`${from}/${secret}`) ?? readSecret(kubernetes, from, secret, signal));
    const { subscriptionId, credentials } = await credentialsOf(wanted, readAny, options);
    const defaultSubscriptionId = subscriptionId ?? options.defaultSubscriptionId;
    const placed = placementOf(wanted, defaultSubscriptionId);
    const { namespace, name } = wanted.metadata;
    if (!placed.ok) throw new InputError(`${namespace}/${name}: ${placed.message}`);
    const resource = await withStatus(options, wanted);
    const { state, values } = await resolveSecrets(
      { readSecret: readAny, hashKey: () => Promise.resolve(key) },
      resource,
      formatPoolId(placed.placement),
      signal,
    );
    const observation = await readPool(options.arm, placed.placement, signal);
    const owner = { clusterId, namespace, name, uid: resource.metadata.uid };
    sources.push({
      resource,
      observation,
      ownerIsHere: await isOwnerHere(owners, owner, resource, observation, "write", signal),
      credentials,
      secrets: key === NO_KEY && state.kind === "resolved" ? { kind: "resolved" } : state,
      values,
      clusterId,
      defaultSubscriptionId,
    });
  }
  return sources;
}

/** Whether the operator would find a credential, and which subscription comes with it. The plan itself is made with the caller's own sign-in. */
async function credentialsOf(
  wanted: SessionPool,
  read: (namespace: string, name: string) => ReturnType<typeof readSecret>,
  { arm, signal }: OnlineOptions,
): Promise<{ readonly credentials: Credentials; readonly subscriptionId: string | undefined }> {
  // Whether the operator has a federated token cannot be told from here.
  const clients = { canFederate: true, own: arm, of: () => arm };
  const store = new CredentialStore({
    clients,
    read,
    now: () => 0,
    keepMs: 0,
    turns: { own: () => Promise.resolve() },
  });
  const { state, subscriptionId } = await store.of(wanted, signal);
  // Who may not read the Secret is not the operator, which perhaps may.
  const isMine = state.kind === "missing" && state.reason === REASON.credentialsUnreadable;
  return { subscriptionId, credentials: isMine ? { kind: "resolved" } : state };
}

/** The resource as it would be after the file is applied: with the status, UID and annotations that it has in the cluster. */
async function withStatus({ kubernetes, signal }: OnlineOptions, wanted: SessionPool): Promise<SessionPool> {
  const live = await new SessionPools(kubernetes).getByName(wanted.metadata, signal);
  if (!live) return wanted;
  return {
    ...wanted,
    ...(live.status ? { status: live.status } : {}),
    metadata: { ...live.metadata, annotations: { ...live.metadata.annotations, ...wanted.metadata.annotations } },
  };
}

async function hashKey({ kubernetes, operatorNamespace, signal }: OnlineOptions): Promise<HashKey> {
  try {
    const text = (await readSecret(kubernetes, operatorNamespace, HASH_KEY_SECRET, signal))?.get("key");
    return text === undefined ? NO_KEY : hashKeyOf(text);
  } catch {
    return NO_KEY;
  }
}
