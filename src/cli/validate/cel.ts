import { Environment } from "@marcbachmann/cel-js";
import { crdSchema } from "../../api/crd-schema.generated.ts";
import type { CelRule, CrdSchema } from "../../api/crd-schema.ts";
import { isList, isObject, type Json } from "../../sessionpool/json.ts";
import { brief, onOnePath, type Path, type Problem } from "./problem.ts";

/** A rule that can be evaluated. */
interface CompiledRule extends CelRule {
  /** @throws Error when the rule cannot be evaluated on this value */
  readonly holds: (self: Json) => unknown;
}

/** The server's regular expressions are RE2 and its lowerAscii leaves É alone; the library's are not and does not, and cannot be replaced. */
const RENAMED: Readonly<Record<string, string>> = { matches: "matchesRe2", lowerAscii: "lowerOnlyAscii" };

/** What the API server's reason for a violation becomes in its message. */
const REASONS: Readonly<Record<string, string>> = {
  FieldValueRequired: "Required value: ",
  FieldValueForbidden: "Forbidden: ",
};

const environment = new Environment({ enableOptionalTypes: true })
  .registerVariable("self", "dyn")
  .registerFunction("string.matchesRe2(string): bool", (text: string, pattern: string) => re2(pattern).test(text))
  .registerFunction("string.lowerOnlyAscii(): string", (text: string) =>
    text.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase()),
  );

const expressions = new Map<string, RegExp>();
/** By the list of rules in the schema, which stays the same list when a schema is extended. */
const compiled = compileAll(crdSchema, new Map());

/**
 * The CEL rules that a value without nulls breaks. Rules on a value that is, or contains, one of the blocking problems are left out: they
 * may rely on what the schema says. Transition rules are left out too, since a file has no old object.
 */
export function* ruleProblems(
  value: Json,
  schema: CrdSchema,
  found: readonly Problem[],
  path: Path = [],
): Generator<Problem> {
  const blocked = found.some((problem) => problem.blocking && onOnePath(problem.path, path));
  for (const rule of blocked ? [] : rulesOf(schema)) {
    const message = violation(rule, value);
    if (message !== undefined) yield { path: [...path, ...steps(rule.fieldPath)], message };
  }
  const { items, properties = {}, additionalProperties } = schema;
  if (isList(value) && items)
    for (const [index, item] of value.entries()) yield* ruleProblems(item, items, found, [...path, index]);
  if (!isObject(value)) return;
  for (const [name, member] of Object.entries(value) as [string, Json][]) {
    const memberSchema = Object.hasOwn(properties, name) ? properties[name] : additionalProperties;
    if (memberSchema) yield* ruleProblems(member, memberSchema, found, [...path, name]);
  }
}

function violation(rule: CompiledRule, value: Json): string | undefined {
  try {
    if (rule.holds(value) === true) return undefined;
  } catch (error) {
    return `the rule ${rule.rule} cannot be evaluated: ${error instanceof Error ? error.message : String(error)}`;
  }
  const about = rule.fieldPath === undefined ? brief(value) : "";
  return `${REASONS[rule.reason ?? ""] ?? `Invalid value: ${about}`}${rule.message ?? `failed rule: ${rule.rule}`}`;
}

function rulesOf(schema: CrdSchema): readonly CompiledRule[] {
  const rules = schema["x-kubernetes-validations"] ?? [];
  const own = rules.length === 0 ? [] : compiled.get(rules);
  if (!own) throw new Error("a schema has rules that are not the CRD's");
  return own;
}

function compileAll(schema: CrdSchema, into: Map<readonly CelRule[], CompiledRule[]>): typeof into {
  const rules = schema["x-kubernetes-validations"];
  if (rules)
    into.set(
      rules,
      rules.filter(({ rule }) => !/\boldSelf\b/.test(rule)).map((rule) => compileRule(rule, schema)),
    );
  const { items, properties = {}, additionalProperties } = schema;
  for (const inner of [items, additionalProperties, ...Object.values(properties)]) if (inner) compileAll(inner, into);
  return into;
}

/**
 * Makes a rule of this schema ready.
 *
 * @throws Error when it is not CEL, or has functions that are not known here
 */
export function compileRule(rule: CelRule, schema: CrdSchema): CompiledRule {
  const text = rule.rule.replaceAll(/\.(matches|lowerAscii)\(/g, (_, name: string) => `.${RENAMED[name]}(`);
  const expression = environment.parse(text);
  const { valid, error } = expression.check();
  if (!valid) throw new Error(`the CRD's rule ${rule.rule} cannot be compiled: ${error?.message}`);
  return { ...rule, holds: (value) => expression({ self: celValue(value, schema) }) };
}

/** A JSON value as CEL sees it: integers are a type of their own. */
function celValue(value: Json, schema: CrdSchema | undefined): unknown {
  if (typeof value === "number") return schema?.type === "integer" ? BigInt(value) : value;
  if (isList(value)) return value.map((item) => celValue(item, schema?.items));
  if (!isObject(value)) return value;
  const members = (Object.entries(value) as [string, Json][]).map(
    ([name, member]) => [name, celValue(member, schema?.properties?.[name] ?? schema?.additionalProperties)] as const,
  );
  // People choose the keys of a map: of an object the library takes `constructor` for its class.
  return schema?.additionalProperties ? new Map(members) : Object.fromEntries(members);
}

/** An expression of RE2 as JavaScript's: flags stand before the expression, and letters are code points. */
function re2(pattern: string): RegExp {
  let expression = expressions.get(pattern);
  if (!expression) {
    const [prefix = "", flags = ""] = /^\(\?([ims]+)\)/.exec(pattern) ?? [];
    expression = new RegExp(pattern.slice(prefix.length), `${flags}u`);
    expressions.set(pattern, expression);
  }
  return expression;
}

/** The steps of a rule's fieldPath, such as `.scaleConfiguration.readySessionInstances`. */
function steps(fieldPath = ""): Path {
  return fieldPath.split(".").slice(1);
}
