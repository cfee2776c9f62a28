import type { Registry } from "prom-client";
import type { SessionPool } from "./api/session-pool.ts";
import type { ArmHttpClient } from "./azure/arm-client.ts";
import { ArmClients } from "./azure/arm-clients.ts";
import { Observers } from "./azure/observers.ts";
import type { Config } from "./config.ts";
import { Controller } from "./controller/controller.ts";
import { WorkQueue } from "./controller/queue.ts";
import { KubernetesClient } from "./kubernetes/client.ts";
import { createSecret, decoded, lookUpSecret, readSecret, secretPaths, type SecretObject } from "./kubernetes/core.ts";
import { EventRecorder } from "./kubernetes/events.ts";
import { Reflectors } from "./kubernetes/reflectors.ts";
import { sessionPoolPaths, SessionPools } from "./kubernetes/session-pools.ts";
import type { KubernetesTransport } from "./kubernetes/transport.ts";
import { Leadership } from "./leadership.ts";
import { serveMetrics } from "./metrics-server.ts";
import { Metrics, type MetricsSources } from "./observability/metrics.ts";
import { healthPages, type Listen } from "./observability/servers.ts";
import { Claims } from "./reconcile/claims.ts";
import { CredentialStore } from "./reconcile/credentials.ts";
import { DriftBreaker } from "./reconcile/drift-breaker.ts";
import { HASH_KEY_SECRET, HashKeyStore } from "./reconcile/hash-key.ts";
import { Memories } from "./reconcile/memory.ts";
import { POOL_READER } from "./reconcile/observe.ts";
import { Reconciler } from "./reconcile/reconciler.ts";
import { Pacer } from "./reconcile/pacer.ts";
import { Provisioning } from "./reconcile/provisioning.ts";
import { Reporter } from "./reconcile/report.ts";
import { type ReadSecret, SecretFingerprints } from "./reconcile/secret-fingerprints.ts";
import { refreshSecrets } from "./reconcile/secret-refresh.ts";
import { RESYNC_INTERVALS } from "./reconcile/rest.ts";
import { isNews } from "./reconcile/wake.ts";
import { WriteSlots } from "./reconcile/write-slots.ts";
import { clusterIdOf, openScopes, type StartUpParts } from "./start-up.ts";
import { parsePoolId } from "./sessionpool/placement.ts";
import { type Clock, sleep } from "./time/clock.ts";

/** The operator's parts that touch the outside world, as arguments: production wires the real ones, a simulation its own. */
export interface OperatorParts extends StartUpParts {
  readonly config: Config;
  /** Measures how much time passes, and is never set. */
  readonly steadyClock: Clock;
  readonly randomBytes: (count: number) => Uint8Array;
  readonly validate: (resource: SessionPool) => readonly string[];
  /** The operator's own namespace. */
  readonly namespace: string;
  /** Where bytes leave the process for Kubernetes. */
  readonly transport: KubernetesTransport;
  /** Where bytes leave the process for Azure and Entra; undefined: the SDK's own. */
  readonly httpClient?: ArmHttpClient;
  /** Serves health and metrics. */
  readonly listen: Listen;
  /** Of the operator. */
  readonly version: string;
  /** What else Prometheus is told, such as of the process; absent: nothing. */
  readonly registry?: Registry;
  /** Name of this replica. */
  readonly instance: string;
  /** Aborts to stop the operator. */
  readonly signal: AbortSignal;
}

/** Backoff of a key whose reconcile failed. */
const BACKOFF = { baseMs: 1_000, maxMs: 5 * 60_000 };
/** Backoff of a pool whose operation failed in Azure: each try takes Azure minutes. */
const FAILED_POOL_BACKOFF = { baseMs: 60_000, maxMs: 30 * 60_000 };
/** How far apart PUTs are that a lost hash key makes necessary for every pool with secrets, in milliseconds: each rolls its sessions. */
const UNVERIFIED_INTERVAL_MS = 2_000;
/** How long a credential is kept that no resource uses, at least, in milliseconds. */
const KEEP_CREDENTIALS_MS = 60 * 60_000;
/** How long calls in hand may take after a stop, in milliseconds. */
const GRACE_MS = 25_000;

/**
 * The composition root: wires the rooms, runs until the signal aborts, then stops in order: no more keys, calls in hand finish, events go out,
 * the lease is given back.
 *
 * @throws LeaseLost when another replica leads, or may soon
 * @throws ConfigExit when there is a scope table, and it cannot be used
 * @throws Error when the API server cannot be reached with these credentials before the signal aborts
 */
export async function runOperator(parts: OperatorParts): Promise<void> {
  const { config, log, clock, steadyClock, random } = parts;
  const leadership = new Leadership({
    ...parts,
    onCall: (end) => metrics.kubernetes.called(end),
    onSlowPath: () => metrics.kubernetes.slowPath(),
  });
  const { signal } = leadership;
  const http = parts.httpClient ? { httpClient: parts.httpClient } : {};
  // A resource at rest uses its credential once in each resync.
  const keepMs = Math.max(KEEP_CREDENTIALS_MS, 2 * RESYNC_INTERVALS * config.driftIntervalMs);
  const sources: MetricsSources = {
    version: parts.version,
    concurrency: config.concurrency,
    host: parts.transport.host ?? "",
    leader: () => leadership.status(),
    queue: () => queue.state(),
    // A resource is told of once, by the replica that works on it.
    resources: () => (leadership.isLeading ? reflector.objects() : []),
    budgets: () => clients.left(),
    scopes: () => observers.report(),
    pausedScopes: () =>
      breaker.scopes().map((subscription) => ({ subscription, paused: breaker.isOpen(subscription) })),
  };
  const metrics = new Metrics(sources, parts.registry);
  const slots = new WriteSlots(config.maxInFlightWrites, () => clients.onSlot());
  const clients = new ArmClients({
    own: config,
    keepMs,
    endpoint: config.armEndpoint,
    audience: config.armAudience,
    clock,
    userAgent: "sessionpool-operator",
    permit: leadership.permit,
    share: config.armBudgetShare,
    slots,
    onCall: (name, status) => metrics.arm.called(name, status === 0 ? undefined : status),
    onWaited: (kind, ms) => metrics.arm.waited(kind, ms / 1000),
    ...http,
  });
  const client = new KubernetesClient(parts.transport, clock, leadership.permit, metrics.kubernetes.called);
  const sessionPools = new SessionPools(client, config.watchLabelSelector);
  const events = new EventRecorder({ client, clock, random, log, instance: parts.instance });
  const memories = new Memories();
  const queue = new WorkQueue(clock, { steadyClock, watcher: metrics.queue });
  const observers = new Observers({
    clock,
    random,
    log,
    intervalMs: config.driftIntervalMs,
    reader: POOL_READER,
    wake: (key) => queue.add(key),
    signal,
  });
  const breaker = new DriftBreaker({
    maxShare: config.maxDriftShare,
    enqueue: (key) => queue.add(key),
    onFound: () => metrics.pools.driftFound(),
  });
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
  const reflector = new Reflectors<SessionPool>({
    client,
    paths: sessionPoolPaths(config.watchNamespaces, config.watchLabelSelector),
    clock,
    random,
    log,
    onChange: (key, previous, current) => {
      fingerprints.track(key, previous, current);
      for (const waiting of claims.track(key, current)) queue.add(waiting);
      if (isNews(previous, current, current && memories.peek(current.metadata.uid)?.lastStatus))
        queue.add(key, previous === undefined && !reflector.isSynced ? "background" : "urgent");
    },
  });
  const secrets = new Reflectors<SecretObject>({
    client,
    paths: secretPaths(config.watchNamespaces, { namespace: parts.namespace, name: HASH_KEY_SECRET }),
    clock,
    random,
    log,
    keep: ({ metadata }) => ({ metadata }),
    onChange: (_key, previous, current) => {
      const { namespace = "", name } = (current ?? previous)?.metadata ?? { name: "" };
      for (const user of fingerprints.usersOfChanged({ namespace, name }, current && decoded(current))) queue.add(user);
      if (namespace === parts.namespace && name === HASH_KEY_SECRET && previous)
        hashKeys.refresh(signal).catch((error: unknown) => log.warn({ err: error }, "the hash key could not be read"));
    },
  });
  const scopes = await openScopes(parts, client, (of) => {
    for (const key of reflector.keys()) if (of === undefined || key.startsWith(`${of}/`)) queue.add(key);
  });
  const health = await parts.listen(
    config.healthPort,
    healthPages(
      () => reflector.isSynced && scopes?.isReady !== false,
      () => leadership.isAlive,
    ),
  );
  const metricsServer = await serveMetrics(parts, metrics);
  try {
    const clusterId = config.clusterId ?? (await clusterIdOf(client, parts, signal));
    const now = (): number => clock.now();
    const reporter = new Reporter({
      writeStatus: (resource, status, abort) => sessionPools.writeStatus(resource, status, abort),
      recordEvent: (resource, event) => events.record(resource, event),
      now,
    });
    const reconciler = new Reconciler({
      credentials: new CredentialStore({
        clients,
        read: (namespace, name, abort) => lookUpSecret(client, namespace, name, abort),
        now,
        keepMs,
      }),
      clusterId,
      now,
      random,
      memories,
      claims,
      reporter,
      sessionPools,
      validate: parts.validate,
      scopeProblem: (resource, target) => scopes?.problemOf(resource, target),
      liveScopeProblem: (resource, target, pool) => scopes?.problemOfPool(resource, target, pool),
      cached: (key) => reflector.get(key),
      readSecret: fingerprints.remembering(readAny),
      hashKey: (abort) => hashKeys.get(abort),
      onWrite: (reason, isRepair) => metrics.pools.wrote(reason, isRepair),
      provisioning: new Provisioning(() => steadyClock.now(), metrics.pools.provisioned),
      observers,
      breaker,
      slots,
      giveBack: (key) => clients.giveBack(key),
      onTurn: (key) => queue.add(key, "urgent"),
      unverifiedPacer: new Pacer(UNVERIFIED_INTERVAL_MS),
      recordEvent: (resource, event) => events.record(resource, event),
      defaultSubscriptionId: config.subscriptionId,
      driftIntervalMs: config.driftIntervalMs,
      failedPoolBackoff: { ...FAILED_POOL_BACKOFF, random },
    });
    const controller = new Controller({
      queue,
      concurrency: config.concurrency,
      backoff: BACKOFF,
      random,
      log,
      steadyClock,
      onEnd: (end) => metrics.controller.ended(end),
      reconcile: (key, keyLog, abort) =>
        leadership.isLeading ? reconciler.reconcile(key, keyLog, abort) : reconciler.standBy(key, keyLog, abort),
    });
    const watching = reflector.run(signal);
    const scoping = scopes?.run(signal);
    await Promise.race([Promise.all([reflector.someSynced, scopes?.ready]), watching]);
    if (signal.aborted) return;
    const { armEndpoint: endpoint, secretAccess, watchNamespaces, watchLabelSelector } = config;
    const watched = { watchNamespaces, watchLabelSelector };
    log.info(
      { clusterId, endpoint, secretAccess, ...watched, healthPort: health.port, metricsPort: metricsServer.port },
      "ready",
    );
    controller.start();
    const refreshing =
      secretAccess === "watch"
        ? secrets.run(signal)
        : refreshSecrets(
            {
              clock,
              log,
              fingerprints,
              read: readAny,
              refreshHashKey: (abort) => hashKeys.refresh(abort),
              enqueue: (key) => queue.add(key),
            },
            signal,
          );
    leadership.seek(() => reflector.keys().forEach((key) => queue.add(key, "background")));
    // At once: every call in hand is aborted.
    void leadership.lost.then(() => controller.stop(leadership.lost));
    await Promise.all([watching, scoping, refreshing]);
    await controller.stop(Promise.race([sleep(clock, GRACE_MS), leadership.lost]));
    await events.flush();
    leadership.throwIfLost();
    log.info("stopped");
  } finally {
    queue.close();
    await leadership.end();
    await Promise.all([health.close(), metricsServer.close()]);
    await parts.transport.close();
  }
}
