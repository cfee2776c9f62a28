import { checkApiVersion, SUPPORTED_VERSIONS } from "./api-versions.ts";
import { CallLog, type ServedCall } from "./calls.ts";
import { control } from "./control.ts";
import { Faults } from "./faults.ts";
import { ArmFault, listForbidden, type EmulatorRequest, type EmulatorResponse } from "./http.ts";
import { parseBody } from "./json.ts";
import { guid } from "./operations.ts";
import { PoolStore, type PoolStoreOptions } from "./pool-store.ts";
import { RateHeaders } from "./rate-headers.ts";
import { pathOf, type Route, routeOf } from "./routes.ts";
import { type Limits, TokenBuckets } from "./token-buckets.ts";
import { type Directory, Tokens } from "./tokens.ts";
import type { Caller } from "./view.ts";

export interface ArmModelOptions extends Directory, PoolStoreOptions {
  /** Lets calls without a valid token through. */
  readonly anonymous: boolean;
  /** How long Entra's tokens last; left out: an hour. */
  readonly tokenSeconds?: number;
  /** Refuses calls beyond these with 429; left out: refuses none, and counts in the headers as recorded in 2025. */
  readonly limits?: Limits | undefined;
  /** Refuses LISTs of the subscription, as for a principal with rights in resource groups only, or those of groups too. Read at each call. */
  readonly listDenied?: "subscription" | "all" | undefined;
}

/** Azure's stand-in without I/O: all state, no sockets, no timers; what it answers follows from the calls, the clock and the random numbers. */
export class ArmModel {
  readonly faults = new Faults();
  readonly #options: ArmModelOptions;
  readonly #pools: PoolStore;
  readonly #tokens: Tokens;
  readonly #rates: RateHeaders;
  readonly #buckets: TokenBuckets | undefined;
  readonly #calls = new CallLog();

  constructor(options: ArmModelOptions) {
    this.#options = options;
    this.#pools = new PoolStore(options);
    this.#tokens = new Tokens(options);
    this.#rates = new RateHeaders(options.clock);
    this.#buckets = options.limits && new TokenBuckets(options.limits, options.clock);
  }

  /** The calls served so far, in order. */
  get calls(): readonly ServedCall[] {
    return this.#calls.all;
  }

  /** The secret values of a pool, which no answer shows. */
  secretValues(id: string): ReadonlyMap<string, string> {
    return this.#pools.secretValues(id);
  }

  /** All pools as reads show them. It counts as no call. */
  peek(): readonly object[] {
    return this.#pools.all();
  }

  /** When the operation that runs on a pool ends, or the last one ended, in milliseconds since the epoch. It counts as no call. */
  endOfWork(path: string): number | undefined {
    const route = routeOf(path);
    return route.kind === "pool" ? this.#pools.endOfWork(route.address) : undefined;
  }

  /** A call by a person, as through the portal: no fault meets it, and it is not in the log. */
  asSomebody(method: string, path: string, body?: unknown): EmulatorResponse {
    const request = { method, url: path, headers: {}, body: body === undefined ? undefined : JSON.stringify(body) };
    const query = new URLSearchParams("api-version=2025-07-01");
    const somebody: Caller = { name: "test@example.com", type: "User" };
    try {
      return this.#dispatch(request, routeOf(path), path, query, "https://portal.example", somebody);
    } catch (error) {
      if (error instanceof ArmFault) return error.toResponse();
      throw error;
    }
  }

  /** Serves one request; every problem of the caller's becomes an answer. */
  handle(request: EmulatorRequest): EmulatorResponse {
    const url = pathOf(request.url);
    if (!url) return new ArmFault(400, "InvalidRequestUri", "The request URI is not valid.").toResponse();
    const { path, query } = url;
    if (path.toLowerCase().startsWith("/_emulator/")) return control(request, path, this.#calls, this.faults);
    const lost = this.faults.hit(request.method, path, "before");
    const response = lost ?? this.#serve(request, path, query);
    const given = lost ? lost : (this.faults.hit(request.method, path, "after") ?? response);
    const correlationId = response.headers["x-ms-correlation-request-id"];
    this.#calls.add({
      time: new Date(this.#options.clock()).toISOString(),
      method: request.method,
      path,
      status: given.status,
      ...(correlationId === undefined ? {} : { correlationId }),
    });
    return given;
  }

  #serve(request: EmulatorRequest, path: string, query: URLSearchParams): EmulatorResponse {
    const base = `https://${request.headers.host ?? "emulator.invalid"}`;
    const route = routeOf(path);
    switch (`${request.method} ${route.kind}`) {
      case "GET discovery":
        return this.#tokens.discovery(base, "tenant" in route ? route.tenant : "");
      case "GET keys":
        return this.#tokens.keys();
      case "POST token":
        return this.#tokens.issue("tenant" in route ? route.tenant : "", request);
      default:
        return this.#arm(request, route, path, query, base);
    }
  }

  /** ARM's part; the headers of its front end are on errors too. */
  #arm(request: EmulatorRequest, route: Route, path: string, query: URLSearchParams, base: string): EmulatorResponse {
    const { anonymous, random } = this.#options;
    const subscription = /^\/subscriptions\/([^/]+)/i.exec(path)?.[1] ?? "";
    let response: EmulatorResponse;
    let left: Readonly<Record<string, string>> = {};
    try {
      const caller: Caller = anonymous
        ? { name: "test@example.com", type: "User" }
        : { name: this.#tokens.check(request.headers.authorization, base, subscription), type: "Application" };
      left = this.#buckets?.take(caller.name, subscription, request.method, path) ?? {};
      this.#checkRight(route, caller);
      response = this.#dispatch(request, route, path, query, base, caller);
    } catch (error) {
      if (!(error instanceof ArmFault)) throw error;
      response = error.toResponse();
    }
    return {
      ...response,
      headers: {
        "cache-control": "no-cache",
        // What the front end refuses by itself never reaches the service, which advertises its versions.
        ...(response.headers["x-ms-failure-cause"] === "gateway" || response.status === 401
          ? {}
          : { "api-supported-versions": SUPPORTED_VERSIONS }),
        "x-ms-request-id": guid(random),
        "x-ms-correlation-request-id": request.headers["x-ms-correlation-request-id"] ?? guid(random),
        ...(this.#buckets ? left : this.#rates.next(request.method, subscription)),
        ...response.headers,
      },
    };
  }

  /** @throws ArmFault 403 */
  #checkRight(route: Route, caller: Caller): void {
    const { listDenied } = this.#options;
    if (route.kind === "list" && (listDenied === "all" || (listDenied === "subscription" && route.group === undefined)))
      throw listForbidden(caller.name, route.subscription, route.group);
  }

  #dispatch(
    request: EmulatorRequest,
    route: Route,
    path: string,
    query: URLSearchParams,
    base: string,
    caller: Caller,
  ): EmulatorResponse {
    const { method } = request;
    if (route.kind !== "pool" && route.kind !== "list" && route.kind !== "operation") {
      throw new ArmFault(404, "InvalidResourceType", `The resource type could not be found for the path '${path}'.`, {
        "x-ms-failure-cause": "gateway",
      });
    }
    const context = { base, apiVersion: checkApiVersion(query), caller };
    if (route.kind === "operation" && method === "GET") {
      return this.#pools.operation(route.id, route.statuses, query, context);
    }
    if (route.kind === "list" && method === "GET") {
      return this.#pools.list(route.subscription, route.group, query.get("$skipToken"), path, context);
    }
    if (route.kind === "pool") {
      switch (method) {
        case "GET":
          return this.#pools.get(route.address);
        case "PUT":
          return this.#pools.put(route.address, parseBody(request.body), context);
        case "PATCH":
          return this.#pools.patch(route.address, parseBody(request.body), context);
        case "DELETE":
          return this.#pools.delete(route.address, context);
        default:
      }
    }
    throw new ArmFault(405, "MethodNotAllowed", `The HTTP method '${method}' is not supported at this scope.`);
  }
}
