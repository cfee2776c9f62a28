import type { SessionPoolSpec } from "../api/session-pool.ts";
import { type Json, type JsonObject, type MutableJson, isEmpty, isList, isObject, withoutNulls } from "./json.ts";
import { withRebuiltIds } from "./spec-ids.ts";

/** Values of spec.secrets, by the name they have in the pool. */
export type SecretValues = ReadonlyMap<string, string>;

/**
 * Where a spec field becomes an ARM field: the spec has ARM's names, with the content of `properties` lifted to the top.
 * - `body`: a member of the ARM body;
 * - `properties`: a member of its `properties`;
 * - `operator`: not sent as it is: it says where the pool is, how the operator behaves, or refers to Secrets.
 *
 * A new field of the CRD does not compile until it has a row here.
 */
export const FIELDS = {
  location: "body",
  tags: "body",
  identity: "body",
  environmentId: "properties",
  poolManagementType: "properties",
  containerType: "properties",
  scaleConfiguration: "properties",
  dynamicPoolConfiguration: "properties",
  customContainerTemplate: "properties",
  sessionNetworkConfiguration: "properties",
  managedIdentitySettings: "properties",
  subscriptionId: "operator",
  resourceGroup: "operator",
  azureName: "operator",
  secrets: "operator",
  credentialsRef: "operator",
  suspend: "operator",
  policy: "operator",
} as const satisfies Record<keyof SessionPoolSpec, "body" | "properties" | "operator">;

/**
 * The ARM body that the resource asks for: what the user set and nothing else, nulls left out. The service accepts no pool without
 * poolManagementType and knows only one value, so that alone is filled in (azure-session-pools §3.5). ARM ids are rebuilt from their segments.
 *
 * @param values secret values; a name without a value is left out of `value`, so a plan can be made without reading any Secret
 */
export function desiredBody(spec: SessionPoolSpec, values: SecretValues): JsonObject {
  const body: MutableJson = {};
  const properties: MutableJson = { poolManagementType: "Dynamic" };
  const checked = withRebuiltIds(spec);
  for (const [field, place] of Object.entries(FIELDS) as [
    keyof typeof FIELDS,
    (typeof FIELDS)[keyof typeof FIELDS],
  ][]) {
    const value = checked[field] as Json | undefined;
    if (place === "operator" || value === undefined || value === null) continue;
    (place === "body" ? body : properties)[field] = withoutNulls(value);
  }
  if (spec.secrets) {
    properties.secrets = spec.secrets.map(({ name }: { name: string }) => {
      const value = values.get(name);
      return value === undefined ? { name } : { name, value };
    });
  }
  // An empty registryCredentials, ingress or the like says nothing; ARM would take it as a value.
  return { ...body, properties: withoutEmptyObjects(properties) };
}

function withoutEmptyObjects(object: JsonObject): JsonObject {
  const members = Object.entries(object).map(([key, value]) => [key, pruned(value)] as const);
  return Object.fromEntries(members.filter(([, value]) => isList(value) || !isEmpty(value)));
}

function pruned(value: Json | undefined): Json | undefined {
  if (isList(value)) return value.map((entry) => (isObject(entry) ? withoutEmptyObjects(entry) : entry));
  return isObject(value) ? withoutEmptyObjects(value) : value;
}
