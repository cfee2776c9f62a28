import type { SessionPool } from "../api/session-pool.ts";
import type { Observation } from "../sessionpool/action.ts";
import { type JsonObject, isList, isObject, lowerText } from "../sessionpool/json.ts";
import { formatPoolId, placementOf } from "../sessionpool/placement.ts";
import { InputError } from "./documents.ts";
import { ANYWHERE } from "./plan.ts";

/**
 * The pools in the body of an ARM GET, or of a LIST (`{"value": [...]}`).
 *
 * @throws InputError when it is neither
 */
export function readLiveFile(file: string, text: string): readonly JsonObject[] {
  let body: unknown;
  try {
    body = JSON.parse(text.replace(/^\uFEFF/, ""));
  } catch {
    // The parser's own words quote the text, which may be secret.
    throw new InputError(`${file}: not JSON`);
  }
  const pools = isObject(body) && isList(body.value) ? body.value : isList(body) ? body : [body];
  return pools.map((pool) => {
    if (isObject(pool) && typeof pool.id === "string") return pool;
    throw new InputError(`${file}: must be the body of an ARM GET or LIST of session pools; a pool has no "id"`);
  });
}

/** The pool of a resource among those of a file, by its id; ids compare case-insensitively. Without a known subscription, one with the same rest of the id. */
export function findLive(
  pools: readonly JsonObject[],
  resource: SessionPool,
  defaultSubscriptionId: string | undefined,
): Observation {
  const placement = placementOf(resource, defaultSubscriptionId ?? ANYWHERE);
  const known = resource.spec.subscriptionId ?? defaultSubscriptionId;
  const id = placement.ok ? formatPoolId(placement.placement).toLowerCase() : "";
  const wanted = known === undefined ? id.slice(`/subscriptions/${ANYWHERE}`.length) : id;
  const pool = pools.find(({ id: other }) => {
    const live = lowerText(other);
    return known === undefined ? live.endsWith(wanted) : live === wanted;
  });
  return pool && placement.ok
    ? { kind: "present", pool }
    : { kind: "absent", groupMissing: false, message: "not among the given pools" };
}
