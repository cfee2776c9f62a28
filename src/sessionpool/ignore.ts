import {
  type Json,
  type JsonObject,
  type MutableJson,
  isList,
  isObject,
  lowerText,
  objectOr,
  tokensOf,
} from "./json.ts";
import { CASELESS_MAPS, LIST_KEYS } from "./ownership-rules.ts";

/**
 * The desired body with Azure's values where spec.policy.ignore says so: then nothing differs there, and a PUT carries what is there.
 *
 * @param desired the body made from the resource
 * @param pool the pool as ARM returned it
 * @param ignore JSON pointers into the body (a list entry by its index in `desired`), or names of tags
 */
export function withIgnored(desired: JsonObject, pool: JsonObject, ignore: readonly string[]): JsonObject {
  let result = desired;
  for (const entry of ignore) {
    const tokens = entry.startsWith("/") ? tokensOf(entry) : ["tags", entry];
    result = objectOr(adopt(result, pool, tokens, ""));
  }
  return result;
}

/** `desired` with the part at `tokens` as it is in `live`; without it when `live` has none. */
function adopt(desired: Json | undefined, live: Json | undefined, tokens: readonly string[], pattern: string): Json {
  const [token = "", ...rest] = tokens;
  if (isList(desired)) {
    const index = Number(token);
    const entry = desired[index];
    if (entry === undefined) return desired;
    const other = counterpart(entry, index, isList(live) ? live : [], LIST_KEYS[pattern]);
    // An entry that Azure does not have is the user's to add.
    if (other === undefined) return desired;
    return desired.with(index, rest.length === 0 ? other : adopt(entry, other, rest, `${pattern}/*`));
  }
  const result: MutableJson = { ...objectOr(desired) };
  const caseless = CASELESS_MAPS.includes(pattern);
  const keyIn = (object: JsonObject): string | undefined =>
    Object.keys(object).find((key) => key === token || (caseless && key.toLowerCase() === token.toLowerCase()));
  const liveKey = keyIn(objectOr(live));
  const liveValue = liveKey === undefined ? undefined : (objectOr(live)[liveKey] ?? undefined);
  const own = keyIn(result) ?? liveKey ?? token;
  if (rest.length > 0) {
    // Neither side has anything there.
    if (result[own] === undefined && liveValue === undefined) return result;
    result[own] = adopt(result[own], liveValue, rest, `${pattern}/${token}`);
    return result;
  }
  delete result[own];
  if (liveKey !== undefined && liveValue !== undefined) result[liveKey] = liveValue;
  return result;
}

function counterpart(entry: Json, index: number, live: readonly Json[], keyName: string | undefined): Json | undefined {
  if (keyName === undefined) return live[index];
  return live.find(
    (other) => isObject(entry) && isObject(other) && lowerText(other[keyName]) === lowerText(entry[keyName]),
  );
}
