import type { SessionPool } from "./api/session-pool.ts";
import type { WorkQueue } from "./controller/queue.ts";
import { KubernetesClient } from "./kubernetes/client.ts";
import { createSecret, decoded, readSecret, secretPaths, type SecretObject } from "./kubernetes/core.ts";
import { EventRecorder } from "./kubernetes/events.ts";
import { Reflectors } from "./kubernetes/reflectors.ts";
import { sessionPoolPaths, SessionPools } from "./kubernetes/session-pools.ts";
import type { Leadership } from "./leadership.ts";
import type { Metrics } from "./observability/metrics.ts";
import type { OperatorParts } from "./operator-parts.ts";
import { Claims } from "./reconcile/claims.ts";
import { HASH_KEY_SECRET, HashKeyStore } from "./reconcile/hash-key.ts";
import type { Memories } from "./reconcile/memory.ts";
import { type ReadSecret, type ReadSecretFor, SecretFingerprints } from "./reconcile/secret-fingerprints.ts";
import { refreshSecrets } from "./reconcile/secret-refresh.ts";
import type { Scopes } from "./reconcile/scopes.ts";
import { isNews } from "./reconcile/wake.ts";
import { parsePoolId } from "./sessionpool/placement.ts";
import { openScopes } from "./start-up.ts";

/** What the operator knows of the cluster, and what it writes there with. */
export interface KubernetesSide {
  readonly client: KubernetesClient;
  readonly sessionPools: SessionPools;
  readonly events: EventRecorder;
  readonly claims: Claims;
  readonly hashKeys: HashKeyStore;
  /** Reads a Secret, and remembers what it was used for. */
  readonly readSecret: ReadSecretFor;
  /** The resources, as the API server has them. */
  readonly resources: Reflectors<SessionPool>;
  readonly scopes: Scopes | undefined;
  /** Why a watch gets no further, see Vital. */
  stuck(): string | undefined;
  /** Sees new values of Secrets until `signal` aborts. */
  watchSecrets(signal: AbortSignal): Promise<void>;
}

/**
 * Wires the room that talks to the API server: what changes there asks for a reconcile.
 *
 * @throws ConfigExit when there is a scope table, and it cannot be used
 */
export async function kubernetesSide(
  parts: OperatorParts,
  leadership: Leadership,
  queue: WorkQueue,
  memories: Memories,
  metrics: Metrics,
): Promise<KubernetesSide> {
  const { config, log, clock, wallClock, turns, random } = parts;
  const { signal } = leadership;
  const client = new KubernetesClient(parts.transport, clock, leadership.permit, metrics.kubernetes.called);
  const fingerprints = new SecretFingerprints();
  const claims = new Claims((resource, poolId) => {
    const target = parsePoolId(poolId);
    return target !== undefined && scopes?.problemOf(resource, target) === undefined;
  });
  const readAny: ReadSecret = (namespace, name, abort) => readSecret(client, namespace, name, abort);
  const hashKeys = new HashKeyStore({
    namespace: parts.namespace,
    read: readAny,
    create: (namespace, name, data, abort) => createSecret(client, namespace, name, data, abort),
    randomBytes: parts.randomBytes,
  });
  const resources = new Reflectors<SessionPool>({
    client,
    paths: sessionPoolPaths(config.watchNamespaces, config.watchLabelSelector),
    clock,
    turns,
    random,
    log,
    onChange: (key, previous, current) => {
      if (isNews(previous, current, current && memories.peek(current.metadata.uid)?.lastStatus))
        queue.add(key, previous === undefined && !resources.isSynced ? "background" : "urgent");
      for (const waiting of claims.track(key, current)) queue.add(waiting);
      fingerprints.track(key, previous, current);
    },
  });
  const secrets = new Reflectors<SecretObject>({
    client,
    paths: secretPaths(config.watchNamespaces, { namespace: parts.namespace, name: HASH_KEY_SECRET }),
    clock,
    turns,
    random,
    log,
    keep: ({ metadata }) => ({ metadata }),
    // Up to 1 MiB each, and the releases of Helm are not far from it; yet a hundred thousand have to be listed within a list's time.
    pageSize: 25,
    onChange: (_key, previous, current) => {
      const { namespace = "", name } = (current ?? previous)?.metadata ?? { name: "" };
      for (const user of fingerprints.usersOfChanged({ namespace, name }, current && decoded(current))) queue.add(user);
      if (namespace === parts.namespace && name === HASH_KEY_SECRET && previous)
        hashKeys.refresh(signal).catch((error: unknown) => log.warn({ err: error }, "the hash key could not be read"));
    },
  });
  const scopes = await openScopes(parts, client, (of) => {
    for (const key of resources.keys()) if (of === undefined || key.startsWith(`${of}/`)) queue.add(key);
  });
  const refreshing = {
    clock,
    log,
    fingerprints,
    read: readAny,
    refreshHashKey: (abort: AbortSignal) => hashKeys.refresh(abort),
    enqueue: (key: string) => queue.add(key),
  };
  metrics.kubernetes.watches(() => [
    ...resources.quiet(),
    ...secrets.quiet(),
    ...(scopes?.quiet ? [scopes.quiet] : []),
  ]);
  return {
    client,
    sessionPools: new SessionPools(client, config.watchLabelSelector),
    events: new EventRecorder({
      client,
      clock,
      wallClock,
      random,
      log,
      instance: parts.instance,
      onDropped: metrics.kubernetes.eventsDropped,
    }),
    claims,
    hashKeys,
    readSecret: fingerprints.remembering(readAny),
    resources,
    scopes,
    stuck: () => {
      const now = clock.now();
      return resources.stuckFor(now) ?? secrets.stuckFor(now) ?? scopes?.stuckFor(now);
    },
    watchSecrets: (signal) =>
      config.secretAccess === "watch" ? secrets.run(signal) : refreshSecrets(refreshing, signal),
  };
}
