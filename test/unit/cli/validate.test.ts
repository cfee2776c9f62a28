import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { type Finding, formatFinding, validateDocuments } from "../../../src/cli/validate/validate.ts";
import { CHANGE } from "../../system/bad-input/change.ts";
import { IDENTITY } from "../../system/bad-input/identity.ts";
import { KIND_OF_POOL } from "../../system/bad-input/kind-of-pool.ts";
import { PLACEMENT } from "../../system/bad-input/placement.ts";
import type { Refusal } from "../../system/bad-input/refusal.ts";
import { TEMPLATE } from "../../system/bad-input/template.ts";
import { TEXTS, yamlPool } from "../../system/bad-input/text.ts";

const SAMPLES = join(import.meta.dirname, "..", "..", "..", "crds", "samples");

/** What is printed about a file called pools.yaml. */
function printed(text: string): readonly string[] {
  return validateDocuments("pools.yaml", text).map(formatFinding);
}

/** The fields of the findings with their lines, such as `7 spec.location`. */
function places(text: string): readonly string[] {
  return validateDocuments("-", text).map(({ line, field }: Finding) => `${line} ${field}`);
}

describe("a mistake that the API server refuses", () => {
  test.for<Refusal>([...PLACEMENT, ...KIND_OF_POOL, ...TEMPLATE, ...IDENTITY])(
    "is found when $when, in the server's words",
    ({ apply, field, says, instead }) => {
      const named = (line: string): boolean => line.includes(`: ${field}: `) && line.includes(says);

      expect(printed(JSON.stringify(apply))).toContainEqual(expect.toSatisfy(named, `${field}: ... ${says}`));
      expect(printed(JSON.stringify(instead))).toEqual([]);
    },
  );

  test.for(TEXTS)("is found in $what, if it is one", ({ text, refused }) => {
    const fields = new Set(validateDocuments("-", text).map(({ field }) => field));

    expect([...fields].filter((field) => field === (refused ?? field))).toEqual(refused === undefined ? [] : [refused]);
  });

  test.for(CHANGE)("is not found without the existing pool when $when and the new one is right", ({ instead }) => {
    expect(printed(JSON.stringify(instead))).toEqual([]);
  });
});

describe("the samples", () => {
  test.for(readdirSync(SAMPLES))("%s has no mistake, whatever else is in its file", (sample) => {
    expect(printed(readFileSync(join(SAMPLES, sample), "utf8"))).toEqual([]);
  });
});

describe("a line of the output", () => {
  test("says file, line, field, what is wrong and what to do", () => {
    expect(printed(yamlPool({ spec: "azureName: My_Pool" }))).toEqual([
      'pools.yaml:13: spec.azureName: Invalid value: "My_Pool": must be a lower-case letter and then 2 to 62 lower-case letters, digits or hyphens, not ending with a hyphen',
    ]);
  });

  test("leaves out the field when the mistake is about the document, and stays one line", () => {
    expect(formatFinding({ file: "a.yaml", line: 3, field: "", message: "is not\n  YAML" })).toBe(
      "a.yaml:3: is not YAML",
    );
  });

  test("does not repeat a long value", () => {
    expect(printed(yamlPool({ spec: `subscriptionId: ${"x".repeat(36)}` }))[0]).toContain("x".repeat(36));
    expect(printed(yamlPool({ spec: `environmentId: ${"x".repeat(100)}` }))[0]).not.toContain("xx");
  });

  test("says what is unknown, and not what else the unknown breaks", () => {
    const text = yamlPool({ spec: "policy: { delete: 5 }" });

    expect(printed(text)).toEqual([expect.stringContaining("spec.policy.delete: unknown field")]);
    const id =
      "/subscriptions/34adfa4f-cedf-4dc0-ba29-b6d1a69ab345/resourceGroups/rg/providers/Microsoft.ManagedIdentity/userAssignedIdentities/puller";
    const identity = yamlPool({
      spec: `identity: { type: UserAssigned, userAssignedIdentities: { ${id}: { a: b } } }`,
    });
    expect(printed(identity).filter((line) => !line.includes("PythonLTS"))).toEqual([
      expect.stringContaining(`spec.identity.userAssignedIdentities.${id}.a: unknown field`),
    ]);
  });

  test("asks for quotes, and for the name that was meant", () => {
    expect(printed(yamlPool({ spec: "tags: { debug: on }" }))[0]).toContain("must be of type string; put it in quotes");
    expect(printed(yamlPool({ spec: "scaleConfigurations: {}" }))[0]).toContain("did you mean scaleConfiguration?");
    expect(printed(yamlPool({ spec: "replicas: 3" }))[0]).toContain("unknown field; remove it");
  });
});

describe("all mistakes of a pool at once", () => {
  test("are told in the order of their lines", () => {
    const text = yamlPool({ spec: "replicas: 3\n  azureName: A" }).replace("300", "7").replace("rg", '""');

    expect(places(text)).toEqual([
      "6 spec.resourceGroup",
      "6 spec.resourceGroup",
      "12 spec.dynamicPoolConfiguration.lifecycleConfiguration.cooldownPeriodInSeconds",
      "13 spec.replicas",
      "14 spec.azureName",
    ]);
  });

  test("include rules on what is whole, beside what is not", () => {
    const text = yamlPool({ spec: "azureName: My_Pool\n  poolManagementType: dynamic" });

    expect(places(text)).toEqual(["13 spec.azureName", "14 spec.poolManagementType"]);
  });

  test("leave out rules on an object that lacks what they rely on", () => {
    expect(places(yamlPool().replace(/ {2}containerType.*\n/, ""))).toEqual(["5 spec.containerType"]);
    expect(places("apiVersion: appcontainers.dev/v1alpha1\nkind: SessionPool\nmetadata: {}\n")).toEqual([
      "1 spec",
      "3 metadata.name",
    ]);
  });
});

describe("a name of Kubernetes", () => {
  const long = (length: number): string => "a".repeat(length);

  test.for([
    ["a resource", "metadata.name", 253, (text: string) => `name: ${text}`],
    ["a namespace", "metadata.namespace", 63, (text: string) => `name: mypool\n  namespace: ${text}`],
    ["a label", "metadata.labels", 63, (text: string) => `name: mypool\n  labels: { "example.com/${text}": "" }`],
    ["a label's value", "metadata.labels", 63, (text: string) => `name: mypool\n  labels: { a: ${text} }`],
    ["a label's prefix", "metadata.labels", 253, (text: string) => `name: mypool\n  labels: { ${text}/a: "" }`],
  ] as const)("for %s may be so long, and no longer", ([, field, most, write]) => {
    const bounds = (length: number): readonly string[] =>
      printed(yamlPool({ metadata: write(long(length)), spec: "azureName: mypool" })).filter(
        (line) =>
          line.includes(`${field}: Invalid value: must be at most ${most} `) ||
          line.includes("letter or digit at both"),
      );

    expect(bounds(most)).toEqual([]);
    expect(bounds(most + 1)).toHaveLength(1);
  });

  test("that is wrong among others is on its own line, under the field that the server names", () => {
    const metadata = 'name: mypool\n  labels:\n    a: ""\n    "b c": ""';

    expect(places(yamlPool({ metadata }))).toEqual(["7 metadata.labels"]);
  });
});

describe("a name that the server makes", () => {
  test("is taken when it would be legal in Azure", () => {
    expect(printed(yamlPool({ metadata: "generateName: pool" }))).toEqual([]);
  });

  test("is refused when no suffix could make it so", () => {
    expect(printed(yamlPool({ metadata: "generateName: 9pool-" }))).toEqual([
      expect.stringMatching(/^pools.yaml:3: metadata.name: Invalid value: is not a legal name for a pool in Azure/),
    ]);
  });
});
