import { digest } from "./hash.ts";
import { type Json, type JsonObject, isEmpty, isList, isObject, objectOr, pointer } from "./json.ts";
import { normalize } from "./normalize.ts";
import { FIELDS_TAGS, MAX_TAG_VALUE, tagOf } from "./own-tags.ts";
import { CASELESS_MAPS, LIST_KEYS, MERGED_ENTRIES, NEVER_TAKEN_OUT, OWNED_WHOLE } from "./ownership-rules.ts";

/** A part of a body that a user can set, or take out of the spec again. */
export interface OptionalField {
  /** Its pointer with names in place of list indexes, in one casing: the same part has the same id in both bodies. */
  readonly id: string;
  /** Its JSON pointer into the body that it was found in. */
  readonly path: string;
  readonly value: Json;
}

/** 48 bits: among 50 foreign tags, one that looks like ours by chance comes once in 10^11 pools. */
const HASH_CHARACTERS = 8;

/**
 * The optional parts that a body sets: what merges is looked into, what is one value (a list, an identity) is one part.
 *
 * @param body normalised
 */
function optionalFields(body: JsonObject): readonly OptionalField[] {
  const found: OptionalField[] = [];
  collect(found, body, { id: "", path: "", pattern: "" });
  return found;
}

/** Tags that say which optional parts a PUT set, so that one that the user takes out later is told from what others put there. */
export function fieldsTags(desired: JsonObject): Readonly<Record<string, string>> {
  const hashes = optionalFields(normalize(desired, "desired"))
    .map(({ id }) => hashOf(id))
    .sort();
  const perTag = MAX_TAG_VALUE / HASH_CHARACTERS;
  const values = FIELDS_TAGS.map((tag, index) => [tag, hashes.slice(index * perTag, (index + 1) * perTag).join("")]);
  return Object.fromEntries(values.filter(([, value]) => value !== ""));
}

/**
 * What our last PUT set, the user has since taken out, and Azure still has.
 *
 * @param desired the body made from the resource
 * @param pool the pool as ARM returned it
 */
export function takenOut(desired: JsonObject, pool: JsonObject): readonly OptionalField[] {
  const sent = new Set(FIELDS_TAGS.flatMap((tag) => tagOf(pool, tag)?.match(/.{8}/g) ?? []));
  const wanted = new Set(optionalFields(normalize(desired, "desired")).map(({ id }) => id));
  return optionalFields(normalize(pool, "observed")).filter(({ id }) => !wanted.has(id) && sent.has(hashOf(id)));
}

function hashOf(id: string): string {
  return digest(id, HASH_CHARACTERS);
}

interface Place {
  readonly id: string;
  readonly path: string;
  readonly pattern: string;
}

function collect(found: OptionalField[], value: Json, at: Place): void {
  if (isEmpty(value) || NEVER_TAKEN_OUT.includes(at.pattern)) return;
  if (isObject(value) && !OWNED_WHOLE.includes(at.pattern)) {
    const caseless = CASELESS_MAPS.includes(at.pattern);
    for (const [key, member] of Object.entries(value)) {
      if (member === undefined) continue;
      collect(found, member, {
        id: pointer(at.id, caseless ? key.toLowerCase() : key),
        path: pointer(at.path, key),
        pattern: pointer(at.pattern, caseless ? "*" : key),
      });
    }
  } else if (isList(value) && MERGED_ENTRIES.includes(at.pattern)) {
    for (const [index, entry] of value.entries()) {
      const name = objectOr(entry)[LIST_KEYS[at.pattern] ?? ""];
      collect(found, entry, {
        id: pointer(at.id, typeof name === "string" ? name : index),
        path: pointer(at.path, index),
        pattern: pointer(at.pattern, "*"),
      });
    }
  } else if (!isNoIdentity(at.pattern, value)) found.push({ id: at.id, path: at.path, value });
}

/** A pool without identities says so in a value (azure-session-pools §3.3). */
function isNoIdentity(pattern: string, value: Json): boolean {
  return pattern === "/identity" && objectOr(value).type === "None";
}
