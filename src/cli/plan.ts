import type { SessionPool } from "../api/session-pool.ts";
import type { Credentials, Observation, PlanInput, Secrets } from "../sessionpool/action.ts";
import { planned } from "../sessionpool/approval.ts";
import { type SecretValues, desiredBody } from "../sessionpool/desired.ts";
import { type Change, shownChange } from "../sessionpool/diff.ts";
import { unknownDifferences } from "../sessionpool/known-differences.ts";
import { type Owner, ownershipOf } from "../sessionpool/ownership.ts";
import { placementOf } from "../sessionpool/placement.ts";
import { compareInput, plan } from "../sessionpool/plan.ts";

import { InputError } from "./documents.ts";

/** What the operator would do for one resource. */
export interface PlanReport {
  readonly namespace: string;
  readonly name: string;
  /** `Create`, `Update`, or `None` when Azure has what the spec asks for. */
  readonly action: string;
  readonly changes: readonly Change[];
  /** What spec.policy.mode Approve asks for. */
  readonly hash: string;
  /** Why the operator would not do it, or not now. */
  readonly blocked?: { readonly reason: string; readonly message: string };
}

/** What a plan is made from. */
export interface PlanSources {
  readonly resource: SessionPool;
  readonly observation: Observation;
  /** Whether the operator would find a credential; left out where that is not known. */
  readonly credentials?: Credentials;
  readonly secrets: Secrets;
  readonly values: SecretValues;
  /** Undefined when the cluster is not known: then the pool's own tag counts. */
  readonly clusterId: string | undefined;
  readonly defaultSubscriptionId: string | undefined;
  /** Whether the cluster has the SessionPool that the pool's owner tag names; unknown offline, where it counts as being there. */
  readonly ownerIsHere?: boolean;
}

/** Stands for the operator's own subscription where that is not known. */
export const ANYWHERE = "00000000-0000-0000-0000-000000000000";

/** Makes the plan of one resource with the operator's own code. */
export function reportOf(sources: PlanSources): PlanReport {
  const { resource, observation, secrets, values } = sources;
  const { namespace, name } = resource.metadata;
  const input: PlanInput = {
    // Without a status nobody can tell drift from an edit: an edit is what the file is.
    resource: {
      status: { observedGeneration: 0 },
      ...resource,
      metadata: { ...resource.metadata, finalizers: ["appcontainers.dev/session-pool"] },
    },
    owner: ownerOf(sources),
    placement: placementOf(resource, sources.defaultSubscriptionId ?? subscriptionOf(observation) ?? ANYWHERE),
    // The table is the operator's, and not known here.
    scopeProblem: undefined,
    liveScopeProblem: undefined,
    mayAppear: undefined,
    tooManyDrifted: false,
    violations: [],
    credentials: sources.credentials ?? { kind: "resolved" },
    secrets,
    desired: desiredBody(resource.spec, values),
    observation,
    operation: { kind: "none" },
    applied: resource.status?.applied,
    show: shownChange,
    rivals: [],
    heldBy: undefined,
    ownerIsHere: sources.ownerIsHere ?? true,
    retryDue: true,
  };
  const { placement } = input;
  if (!placement.ok) throw new InputError(`${namespace}/${name}: ${placement.message}`);
  const next = plan(input);
  const changes =
    next.kind === "put" ? next.changes : unknownDifferences(input.applied, compareInput(input).changes, shownChange);
  // A failed pool of ours is updated again also when it has what was asked for.
  const isUpdate = next.kind === "put" || changes.length > 0;
  const what = observation.kind !== "present" ? "Create" : isUpdate ? "Update" : "None";
  const blocked =
    next.kind === "hold" || next.kind === "poll" ? { reason: next.reason, message: next.message } : undefined;
  // The hash that approves is the one that the operator itself shows.
  const { action, hash } = (next.kind === "hold" ? next.plan : undefined) ?? planned(input, what, changes);
  return { namespace, name, action, changes, hash, ...(blocked ? { blocked } : {}) };
}

/** Offline nobody can tell the cluster: a pool that says that it belongs to a resource of this name is taken at its word. */
function ownerOf({ resource, observation, clusterId }: PlanSources): Owner {
  const { namespace, name, uid } = resource.metadata;
  const owner = { clusterId: clusterId ?? "", namespace, name, uid };
  if (clusterId !== undefined || observation.kind !== "present") return owner;
  const ownership = ownershipOf(observation.pool, owner, undefined);
  return ownership.kind === "other" && ownership.owner ? { ...owner, clusterId: ownership.owner.clusterId } : owner;
}

function subscriptionOf(observation: Observation): string | undefined {
  if (observation.kind !== "present" || typeof observation.pool.id !== "string") return undefined;
  return /^\/subscriptions\/([^/]+)\//i.exec(observation.pool.id)?.[1];
}
