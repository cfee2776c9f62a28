import type { CrdSchema } from "../../api/crd-schema.ts";
import type { Path, Problem } from "./finding.ts";

type Object = Readonly<Record<string, unknown>>;

const INT32 = 2_147_483_647;

/** The value as the API server stores it: nulls of nullable fields are left out before anything else is looked at. */
export function withoutNullable(schema: CrdSchema, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((entry) => withoutNullable(schema.items ?? {}, entry));
  if (!isPlain(value)) return value;
  const result: Record<string, unknown> = {};
  for (const [key, member] of Object.entries(value)) {
    const of = schema.properties?.[key] ?? schema.additionalProperties;
    if (member === null && of?.nullable === true) continue;
    result[key] = of ? withoutNullable(of, member) : member;
  }
  return result;
}

/** What of the schema a value breaks, as the API server checks it with strict field validation: CEL rules are looked at elsewhere. */
export function schemaProblems(schema: CrdSchema, value: unknown, path: Path): readonly Problem[] {
  const problem = (message: string): readonly Problem[] => [{ path, message }];
  if (schema.type === undefined) return [];
  if (!hasType(schema.type, value)) {
    const article = /^[aeio]/.test(schema.type) ? "an" : "a";
    return problem(`must be ${article} ${schema.type}, not ${kindOf(value)}`);
  }
  const allowed = schema.enum ?? schema.anyOf?.flatMap((alternative) => alternative.enum);
  if (allowed && !allowed.includes(String(value)))
    return problem(`"${String(value)}" is not supported: ${allowed.map((name) => `"${name}"`).join(", ")}`);
  if (typeof value === "number") return problemsOfNumber(schema, value, path);
  if (typeof value === "string") return problemsOfString(schema, value, path);
  if (Array.isArray(value)) return problemsOfList(schema, value, path);
  return isPlain(value) ? problemsOfObject(schema, value, path) : [];
}

/** Whether a value is a JSON object. */
export function isPlain(value: unknown): value is Object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function problemsOfNumber(schema: CrdSchema, value: number, path: Path): readonly Problem[] {
  const { minimum = Number.NEGATIVE_INFINITY, maximum = Number.POSITIVE_INFINITY, exclusiveMinimum } = schema;
  if (schema.format === "int32" && Math.abs(value) > INT32) return [{ path, message: `must be at most ${INT32}` }];
  if (value < minimum || (exclusiveMinimum === true && value === minimum))
    return [{ path, message: `must be ${exclusiveMinimum === true ? "more than" : "at least"} ${minimum}` }];
  return value > maximum ? [{ path, message: `must be at most ${maximum}` }] : [];
}

function problemsOfString(schema: CrdSchema, value: string, path: Path): readonly Problem[] {
  // Lengths count characters, as the API server does.
  const { length } = Array.from(value);
  if (length < (schema.minLength ?? 0)) return [{ path, message: `must have at least ${schema.minLength} characters` }];
  if (length > (schema.maxLength ?? Number.POSITIVE_INFINITY))
    return [{ path, message: `may not be more than ${schema.maxLength} characters` }];
  return [];
}

function problemsOfList(schema: CrdSchema, value: readonly unknown[], path: Path): readonly Problem[] {
  const problems: Problem[] = [];
  if (value.length < (schema.minItems ?? 0))
    problems.push({ path, message: `must have at least ${schema.minItems} items` });
  if (value.length > (schema.maxItems ?? Number.POSITIVE_INFINITY))
    problems.push({ path, message: `must have at most ${schema.maxItems} items` });
  problems.push(...value.flatMap((entry, index) => schemaProblems(schema.items ?? {}, entry, [...path, index])));
  if (schema["x-kubernetes-list-type"] === "atomic") return problems;
  const [keyName] = schema["x-kubernetes-list-map-keys"] ?? [];
  const seen = new Set<unknown>();
  for (const [index, entry] of value.entries()) {
    const key = keyName !== undefined && isPlain(entry) ? entry[keyName] : entry;
    if (seen.has(key)) problems.push({ path: [...path, index], message: `is there twice: "${String(key)}"` });
    seen.add(key);
  }
  return problems;
}

function problemsOfObject(schema: CrdSchema, value: Object, path: Path): readonly Problem[] {
  const problems: Problem[] = [];
  for (const name of schema.required ?? [])
    if (value[name] === undefined) problems.push({ path: [...path, name], message: "is required" });
  if (Object.keys(value).length > (schema.maxProperties ?? Number.POSITIVE_INFINITY))
    problems.push({ path, message: `must have at most ${schema.maxProperties} items` });
  for (const [key, member] of Object.entries(value)) {
    const of = schema.properties?.[key] ?? schema.additionalProperties;
    if (of) problems.push(...schemaProblems(of, member, [...path, key]));
    else if (schema.properties)
      problems.push({ path: [...path, key], message: `unknown field${nearest(key, schema.properties)}` });
  }
  return problems;
}

/** A field that differs in casing or by a letter or two is probably the one that was meant. */
function nearest(key: string, properties: Readonly<Record<string, CrdSchema>>): string {
  const same = Object.keys(properties).find((name) => name.toLowerCase() === key.toLowerCase());
  return same === undefined ? "; `kubectl explain` lists those that there are" : `; is ${same} meant?`;
}

function hasType(type: string, value: unknown): boolean {
  switch (type) {
    case "integer":
      return typeof value === "number" && Number.isInteger(value);
    case "number":
      return typeof value === "number";
    case "array":
      return Array.isArray(value);
    case "object":
      return isPlain(value);
    default:
      return typeof value === type;
  }
}

function kindOf(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  return typeof value === "string" ? `the text "${value}"` : isPlain(value) ? "an object" : JSON.stringify(value);
}
