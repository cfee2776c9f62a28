import { compile } from "json-schema-to-typescript";
import type { CrdSchema } from "../../src/api/crd-schema.ts";
import { fieldSchema, rootSchema } from "./crd.ts";
import { toJsonSchema } from "./json-schema.ts";

/** The CRD, relative to the project's root: what everything is generated from. */
export const CRD_PATH = "crds/sessionpools.appcontainers.dev.yaml";

const BANNER = `// Generated from ${CRD_PATH} by \`npm run generate\`. Do not edit.`;

/** Generated files by path, relative to the project's root; the same text yields the same files. */
export async function generateSources(crdYaml: string): Promise<ReadonlyMap<string, string>> {
  const root = rootSchema(crdYaml);
  const declare = (field: "spec" | "status", name: string): Promise<string> =>
    compile(toJsonSchema(fieldSchema(root, field), { descriptions: true }), name, {
      additionalProperties: false,
      bannerComment: "",
      ignoreMinAndMaxItems: true,
      style: { printWidth: 120 },
    });
  const types = [BANNER, await declare("spec", "SessionPoolSpec"), await declare("status", "SessionPoolStatus")].join(
    "\n\n",
  );
  const schema = JSON.stringify(toJsonSchema(fieldSchema(root, "spec"), { descriptions: false }), undefined, 2);
  const whole = JSON.stringify(withoutDescriptions(root), undefined, 2);
  return new Map([
    ["src/api/session-pool.generated.ts", `${types.trimEnd()}\n`],
    [
      "src/api/session-pool-schema.generated.ts",
      `${BANNER}\n\n/** JSON Schema of a SessionPool's spec, without the CRD's CEL rules. */\nexport const specSchema = ${schema} as const;\n`,
    ],
    [
      "src/api/crd-schema.generated.ts",
      `${BANNER}\n\nimport type { CrdSchema } from "./crd-schema.ts";\n\n/** The CRD's schema with its CEL rules, without descriptions. */\nexport const crdSchema: CrdSchema = ${whole};\n`,
    ],
  ]);
}

function withoutDescriptions(schema: CrdSchema): CrdSchema {
  const { description: _description, ...rest } = schema;
  const each = (schemas: Readonly<Record<string, CrdSchema>>): Readonly<Record<string, CrdSchema>> =>
    Object.fromEntries(Object.entries(schemas).map(([name, member]) => [name, withoutDescriptions(member)]));
  return {
    ...rest,
    ...(rest.properties ? { properties: each(rest.properties) } : {}),
    ...(rest.items ? { items: withoutDescriptions(rest.items) } : {}),
    ...(rest.additionalProperties ? { additionalProperties: withoutDescriptions(rest.additionalProperties) } : {}),
  };
}
