import type { CrdSchema } from "../../api/crd-schema.ts";
import { isList, isObject, type Json } from "../../sessionpool/json.ts";
import { brief, type Path, type Problem, unknownField, TAKE_QUOTES_AWAY } from "./problem.ts";

/** Members that the schema does not have; the API server refuses them under strict field validation. */
export function* unknownFields(value: unknown, schema: CrdSchema, path: Path = []): Generator<Problem> {
  if (isList(value)) {
    const { items } = schema;
    if (items) for (const [index, item] of value.entries()) yield* unknownFields(item, items, [...path, index]);
    return;
  }
  if (!isObject(value) || schema.type !== "object") return;
  const known = Object.keys(schema.properties ?? {});
  for (const [name, member] of Object.entries(value)) {
    const memberSchema = known.includes(name) ? schema.properties?.[name] : schema.additionalProperties;
    if (memberSchema) yield* unknownFields(member, memberSchema, [...path, name]);
    else yield { path: [...path, name], message: unknownField(advice(name, known)) };
  }
}

/** What a value without nulls breaks of the schema's types and bounds; CEL rules and unknown fields are looked at elsewhere. */
export function* shapeProblems(value: Json, schema: CrdSchema, path: Path = []): Generator<Problem> {
  const { type } = schema;
  if (type !== undefined && !hasType(value, type)) {
    const quoted = type === "integer" && typeof value === "string" && /^\d+$/.test(value);
    const quotes =
      type === "string" && typeof value !== "object" ? "; put it in quotes" : quoted ? TAKE_QUOTES_AWAY : "";
    yield { path, message: `Invalid value: "${typeOf(value)}": must be of type ${type}${quotes}`, blocking: true };
    return;
  }
  const values = schema.enum ?? schema.anyOf?.flatMap((alternative) => alternative.enum);
  if (values && !(values as readonly unknown[]).includes(value)) {
    const supported = values.map((supportedValue) => JSON.stringify(supportedValue)).join(", ");
    yield { path, message: `Unsupported value: ${brief(value)}supported values: ${supported}`, blocking: true };
  }
  if (typeof value === "number") yield* numberProblems(value, schema, path);
  else if (typeof value === "string") yield* stringProblems(value, schema, path);
  else if (isList(value)) yield* listProblems(value, schema, path);
  else if (isObject(value)) {
    const members = Object.entries(value) as [string, Json][];
    const { maxProperties, properties = {}, additionalProperties } = schema;
    for (const name of schema.required ?? [])
      if (!Object.hasOwn(value, name))
        yield { path: [...path, name], message: "Required value: set it", blocking: true };
    // Members that the schema does not have are dropped, and said to be unknown.
    if (additionalProperties && maxProperties !== undefined && members.length > maxProperties)
      yield { path, message: tooMany(members.length, maxProperties), blocking: true };
    for (const [name, member] of members) {
      const memberSchema = Object.hasOwn(properties, name) ? properties[name] : additionalProperties;
      if (memberSchema) yield* shapeProblems(member, memberSchema, [...path, name]);
    }
  }
}

function* numberProblems(value: number, schema: CrdSchema, path: Path): Generator<Problem> {
  const { minimum, exclusiveMinimum, maximum } = schema;
  const invalid = (bound: string): Problem => ({ path, message: `Invalid value: ${value}: should be ${bound}` });
  if (minimum !== undefined && exclusiveMinimum && value <= minimum) yield invalid(`greater than ${minimum}`);
  else if (minimum !== undefined && value < minimum) yield invalid(`greater than or equal to ${minimum}`);
  if (maximum !== undefined && value > maximum) yield invalid(`less than or equal to ${maximum}`);
}

function* stringProblems(value: string, schema: CrdSchema, path: Path): Generator<Problem> {
  const { minLength = 0, maxLength = Infinity, pattern } = schema;
  // The server counts code points.
  const length = Array.from(value).length;
  if (length < minLength)
    yield { path, message: `Invalid value: ${brief(value)}should be at least ${minLength} chars long` };
  if (length > maxLength)
    yield {
      path,
      message: `Too long: may not be more than ${maxLength} characters, and has ${length}`,
      blocking: true,
    };
  if (pattern !== undefined && !new RegExp(pattern, "u").test(value))
    yield { path, message: `Invalid value: ${brief(value)}should match '${pattern}'` };
}

function* listProblems(list: readonly Json[], schema: CrdSchema, path: Path): Generator<Problem> {
  const { minItems = 0, maxItems = Infinity, items } = schema;
  if (list.length < minItems)
    yield { path, message: `Invalid value: ${list.length}: should have at least ${minItems} items` };
  if (list.length > maxItems) yield { path, message: tooMany(list.length, maxItems), blocking: true };
  if (items) for (const [index, item] of list.entries()) yield* shapeProblems(item, items, [...path, index]);
  const keys = schema["x-kubernetes-list-map-keys"] ?? [];
  const isSet = schema["x-kubernetes-list-type"] === "set";
  const seen = new Map<string, number>();
  for (const [index, item] of keys.length > 0 || isSet ? list.entries() : []) {
    if (!isObject(item) && !isSet) continue;
    const key = JSON.stringify(isObject(item) ? Object.fromEntries(keys.map((name) => [name, item[name]])) : item);
    const count = (seen.get(key) ?? 0) + 1;
    seen.set(key, count);
    // Once for a key, as the server does.
    if (count === 2) yield { path: [...path, index], message: `Duplicate value: ${key}; remove or rename one of them` };
  }
}

function hasType(value: Json, type: string): boolean {
  const actual = typeOf(value);
  return actual === type || (actual === "integer" && type === "number");
}

/** The value's type in the words of OpenAPI; a number without a fraction is an integer, however it is written. */
function typeOf(value: Json): string {
  if (value === null) return "null";
  if (isList(value)) return "array";
  if (typeof value !== "number") return typeof value;
  if (!Number.isFinite(value)) return "not a JSON number";
  return Number.isInteger(value) ? "integer" : "number";
}

function tooMany(count: number, most: number): string {
  return `Too many: ${count}: must have at most ${most} items`;
}

function advice(name: string, known: readonly string[]): string {
  const near = known.find((other) => distance(name.toLowerCase(), other.toLowerCase()) <= 2);
  return near === undefined ? "; remove it, or correct its name or place" : `; did you mean ${near}?`;
}

/** How many letters one must add, drop or replace to come from one word to the other (Levenshtein). */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (const [line, letter] of a.split("").entries()) {
    const next = [line + 1];
    for (const [column, other] of b.split("").entries()) {
      const replaced = (row[column] ?? 0) + (letter === other ? 0 : 1);
      next.push(Math.min(replaced, (row[column + 1] ?? 0) + 1, (next[column] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
