import { Environment } from "@marcbachmann/cel-js";
import type { CelRule, CrdSchema } from "../../api/crd-schema.ts";

/** Whether a value keeps a rule. */
type Check = (self: unknown) => boolean;

const environment = new Environment({ enableOptionalTypes: true, unlistedVariablesAreDyn: true })
  .registerVariable("self", "dyn")
  // CEL's `matches` is RE2: it looks anywhere in the text, and takes flags at the front.
  .registerFunction("string.finds(string): bool", (text: string, pattern: string) => expression(pattern).test(text));

const compiled = new Map<string, Check>();
const expressions = new Map<string, RegExp>();

/** Rules that look at one object; those that compare with the object before a change (`oldSelf`) need two. */
export function rulesOf(schema: CrdSchema): readonly CelRule[] {
  return (schema["x-kubernetes-validations"] ?? []).filter(({ rule }) => !/\boldSelf\b/.test(rule));
}

/**
 * Whether a value keeps a rule of the CRD.
 *
 * @param self the value, without nulls, integers as BigInt
 * @throws Error when the rule cannot be evaluated, which the API server would refuse when the CRD is installed
 */
export function keeps({ rule }: CelRule, self: unknown): boolean {
  let check = compiled.get(rule);
  if (!check) {
    const parsed = environment.parse(rule.replaceAll(".matches(", ".finds("));
    check = (value) => parsed({ self: value }) === true;
    compiled.set(rule, check);
  }
  return check(self);
}

function expression(pattern: string): RegExp {
  let found = expressions.get(pattern);
  if (!found) {
    const [, flags = "", rest = ""] = /^(?:\(\?([ims]+)\))?(.*)$/s.exec(pattern) ?? [];
    found = new RegExp(rest, `u${flags}`);
    expressions.set(pattern, found);
  }
  return found;
}
