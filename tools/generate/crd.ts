import { parse } from "yaml";
import type { CrdSchema } from "../../src/api/crd-schema.ts";

/** A CustomResourceDefinition, as far as it is read here. */
interface Crd {
  readonly spec: {
    readonly versions: readonly { readonly name: string; readonly schema: { readonly openAPIV3Schema: CrdSchema } }[];
  };
}

/**
 * The schema of the CRD's only version.
 *
 * @throws Error when the text is no such CRD
 */
export function rootSchema(crdYaml: string): CrdSchema {
  const [version, ...others] = (parse(crdYaml) as Crd).spec.versions;
  if (version === undefined || others.length > 0) throw new Error("the CRD must have exactly one version");
  return version.schema.openAPIV3Schema;
}

/**
 * The schema of a top-level field.
 *
 * @throws Error when there is none
 */
export function fieldSchema(root: CrdSchema, field: "spec" | "status"): CrdSchema {
  const schema = root.properties?.[field];
  if (schema === undefined) throw new Error(`the CRD has no ${field}`);
  return schema;
}
