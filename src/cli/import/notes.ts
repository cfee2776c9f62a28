import type { JsonObject } from "../../sessionpool/json.ts";
import { OWNER_TAG } from "../../sessionpool/own-tags.ts";
import { type Owner, ownershipOf } from "../../sessionpool/ownership.ts";
import { isFinal, provisioningState } from "../../sessionpool/live-pool.ts";
import type { Imported, Manifest, NeededSecret } from "./imported.ts";
import { oneLine, yamlDocument } from "./yaml.ts";

/** What of a pool is not in its manifest. */
export interface Omissions {
  /** JSON pointers to what the CRD does not know, and a PUT carries over. */
  readonly leftOut: readonly string[];
  /** JSON pointers to what the CRD does not know, and spec.policy.ignore keeps. */
  readonly ignored: readonly string[];
  /** Names of tags that the CRD refuses. */
  readonly illegalTags: readonly string[];
}

/** Nobody: whoever the tag names is somebody else, since an import does not know for which cluster it is. */
const NOBODY: Owner = { clusterId: "", namespace: "", name: "", uid: "" };

/** What a person should know of a pool before its manifest is applied. */
export function notesOf(pool: JsonObject, { leftOut, ignored, illegalTags }: Omissions): readonly string[] {
  const ownership = ownershipOf(pool, NOBODY, undefined);
  const notes: string[] = [];
  if (ownership.kind === "other") {
    const { owner } = ownership;
    notes.push(
      owner
        ? `the pool belongs to the SessionPool ${owner.namespace}/${owner.name} of cluster ${owner.clusterId} (tag ${OWNER_TAG}): to adopt it needs spec.policy.adoption Always, or that very resource and an operator with --cluster-id ${owner.clusterId}`
        : `the pool's tag ${OWNER_TAG} is not one that this operator writes: to adopt it needs spec.policy.adoption Always`,
    );
  }
  const state = provisioningState(pool);
  if (!isFinal(pool)) notes.push(`Azure is working on the pool (${state}): its manifest has what it will be`);
  else if (state !== "Succeeded")
    notes.push(
      `the pool's last operation ended as ${state}: it is adopted as it is, and an edit of the spec tries an update`,
    );
  if (leftOut.length > 0) notes.push(`left out, and kept in Azure as it is: ${leftOut.join(", ")}`);
  if (illegalTags.length > 0)
    notes.push(`tags left out, which a SessionPool cannot set, and kept in Azure: ${illegalTags.join(", ")}`);
  if (ignored.length > 0) notes.push(`spec.policy.ignore keeps what a SessionPool cannot say: ${ignored.join(", ")}`);
  return notes;
}

/** All manifests as one text of YAML; empty without any. */
export function yamlOf(manifests: readonly Manifest[]): string {
  return manifests
    .map(({ resource, notes, secret }) => yamlDocument(resource, [...notes, ...(secret ? secretLines(secret) : [])]))
    .join("---\n");
}

/** The lines for people: what to do, what to know, what is missing, and how many. */
export function summaryOf({ manifests, notImported }: Imported): readonly string[] {
  const secrets = manifests.flatMap(({ secret }) => secret ?? []);
  return [
    ...manifests.flatMap(({ name, notes }) => notes.map((note) => `note: ${name}: ${note}`)),
    ...secrets.flatMap((secret) => [`Secret to create: ${titleOf(secret)}`, `  ${commandFor(secret)}`]),
    ...(secrets.length > 0 ? ["The values put there are taken to be those in Azure until they change."] : []),
    ...notImported.flatMap(({ id, problems }) =>
      problems.map(({ field, message }) => `not imported: ${id}: ${field === "" ? "" : `${field}: `}${message}`),
    ),
    [
      `${counted(manifests.length, "pool")} imported`,
      `${counted(secrets.length, "Secret")} to create`,
      `${counted(notImported.length, "pool")} not imported.`,
    ].join(", "),
  ].map(oneLine);
}

function secretLines(secret: NeededSecret): readonly string[] {
  return [
    `Needs the Secret ${titleOf(secret)}. Azure shows no values: what is put there is taken to be what Azure has until it changes.`,
    `  ${commandFor(secret)}`,
  ];
}

function titleOf({ name, namespace, keys }: NeededSecret): string {
  return `${namespace === undefined ? "" : `${namespace}/`}${name} with ${keys.length === 1 ? "the key" : "the keys"} ${keys.join(", ")}`;
}

/** A shell refuses the placeholder, so that it does not become a value by mistake. */
function commandFor({ name, namespace, keys }: NeededSecret): string {
  return [
    `kubectl create secret generic ${name}`,
    ...(namespace === undefined ? [] : [`--namespace ${namespace}`]),
    ...keys.map((key) => `--from-literal=${key}=<VALUE>`),
  ].join(" ");
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
