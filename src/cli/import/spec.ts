import { crdSchema } from "../../api/crd-schema.generated.ts";
import type { CrdSchema } from "../../api/crd-schema.ts";
import type { SessionPoolSpec } from "../../api/session-pool.ts";
import { FIELDS } from "../../sessionpool/desired.ts";
import {
  type Json,
  type JsonObject,
  type MutableJson,
  isEmpty,
  isList,
  isObject,
  lowerText,
  objectOr,
  pointer,
} from "../../sessionpool/json.ts";
import { NORMALIZATION, normalize } from "../../sessionpool/normalize.ts";
import { withoutOwnTags } from "../../sessionpool/own-tags.ts";
import { writable } from "../../sessionpool/put-body.ts";
import { secretNames } from "../../sessionpool/secrets-tag.ts";

/** What a pool says of a spec. */
export interface ImportedFields {
  /** Those fields of the spec that the pool's body tells, in the order of the CRD; not where the pool is. */
  readonly fields: JsonObject;
  /** JSON pointers to what a PUT could carry and the CRD does not know, such as probes: it stays in Azure as it is. */
  readonly leftOut: readonly string[];
}

/** What of a field belongs into a manifest, where that is not just what the pool has; undefined for nothing. */
const REWRITES: Partial<Record<keyof SessionPoolSpec, (value: Json) => Json | undefined>> = {
  tags: withoutOwnTags,
  // What the service has for a pool of which nobody said anything.
  identity: (identity) => (objectOr(identity).type === "None" ? undefined : identity),
  poolManagementType: (type) => (type === "Dynamic" ? undefined : type),
  managedIdentitySettings: (settings) => (isList(settings) ? settings.map(withSystem) : settings),
  customContainerTemplate: (template) => {
    if (!isObject(template) || !isObject(template.registryCredentials)) return template;
    return { ...template, registryCredentials: withSystem(template.registryCredentials) };
  },
};

/** The CRD has the pool's own identity in lower case only; Azure does not look at the casing (azure-session-pools §3.3). */
function withSystem(holder: Json): Json {
  return isObject(holder) && lowerText(holder.identity) === "system" ? { ...holder, identity: "system" } : holder;
}

/** Ids keep the casing that they have in Azure: it is never a difference. */
const ROWS = NORMALIZATION.filter(({ casing }) => casing !== true);
const SCHEMAS = crdSchema.properties?.spec?.properties ?? {};

/**
 * The body of an ARM GET as fields of a spec: what a PUT can carry of it, without Azure's rewrites (src/sessionpool/normalize.ts), placed as
 * `FIELDS` says, and pruned by the CRD's schema. The opposite of `desiredBody`.
 *
 * @param secretName the Kubernetes Secret that all of the pool's secrets refer to, each by its own name as the key
 */
export function fieldsOf(pool: JsonObject, secretName: string): ImportedFields {
  const body = normalize(writable(pool), "observed", undefined, ROWS);
  const properties = objectOr(body.properties);
  const leftOut: string[] = Object.entries(properties)
    .filter(([name, value]) => !isEmpty(value) && placeOf(name) !== "properties")
    .map(([name]) => pointer("/properties", name));
  const fields: MutableJson = {};
  for (const [field, schema] of Object.entries(SCHEMAS)) {
    const place = placeOf(field);
    const value = (place === "body" ? body : place === "properties" ? properties : {})[field];
    if (value === undefined || value === null) continue;
    const wanted = (REWRITES[field as keyof SessionPoolSpec] ?? ((same: Json) => same))(value);
    const known = pruned(wanted, schema, pointer(place === "body" ? "" : "/properties", field), leftOut);
    if (known !== undefined) fields[field] = known;
  }
  const secrets = secretNames(pool).map((name) => ({
    name,
    valueFrom: { secretKeyRef: { name: secretName, key: name } },
  }));
  return { fields: secrets.length === 0 ? fields : { ...fields, secrets }, leftOut };
}

function placeOf(field: string): string | undefined {
  return (FIELDS as Readonly<Record<string, string>>)[field];
}

/** What the schema knows of a value, in the schema's order; undefined when that says nothing. Values of a wrong type are left to the validation. */
function pruned(value: Json | undefined, schema: CrdSchema, path: string, leftOut: string[]): Json | undefined {
  if (isList(value) && schema.type === "array") {
    const { items = {} } = schema;
    const entries = value.flatMap((entry, index) =>
      entry === null ? [] : [pruned(entry, items, pointer(path, index), leftOut) ?? {}],
    );
    return entries.length === 0 ? undefined : entries;
  }
  if (!isObject(value) || schema.type !== "object") return value;
  const { properties = {}, additionalProperties } = schema;
  // A key says something also without a value, such as an assigned identity.
  const members: readonly (readonly [string, Json | undefined])[] = additionalProperties
    ? Object.entries(value).map(([key, member]) => [
        key,
        pruned(member, additionalProperties, pointer(path, key), leftOut) ?? {},
      ])
    : Object.entries(properties).map(([key, member]) => [key, pruned(value[key], member, pointer(path, key), leftOut)]);
  for (const [key, member] of additionalProperties ? [] : Object.entries(value))
    if (!Object.hasOwn(properties, key) && !isEmpty(member)) leftOut.push(pointer(path, key));
  const kept = members.filter(([, member]) => member !== undefined && member !== null);
  return kept.length === 0 ? undefined : Object.fromEntries(kept);
}
