import { parse } from "yaml";

/** The parts of a structural OpenAPI v3 schema that the CRD uses (Kubernetes' JSONSchemaProps). */
export interface CrdSchema {
  readonly type?: string;
  readonly description?: string;
  readonly nullable?: boolean;
  readonly format?: string;
  readonly enum?: readonly string[];
  readonly anyOf?: readonly { readonly enum: readonly string[] }[];
  readonly minimum?: number;
  readonly exclusiveMinimum?: boolean;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly maxProperties?: number;
  readonly required?: readonly string[];
  readonly default?: unknown;
  readonly items?: CrdSchema;
  readonly properties?: Readonly<Record<string, CrdSchema>>;
  readonly additionalProperties?: CrdSchema;
  readonly "x-kubernetes-preserve-unknown-fields"?: boolean;
  readonly "x-kubernetes-list-type"?: "atomic" | "map" | "set";
  readonly "x-kubernetes-list-map-keys"?: readonly string[];
  readonly "x-kubernetes-validations"?: readonly CelRule[];
}

/** A validation rule in CEL. */
interface CelRule {
  readonly rule: string;
  readonly message?: string;
  readonly fieldPath?: string;
  readonly reason?: string;
}

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
