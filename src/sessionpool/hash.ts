import { createHash, createHmac } from "node:crypto";
import { type Json, isList, isObject } from "./json.ts";

/** SHA-256 of a JSON value, in base64url, cut to `characters` (6 bits each). The order of members does not count. */
export function digest(value: Json, characters: number): string {
  return createHash("sha256").update(canonical(value)).digest("base64url").slice(0, characters);
}

/** HMAC-SHA-256 of a JSON value, in base64url. Without the key nobody can test a guess of the value. */
export function keyedDigest(key: Uint8Array, value: Json): string {
  return createHmac("sha256", key).update(canonical(value)).digest("base64url");
}

/** JSON with sorted members, so that equal values have equal texts. */
function canonical(value: Json): string {
  return JSON.stringify(value, (_key, member: unknown) =>
    isObject(member) && !isList(member)
      ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)))
      : member,
  );
}
