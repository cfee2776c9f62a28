import { type Json, type JsonObject, isEmpty, isList, isObject, pointer, sameJson } from "./json.ts";
import { type NormalizationRow, normalize } from "./normalize.ts";
import { CASELESS_MAPS, LIST_KEYS, OWNED_LISTS_OF_ENTRIES, OWNED_WHOLE } from "./ownership-rules.ts";

/** One difference between what the resource asks for and what Azure has. Secret values are never in it. */
export interface Change {
  /** JSON pointer (RFC 6901) into the ARM body; the index of a list entry is that of the side that has the entry, desired first. */
  readonly path: string;
  /** Absent when Azure has something that the user removed. */
  readonly desired?: Json;
  /** Absent when Azure does not have it. */
  readonly observed?: Json;
}

/**
 * Directed comparison: only what the user set is compared, after both sides went through the normalisation table.
 *
 * @param desired the body made from the resource
 * @param observed the pool as ARM returned it
 */
export function diff(desired: JsonObject, observed: JsonObject, rows?: readonly NormalizationRow[]): readonly Change[] {
  const changes: Change[] = [];
  compareObjects(changes, "", "", normalize(desired, "desired", rows), normalize(observed, "observed", rows));
  return changes;
}

/** Whether two changes are the same difference. */
export function sameChange(a: Change, b: Change): boolean {
  return a.path === b.path && sameJson(a.desired, b.desired) && sameJson(a.observed, b.observed);
}

/** @param pattern `path` with `*` for list indexes */
function compare(changes: Change[], path: string, pattern: string, desired: Json, observed: Json | undefined): void {
  if (isList(desired)) compareLists(changes, path, pattern, desired, isList(observed) ? observed : []);
  else if (isObject(desired) && (isObject(observed) || observed === undefined)) {
    compareObjects(changes, path, pattern, desired, observed ?? {});
  } else if (!sameJson(desired, observed)) changes.push(change(path, desired, observed));
}

function compareObjects(
  changes: Change[],
  path: string,
  pattern: string,
  desired: JsonObject,
  observed: JsonObject,
): void {
  const caseless = CASELESS_MAPS.includes(pattern);
  const matched = new Set<string>();
  for (const [key, value] of Object.entries(desired)) {
    if (value === undefined || value === null) continue;
    const name = caseless
      ? (Object.keys(observed).find((other) => other.toLowerCase() === key.toLowerCase()) ?? key)
      : key;
    matched.add(name);
    // The presence of a map's key is all there is to an empty value, such as an assigned identity.
    if (caseless && isEmpty(value) && observed[name] === undefined)
      changes.push(change(pointer(path, key), value, undefined));
    else compare(changes, pointer(path, key), pointer(pattern, key), value, observed[name]);
  }
  const owned = OWNED_WHOLE.includes(pattern) ? Object.keys(observed) : (OWNED_LISTS_OF_ENTRIES[pattern] ?? []);
  for (const key of owned) {
    const value = observed[key];
    if (!matched.has(key) && (caseless ? value !== undefined : !isEmpty(value)))
      changes.push(change(pointer(path, key), undefined, value));
  }
}

function compareLists(
  changes: Change[],
  path: string,
  pattern: string,
  desired: readonly Json[],
  observed: readonly Json[],
): void {
  const keyName = LIST_KEYS[pattern];
  if (keyName === undefined) {
    if (!sameJson(desired, observed)) changes.push(change(path, desired, observed));
    return;
  }
  const keyOf = (entry: Json): Json | undefined => (isObject(entry) ? entry[keyName] : undefined);
  const inAzure = new Map(observed.map((entry) => [keyOf(entry), entry]));
  for (const [index, entry] of desired.entries()) {
    const other = inAzure.get(keyOf(entry));
    inAzure.delete(keyOf(entry));
    if (other === undefined) changes.push(change(pointer(path, index), entry, undefined));
    else compare(changes, pointer(path, index), pointer(pattern, "*"), entry, other);
  }
  for (const [index, entry] of observed.entries()) {
    if (inAzure.has(keyOf(entry))) changes.push(change(pointer(path, index), undefined, entry));
  }
}

function change(path: string, desired: Json | undefined, observed: Json | undefined): Change {
  return { path, ...(desired === undefined ? {} : { desired }), ...(observed === undefined ? {} : { observed }) };
}
