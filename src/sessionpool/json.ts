/** A JSON value; ARM bodies are handled raw, so that fields nobody here knows survive. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json | undefined;
}
/** A JSON object under construction. */
export type MutableJson = Record<string, Json | undefined>;

/** Whether `value` is a JSON object (not null, not a list). */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Whether `value` is a list. */
export function isList(value: unknown): value is readonly Json[] {
  return Array.isArray(value);
}

/** The object at `value`, or an empty one. */
export function objectOr(value: unknown): JsonObject {
  return isObject(value) ? value : {};
}

/** Whether a value says nothing: ARM returns null, [] and absence for the same thing (azure-session-pools §3.3). */
export function isEmpty(value: Json | undefined): boolean {
  return (
    value === undefined ||
    value === null ||
    (isList(value) ? value.length === 0 : isObject(value) && Object.values(value).every(isEmpty))
  );
}

/** A deep copy without null members: a pasted null means "left out". Lists keep their length. */
export function withoutNulls(value: Json): Json {
  if (isList(value)) return value.map((entry) => withoutNulls(entry));
  if (!isObject(value)) return value;
  const result: MutableJson = {};
  for (const [key, member] of Object.entries(value)) {
    if (member !== undefined && member !== null) result[key] = withoutNulls(member);
  }
  return result;
}

/** Appends one reference token to a JSON pointer (RFC 6901). */
export function pointer(base: string, token: string | number): string {
  return `${base}/${String(token).replaceAll("~", "~0").replaceAll("/", "~1")}`;
}

/** Deep equality of JSON values; members that are undefined count as absent, the order of members does not count. */
export function sameJson(a: Json | undefined, b: Json | undefined): boolean {
  if (a === b) return true;
  if (isList(a) && isList(b)) return a.length === b.length && a.every((entry, index) => sameJson(entry, b[index]));
  if (isObject(a) && isObject(b))
    return [...new Set([...Object.keys(a), ...Object.keys(b)])].every((key) => sameJson(a[key], b[key]));
  return false;
}
