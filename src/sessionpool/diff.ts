import { digest } from "./hash.ts";
import { type Json, type JsonObject, isEmpty, isList, isObject, pointer, sameJson, valueAt } from "./json.ts";
import { NORMALIZATION, type NormalizationRow, normalize, shownForm } from "./normalize.ts";
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
 * Directed comparison: only what the user set is compared, after both sides went through the normalisation table. Values are reported as the
 * two bodies have them.
 *
 * @param desired the body made from the resource
 * @param observed the pool as ARM returned it
 */
export function diff(
  desired: JsonObject,
  observed: JsonObject,
  rows: readonly NormalizationRow[] = NORMALIZATION,
): readonly Change[] {
  const found: Found[] = [];
  compareObjects(
    found,
    { path: "", observedPath: "", pattern: "" },
    normalize(desired, "desired", observed, rows),
    normalize(observed, "observed", desired, rows),
  );
  if (found.length === 0) return [];
  const asked = shownForm(desired, "desired", rows);
  const had = shownForm(observed, "observed", rows);
  return found.map(({ at, desired: wanted, observed: live }) => ({
    path: at.path,
    ...(wanted === undefined ? {} : { desired: valueAt(asked, at.path) ?? wanted }),
    ...(live === undefined ? {} : { observed: valueAt(had, at.observedPath) ?? live }),
  }));
}

/** Whether two changes are the same difference. */
export function sameChange(a: Change, b: Change): boolean {
  return a.path === b.path && sameJson(a.desired, b.desired) && sameJson(a.observed, b.observed);
}

/** How a change is written into status and messages; the one place where more can be taken out of it. */
export type Show = (change: Change) => Change;

/** Longest value, as JSON, that is shown as it is. */
const MAX_SHOWN = 512;
const HASH_CHARACTERS = 16;

/** The change as status and messages have it: a long value by its length and hash, so that the same value looks the same again. */
export function shownChange(change: Change): Change {
  const { path, desired, observed } = change;
  return {
    path,
    ...(desired === undefined ? {} : { desired: shortened(desired) }),
    ...(observed === undefined ? {} : { observed: shortened(observed) }),
  };
}

function shortened(value: Json): Json {
  const text = JSON.stringify(value);
  return text.length <= MAX_SHOWN ? value : `(${text.length} characters, SHA-256 ${digest(value, HASH_CHARACTERS)})`;
}

/** A place in both bodies. */
interface Place {
  /** JSON pointer into the desired body; into the observed one for what only that has. */
  readonly path: string;
  /** JSON pointer into the observed body. */
  readonly observedPath: string;
  /** `path` with `*` for list indexes. */
  readonly pattern: string;
}

/** A difference between the normalised bodies. */
interface Found {
  readonly at: Place;
  readonly desired: Json | undefined;
  readonly observed: Json | undefined;
}

function compare(found: Found[], at: Place, desired: Json, observed: Json | undefined): void {
  if (isList(desired)) compareLists(found, at, desired, isList(observed) ? observed : []);
  else if (isObject(desired) && (isObject(observed) || observed === undefined))
    compareObjects(found, at, desired, observed ?? {});
  else if (!sameJson(desired, observed)) found.push({ at, desired, observed });
}

function compareObjects(found: Found[], at: Place, desired: JsonObject, observed: JsonObject): void {
  const caseless = CASELESS_MAPS.includes(at.pattern);
  const matched = new Set<string>();
  for (const [key, value] of Object.entries(desired)) {
    if (value === undefined || value === null) continue;
    const name = caseless
      ? (Object.keys(observed).find((other) => other.toLowerCase() === key.toLowerCase()) ?? key)
      : key;
    matched.add(name);
    // Most are equal, and need no place: a resource at rest is compared for as long as it lives.
    if (typeof value !== "object" && value === observed[name]) continue;
    const member = {
      path: pointer(at.path, key),
      observedPath: pointer(at.observedPath, name),
      pattern: pointer(at.pattern, key),
    };
    // The presence of a map's key is all there is to an empty value, such as an assigned identity.
    if (caseless && isEmpty(value) && observed[name] === undefined)
      found.push({ at: member, desired: value, observed: undefined });
    else compare(found, member, value, observed[name]);
  }
  const owned = OWNED_WHOLE.includes(at.pattern) ? Object.keys(observed) : (OWNED_LISTS_OF_ENTRIES[at.pattern] ?? []);
  for (const key of owned) {
    const value = observed[key];
    const extra = {
      path: pointer(at.path, key),
      observedPath: pointer(at.observedPath, key),
      pattern: pointer(at.pattern, key),
    };
    if (!matched.has(key) && (caseless ? value !== undefined : !isEmpty(value)))
      found.push({ at: extra, desired: undefined, observed: value });
  }
}

function compareLists(found: Found[], at: Place, desired: readonly Json[], observed: readonly Json[]): void {
  const keyName = LIST_KEYS[at.pattern];
  if (keyName === undefined) {
    if (!sameJson(desired, observed)) found.push({ at, desired, observed });
    return;
  }
  const entries = (list: readonly Json[]): readonly Entry[] =>
    // A row of the table leaves null where an entry does not count, so that indexes stay what they are.
    list.flatMap((entry, index) => (isObject(entry) ? [{ key: entry[keyName] ?? null, entry, index }] : []));
  const place = (mine: Entry, theirs: Entry): Place => ({
    path: pointer(at.path, mine.index),
    observedPath: pointer(at.observedPath, theirs.index),
    pattern: pointer(at.pattern, "*"),
  });
  const inAzure = new Map(entries(observed).map((entry) => [entry.key, entry]));
  const missing: Entry[] = [];
  for (const mine of entries(desired)) {
    const theirs = inAzure.get(mine.key);
    inAzure.delete(mine.key);
    if (theirs) compare(found, place(mine, theirs), mine.entry, theirs.entry);
    else missing.push(mine);
  }
  for (const mine of missing) {
    // An entry that differs in its key alone was renamed: one difference, not two.
    const renamed = [...inAzure.values()].find((theirs) => {
      const rest: Found[] = [];
      compare(rest, place(mine, theirs), { ...mine.entry, [keyName]: theirs.key }, theirs.entry);
      return rest.length === 0;
    });
    if (renamed) {
      inAzure.delete(renamed.key);
      const { path, observedPath, pattern } = place(mine, renamed);
      const key = {
        path: pointer(path, keyName),
        observedPath: pointer(observedPath, keyName),
        pattern: pointer(pattern, keyName),
      };
      found.push({ at: key, desired: mine.key, observed: renamed.key });
    } else found.push({ at: place(mine, mine), desired: mine.entry, observed: undefined });
  }
  for (const theirs of inAzure.values())
    found.push({ at: place(theirs, theirs), desired: undefined, observed: theirs.entry });
}

/** An entry of a list whose entries are told apart by a member. */
interface Entry {
  readonly key: Json;
  readonly entry: JsonObject;
  readonly index: number;
}
