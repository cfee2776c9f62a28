import { azureRoleJson } from "./azure-role.ts";
import { chartFiles } from "./chart.ts";
import { RBAC_DOC_PATH, rbacDoc } from "./rbac-doc.ts";
import { CRD_PATH, generateSources } from "./sources.ts";

/**
 * Everything that is generated, by path relative to the project's root.
 *
 * @param read the text of a file, by its path relative to the project's root
 */
export async function generateAll(read: (path: string) => string): Promise<ReadonlyMap<string, string>> {
  return new Map([
    ...(await generateSources(read(CRD_PATH))),
    [RBAC_DOC_PATH, rbacDoc(read)],
    ["deploy/azure/role.json", azureRoleJson()],
    ...chartFiles(read),
  ]);
}
