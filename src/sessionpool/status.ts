import { type Condition, MAX_MESSAGE, REASON, findCondition, reasonOf } from "../api/conditions.ts";
import type { SessionPoolStatus } from "../api/session-pool.ts";
import { type Json, type JsonObject, objectOr, sameJson } from "./json.ts";
import type { Applied } from "./known-differences.ts";
import type { Drift, Observation, StatusPlan } from "./action.ts";
import type { Adopted } from "./ownership.ts";

/** How a reconcile ended, as the conditions tell it. */
export type Outcome =
  | { readonly kind: "ready"; readonly known: Applied | undefined; readonly plan?: StatusPlan }
  /** Work goes on by itself. */
  | {
      readonly kind: "reconciling";
      readonly reason: string;
      readonly message: string;
      readonly drift?: Drift;
      /** The pool has just been adopted. */
      readonly adopted?: Adopted;
    }
  /** A person must do something; the message says what. */
  | {
      readonly kind: "stalled";
      readonly reason: string;
      readonly message: string;
      /** The same for events; left out: the message. */
      readonly note?: string;
      readonly plan?: StatusPlan;
      readonly drift?: Drift;
      readonly isForeign?: true;
    }
  /** The user switched the resource off. */
  | { readonly kind: "suspended"; readonly reason: string; readonly message: string };

type MakeCondition = (type: string, status: Condition["status"], reason: string, message: string) => Condition;

/**
 * The status to write: the conditions by kstatus rules (kubernetes-conventions §2.1: Ready always, Reconciling, Stalled and Drifted only while
 * True), each with observedGeneration, and what Azure says of the pool.
 *
 * @param generation metadata.generation that the outcome is about
 * @param previous the status as it was
 * @param applied the known differences
 * @param hash names what the resource asks for ({@link specHash})
 * @param nowIso time of the transition for conditions that change, RFC 3339 in seconds
 */
export function statusFor(
  generation: number,
  previous: SessionPoolStatus | undefined,
  outcome: Outcome,
  observation: Observation,
  applied: Applied | undefined,
  hash: string,
  nowIso: string,
): SessionPoolStatus {
  const condition: MakeCondition = (type, status, reason, message) => {
    const before = findCondition(previous?.conditions, type);
    return {
      type,
      status,
      reason: reasonOf(reason),
      message: message.slice(0, MAX_MESSAGE),
      lastTransitionTime: before?.status === status ? before.lastTransitionTime : nowIso,
      observedGeneration: generation,
    };
  };
  // What is called drift was in sync once, also when a wiped status could not say so.
  const inSync = outcome.kind === "ready" || ("drift" in outcome && outcome.drift !== undefined);
  const synced = inSync ? hash : previous?.syncedHash;
  const known = outcome.kind === "ready" ? outcome.known : applied;
  const plan = outcome.kind === "ready" || outcome.kind === "stalled" ? outcome.plan : undefined;
  // A pool that is gone is nobody's, and a new one is created.
  const adopted =
    observation.kind === "absent"
      ? undefined
      : (("adopted" in outcome ? outcome.adopted : undefined) ?? previous?.adopted);
  return {
    ...("isForeign" in outcome ? {} : observedFields(previous, observation)),
    ...(adopted ? { adopted } : {}),
    ...(synced === undefined ? {} : { syncedHash: synced }),
    ...(plan ? { plan } : {}),
    ...(known && observation.kind !== "absent" ? { applied: known } : {}),
    observedGeneration: generation,
    conditions: [...conditionsOf(outcome, condition), ...drifted(outcome, generation, previous, condition)],
  };
}

/** Whether two statuses say the same, so that writing one over the other would change nothing. */
export function sameStatus(a: SessionPoolStatus | undefined, b: SessionPoolStatus | undefined): boolean {
  return sameJson(a as Json | undefined, b as Json | undefined);
}

function conditionsOf(outcome: Outcome, condition: MakeCondition): readonly Condition[] {
  switch (outcome.kind) {
    case "ready":
      return [condition("Ready", "True", REASON.succeeded, readyMessage(outcome.known))];
    case "reconciling":
      return [
        condition("Ready", "False", outcome.reason, outcome.message),
        condition("Reconciling", "True", outcome.reason, outcome.message),
      ];
    case "stalled":
      return [
        condition("Ready", "False", outcome.reason, outcome.message),
        condition("Stalled", "True", outcome.reason, outcome.message),
      ];
    case "suspended":
      return [condition("Ready", "False", outcome.reason, outcome.message)];
  }
}

/** Drifted stands from when a change in Azure is seen until Azure has what the spec says, or the spec is edited. */
function drifted(
  outcome: Outcome,
  generation: number,
  previous: SessionPoolStatus | undefined,
  condition: MakeCondition,
): readonly Condition[] {
  // Of a pool that is another's nothing is said.
  if (outcome.kind === "ready" || "isForeign" in outcome) return [];
  if ("drift" in outcome && outcome.drift)
    return [condition("Drifted", "True", REASON.changedInAzure, outcome.drift.message)];
  const before = findCondition(previous?.conditions, "Drifted");
  return before?.observedGeneration === generation ? [before] : [];
}

function readyMessage(known: Applied | undefined): string {
  if (!known) return "Azure has what the resource asks for";
  return `Azure has what the resource asks for, but keeps its own value at ${known.differences.map(({ path }) => path).join(", ")} (status.applied)`;
}

/** What Azure says of the pool; kept from before while nothing newer is known, gone when the pool is gone. */
function observedFields(previous: SessionPoolStatus | undefined, observation: Observation): SessionPoolStatus {
  switch (observation.kind) {
    case "unknown": {
      const {
        conditions: _conditions,
        observedGeneration: _generation,
        syncedHash: _synced,
        plan: _plan,
        applied: _applied,
        adopted: _adopted,
        lastHandledReconcileAt: _handled,
        ...rest
      } = previous ?? {};
      return rest;
    }
    case "absent":
      return {};
    case "present":
      return fieldsOf(observation.pool);
  }
}

function fieldsOf(pool: JsonObject): SessionPoolStatus {
  const properties = objectOr(pool.properties);
  const identity = objectOr(pool.identity);
  return {
    ...text("id", pool.id),
    ...text("provisioningState", properties.provisioningState),
    ...text("endpoint", properties.poolManagementEndpoint),
    ...count("nodeCount", properties.nodeCount),
    ...text("principalId", identity.principalId),
    ...text("tenantId", identity.tenantId),
    ...count("readySessionInstances", objectOr(properties.scaleConfiguration).readySessionInstances),
  };
}

function text<K extends string>(key: K, value: Json | undefined): { [key in K]?: string } {
  return typeof value === "string" && value !== "" ? ({ [key]: value } as { [key in K]: string }) : {};
}

function count<K extends string>(key: K, value: Json | undefined): { [key in K]?: number } {
  return typeof value === "number" && Number.isInteger(value) && value >= 0
    ? ({ [key]: value } as { [key in K]: number })
    : {};
}
