import { answer, ArmFault, type EmulatorRequest, type EmulatorResponse } from "./http.ts";
import { type Fault, Faults, parseFault } from "./faults.ts";
import { fields } from "./json.ts";
import { guid } from "./operations.ts";
import { PoolStore } from "./pool-store.ts";
import { RateHeaders } from "./rate-headers.ts";
import { Tokens } from "./tokens.ts";
import type { Caller } from "./view.ts";

/** Milliseconds since the epoch. */
export type Clock = () => number;
/** A number in [0, 1). */
export type Random = () => number;

export interface ArmModelOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** How long each long-running operation takes. */
  readonly provisioningSeconds: number;
  /** Lets calls without a valid token through. */
  readonly anonymous: boolean;
  /** Pools on a page of a LIST; the real number is not known (kubernetes-conventions §6.2 guesses 20 to 100). */
  readonly pageSize?: number;
}

/** A call that was served. Bodies are never kept. */
export interface ServedCall {
  readonly seq: number;
  readonly time: string;
  readonly method: string;
  /** Without the query, which is signed in poll URLs. */
  readonly path: string;
  readonly status: number;
}

/** What the service advertises (azure-session-pools §1.4); whatever is asked for, the answer is that of 2025-07-01. */
const API_VERSIONS = [
  "2023-08-01-preview",
  "2023-11-02-preview",
  "2024-02-02-preview",
  "2024-08-02-preview",
  "2024-10-02-preview",
  "2025-01-01",
  "2025-02-02-preview",
  "2025-07-01",
  "2025-10-02-preview",
];

const LIST = /^\/subscriptions\/([^/]+)(?:\/resourceGroups\/([^/]+))?\/providers\/Microsoft\.App\/sessionPools$/i;
const POOL = /^\/subscriptions\/([^/]+)\/resourceGroups\/([^/]+)\/providers\/Microsoft\.App\/sessionPools\/([^/]+)$/i;
const OPERATION =
  /^\/subscriptions\/([^/]+)\/providers\/Microsoft\.App\/locations\/([^/]+)\/operation(Statuses|Results)\/([^/]+)$/i;
const TOKEN = /^\/([^/]+)\/oauth2\/v2\.0\/token$/i;
const DISCOVERY = /^\/([^/]+)\/v2\.0\/\.well-known\/openid-configuration$/i;

/** Azure's stand-in without I/O: all state, no sockets, no timers; what it answers follows from the calls, the clock and the random numbers. */
export class ArmModel {
  readonly faults = new Faults();
  readonly #options: ArmModelOptions;
  readonly #pools: PoolStore;
  readonly #tokens: Tokens;
  readonly #rates: RateHeaders;
  #calls: ServedCall[] = [];
  #sequence = 0;

  constructor(options: ArmModelOptions) {
    this.#options = options;
    this.#pools = new PoolStore(options);
    this.#tokens = new Tokens(options.clock, guid(options.random));
    this.#rates = new RateHeaders(options.clock);
  }

  /** The calls served so far, in order. */
  get calls(): readonly ServedCall[] {
    return this.#calls;
  }

  /** The secret values of a pool, which no answer shows. */
  secretValues(id: string): ReadonlyMap<string, string> {
    return this.#pools.secretValues(id);
  }

  handle(request: EmulatorRequest): EmulatorResponse {
    const url = new URL(request.url, "https://emulator.invalid");
    const path = decodeURI(url.pathname).replace(/(.)\/$/, "$1");
    if (path.toLowerCase().startsWith("/_emulator/")) return this.#control(request, path.toLowerCase());
    const response = this.#serve(request, path, url.searchParams);
    this.#sequence += 1;
    this.#calls.push({
      seq: this.#sequence,
      time: new Date(this.#options.clock()).toISOString(),
      method: request.method,
      path,
      status: response.status,
    });
    return response;
  }

  #serve(request: EmulatorRequest, path: string, query: URLSearchParams): EmulatorResponse {
    const base = `https://${request.headers.host ?? "emulator.invalid"}`;
    const lost = this.faults.hit(request.method, path, "before");
    if (lost) return lost;
    let response: EmulatorResponse;
    try {
      response = this.#entra(request, path, base) ?? this.#arm(request, path, query, base);
    } catch (error) {
      if (!(error instanceof ArmFault)) throw error;
      response = error.toResponse();
    }
    return this.faults.hit(request.method, path, "after") ?? response;
  }

  #entra(request: EmulatorRequest, path: string, base: string): EmulatorResponse | undefined {
    const discovery = DISCOVERY.exec(path)?.[1];
    if (request.method === "GET" && discovery !== undefined) return this.#tokens.discovery(base, discovery);
    const tenant = TOKEN.exec(path)?.[1] ?? (path === "/" ? "common" : undefined);
    return request.method === "POST" && tenant !== undefined ? this.#tokens.issue(tenant, request) : undefined;
  }

  #arm(request: EmulatorRequest, path: string, query: URLSearchParams, base: string): EmulatorResponse {
    const caller: Caller = this.#options.anonymous
      ? { name: "test@example.com", type: "User" }
      : { name: this.#tokens.check(request.headers.authorization, base), type: "Application" };
    const response = this.#route(request, path, query, base, caller);
    const subscription = /^\/subscriptions\/([^/]+)/i.exec(path)?.[1] ?? "";
    return {
      ...response,
      headers: {
        "cache-control": "no-cache",
        "api-supported-versions": API_VERSIONS.join(", "),
        "x-ms-request-id": guid(this.#options.random),
        "x-ms-correlation-request-id": request.headers["x-ms-correlation-request-id"] ?? guid(this.#options.random),
        ...this.#rates.next(request.method, subscription),
        ...response.headers,
      },
    };
  }

  #route(
    request: EmulatorRequest,
    path: string,
    query: URLSearchParams,
    base: string,
    caller: Caller,
  ): EmulatorResponse {
    const [, subscription = "", group = "", name = ""] = POOL.exec(path) ?? [];
    const operation = OPERATION.exec(path);
    const list = LIST.exec(path);
    if (!name && !operation && !list) {
      throw new ArmFault(404, "InvalidResourceType", `The resource type could not be found for the path '${path}'.`, {
        "x-ms-failure-cause": "gateway",
      });
    }
    const apiVersion = checkApiVersion(query);
    const context = { base, apiVersion, caller };
    if (operation) {
      if (request.method !== "GET") throw methodNotAllowed(request.method);
      return this.#pools.operation(operation[4] ?? "", operation[3]?.toLowerCase() === "statuses", query, context);
    }
    if (list) {
      if (request.method !== "GET") throw methodNotAllowed(request.method);
      return this.#pools.list(list[1] ?? "", list[2], query.get("$skipToken"), path, context);
    }
    const address = { subscription, group, name };
    switch (request.method) {
      case "GET":
        return this.#pools.get(address);
      case "PUT":
        return this.#pools.put(address, parseBody(request.body), context);
      case "PATCH":
        return this.#pools.patch(address, parseBody(request.body), context);
      case "DELETE":
        return this.#pools.delete(address, context);
      default:
        throw methodNotAllowed(request.method);
    }
  }

  #control(request: EmulatorRequest, path: string): EmulatorResponse {
    switch (`${request.method} ${path}`) {
      case "GET /_emulator/calls":
        return answer(200, { calls: this.#calls });
      case "DELETE /_emulator/calls":
        this.#calls = [];
        return answer(204);
      case "POST /_emulator/faults":
        try {
          this.faults.add(parseFault(fields(parseBody(request.body))) satisfies Fault);
          return answer(201);
        } catch (error) {
          if (error instanceof ArmFault) return error.toResponse();
          throw error;
        }
      case "DELETE /_emulator/faults":
        this.faults.clear();
        return answer(204);
      default:
        return answer(404, {
          error: {
            code: "NotFound",
            message: "the emulator has GET and DELETE /_emulator/calls, POST and DELETE /_emulator/faults",
          },
        });
    }
  }
}

function checkApiVersion(query: URLSearchParams): string {
  const version = query.get("api-version");
  if (version === null || version === "") {
    throw new ArmFault(
      400,
      "MissingApiVersionParameter",
      "The api-version query parameter (?api-version=) is required for all requests.",
    );
  }
  if (!API_VERSIONS.includes(version)) {
    throw new ArmFault(
      400,
      "NoRegisteredProviderFound",
      `No registered resource provider found for API version '${version}' for type 'sessionPools'. The supported api-versions are '${API_VERSIONS.join(", ")}'.`,
    );
  }
  return version;
}

function parseBody(body: string | undefined): unknown {
  try {
    const parsed: unknown = JSON.parse(body ?? "");
    if (typeof parsed === "object" && parsed !== null && !Array.isArray(parsed)) return parsed;
  } catch {
    // Told below, as the service does, without quoting the body.
  }
  throw new ArmFault(400, "InvalidRequestContent", "The request content was invalid and could not be deserialized.");
}

function methodNotAllowed(method: string): ArmFault {
  return new ArmFault(405, "MethodNotAllowed", `The HTTP method '${method}' is not supported at this scope.`);
}
