import { describe, expect, test } from "vitest";
import { formatFinding, validateDocuments } from "../../../src/cli/validate/validate.ts";
import { yamlPool } from "../../system/bad-input/text.ts";

const BAD = yamlPool({ spec: "azureName: My_Pool" });
const SECRET = "apiVersion: v1\nkind: Secret\nmetadata:\n  name: Not_A_Pool\nspec: {}\n";

function printed(text: string): readonly string[] {
  return validateDocuments("f", text).map(formatFinding);
}

function places(text: string): readonly string[] {
  return validateDocuments("f", text).map(({ line, field }) => `${line} ${field}`);
}

/** A text as an item of a list in YAML. */
function item(text: string): string {
  return `- ${text.trimEnd().replaceAll("\n", "\n  ")}\n`;
}

describe("a file with several documents", () => {
  test("has its lines counted from its own top, and leaves other kinds alone", () => {
    expect(places([yamlPool(), SECRET, BAD].join("---\n"))).toEqual(["32 spec.azureName"]);
  });

  test("is checked as far as it can be read", () => {
    const broken = yamlPool().replace("westus3", "[");

    expect(places([BAD, broken, BAD].join("---\n"))).toEqual(["13 spec.azureName", "22 ", "40 spec.azureName"]);
  });

  test("may have none that says anything", () => {
    expect(printed("")).toEqual([]);
    expect(printed("# nothing\n---\n---\nnull\n")).toEqual([]);
  });
});

describe("a list", () => {
  test("is looked into, with fields as each pool has them", () => {
    const list = `apiVersion: v1\nkind: List\nitems:\n${item(SECRET)}${item(BAD)}`;

    expect(places(list)).toEqual(["21 spec.azureName"]);
  });

  test("of pools tells its items what they are", () => {
    const bare = BAD.split("\n").slice(2).join("\n");
    const list = `apiVersion: appcontainers.dev/v1alpha1\nkind: SessionPoolList\nitems:\n${item(bare)}`;

    expect(places(list)).toEqual(["14 spec.azureName"]);
    expect(places(list.replace("appcontainers.dev/v1alpha1", "v1").replace("SessionPoolList", "List"))).toEqual([
      "4 apiVersion",
    ]);
  });

  test("has no items that are nothing", () => {
    expect(printed("apiVersion: v1\nkind: List\nitems:\n- null\n")).toEqual([
      "f:4: must be a Kubernetes resource, with apiVersion and kind",
    ]);
  });
});

describe("what a document is", () => {
  test.for([
    ["another version of our group", "apiVersion: appcontainers.dev/v1\nkind: SessionPool\n", "1 apiVersion"],
    ["our group without a version", "apiVersion: appcontainers.dev\nkind: SessionPool\n", "1 apiVersion"],
    ["another kind of our group", "apiVersion: appcontainers.dev/v1alpha1\nkind: Pool\n", "2 kind"],
    ["no kind", "apiVersion: v1\n", "1 kind"],
    ["no version", "kind: SessionPool\n", "1 apiVersion"],
    ["a list of values", "- a\n", "1 "],
  ] as const)("is a mistake when it is %s", ([, text, place]) => {
    expect(places(text)).toEqual([place]);
  });
});

describe("JSON", () => {
  test("is read with tabs, and its lines are told", () => {
    const pool = { apiVersion: "appcontainers.dev/v1alpha1", kind: "SessionPool", metadata: { name: "My" }, spec: {} };
    const text = JSON.stringify(pool, undefined, "\t");

    expect(places(text)).toEqual([
      "5 metadata.name",
      "7 spec.resourceGroup",
      "7 spec.location",
      "7 spec.containerType",
      "7 spec.dynamicPoolConfiguration",
    ]);
  });
});

describe("a key that is there twice", () => {
  test("is a mistake at its second line, though kubectl takes the last without a word", () => {
    expect(printed(yamlPool({ spec: "location: westus2" }))).toEqual([
      "f:13: spec.location: duplicate key; remove one of them",
    ]);
  });

  test("counts with its last value, as for kubectl", () => {
    expect(places(yamlPool({ spec: "location: 5" }))).toEqual(["13 spec.location", "13 spec.location"]);
  });

  test("is found in documents of other kinds too, and in lists", () => {
    expect(places(`${SECRET}kind: Secret\n`)).toEqual(["6 kind"]);
    expect(places(yamlPool({ spec: "secrets: [{ name: a, name: b }]" }))).toContain("13 spec.secrets[0].name");
  });
});

describe("an anchor", () => {
  test("is followed to where the value is written", () => {
    const text = yamlPool({ spec: 'tags: &t\n    "a/b": ""\n    long: &l 5\n  policy: { deletion: *l }' });

    expect(places(text)).toEqual(["15 spec.tags.long", "16 spec.policy.deletion"]);
  });

  test("of an object is followed into it", () => {
    const text = yamlPool({ spec: 'tags: &t\n    team: ""\n  policy: *t' });

    expect(places(text)).toEqual(["14 spec.policy.team"]);
  });

  test("that holds itself is a mistake, not an endless loop", () => {
    expect(printed(yamlPool({ spec: "tags: &t { a: *t }" }))).toEqual([
      expect.stringMatching(/^f:13: is not YAML: an alias/),
    ]);
  });

  test("that multiplies without end is a mistake, not an endless wait", () => {
    const bomb = ["a0: &a0 [x, x]"];
    for (let level = 1; level < 30; level += 1) {
      const alias = `*a${level - 1}`;
      bomb.push(`a${level}: &a${level} [${Array.from({ length: 9 }, () => alias).join(", ")}]`);
    }

    expect(printed(bomb.join("\n"))).toEqual([expect.stringContaining("cannot be read")]);
  });
});
