import type { SessionPool } from "../api/session-pool.ts";
import type { Drift } from "./action.ts";
import type { Change } from "./diff.ts";
import { type JsonObject, objectOr } from "./json.ts";

/**
 * Whether a difference is somebody's change in Azure and not an edit of the spec: Azure had all of this generation once. A status that
 * was wiped cannot tell; where nothing may be corrected, that counts as drift too.
 */
export function isDrift({ metadata, spec, status }: SessionPool): boolean {
  if (status?.syncedGeneration !== undefined) return status.syncedGeneration === metadata.generation;
  return spec.policy?.drift === "Report" && (status?.observedGeneration ?? -1) < 0;
}

/** What changed, and by whom and when as far as Azure says (systemData: azure-session-pools §3.3; its times are UTC with or without Z). */
export function driftOf(changes: readonly Change[], pool: JsonObject): Drift {
  const paths = changes.map(({ path }) => path);
  const { lastModifiedBy, lastModifiedByType, lastModifiedAt } = objectOr(pool.systemData);
  const type = typeof lastModifiedByType === "string" ? ` (${lastModifiedByType})` : "";
  const by = typeof lastModifiedBy === "string" ? ` by ${lastModifiedBy}${type}` : "";
  const at = typeof lastModifiedAt === "string" ? ` at ${lastModifiedAt.replace(/\.\d+/, "").replace(/Z?$/, "Z")}` : "";
  const last = by === "" && at === "" ? "" : `; last changed${by}${at}`;
  return { paths, message: `the pool was changed in Azure at ${paths.join(", ")}${last}` };
}
