import { describe, expect, test } from "vitest";
import { crdSchema } from "../../../src/api/crd-schema.generated.ts";
import type { CelRule, CrdSchema } from "../../../src/api/crd-schema.ts";
import { compileRule } from "../../../src/cli/validate/cel.ts";
import type { Json } from "../../../src/sessionpool/json.ts";

const NUMBERS: CrdSchema = { type: "object", properties: { count: { type: "integer" }, share: { type: "number" } } };

function holds(rule: string, self: Json, schema: CrdSchema = {}): unknown {
  return compileRule({ rule }, schema).holds(self);
}

function* rulesIn(schema: CrdSchema): Generator<CelRule> {
  yield* schema["x-kubernetes-validations"] ?? [];
  const { items, additionalProperties, properties = {} } = schema;
  for (const inner of [items, additionalProperties, ...Object.values(properties)]) if (inner) yield* rulesIn(inner);
}

describe("a rule in CEL, as the API server evaluates it", () => {
  test.for([
    ["finds an expression anywhere", "self.matches('b')", "abc", true],
    ["finds it regardless of case when it says so", "self.matches('(?i)^azure')", "AzureX", true],
    ["heeds case when it does not", "self.matches('^azure')", "Azure", false],
    ["takes a letter of any script", String.raw`self.matches(r'^\p{L}$')`, "é", true],
    ["takes a letter outside the basic plane as one", "self.matches('^.$')", "\u{1F600}", true],
    ["does not let $ stand before a last line's end", "self.matches('^a$')", "a\n", false],
    ["makes ASCII letters small only", "self.lowerAscii() == 'É-a'", "É-A", true],
    ["counts code points", "self.size() == 1", "\u{1F600}", true],
    ["looks for a member that may lack its parent", "self.?a.?b.orValue(7) == 7", {}, true],
    ["looks into keys", "self.all(key, key != 'x')", { x: "" }, false],
  ] as const)("%s", ([, rule, self, expected]) => {
    expect(holds(rule, self)).toBe(expected);
  });

  test("divides integers as integers, and other numbers as numbers", () => {
    expect(holds("self.count / 2 == 1", { count: 3 }, NUMBERS)).toBe(true);
    expect(holds("self.share / 2.0 == 1.5", { share: 3 }, NUMBERS)).toBe(true);
  });

  test("looks into the keys of a map, whatever people call them", () => {
    const schema: CrdSchema = { type: "object", additionalProperties: { type: "string" } };
    expect(holds("self.all(key, key.size() > 3) && self['constructor'] == 'x'", { constructor: "x" }, schema)).toBe(
      true,
    );
  });

  test("is refused when it is not CEL, or asks for a function that is not known", () => {
    expect(() => compileRule({ rule: "self.(" }, {})).toThrow(/self\.\(/);
    expect(() => compileRule({ rule: "self.shout() == 'A'" }, {})).toThrow(/shout/);
  });
});

describe("the CRD's rules", () => {
  test("are all about a new object, or say with oldSelf that they are not", () => {
    const rules = [...rulesIn(crdSchema)];

    expect(rules.filter(({ rule }) => rule.includes("oldSelf"))).toHaveLength(7);
    expect(rules.length).toBeGreaterThan(40);
  });
});
