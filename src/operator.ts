import { type AzureSide, azureSide } from "./azure-side.ts";
import { Controller } from "./controller/controller.ts";
import { WorkQueue } from "./controller/queue.ts";
import { lookUpSecret } from "./kubernetes/core.ts";
import { type KubernetesSide, kubernetesSide } from "./kubernetes-side.ts";
import { Leadership } from "./leadership.ts";
import { serveMetrics } from "./metrics-server.ts";
import { Metrics } from "./observability/metrics.ts";
import { healthPages } from "./observability/servers.ts";
import { watchVitals } from "./observability/vitals.ts";
import { CredentialStore } from "./reconcile/credentials.ts";
import { Memories } from "./reconcile/memory.ts";
import { Pacer } from "./reconcile/pacer.ts";
import { Provisioning } from "./reconcile/provisioning.ts";
import { Reconciler } from "./reconcile/reconciler.ts";
import { Reporter } from "./reconcile/report.ts";
import type { OperatorParts } from "./operator-parts.ts";
import { clusterIdOf } from "./start-up.ts";
import { tracedReconcile } from "./traced-reconcile.ts";
import { sleep } from "./time/clock.ts";

/** Backoff of a key whose reconcile failed. */
const BACKOFF = { baseMs: 1_000, maxMs: 5 * 60_000 };
/** Backoff of a pool whose operation failed in Azure: each try takes Azure minutes. */
const FAILED_POOL_BACKOFF = { baseMs: 60_000, maxMs: 30 * 60_000 };
/** How far apart PUTs are that a lost hash key makes necessary for every pool with secrets, in milliseconds: each rolls its sessions. */
const UNVERIFIED_INTERVAL_MS = 2_000;
/** How long calls in hand may take after a stop, in milliseconds. */
const GRACE_MS = 25_000;

/**
 * The composition root: wires the rooms, runs them until the signal aborts, and says how that ended.
 *
 * @throws LeaseLost when another replica leads, or may soon
 * @throws ConfigExit when there is a scope table, and it cannot be used
 */
export async function runOperator(parts: OperatorParts): Promise<void> {
  const { config, clock } = parts;
  const leadership = new Leadership({
    ...parts,
    onCall: (end) => metrics.kubernetes.called(end),
    onSlowPath: () => metrics.kubernetes.slowPath(),
  });
  const metrics = new Metrics(
    {
      version: parts.version,
      concurrency: config.concurrency,
      host: parts.transport.host ?? "",
      leader: () => leadership.status(),
      queue: () => queue.state(),
      budgets: () => azure.clients.left(),
      scopes: () => azure.observers.report(),
      pausedScopes: () =>
        azure.breaker.scopes().map((subscription) => ({ subscription, paused: azure.breaker.isOpen(subscription) })),
    },
    parts.registry,
  );
  const queue = new WorkQueue(clock, { watcher: metrics.queue });
  const azure = azureSide(parts, leadership, queue, metrics);
  await runUntilStopped(parts, { leadership, metrics, queue, azure });
  leadership.throwIfLost();
  parts.log.info("stopped");
}

/** What the operator is wired of before it asks anybody anything. */
interface Wired {
  readonly leadership: Leadership;
  readonly metrics: Metrics;
  readonly queue: WorkQueue;
  readonly azure: AzureSide;
}

/**
 * Starts everything in controller-runtime's order (servers, caches, workers, the lease) and, once the signal aborts, stops it the other way round,
 * so that nothing ends before what relies on it: no more keys and what is in hand finishes, events go out, caches, servers, and when nothing can
 * write any more the lease is given back (kubernetes-conventions §3.4).
 */
async function runUntilStopped(parts: OperatorParts, wired: Wired): Promise<void> {
  const { config, log, clock } = parts;
  const { leadership, metrics, queue, azure } = wired;
  const { signal } = leadership;
  await using started = new AsyncDisposableStack();
  started.defer(() => parts.transport.close());
  started.defer(() => leadership.end());
  const memories = new Memories();
  const kubernetes = await kubernetesSide(parts, leadership, queue, memories, metrics);
  const { resources, scopes, events } = kubernetes;
  const blind = watchVitals([() => resources.blind()], (problems) =>
    problems.length > 0 ? log.error({ problems }, "not ready any more") : log.info("ready again"),
  );
  const health = await parts.listen(
    config.healthPort,
    healthPages(
      () => [
        ...resources.unlisted(),
        ...blind(),
        ...(scopes?.isReady === false ? ["the namespaces have not been listed yet"] : []),
      ],
      watchVitals(
        [
          leadership.problem,
          () => kubernetes.stuck(),
          () => queue.stuck(),
          () => azure.clients.stuck(),
          () => azure.observers.stuck(),
        ],
        (problems) => (problems.length > 0 ? log.error({ problems }, "not alive") : log.info("alive again")),
      ),
    ),
  );
  started.defer(() => health.close());
  // A resource is told of once, by the replica that works on it.
  const metricsServer = await serveMetrics(parts, metrics, () => (leadership.isLeading ? resources.objects() : []));
  started.defer(() => metricsServer.close());
  const clusterId = config.clusterId ?? (await clusterIdOf(kubernetes.client, parts, signal));
  if (clusterId === undefined) return;
  const caches = new AbortController();
  const caching = [resources.run(caches.signal), ...(scopes ? [scopes.run(caches.signal)] : [])];
  started.defer(async () => {
    caches.abort();
    await Promise.allSettled(caching);
  });
  const stopped = aborted(signal);
  await Promise.race([Promise.all([resources.someSynced, scopes?.ready]), ...caching, stopped]);
  if (signal.aborted) return;
  const { armEndpoint: endpoint, secretAccess, watchNamespaces, watchLabelSelector } = config;
  const watched = { watchNamespaces, watchLabelSelector };
  log.info(
    { clusterId, endpoint, secretAccess, ...watched, healthPort: health.port, metricsPort: metricsServer.port },
    "ready",
  );
  const reconciler = reconcilerOf(parts, clusterId, memories, wired, kubernetes);
  const controller = new Controller({
    queue,
    concurrency: config.concurrency,
    turns: parts.turns,
    backoff: BACKOFF,
    random: parts.random,
    log,
    reconcile: tracedReconcile(
      parts.tracer,
      (key) => ({ resource: resources.get(key), isLeading: leadership.isLeading, priority: queue.priorityOf(key) }),
      (key, keyLog, abort) =>
        leadership.isLeading ? reconciler.reconcile(key, keyLog, abort) : reconciler.standBy(key, keyLog, abort),
    ),
    clock,
    onEnd: (end) => metrics.controller.ended(end),
  });
  controller.start();
  started.defer(async () => {
    const grace = Promise.race([sleep(clock, GRACE_MS), leadership.lost]);
    await controller.stop(grace);
    await events.flush(grace);
  });
  caching.push(kubernetes.watchSecrets(caches.signal));
  leadership.seek(() => resources.keys().forEach((key) => queue.add(key, "background")));
  // They end when they are told to; one that ends before has failed, and so has the operator.
  await Promise.race([stopped, ...caching]);
}

/** Resolves once the signal aborts. */
function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

/** What brings one resource closer to its pool, out of both sides. */
function reconcilerOf(
  { config, clock, wallClock, turns, random, validate }: OperatorParts,
  clusterId: string,
  memories: Memories,
  { queue, metrics, azure: { clients, slots, observers, breaker, keepMs } }: Wired,
  { client, sessionPools, events, claims, hashKeys, readSecret, resources, scopes }: KubernetesSide,
): Reconciler {
  const now = (): number => clock.now();
  return new Reconciler({
    credentials: new CredentialStore({
      clients,
      read: (namespace, name, abort) => lookUpSecret(client, namespace, name, abort),
      now,
      keepMs,
      turns,
    }),
    clusterId,
    now,
    random,
    memories,
    claims,
    reporter: new Reporter({
      writeStatus: (resource, status, abort) => sessionPools.writeStatus(resource, status, abort),
      recordEvent: (resource, event) => events.record(resource, event),
      wallClock,
    }),
    sessionPools,
    validate,
    scopeProblem: (resource, target) => scopes?.problemOf(resource, target),
    liveScopeProblem: (resource, target, pool) => scopes?.problemOfPool(resource, target, pool),
    cached: (key) => resources.get(key),
    readSecret,
    hashKey: (abort) => hashKeys.get(abort),
    onWrite: (reason, isRepair) => metrics.pools.wrote(reason, isRepair),
    provisioning: new Provisioning(now, metrics.pools.provisioned),
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
}
