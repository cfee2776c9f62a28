import { compile } from "json-schema-to-typescript";
import { fieldSchema, rootSchema } from "./crd-schema.ts";
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
  return new Map([
    ["src/api/session-pool.generated.ts", `${types.trimEnd()}\n`],
    [
      "src/api/session-pool-schema.generated.ts",
      `${BANNER}\n\n/** JSON Schema of a SessionPool's spec, without the CRD's CEL rules. */\nexport const specSchema = ${schema} as const;\n`,
    ],
  ]);
}
