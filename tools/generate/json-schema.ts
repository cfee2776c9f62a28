import type { JSONSchema } from "json-schema-to-typescript";
import type { CrdSchema } from "../../src/api/crd-schema.ts";

/** Keywords that mean the same in both. */
const SAME = [
  "minLength",
  "maxLength",
  "pattern",
  "minItems",
  "maxItems",
  "maxProperties",
  "maximum",
  "required",
] as const;

/**
 * The JSON Schema, for ajv and json-schema-to-typescript, that says what a CRD's schema says, without what only Kubernetes reads (x-kubernetes-*, formats, defaults):
 * - `nullable: true` becomes a second type, and null joins the enum;
 * - `anyOf: [{enum}]`, which is how the CRD writes an optional enum, becomes the enum;
 * - OpenAPI's boolean `exclusiveMinimum` becomes the number;
 * - any JSON at all (`x-kubernetes-preserve-unknown-fields` without a type) becomes TypeScript's unknown.
 *
 * @param options.descriptions whether to keep them
 */
export function toJsonSchema(schema: CrdSchema, options: { readonly descriptions: boolean }): JSONSchema {
  const result: Record<string, unknown> = {};
  if (schema.type === undefined && schema["x-kubernetes-preserve-unknown-fields"]) result.tsType = "unknown";
  if (schema.type !== undefined) result.type = schema.nullable ? [schema.type, "null"] : schema.type;
  if (options.descriptions && schema.description !== undefined) result.description = schema.description;
  const values = schema.enum ?? schema.anyOf?.flatMap((alternative) => alternative.enum);
  if (values !== undefined) result.enum = schema.nullable ? [...values, null] : [...values];
  for (const keyword of SAME) if (schema[keyword] !== undefined) result[keyword] = schema[keyword];
  if (schema.minimum !== undefined) {
    if (schema.exclusiveMinimum) result.exclusiveMinimum = schema.minimum;
    else result.minimum = schema.minimum;
  }
  if (schema.items !== undefined) result.items = toJsonSchema(schema.items, options);
  if (schema.properties !== undefined) {
    result.properties = Object.fromEntries(
      Object.entries(schema.properties).map(([name, property]) => [name, toJsonSchema(property, options)]),
    );
  }
  if (schema.additionalProperties !== undefined)
    result.additionalProperties = toJsonSchema(schema.additionalProperties, options);
  return result;
}
