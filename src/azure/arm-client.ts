import { createContainerAppsAPI } from "@azure/arm-appcontainers/api";
import { type Clock, DeadlineError, withDeadline } from "../time/clock.ts";
import { NotLeading, type Permit } from "../time/permit.ts";
import { type AzureCredential, withoutCache } from "./credential.ts";
import { ArmError, armError, retryAfterMs } from "./errors.ts";
import { Budget, type CallKind } from "./budget.ts";
import type { Receipt } from "./call-bucket.ts";
import { type ArmHttpClient, preparePipeline } from "./pipeline.ts";
import type { TraceCall } from "./trace-policy.ts";
import type { Turn } from "./waiting-line.ts";

/** The api-version that the operator speaks; the SDK's own default is a later one. */
const API_VERSION = "2025-07-01";

/** Names one session pool in Azure. */
export interface PoolAddress {
  readonly subscriptionId: string;
  readonly resourceGroup: string;
  readonly name: string;
}

/** Where a LIST looks: a subscription, or one resource group of it. */
export interface PoolScope {
  readonly subscriptionId: string;
  readonly resourceGroup?: string;
}

/** One page of a LIST. */
export interface PoolPage {
  readonly pools: readonly object[];
  /** When it was asked for, by our clock: what happened later it may not know. */
  readonly askedAt: number;
}

/** What a call is for. */
export type CallName = "get" | "list" | "put" | "delete" | "operation";

const KIND_OF: Readonly<Record<CallName, CallKind>> = {
  get: "read",
  list: "read",
  operation: "read",
  put: "write",
  delete: "delete",
};

/** How a call ended: with the HTTP status of an answer, with none, or before it was made, for want of a token. */
export type CallEnd = number | "none" | "no_token";

/** A successful answer: the raw JSON body (undefined when empty), and the headers that say how to follow a long-running operation. */
export interface ArmAnswer {
  readonly status: number;
  readonly body: unknown;
  /** `Azure-AsyncOperation`, else `Location`: a signed URL, to be used as it is and never shown. Absent when the answer is final. */
  readonly operationUrl: string | undefined;
  /** What Retry-After asked for, in milliseconds. */
  readonly retryAfterMs: number | undefined;
}

export interface ArmClientOptions {
  readonly credential: AzureCredential;
  /** ARM's base URL, e.g. `https://management.azure.com`. */
  readonly endpoint: string;
  /** Audience of the token, e.g. `https://management.azure.com`. */
  readonly audience: string;
  readonly clock: Clock;
  readonly userAgent: string;
  /** Shared by the clients of one principal; one of its own when left out. */
  readonly budget?: Budget;
  /** Told of each call: which, and how it ended. */
  readonly onCall?: ((name: CallName, end: CallEnd) => void) | undefined;
  /** Asked just before a write leaves; left out: writes are always allowed. */
  readonly permit?: Permit | undefined;
  /** Traces each call; left out: nobody does. */
  readonly trace?: TraceCall | undefined;
  /** Only tests and simulations set it. */
  readonly httpClient?: ArmHttpClient;
}

/** A read may take this long, in milliseconds. */
const READ_TIMEOUT_MS = 30_000;
/** A write may take this long: the service was seen to answer a PUT after 6 s (azure-session-pools §3.1). */
const WRITE_TIMEOUT_MS = 60_000;

const POOL = "/subscriptions/{s}/resourceGroups/{g}/providers/Microsoft.App/sessionPools/{n}";
const POOLS_OF_GROUP = "/subscriptions/{s}/resourceGroups/{g}/providers/Microsoft.App/sessionPools";
const POOLS_OF_SUBSCRIPTION = "/subscriptions/{s}/providers/Microsoft.App/sessionPools";
/** A LIST with more pages has no end: at 20 pools a page these are more than a subscription can hold. */
const MAX_PAGES = 1000;

/**
 * Calls ARM through the pipeline of @azure/arm-appcontainers (token, user agent, encoding of each path segment) with raw JSON both ways, because the SDK's
 * models drop fields they do not know. No retries and no redirects inside: one call is one request, and a failure is an {@link ArmError}.
 */
export class ArmClient {
  /** What its principal may ask. */
  readonly budget: Budget;
  readonly #api: ReturnType<typeof createContainerAppsAPI>;
  readonly #clock: Clock;
  readonly #onCall: NonNullable<ArmClientOptions["onCall"]>;
  readonly #host: string;

  constructor(options: ArmClientOptions) {
    this.#clock = options.clock;
    this.budget = options.budget ?? new Budget(options);
    this.#onCall = options.onCall ?? ((): void => undefined);
    this.#host = new URL(options.endpoint).host;
    this.#api = createContainerAppsAPI(withoutCache(options.credential), "", {
      endpoint: options.endpoint,
      apiVersion: API_VERSION,
      credentials: { scopes: [`${options.audience.replace(/\/$/, "")}/.default`] },
      retryOptions: { maxRetries: 0 },
      userAgentOptions: { userAgentPrefix: options.userAgent },
      ...(options.httpClient ? { httpClient: options.httpClient } : {}),
    });
    preparePipeline(this.#api, options);
  }

  /**
   * Reads a pool.
   *
   * @param turn who waits for a turn; absent for who waits for nobody (see {@link Budget.take}), here and below
   * @throws ArmError, `isAbsent` when it does not exist @throws TurnPending
   */
  async get(pool: PoolAddress, signal: AbortSignal, turn?: Turn): Promise<ArmAnswer> {
    return this.#send("get", pool.subscriptionId, READ_TIMEOUT_MS, signal, turn, (abortSignal) =>
      this.#path(pool).get({ abortSignal, queryParameters: { "api-version": API_VERSION } }),
    );
  }

  /**
   * Reads all pools of a scope, one page after the other, each with its pools as GET returns them (azure-session-pools, before §1). A pool that
   * comes or goes meanwhile may be missing, or be on two pages.
   *
   * @param turn each page waits for one
   * @throws ArmError, also when a page leads to another host than ARM's, or the pages do not end
   */
  async *list(
    scope: PoolScope,
    signal: AbortSignal,
    turn?: Omit<Turn, "wake">,
  ): AsyncGenerator<PoolPage, void, undefined> {
    const { subscriptionId, resourceGroup } = scope;
    const first =
      resourceGroup === undefined
        ? this.#api.pathUnchecked(POOLS_OF_SUBSCRIPTION, subscriptionId)
        : this.#api.pathUnchecked(POOLS_OF_GROUP, subscriptionId, resourceGroup);
    let call: Call = (abortSignal) => first.get({ abortSignal, queryParameters: { "api-version": API_VERSION } });
    const seen = new Set<string>();
    for (;;) {
      const paid = turn && (await this.budget.wait("read", subscriptionId, turn, signal));
      const askedAt = this.#clock.now();
      const answer = await this.#send("list", subscriptionId, READ_TIMEOUT_MS, signal, paid, call);
      const { pools, nextLink } = pageOf(answer);
      yield { pools, askedAt };
      if (nextLink === undefined) return;
      const next = this.#trusted(nextLink);
      if (next === undefined) throw badPage(answer, "UntrustedNextLink", "goes on at another host than ARM's own");
      if (seen.has(next) || seen.size >= MAX_PAGES) throw badPage(answer, "EndlessList", "does not end");
      seen.add(next);
      call = (abortSignal) => this.#api.pathUnchecked(next).get({ abortSignal });
    }
  }

  /** Creates or replaces a pool. The answer to an update is 201 too (azure-session-pools §3.1). @throws ArmError @throws TurnPending */
  async put(pool: PoolAddress, body: unknown, signal: AbortSignal, turn?: Turn): Promise<ArmAnswer> {
    return this.#send("put", pool.subscriptionId, WRITE_TIMEOUT_MS, signal, turn, (abortSignal) =>
      this.#path(pool).put({ abortSignal, body, queryParameters: { "api-version": API_VERSION } }),
    );
  }

  /** Asks Azure to delete a pool: 202 with an operation, or 204 at once. @throws ArmError @throws TurnPending */
  async delete(pool: PoolAddress, signal: AbortSignal, turn?: Turn): Promise<ArmAnswer> {
    return this.#send("delete", pool.subscriptionId, WRITE_TIMEOUT_MS, signal, turn, (abortSignal) =>
      this.#path(pool).delete({ abortSignal, queryParameters: { "api-version": API_VERSION } }),
    );
  }

  /** Reads the state of a long-running operation from the signed URL that Azure gave, as it is. @throws ArmError @throws TurnPending */
  async getOperation(subscriptionId: string, url: string, signal: AbortSignal, turn?: Turn): Promise<ArmAnswer> {
    return this.#send("operation", subscriptionId, READ_TIMEOUT_MS, signal, turn, (abortSignal) =>
      this.#api.pathUnchecked(url).get({ abortSignal }),
    );
  }

  #path(pool: PoolAddress): ReturnType<ReturnType<typeof createContainerAppsAPI>["pathUnchecked"]> {
    return this.#api.pathUnchecked(POOL, pool.subscriptionId, pool.resourceGroup, pool.name);
  }

  /** @param payment a turn to pay with, or a receipt when it is paid */
  async #send(
    name: CallName,
    subscriptionId: string,
    timeoutMs: number,
    parent: AbortSignal,
    payment: Turn | Receipt | undefined,
    call: Call,
  ): Promise<ArmAnswer> {
    const kind = KIND_OF[name];
    const receipt = payment && "paidAt" in payment ? payment : this.budget.take(kind, subscriptionId, payment);
    let response: RawResponse;
    try {
      response = await withDeadline(this.#clock, timeoutMs, parent, async (signal) => await call(signal));
    } catch (error) {
      this.budget.follow(kind, subscriptionId, {}, receipt);
      if (parent.aborted || error instanceof NotLeading) throw error;
      const failure = noAnswer(error);
      // What is an ArmError already is the credential's: nothing was sent.
      this.#onCall(name, failure === error || failure.kind === "unauthenticated" ? "no_token" : "none");
      throw failure;
    }
    const status = Number(response.status);
    const headers = response.headers;
    this.#onCall(name, status);
    this.budget.follow(kind, subscriptionId, headers, receipt);
    const wait = retryAfterMs(headers);
    if (status >= 300) {
      const error = armError(status, response.body, wait);
      if (error.kind === "throttled") this.budget.closeFor(kind, subscriptionId, wait);
      throw error;
    }
    if (response.body !== undefined && (typeof response.body !== "object" || response.body === null)) {
      throw new ArmError("unavailable", status, "UnreadableAnswer", "Azure's answer was not a JSON object", wait);
    }
    const url = headers["azure-asyncoperation"] ?? headers["location"];
    return { status, body: response.body, operationUrl: this.#trusted(url), retryAfterMs: wait };
  }

  /** Poll URLs are followed only to the ARM host itself, since the token goes with the request. */
  #trusted(url: string | undefined): string | undefined {
    if (url === undefined || !URL.canParse(url)) return undefined;
    const { protocol, host } = new URL(url);
    return protocol === "https:" && host === this.#host ? url : undefined;
  }
}

/** The pools of a page, and where the next one is. @throws ArmError when it is none */
function pageOf(answer: ArmAnswer): { readonly pools: readonly object[]; readonly nextLink: string | undefined } {
  const { value, nextLink } = (answer.body ?? {}) as { value?: unknown; nextLink?: unknown };
  if (!Array.isArray(value) || !value.every((pool) => typeof pool === "object" && pool !== null))
    throw badPage(answer, "UnreadableAnswer", "was no list");
  return { pools: value, nextLink: typeof nextLink === "string" && nextLink !== "" ? nextLink : undefined };
}

function badPage({ status }: ArmAnswer, code: string, what: string): ArmError {
  return new ArmError("unavailable", status, code, `Azure's list of session pools ${what}`);
}

type Call = (signal: AbortSignal) => PromiseLike<RawResponse>;

interface RawResponse {
  readonly status: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: unknown;
}

/** Names of the errors that @azure/identity throws when it can get no token. */
const CREDENTIAL_ERRORS = new Set([
  "AuthenticationError",
  "AggregateAuthenticationError",
  "CredentialUnavailableError",
  "AuthenticationRequiredError",
]);

function noAnswer(error: unknown): ArmError {
  if (error instanceof ArmError) return error;
  if (error instanceof DeadlineError) return new ArmError("unavailable", 0, "Timeout", `Azure gave ${error.message}`);
  const { name, message, code } =
    error instanceof Error
      ? (error as Error & { code?: unknown })
      : { name: "", message: String(error), code: undefined };
  if (CREDENTIAL_ERRORS.has(name)) {
    return new ArmError("unauthenticated", 0, "AuthenticationFailed", `no token for Azure: ${firstLines(message)}`);
  }
  if (code === "PARSE_ERROR") {
    const headers = (error as { response?: { headers?: { toJSON(): Record<string, string> } } }).response?.headers;
    const wait = headers ? retryAfterMs(headers.toJSON()) : undefined;
    return new ArmError("unavailable", 0, "UnreadableAnswer", "Azure's answer was not readable JSON", wait);
  }
  return new ArmError("unavailable", 0, "ConnectionFailed", `Azure could not be reached: ${firstLines(message)}`);
}

/** SDK errors carry dumps of requests after the first lines. */
function firstLines(message: string): string {
  return message.split("\n").slice(0, 2).join(" ");
}
