import { type Json, type JsonObject, objectOr } from "./json.ts";

/**
 * The operator's own tags on a pool. What must survive a crash between a PUT and the status write, and a status that somebody wiped, travels
 * in the PUT itself. Tag names compare case-insensitively, hold no `/`, and a value has at most 256 characters (azure-session-pools §5).
 */
const PREFIX = "appcontainers.dev.";
/** Which resource the pool belongs to. */
export const OWNER_TAG = `${PREFIX}owner`;
/** Which secret values were sent, as a keyed hash. */
export const SECRETS_TAG = `${PREFIX}secrets`;
/** Which optional fields and tags were sent. */
export const FIELDS_TAGS: readonly string[] = [`${PREFIX}fields`, `${PREFIX}fields-2`, `${PREFIX}fields-3`];

/** Longest value of a tag. */
export const MAX_TAG_VALUE = 256;

/** The value of a tag of the pool, whatever the casing of its name. */
export function tagOf(pool: JsonObject, name: string): string | undefined {
  const value = Object.entries(objectOr(pool.tags)).find(([key]) => key.toLowerCase() === name)?.[1];
  return typeof value === "string" ? value : undefined;
}

/** Tags without the operator's own. */
export function withoutOwnTags(tags: Json | undefined): JsonObject {
  return Object.fromEntries(Object.entries(objectOr(tags)).filter(([key]) => !key.toLowerCase().startsWith(PREFIX)));
}
