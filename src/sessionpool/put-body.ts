import type { OptionalField } from "./fields-tag.ts";
import {
  type Json,
  type JsonObject,
  type MutableJson,
  isEmpty,
  isList,
  isObject,
  lowerText,
  objectOr,
  tokensOf,
  withoutNulls,
} from "./json.ts";
import { withoutOwnTags } from "./own-tags.ts";
import { LIST_KEYS, MERGED_ENTRIES, OWNED_LISTS_OF_ENTRIES, OWNED_WHOLE } from "./ownership-rules.ts";

/** Members of a pool that Azure fills in and does not take (azure-session-pools §1.2). */
const READ_ONLY_BODY = ["id", "name", "type", "systemData", "etag"];
const READ_ONLY_PROPERTIES = ["provisioningState", "nodeCount", "poolManagementEndpoint", "templateUpdateStatus"];

/**
 * The whole body of a PUT. PUT replaces, so what the user leaves out is carried over from the live pool: tags that others put there,
 * settings nobody here knows. Secrets cannot be carried over, Azure never returns their values.
 *
 * @param desired the body made from the resource, with secret values
 * @param live the pool as ARM returned it just now; absent for a new pool
 * @param takenOut parts of the live pool that the user has taken out of the spec
 * @param ownTags the operator's tags
 */
export function putBody(
  desired: JsonObject,
  live: JsonObject | undefined,
  takenOut: readonly OptionalField[],
  ownTags: Readonly<Record<string, string>>,
): JsonObject {
  const carried = live ? writable(live, takenOut) : {};
  const body = merge("", carried, desired) as MutableJson;
  body.tags = { ...mergeTags(withoutOwnTags(carried.tags), objectOr(desired.tags)), ...ownTags };
  const properties = body.properties as MutableJson;
  if (!isList(objectOr(desired.properties).managedIdentitySettings)) {
    const settings = settingsStillAssigned(properties.managedIdentitySettings, body.identity);
    if (settings.length > 0) properties.managedIdentitySettings = settings;
    else delete properties.managedIdentitySettings;
  }
  return body;
}

/** What a PUT can carry of a live pool: without what Azure fills in, and without what says nothing. */
export function writable(live: JsonObject, takenOut: readonly OptionalField[] = []): JsonObject {
  const body = withoutNulls(live) as MutableJson;
  for (const { path } of takenOut) remove(body, tokensOf(path));
  for (const key of READ_ONLY_BODY) delete body[key];
  const properties: MutableJson = { ...objectOr(body.properties) };
  for (const key of READ_ONLY_PROPERTIES) delete properties[key];
  // Without a value an entry is refused or, worse, taken as an empty secret.
  delete properties.secrets;
  for (const [key, value] of Object.entries(properties)) if (isEmpty(value)) delete properties[key];
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

/** Takes the part at `tokens` out, in place, and objects that are left empty with it. */
function remove(holder: Json | undefined, tokens: readonly string[]): void {
  const [token = "", ...rest] = tokens;
  if (isList(holder)) remove(holder[Number(token)], rest);
  if (!isObject(holder)) return;
  const members: MutableJson = holder;
  if (rest.length > 0) remove(members[token], rest);
  if (rest.length === 0 || isEmpty(members[token])) delete members[token];
}

function merge(pattern: string, live: Json | undefined, desired: Json): Json {
  if (isList(desired) && isList(live) && MERGED_ENTRIES.includes(pattern)) return mergeEntries(pattern, live, desired);
  if (!isObject(desired) || !isObject(live) || OWNED_WHOLE.includes(pattern)) return desired;
  const result: MutableJson = { ...live };
  for (const [key, value] of Object.entries(desired))
    if (value !== undefined) result[key] = merge(`${pattern}/${key}`, live[key], value);
  return result;
}

/** The user's entries in the user's order; what the user leaves out in one is carried over from the live entry of the same name. */
function mergeEntries(pattern: string, live: readonly Json[], desired: readonly Json[]): Json {
  const keyName = LIST_KEYS[pattern] ?? "";
  const inside = `${pattern}/*`;
  return desired.map((entry) => {
    const other = live.find((candidate) => objectOr(candidate)[keyName] === objectOr(entry)[keyName]);
    const kept = Object.entries(objectOr(other)).filter(
      ([key, value]) => !isEmpty(value) && !OWNED_LISTS_OF_ENTRIES[inside]?.includes(key),
    );
    return merge(inside, Object.fromEntries(kept), entry);
  });
}

/** Tag names compare case-insensitively: the user's spelling replaces another spelling of the same name. */
function mergeTags(live: JsonObject, desired: JsonObject): JsonObject {
  let result = live;
  for (const [name, value] of Object.entries(desired)) {
    const others = Object.entries(result).filter(([key]) => key.toLowerCase() !== name.toLowerCase());
    result = { ...Object.fromEntries(others), [name]: value };
  }
  return result;
}

/**
 * Settings carried over must not name an identity that the same PUT takes away: the service refuses that. Those with lifecycle None are what
 * the service adds by itself.
 */
function settingsStillAssigned(settings: Json | undefined, identity: Json | undefined): readonly Json[] {
  const { type, userAssignedIdentities } = objectOr(identity);
  const assigned = new Set(Object.keys(objectOr(userAssignedIdentities)).map((id) => id.toLowerCase()));
  if (typeof type === "string" && type.includes("SystemAssigned")) assigned.add("system");
  return (isList(settings) ? settings : []).filter(
    (setting) => objectOr(setting).lifecycle !== "None" && assigned.has(lowerText(objectOr(setting).identity)),
  );
}
