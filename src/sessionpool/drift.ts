import type { SessionPool } from "../api/session-pool.ts";
import type { Drift } from "./action.ts";
import type { Change } from "./diff.ts";
import { digest } from "./hash.ts";
import { type JsonObject, objectOr } from "./json.ts";
import { normalize } from "./normalize.ts";

const HASH_CHARACTERS = 16;

/** Names what a resource asks of Azure: the policies of the operator, and secret values, are no part of it. */
export function specHash(desired: JsonObject): string {
  return digest(normalize(desired, "desired"), HASH_CHARACTERS);
}

/**
 * Whether a difference is somebody's change in Azure and not an edit of the spec: Azure had all of it once. A status that was wiped cannot
 * tell, nor can the claim that is made anew then; where nothing may be corrected, that counts as drift too.
 *
 * @param isUntouched whether the pool was adopted and never updated
 */
export function isDrift({ spec, status, metadata }: SessionPool, desired: JsonObject, isUntouched: boolean): boolean {
  if (status?.syncedHash !== undefined) return status.syncedHash === specHash(desired);
  const { observedGeneration = -1, adopted } = status ?? {};
  const isNew = observedGeneration < 0 || (isUntouched && adopted?.generation === metadata.generation);
  return spec.policy?.drift === "Report" && isNew;
}

/** What changed, and by whom and when as far as Azure says (systemData: azure-session-pools §3.3; its times are UTC with or without Z). */
export function driftOf(changes: readonly Change[], pool: JsonObject): Drift {
  const paths = changes.map(({ path }) => path);
  const { lastModifiedBy, lastModifiedByType, lastModifiedAt } = objectOr(pool.systemData);
  const type = typeof lastModifiedByType === "string" ? ` (${lastModifiedByType})` : "";
  const by = typeof lastModifiedBy === "string" ? ` by ${lastModifiedBy}${type}` : "";
  const at = typeof lastModifiedAt === "string" ? ` at ${lastModifiedAt.replace(/\.\d+/, "").replace(/Z?$/, "Z")}` : "";
  const what = `the pool was changed in Azure at ${paths.join(", ")}`;
  const timeless = by === "" ? what : `${what}; last changed${by}`;
  return at === "" ? { paths, message: timeless } : { paths, message: `${what}; last changed${by}${at}`, timeless };
}
