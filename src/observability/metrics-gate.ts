import type { Answer } from "./servers.ts";

/** Who a token is of, as the API server says it. */
export interface Identity {
  readonly username: string;
  readonly uid?: string;
  readonly groups?: readonly string[];
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

/** What the API server is asked. Both throw when it cannot be. */
export interface Reviews {
  /** Who the token is of (TokenReview); undefined: it is not valid. */
  readonly identify: (token: string) => Promise<Identity | undefined>;
  /** Whether the metrics may be read (SubjectAccessReview on /metrics, get). */
  readonly mayRead: (identity: Identity) => Promise<boolean>;
}

export interface MetricsGateOptions {
  readonly reviews: Reviews;
  /** Milliseconds that only go forward. */
  readonly now: () => number;
  /** Names a token so that nobody can tell the token from it. */
  readonly hash: (token: string) => string;
  /** The API server could not be asked. */
  readonly onProblem: (error: unknown) => void;
}

/** What is known of a request. */
export type Finding =
  | { readonly kind: "no token" }
  | { readonly kind: "unknown token" }
  | { readonly kind: "denied"; readonly username: string }
  | { readonly kind: "allowed" }
  /** The API server cannot be asked, or is asked by too many already. */
  | { readonly kind: "unavailable" };

/** How long answers of the API server count, in milliseconds: controller-runtime's (pkg/metrics/filters). */
const TOKEN_MS = 60_000;
const ALLOWED_MS = 5 * 60_000;
const DENIED_MS = 30_000;
/** Answers that are kept; those that are older go first. */
const KEPT = 1_000;
/** New tokens that the API server is asked about at the same time: whoever reaches the port can make some up. */
const ASKED_AT_ONCE = 10;

/** One request's word for a bearer token (RFC 6750 §2.1). */
const BEARER = /^bearer +([A-Za-z0-9\-._~+/]+=*)$/i;

/** What is answered instead of the metrics; undefined: nothing. */
export function refusalOf(finding: Finding): Answer | undefined {
  switch (finding.kind) {
    case "allowed":
      return undefined;
    case "no token":
      return { status: 401, text: ["a bearer token is needed\n"], headers: { "www-authenticate": "Bearer" } };
    case "unknown token":
      return {
        status: 401,
        text: ["the token is not valid\n"],
        headers: { "www-authenticate": 'Bearer error="invalid_token"' },
      };
    case "denied":
      return { status: 403, text: [`${finding.username} may not get /metrics\n`] };
    case "unavailable":
      return { status: 503, text: ["the API server cannot be asked now\n"] };
  }
}

/** Lets in who may read the metrics, by what the API server says of the bearer token. Tokens are neither kept nor logged. */
export class MetricsGate {
  readonly #options: MetricsGateOptions;
  /** By hash of the token; apart, so that made-up ones do not crowd out those of people. */
  readonly #valid: Kept<Identity>;
  readonly #invalid: Kept<true>;
  /** By identity: whether they may. */
  readonly #allowed: Kept<boolean>;
  /** By hash of the token, so that it is asked about once. */
  readonly #asking = new Map<string, Promise<Finding>>();

  constructor(options: MetricsGateOptions) {
    this.#options = options;
    this.#valid = new Kept(options.now);
    this.#invalid = new Kept(options.now);
    this.#allowed = new Kept(options.now);
  }

  /** What is answered instead of the metrics; undefined: nothing. @param authorization that header of the request */
  async refusal(authorization: string | undefined): Promise<Answer | undefined> {
    const token = BEARER.exec(authorization ?? "")?.[1];
    return refusalOf(token === undefined ? { kind: "no token" } : await this.#find(token));
  }

  async #find(token: string): Promise<Finding> {
    const name = this.#options.hash(token);
    const asked = this.#asking.get(name);
    if (asked) return await asked;
    // Who got in before gets in while others hold all turns.
    if (this.#asking.size >= ASKED_AT_ONCE && !this.#valid.has(name)) return { kind: "unavailable" };
    const finding = this.#ask(token, name)
      .catch((error: unknown): Finding => {
        this.#options.onProblem(error);
        return { kind: "unavailable" };
      })
      .finally(() => this.#asking.delete(name));
    this.#asking.set(name, finding);
    return await finding;
  }

  async #ask(token: string, name: string): Promise<Finding> {
    const identity = await this.#identify(token, name);
    if (!identity) return { kind: "unknown token" };
    return (await this.#mayRead(identity)) ? { kind: "allowed" } : { kind: "denied", username: identity.username };
  }

  async #identify(token: string, name: string): Promise<Identity | undefined> {
    const kept = this.#valid.current(name);
    if (kept || this.#invalid.current(name)) return kept;
    const identity = await this.#options.reviews.identify(token);
    if (identity) {
      this.#valid.keep(name, identity, TOKEN_MS);
    } else {
      this.#valid.drop(name);
      this.#invalid.keep(name, true, TOKEN_MS);
    }
    return identity;
  }

  async #mayRead(identity: Identity): Promise<boolean> {
    const who = JSON.stringify(identity);
    const kept = this.#allowed.current(who);
    if (kept !== undefined) return kept;
    const allowed = await this.#options.reviews.mayRead(identity);
    this.#allowed.keep(who, allowed, allowed ? ALLOWED_MS : DENIED_MS);
    return allowed;
  }
}

/** Answers that count for a while. */
class Kept<T> {
  readonly #now: () => number;
  readonly #byKey = new Map<string, { readonly value: T; readonly until: number }>();

  constructor(now: () => number) {
    this.#now = now;
  }

  /** The answer, while it counts. */
  current(key: string): T | undefined {
    const kept = this.#byKey.get(key);
    return kept && kept.until > this.#now() ? kept.value : undefined;
  }

  /** Whether there was an answer, though it may count no more. */
  has(key: string): boolean {
    return this.#byKey.has(key);
  }

  keep(key: string, value: T, forMs: number): void {
    this.#byKey.delete(key);
    this.#byKey.set(key, { value, until: this.#now() + forMs });
    const [oldest] = this.#byKey.keys();
    if (this.#byKey.size > KEPT && oldest !== undefined) this.#byKey.delete(oldest);
  }

  drop(key: string): void {
    this.#byKey.delete(key);
  }
}
