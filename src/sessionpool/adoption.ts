import { REASON } from "../api/conditions.ts";
import { type Action, type PlanInput, poolOf, stalled } from "./action.ts";
import { modeOf, planned } from "./approval.ts";
import type { Comparison } from "./comparison.ts";
import { type JsonObject, show } from "./json.ts";
import { OWNER_TAG, SECRETS_TAG, tagOf, withoutOwnTags } from "./own-tags.ts";
import { type Adopted, type Owner, type Ownership, ownershipOf } from "./ownership.ts";
import { formatPoolId, sameId } from "./placement.ts";
import { createdAt } from "./live-pool.ts";
import { rivalOf } from "./rivals.ts";
import { secretsTag } from "./secrets-tag.ts";

type Other = Ownership & { kind: "other" };

/** A pool that is not ours is neither changed nor taken over, unless the spec says that it may be adopted. */
export function notOurs(input: PlanInput, comparison: () => Comparison): Action | undefined {
  const { resource, owner, observation } = input;
  if (observation.kind === "absent") return heldByRival(input);
  const pool = poolOf(observation);
  // Against the resource that the tag names no claim counts, as long as that is here.
  const ownership = ownershipOf(pool, owner, input.ownerIsHere ? undefined : resource.status?.adopted);
  const adoption = resource.spec.policy?.adoption ?? "Never";
  switch (ownership.kind) {
    case "ours":
      return undefined;
    case "adopted":
      return heldByRival(input) ?? claimAnew(input, comparison());
    case "unowned":
      return heldByRival(input) ?? (adoption === "Never" ? alreadyExists(input, comparison()) : adopt(input));
    case "other":
      if (adoption !== "Always" || input.ownerIsHere || hasLost(input, pool)) return ownedByOther(input, ownership);
      return heldByRival(input) ?? adopt(input);
  }
}

type Read = Pick<PlanInput, "resource" | "observation" | "owner" | "secrets">;

/**
 * The pool as the resource may read it. While its owner tag is not the resource's own, the operator's other tags are not either: what they cannot
 * say of the secret values, the claim does, or would if the pool were adopted now.
 */
export function readable(input: Read): JsonObject {
  const pool = poolOf(input.observation);
  if (input.observation.kind !== "present") return pool;
  const { adopted } = input.resource.status ?? {};
  const { kind } = ownershipOf(pool, input.owner, adopted);
  if (kind === "ours") return pool;
  const { secrets } = kind === "adopted" && adopted ? adopted : claimOn(pool, input);
  return {
    ...pool,
    tags: { ...withoutOwnTags(pool.tags), ...(secrets === undefined ? {} : { [SECRETS_TAG]: secrets }) },
  };
}

/** What the status would say: Azure shows no secret values, so those of the resource are taken to be the pool's. */
function claimOn(pool: JsonObject, { resource, secrets }: Pick<Read, "resource" | "secrets">): Adopted {
  const tag = tagOf(pool, OWNER_TAG);
  const sent = secrets.kind === "resolved" ? secrets.sent : undefined;
  const created = createdAt(pool);
  return {
    id: typeof pool.id === "string" ? pool.id : "",
    ...(created === undefined ? {} : { createdAt: created }),
    ...(tag === undefined ? {} : { owner: tag }),
    generation: resource.metadata.generation,
    ...(sent ? { secrets: secretsTag(sent) } : {}),
  };
}

/** Where the claim cannot tell whether the secret values are those of then, they are taken to be so once more: nothing is sent for that. */
function claimAnew(input: PlanInput, { secretValues }: Comparison): Action | undefined {
  return secretValues === "unverified" ? adopt(input) : undefined;
}

/**
 * The claim goes into the status; Azure is not written, since a tag alone could roll the sessions. Who only observes claims nothing. A pool comes
 * with its identities, and whoever has it decides what runs with them.
 */
function adopt(input: PlanInput): Action | undefined {
  if (modeOf(input.resource) === "Observe") return undefined;
  const pool = poolOf(input.observation);
  if (input.liveScopeProblem !== undefined)
    return stalled(
      REASON.scopeNotAllowed,
      `${show(pool.id)} exists and cannot be adopted, because of what it names: ${input.liveScopeProblem}`,
      { isForeign: true },
    );
  return {
    kind: "adopt",
    adopted: claimOn(pool, input),
    message: `the existing pool ${show(pool.id)} is adopted; nothing was written to Azure`,
  };
}

/** Two owners that may both adopt always would take the pool from each other for ever: who lost it takes it again only after an edit. */
function hasLost({ resource: { metadata, status } }: PlanInput, pool: JsonObject): boolean {
  const { adopted } = status ?? {};
  const isOfPool = adopted !== undefined && typeof pool.id === "string" && sameId(adopted.id, pool.id);
  return isOfPool && adopted.generation === metadata.generation;
}

function alreadyExists(input: PlanInput, { changes }: Comparison): Action {
  const differs = changes.length === 0 ? "with it nothing would be changed" : "status.plan has what would be changed";
  return stalled(
    REASON.alreadyExists,
    `${show(poolOf(input.observation).id)} exists and carries no owner tag of this operator: set spec.policy.adoption to IfUnowned to adopt it (${differs}), or choose another spec.azureName`,
    { plan: planned(input, changes.length === 0 ? "None" : "Update", changes), isForeign: true },
  );
}

function ownedByOther(input: PlanInput, { owner, tag }: Other): Action {
  const { resource, owner: self } = input;
  const always = resource.spec.policy?.adoption === "Always";
  const adoptIt = always ? "" : ", or set spec.policy.adoption to Always";
  if (!owner)
    return foreign(
      input,
      `has an owner tag that this operator did not write (${show(tag)}): choose another spec.azureName${adoptIt}`,
    );
  const isHere = owner.clusterId === self.clusterId;
  if (isHere && input.ownerIsHere) return belongsTo(input, owner);
  const name = `the SessionPool ${owner.namespace}/${owner.name}${isHere ? "" : ` of cluster ${owner.clusterId}`}`;
  if (hasLost(input, poolOf(input.observation)))
    return foreign(input, `was adopted, and then taken by ${name}: it is not taken again before the spec changes`);
  if (!isHere)
    return foreign(
      input,
      `belongs to ${name}: choose another spec.azureName${adoptIt}; if this cluster has taken that one's place, start the operator with --cluster-id=${owner.clusterId}`,
    );
  return foreign(
    input,
    `belongs to ${name}, which this cluster no longer has: choose another spec.azureName${adoptIt}`,
  );
}

/** Two resources for one pool: the first keeps it. */
function heldByRival(input: PlanInput): Action | undefined {
  const rival = rivalOf(input);
  return rival && belongsTo(input, rival.metadata);
}

/** Another resource of this cluster has it, as its tag says or will say. */
function belongsTo(input: PlanInput, { namespace, name }: Pick<Owner, "namespace" | "name">): Action {
  return foreign(
    input,
    `belongs to the SessionPool ${namespace}/${name}: choose another spec.azureName, or delete ${namespace}/${name}`,
  );
}

function foreign({ placement }: PlanInput, message: string): Action {
  const id = placement.ok ? formatPoolId(placement.placement) : "the pool";
  return stalled(REASON.ownedByOther, `${id} ${message}`, { isForeign: true });
}
