import { ArmFault } from "./http.ts";
import type { Clock } from "./clock.ts";

/** Calls that ARM counts together. */
type CallKind = "reads" | "writes" | "deletes";

/** How many calls may come at once, and how many come back each second. */
interface Bucket {
  readonly capacity: number;
  readonly refill: number;
}

/** The buckets of each principal in each subscription. */
export type Limits = Readonly<Record<CallKind, Bucket>>;

/** What Azure documents (azure-session-pools §5). */
export const DOCUMENTED_LIMITS: Limits = {
  reads: { capacity: 250, refill: 25 },
  writes: { capacity: 200, refill: 10 },
  deletes: { capacity: 200, refill: 10 },
};

/** ARM's token buckets: a call takes a token, and without one it is refused. */
export class TokenBuckets {
  readonly #limits: Limits;
  readonly #clock: Clock;
  readonly #levels = new Map<string, { readonly tokens: number; readonly at: number }>();

  constructor(limits: Limits, clock: Clock) {
    this.#limits = limits;
    this.#clock = clock;
  }

  /**
   * Takes a token for a call.
   *
   * @param principal who calls
   * @returns the header that says how many are left
   * @throws ArmFault 429 when there is none, with the same header and Retry-After in whole seconds
   */
  take(principal: string, subscription: string, method: string, path: string): Readonly<Record<string, string>> {
    const kind = kindOf(method);
    const { capacity, refill } = this.#limits[kind];
    const key = `${principal}/${subscription}/${kind}`.toLowerCase();
    const now = this.#clock();
    const last = this.#levels.get(key) ?? { tokens: capacity, at: now };
    const tokens = Math.min(capacity, last.tokens + ((now - last.at) / 1000) * refill);
    const header = `x-ms-ratelimit-remaining-subscription-${kind}`;
    // What comes back in parts of a second must not be short of a whole by a rounding.
    if (tokens < 1 - 1e-9) {
      this.#levels.set(key, { tokens, at: now });
      throw refused(subscription, method, path, Math.max(1, Math.ceil((1 - tokens) / refill)), header);
    }
    const left = Math.max(0, tokens - 1);
    this.#levels.set(key, { tokens: left, at: now });
    return { [header]: String(Math.floor(left + 1e-9)) };
  }
}

/** A PATCH is a write; a page of a LIST and a poll are reads (azure-session-pools §5). */
export function kindOf(method: string): CallKind {
  if (method === "DELETE") return "deletes";
  return method === "GET" || method === "HEAD" ? "reads" : "writes";
}

/** ARM's words: webdevops/azure-metrics-exporter#36, MicrosoftDocs/azure-docs#105248. */
function refused(subscription: string, method: string, path: string, seconds: number, header: string): ArmFault {
  const operation = path
    .replaceAll(/\/(subscriptions|resourceGroups|sessionPools|locations|operation(?:Statuses|Results))\/[^/]+/gi, "/$1")
    .toUpperCase();
  return new ArmFault(
    429,
    "SubscriptionRequestsThrottled",
    `Number of requests for subscription '${subscription}' and operation '${method}${operation}' exceeded the backend storage limit. Please try again after '${seconds}' seconds.`,
    { "retry-after": String(seconds), [header]: "0", "x-ms-failure-cause": "gateway" },
  );
}
