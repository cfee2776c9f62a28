import { GROUP, KIND, type SessionPoolSpec, VERSION } from "../../api/session-pool.ts";
import { compare } from "../../sessionpool/comparison.ts";
import { desiredBody } from "../../sessionpool/desired.ts";
import { type Change, shownChange } from "../../sessionpool/diff.ts";
import { type JsonObject, isEmpty, objectOr, show } from "../../sessionpool/json.ts";
import { type Placement, parsePoolId } from "../../sessionpool/placement.ts";
import { provisioningState } from "../../sessionpool/live-pool.ts";
import { secretNames } from "../../sessionpool/secrets-tag.ts";
import type { LivePool } from "../live-file.ts";
import { validateDocuments } from "../validate/validate.ts";
import type { Imported, Manifest, NotImported } from "./imported.ts";
import { metadataNames } from "./names.ts";
import { notesOf } from "./notes.ts";
import { fieldsOf } from "./spec.ts";
import { yamlDocument } from "./yaml.ts";

export interface ImportOptions {
  /** metadata.namespace of the manifests; left out when undefined. */
  readonly namespace: string | undefined;
  readonly adoption: "Never" | "IfUnowned" | "Always";
}

/**
 * Manifests for pools as ARM returned them. Each is checked as the API server would, and compared with its pool as the operator would: what is
 * here makes no PUT when it is applied to pools that may be adopted.
 */
export function importPools(pools: readonly LivePool[], options: ImportOptions): Imported {
  // A pool can be on two pages of a LIST.
  const byId = new Map(pools.map((pool) => [pool.id.toLowerCase(), pool]));
  const sorted = [...byId].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, pool]) => pool);
  const placed = sorted.flatMap((pool) => {
    const placement = parsePoolId(pool.id);
    return placement ? [{ pool, placement: { ...placement, name: placement.name.toLowerCase() } }] : [];
  });
  const names = metadataNames(placed.map(({ placement }) => placement));
  const results = placed.map(({ pool, placement }, index) => manifestOf(pool, placement, names[index] ?? "", options));
  const others = sorted.filter((pool) => parsePoolId(pool.id) === undefined);
  return {
    manifests: results.filter((result) => "resource" in result),
    notImported: [
      ...results.filter((result) => "problems" in result),
      ...others.map((pool) => refusal(pool, "id", "is not the id of a session pool that a SessionPool can name")),
    ],
  };
}

function manifestOf(
  pool: LivePool,
  placement: Placement,
  name: string,
  options: ImportOptions,
): Manifest | NotImported {
  if (provisioningState(pool) === "Deleting")
    return refusal(pool, "properties.provisioningState", "Azure is deleting the pool");
  const secretName = `${name}-secrets`;
  const { fields, leftOut } = fieldsOf(pool, secretName);
  let resource = resourceOf(fields, placement, name, options);
  let problems = problemsOf(resource);
  const illegalTags = problems.some(({ field }) => isTags(field)) ? tagsRefused(resource) : [];
  if (illegalTags.length > 0) {
    resource = withoutTags(resource, illegalTags);
    problems = problemsOf(resource);
  }
  if (problems.length > 0) return { id: pool.id, problems };
  // What the CRD does not know inside a part that is one value would be taken away, unless it is ignored.
  const ignored = differences(resource, pool)
    .filter(({ desired }) => desired === undefined)
    .map(({ path }) => path);
  if (ignored.length > 0) resource = withPolicy(resource, { ignore: ignored });
  const left = [...(ignored.length > 0 ? problemsOf(resource) : []), ...differences(resource, pool).map(problemOf)];
  if (left.length > 0) return { id: pool.id, problems: left };
  const keys = secretNames(pool);
  return {
    name,
    resource,
    notes: notesOf(pool, {
      leftOut: leftOut.filter((path) => !ignored.includes(path)),
      ignored,
      illegalTags,
    }),
    secret: keys.length === 0 ? undefined : { name: secretName, namespace: options.namespace, keys },
  };
}

function resourceOf(
  fields: JsonObject,
  { subscriptionId, resourceGroup, name: azureName }: Placement,
  name: string,
  { namespace, adoption }: ImportOptions,
): JsonObject {
  const resource = {
    apiVersion: `${GROUP}/${VERSION}`,
    kind: KIND,
    metadata: { name, ...(namespace === undefined ? {} : { namespace }) },
    spec: { subscriptionId, resourceGroup, ...(azureName === name ? {} : { azureName }), ...fields },
  };
  return adoption === "Never" ? resource : withPolicy(resource, { adoption });
}

function withPolicy(resource: JsonObject, policy: JsonObject): JsonObject {
  const spec = objectOr(resource.spec);
  return { ...resource, spec: { ...spec, policy: { ...objectOr(spec.policy), ...policy } } };
}

/** What the API server would refuse. */
function problemsOf(resource: JsonObject): NotImported["problems"] {
  return validateDocuments("", yamlDocument(resource, []));
}

/** Names of tags that Azure has and the CRD refuses, such as those that Azure's portal hides: tags that are left out stay as they are. */
function tagsRefused(resource: JsonObject): readonly string[] {
  const spec = objectOr(resource.spec);
  return Object.entries(objectOr(spec.tags)).flatMap(([name, value]) => {
    const alone = problemsOf({ ...resource, spec: { ...spec, tags: { [name]: value } } });
    return alone.some(({ field }) => isTags(field)) ? [name] : [];
  });
}

function isTags(field: string): boolean {
  return field === "spec.tags" || field.startsWith("spec.tags.");
}

function withoutTags(resource: JsonObject, names: readonly string[]): JsonObject {
  const { tags, ...spec } = objectOr(resource.spec);
  const kept = Object.fromEntries(Object.entries(objectOr(tags)).filter(([name]) => !names.includes(name)));
  // In the same place, for people.
  return { ...resource, spec: isEmpty(kept) ? spec : { ...objectOr(resource.spec), tags: kept } };
}

/** What an operator that may write would change. Values of secrets are not known, and count as the pool's. */
function differences(resource: JsonObject, pool: LivePool): readonly Change[] {
  const spec = resource.spec as unknown as SessionPoolSpec;
  const options = { ignore: spec.policy?.ignore ?? [], secrets: undefined };
  return compare(desiredBody(spec, new Map()), pool, options).changes;
}

function problemOf(change: Change): NotImported["problems"][number] {
  const { path, desired, observed } = shownChange(change);
  return {
    field: path,
    message: `cannot be said in a manifest: Azure has ${show(observed)}, and would be asked for ${show(desired)}`,
  };
}

function refusal(pool: LivePool, field: string, message: string): NotImported {
  return { id: pool.id, problems: [{ field, message }] };
}
