import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { createValidator } from "../../../src/api/validate.ts";
import type { SessionPool, SessionPoolSpec } from "../../../src/api/session-pool.ts";
import { toJsonSchema } from "../../../tools/generate/json-schema.ts";
import { CRD_PATH, generateSources } from "../../../tools/generate/sources.ts";

const ROOT = join(import.meta.dirname, "..", "..", "..");

describe("the generated files", () => {
  let files: ReadonlyMap<string, string>;
  beforeAll(async () => {
    files = await generateSources(readFileSync(join(ROOT, CRD_PATH), "utf8"));
  });

  test("are what the CRD yields now", () => {
    expect(files.size).toBe(3);
    for (const [path, content] of files) expect(readFileSync(join(ROOT, path), "utf8")).toBe(content);
  });

  test("keep the CRD's words, and null where it may be left out", () => {
    const types = files.get("src/api/session-pool.generated.ts");

    expect(types).toMatch(
      /Azure cannot rename a pool: it may not be changed later\.\s+\*\/\s+azureName\?: string \| null;/,
    );
    expect(types).toContain('poolManagementType?: "Dynamic" | "Manual" | null;');
    expect(types).toContain("resourceGroup: string;");
  });
});

describe("JSON Schema from a CRD's schema", () => {
  test("lets a nullable enum be null", () => {
    const schema = {
      type: "string",
      nullable: true,
      maxLength: 9,
      description: "A word.",
      anyOf: [{ enum: ["A", "B"] }],
    };

    expect(toJsonSchema(schema, { descriptions: false })).toEqual({
      type: ["string", "null"],
      maxLength: 9,
      enum: ["A", "B", null],
    });
  });

  test("writes OpenAPI's exclusive minimum as JSON Schema does, and drops what only Kubernetes reads", () => {
    const schema = {
      type: "number",
      format: "double",
      minimum: 0,
      exclusiveMinimum: true,
      maximum: 64,
      default: 1,
      description: "CPU.",
    };

    expect(toJsonSchema(schema, { descriptions: true })).toEqual({
      type: "number",
      exclusiveMinimum: 0,
      maximum: 64,
      description: "CPU.",
    });
  });
});

describe("a resource older than a rule of the schema", () => {
  const spec: SessionPoolSpec = {
    resourceGroup: "rg",
    location: "westus3",
    containerType: "PythonLTS",
    poolManagementType: null,
    dynamicPoolConfiguration: { lifecycleConfiguration: { lifecycleType: "Timed", cooldownPeriodInSeconds: 300 } },
  };
  const check = (changed: object): readonly string[] =>
    createValidator()({ spec: { ...spec, ...changed } } as SessionPool);

  test("is valid while it breaks none", () => {
    expect(check({})).toEqual([]);
  });

  test("is told the field and what is allowed", () => {
    expect(check({ containerType: "Shell" })).toEqual([
      expect.stringMatching(/^spec\.containerType .*CustomContainer, PythonLTS$/),
    ]);
    expect(check({ scaleConfiguration: { maxConcurrentSessions: 0 } })).toEqual([
      expect.stringContaining("spec.scaleConfiguration.maxConcurrentSessions"),
    ]);
    expect(check({ location: undefined })).toEqual([expect.stringContaining("location")]);
  });
});
