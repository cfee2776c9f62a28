import type { CelRule, CrdSchema } from "../../api/crd-schema.ts";
import { keeps, rulesOf } from "./cel.ts";
import type { Path, Problem } from "./finding.ts";
import { isPlain } from "./schema.ts";

/** The CRD's CEL rules that a value breaks. The value must fit the schema: the API server asks the rules only then. */
export function ruleProblems(schema: CrdSchema, value: unknown, path: Path): readonly Problem[] {
  return [...own(schema, value, path), ...ofMembers(schema, value, path)];
}

function own(schema: CrdSchema, value: unknown, path: Path): readonly Problem[] {
  const rules = rulesOf(schema);
  if (rules.length === 0) return [];
  const self = forCel(schema, value);
  return rules.flatMap((rule) =>
    holds(rule, self) ? [] : [{ path: [...path, ...stepsOf(rule.fieldPath)], message: rule.message ?? rule.rule }],
  );
}

function ofMembers(schema: CrdSchema, value: unknown, path: Path): readonly Problem[] {
  if (Array.isArray(value))
    return value.flatMap((entry, index) => ruleProblems(schema.items ?? {}, entry, [...path, index]));
  if (!isPlain(value)) return [];
  return Object.entries(value).flatMap(([key, member]) => {
    const of = schema.properties?.[key] ?? schema.additionalProperties;
    return of ? ruleProblems(of, member, [...path, key]) : [];
  });
}

/** A rule that cannot be evaluated is broken, as it is for the API server. */
function holds(rule: CelRule, self: unknown): boolean {
  try {
    return keeps(rule, self);
  } catch {
    return false;
  }
}

function stepsOf(fieldPath: string | undefined): Path {
  return fieldPath?.split(".").filter((step) => step !== "") ?? [];
}

/** CEL tells integers from other numbers. */
function forCel(schema: CrdSchema, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((entry) => forCel(schema.items ?? {}, entry));
  if (isPlain(value)) {
    const members = Object.entries(value).map(([key, member]) => {
      const of = schema.properties?.[key] ?? schema.additionalProperties ?? {};
      return [key, forCel(of, member)] as const;
    });
    return Object.fromEntries(members);
  }
  return schema.type === "integer" && typeof value === "number" ? BigInt(value) : value;
}
