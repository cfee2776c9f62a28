import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { CrdSchema } from "../../../src/api/crd-schema.ts";
import { fieldSchema, rootSchema } from "../../../tools/generate/crd.ts";

const CRD = join(import.meta.dirname, "..", "..", "..", "crds", "sessionpools.appcontainers.dev.yaml");
const root = rootSchema(readFileSync(CRD, "utf8"));

/** A schema node with its path, such as `spec.tags{}` or `spec.secrets[].name`. */
interface Node {
  readonly path: string;
  readonly schema: CrdSchema;
  /** For a property: whether its object requires it. */
  readonly required: boolean | undefined;
}

function* nodes(schema: CrdSchema, path: string, required?: boolean): Generator<Node> {
  yield { path, schema, required };
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    yield* nodes(property, `${path}.${name}`, schema.required?.includes(name) ?? false);
  }
  if (schema.items) yield* nodes(schema.items, `${path}[]`);
  if (schema.additionalProperties) yield* nodes(schema.additionalProperties, `${path}{}`);
}

const spec = [...nodes(fieldSchema(root, "spec"), "spec")];
const everything = [...spec, ...nodes(fieldSchema(root, "status"), "status")];

/** Paths of the nodes for which something is wrong. */
function wrong(among: readonly Node[], isWrong: (node: Node) => boolean): readonly string[] {
  return among.filter(isWrong).map(({ path }) => path);
}

describe("the CRD's schema", () => {
  test("is read whole", () => {
    const paths = everything.map(({ path }) => path);

    expect(paths).toContain("spec.customContainerTemplate.containers[].env[].secretRef");
    expect(paths).toContain("spec.identity.userAssignedIdentities{}");
    expect(paths).toContain("status.conditions[].observedGeneration");
  });

  test("describes every field in a sentence", () => {
    expect(wrong(everything, ({ schema }) => !/^[A-Z-].{9,}\.$/s.test(schema.description ?? ""))).toEqual([]);
  });

  test("bounds every string, list, map and number, so that the cost of its rules is bounded", () => {
    const unbounded = ({ path, schema }: Node): boolean => {
      const bounds: Readonly<Record<string, boolean>> = {
        string: schema.maxLength !== undefined,
        array: schema.maxItems !== undefined,
        integer: schema.minimum !== undefined && schema.maximum !== undefined,
        number: schema.minimum !== undefined && schema.maximum !== undefined,
        object: schema.properties !== undefined || schema.maxProperties !== undefined,
        boolean: true,
      };
      // Any JSON at all: the operator shortens it before it writes it into the status.
      const any = schema["x-kubernetes-preserve-unknown-fields"] === true && path.startsWith("status.");
      return !any && bounds[schema.type ?? ""] !== true;
    };

    expect(wrong(everything, unbounded)).toEqual([]);
  });

  test("says of every list how it merges, and keys maps by a required member", () => {
    const unmergeable = ({ schema }: Node): boolean => {
      if (schema.type !== "array") return false;
      const keys = schema["x-kubernetes-list-map-keys"] ?? [];
      return schema["x-kubernetes-list-type"] === "map"
        ? keys.length === 0 || !keys.every((key) => schema.items?.required?.includes(key))
        : !["atomic", "set"].includes(schema["x-kubernetes-list-type"] ?? "");
    };

    expect(wrong(everything, unmergeable)).toEqual([]);
  });

  test("has no defaults in spec, so that GitOps sees no difference", () => {
    expect(wrong(spec, ({ schema }) => schema.default !== undefined)).toEqual([]);
    expect(fieldSchema(root, "status").default).toEqual({ observedGeneration: -1 });
  });

  test("takes null for what may be left out, and for nothing else", () => {
    const optional = wrong(spec, ({ required }) => required === false);

    expect(wrong(everything, ({ schema }) => schema.nullable === true)).toEqual(
      // The server reads this one for /scale and takes no null there.
      optional.filter((path) => path !== "spec.scaleConfiguration.readySessionInstances"),
    );
  });

  test("writes enums of nullable fields so that the server takes null for them", () => {
    expect(wrong(everything, ({ schema }) => schema.nullable === true && schema.enum !== undefined)).toEqual([]);
    expect(wrong(everything, ({ schema }) => schema.anyOf !== undefined && schema.nullable !== true)).toEqual([]);
  });

  test("gives every rule a message that says what to do", () => {
    const rules = [...everything, { path: "", schema: root, required: undefined }].flatMap(
      ({ path, schema }) => schema["x-kubernetes-validations"]?.map((rule) => ({ path, ...rule })) ?? [],
    );

    expect(rules.length).toBeGreaterThan(40);
    expect(rules.filter(({ message = "" }) => message.length < 20)).toEqual([]);
    // A rule about another field than its own points there.
    expect(rules.filter(({ path, fieldPath }) => ["", "spec"].includes(path) && fieldPath === undefined)).toEqual([]);
  });
});
