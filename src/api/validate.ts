import { Ajv, type ErrorObject } from "ajv";
import { OWN_SCHEMA } from "./own-schema.ts";
import type { SessionPool } from "./session-pool.ts";
import { specSchema } from "./session-pool-schema.generated.ts";

/**
 * A check of a spec against the CRD's own schema, for resources that are older than a rule of it: the API server checks an object only
 * when it is written.
 *
 * @returns one line per violation, with the field first; empty when valid
 */
export function createValidator(): (resource: SessionPool) => readonly string[] {
  const validate = new Ajv({ ...OWN_SCHEMA, allErrors: true, allowUnionTypes: true }).compile(specSchema);
  return ({ spec }) => (validate(spec) ? [] : (validate.errors ?? []).map(lineOf));
}

function lineOf({ instancePath, message, params }: ErrorObject): string {
  const allowed = Array.isArray(params.allowedValues) ? `: ${params.allowedValues.join(", ")}` : "";
  return `spec${instancePath.replaceAll("/", ".")} ${message ?? "is not valid"}${allowed}`;
}
