import type { SessionPool } from "../api/session-pool.ts";
import type { Observation } from "../sessionpool/action.ts";
import { type JsonObject, isList, isObject, lowerText } from "../sessionpool/json.ts";
import { formatPoolId, placementOf } from "../sessionpool/placement.ts";
import { InputError } from "./documents.ts";
import { ANYWHERE } from "./plan.ts";

/** A pool as ARM returned it, whose id was seen. */
export interface LivePool extends JsonObject {
  readonly id: string;
}

/**
 * The pools in a text with the body of an ARM GET, or of a LIST (`{"value": [...]}`).
 *
 * @throws InputError when it is neither
 */
export function readLiveFile(file: string, text: string): readonly LivePool[] {
  return poolsIn(file, readJson(file, text));
}

/**
 * What a JSON text holds.
 *
 * @throws InputError when it is none
 */
export function readJson(file: string, text: string): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ""));
  } catch {
    // The parser's own words quote the text, which may be secret.
    throw new InputError(`${file}: not JSON`);
  }
}

/**
 * The pools in the body of an ARM GET, or of a LIST.
 *
 * @param file where it is from, for messages
 * @throws InputError when it is neither
 */
export function poolsIn(file: string, body: unknown): readonly LivePool[] {
  const pools = isObject(body) && isList(body.value) ? body.value : isList(body) ? body : [body];
  return pools.map((pool) => {
    if (isObject(pool) && typeof pool.id === "string") return { ...pool, id: pool.id };
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
