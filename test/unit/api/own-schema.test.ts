import { Ajv } from "ajv";
import { describe, expect, it } from "vitest";
import { specSchema } from "../../../src/api/session-pool-schema.generated.ts";
import { SCOPES_SCHEMA } from "../../../src/reconcile/scope-file.ts";
import { type Setting, SETTINGS } from "../../../src/settings.ts";

const settings = Object.entries(SETTINGS).map(([name, setting]) => [name, (setting as Setting).schema] as const);

describe("our own schemas", () => {
  it.each<readonly [string, object]>([["spec", specSchema], ["scopes", SCOPES_SCHEMA], ...settings])(
    "%s is a schema, which is not looked at when the operator starts",
    (_name, schema) => {
      const ajv = new Ajv();
      expect([ajv.validateSchema(schema), ajv.errors]).toEqual([true, null]);
    },
  );
});
