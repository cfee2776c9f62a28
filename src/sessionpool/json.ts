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
    (isList(value) ? value.every((entry) => entry === null) : isObject(value) && Object.values(value).every(isEmpty))
  );
}

/** A deep copy, in a fraction of the time that structuredClone takes. */
export function copied(value: Json): Json {
  return copy(value, false);
}

/** A deep copy without null members: a pasted null means "left out". Lists keep their length. */
export function withoutNulls(value: Json): Json {
  return copy(value, true);
}

function copy(value: Json, dropsNulls: boolean): Json {
  if (isList(value)) return value.map((entry) => copy(entry, dropsNulls));
  if (!isObject(value)) return value;
  // Spread, so that a member `__proto__` is one like any other.
  const result: MutableJson = { ...value };
  for (const key of Object.keys(result)) {
    const member = result[key];
    if (typeof member === "object" && member !== null) result[key] = copy(member, dropsNulls);
    else if (dropsNulls && (member === undefined || member === null)) delete result[key];
  }
  return result;
}

/** Appends one reference token to a JSON pointer (RFC 6901). */
export function pointer(base: string, token: string | number): string {
  const text = String(token);
  return `${base}/${/[~/]/.test(text) ? text.replaceAll("~", "~0").replaceAll("/", "~1") : text}`;
}

/** A text in lower case; empty for anything else. */
export function lowerText(value: Json | undefined): string {
  return typeof value === "string" ? value.toLowerCase() : "";
}

/** A value as a message shows it. */
export function show(value: Json | undefined): string {
  return value === undefined ? "absent" : JSON.stringify(value);
}

/** The reference tokens of a JSON pointer (RFC 6901). */
export function tokensOf(path: string): readonly string[] {
  return path
    .split("/")
    .slice(1)
    .map((token) => token.replaceAll("~1", "/").replaceAll("~0", "~"));
}

/** The value at a JSON pointer, if there is one. */
export function valueAt(value: Json, path: string): Json | undefined {
  let at: Json | undefined = value;
  for (const token of tokensOf(path)) at = isList(at) ? at[Number(token)] : objectOr(at)[token];
  return at;
}

/** Deep equality of JSON values; members that are undefined count as absent, the order of members does not count. */
export function sameJson(a: Json | undefined, b: Json | undefined): boolean {
  if (a === b) return true;
  if (isList(a) && isList(b)) return a.length === b.length && a.every((entry, index) => sameJson(entry, b[index]));
  if (isObject(a) && isObject(b))
    return [...new Set([...Object.keys(a), ...Object.keys(b)])].every((key) => sameJson(a[key], b[key]));
  return false;
}
