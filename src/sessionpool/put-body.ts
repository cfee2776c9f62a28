import { type Json, type JsonObject, type MutableJson, isList, isObject, objectOr, withoutNulls } from "./json.ts";
import { OWNER_TAG } from "./ownership.ts";
import { OWNED_WHOLE } from "./ownership-rules.ts";

/** Members of a pool that Azure fills in and does not take (azure-session-pools §1.2). */
const READ_ONLY_BODY = ["id", "name", "type", "systemData", "etag"];
const READ_ONLY_PROPERTIES = ["provisioningState", "nodeCount", "poolManagementEndpoint", "templateUpdateStatus"];

/**
 * The whole body of a PUT. PUT replaces, so what the user leaves out is carried over from the live pool: tags that others put there,
 * settings nobody here knows. Secrets cannot be carried over, Azure never returns their values.
 *
 * @param desired the body made from the resource, with secret values
 * @param live the pool as ARM returned it just now; absent for a new pool
 * @param owner value of the owner tag
 */
export function putBody(desired: JsonObject, live: JsonObject | undefined, owner: string): JsonObject {
  const carried = live ? writable(live) : {};
  const body = merge("", carried, desired) as MutableJson;
  body.tags = {
    ...withoutKey(mergeTags(objectOr(carried.tags), objectOr(desired.tags)), OWNER_TAG),
    [OWNER_TAG]: owner,
  };
  const properties = body.properties as MutableJson;
  if (!isList(objectOr(desired.properties).managedIdentitySettings)) {
    const settings = settingsStillAssigned(properties.managedIdentitySettings, body.identity);
    if (settings.length > 0) properties.managedIdentitySettings = settings;
    else delete properties.managedIdentitySettings;
  }
  return body;
}

function writable(live: JsonObject): JsonObject {
  const body = { ...(withoutNulls(live) as JsonObject) };
  for (const key of READ_ONLY_BODY) delete body[key];
  const properties = { ...objectOr(body.properties) };
  for (const key of READ_ONLY_PROPERTIES) delete properties[key];
  // Without a value an entry is refused or, worse, taken as an empty secret.
  delete properties.secrets;
  body.properties = properties;
  const { type, userAssignedIdentities } = objectOr(body.identity);
  if (type === undefined || type === "None") delete body.identity;
  else {
    const ids = Object.keys(objectOr(userAssignedIdentities));
    body.identity = {
      type,
      ...(ids.length > 0 ? { userAssignedIdentities: Object.fromEntries(ids.map((id) => [id, {}])) } : {}),
    };
  }
  return body;
}

function merge(path: string, live: Json | undefined, desired: Json): Json {
  if (!isObject(desired) || !isObject(live) || OWNED_WHOLE.includes(path)) return desired;
  const result: MutableJson = { ...live };
  for (const [key, value] of Object.entries(desired))
    if (value !== undefined) result[key] = merge(`${path}/${key}`, live[key], value);
  return result;
}

/** Tag names compare case-insensitively: the user's spelling replaces another spelling of the same name. */
function mergeTags(live: JsonObject, desired: JsonObject): JsonObject {
  let result = live;
  for (const [name, value] of Object.entries(desired)) result = { ...withoutKey(result, name), [name]: value };
  return result;
}

function withoutKey(object: JsonObject, name: string): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([key]) => key.toLowerCase() !== name.toLowerCase()));
}

/** Settings carried over must not name an identity that the same PUT takes away: the service refuses that. */
function settingsStillAssigned(settings: Json | undefined, identity: Json | undefined): readonly Json[] {
  const { type, userAssignedIdentities } = objectOr(identity);
  const assigned = new Set(Object.keys(objectOr(userAssignedIdentities)).map((id) => id.toLowerCase()));
  if (typeof type === "string" && type.includes("SystemAssigned")) assigned.add("system");
  return (isList(settings) ? settings : []).filter((setting) => assigned.has(lowerCase(objectOr(setting).identity)));
}

function lowerCase(value: Json | undefined): string {
  return typeof value === "string" ? value.toLowerCase() : "";
}
