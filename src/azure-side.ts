import { ArmClients } from "./azure/arm-clients.ts";
import { Observers } from "./azure/observers.ts";
import type { WorkQueue } from "./controller/queue.ts";
import type { Leadership } from "./leadership.ts";
import type { Metrics } from "./observability/metrics.ts";
import type { OperatorParts } from "./operator-parts.ts";
import { DriftBreaker } from "./reconcile/drift-breaker.ts";
import { POOL_READER } from "./reconcile/observe.ts";
import { RESYNC_INTERVALS } from "./reconcile/rest.ts";
import { WriteSlots } from "./reconcile/write-slots.ts";

/** What the operator knows of Azure and asks it with. */
export interface AzureSide {
  readonly clients: ArmClients;
  readonly slots: WriteSlots;
  readonly observers: Observers;
  readonly breaker: DriftBreaker;
  /** How long a credential is kept that no resource uses, in milliseconds. */
  readonly keepMs: number;
}

/** How long a credential is kept that no resource uses, at least, in milliseconds. */
const KEEP_CREDENTIALS_MS = 60 * 60_000;

/** Wires the room that talks to Azure, and what decides on its word. */
export function azureSide(
  { config, clock, wallClock, random, log, httpClient, tracer }: OperatorParts,
  leadership: Leadership,
  queue: WorkQueue,
  metrics: Metrics,
): AzureSide {
  // A resource at rest uses its credential once in each resync.
  const keepMs = Math.max(KEEP_CREDENTIALS_MS, 2 * RESYNC_INTERVALS * config.driftIntervalMs);
  const slots = new WriteSlots(config.maxInFlightWrites, () => clients.onSlot());
  const clients = new ArmClients({
    own: config,
    keepMs,
    endpoint: config.armEndpoint,
    audience: config.armAudience,
    clock,
    wallClock,
    userAgent: "sessionpool-operator",
    permit: leadership.permit,
    share: config.armBudgetShare,
    slots,
    ...(tracer
      ? {
          trace: tracer.call,
          onWait: (kind, subscription) =>
            tracer.wait("wait for a turn", { "arm.kind": kind, "azure.subscription.id": subscription }),
        }
      : {}),
    onCall: (name, end) => metrics.arm.called(name, end),
    onWaited: (kind, ms) => metrics.arm.waited(kind, ms / 1000),
    ...(httpClient ? { httpClient } : {}),
  });
  const observers = new Observers({
    clock,
    random,
    log,
    intervalMs: config.driftIntervalMs,
    reader: POOL_READER,
    wake: (key) => queue.add(key),
    signal: leadership.signal,
  });
  const breaker = new DriftBreaker({
    maxShare: config.maxDriftShare,
    enqueue: (key) => queue.add(key),
    onFound: () => metrics.pools.driftFound(),
  });
  return { clients, slots, observers, breaker, keepMs };
}
