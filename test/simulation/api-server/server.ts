import { isObject, type Json, type JsonObject, objectOr } from "../../../src/sessionpool/json.ts";
import type { Clock } from "../../../src/time/clock.ts";
import { mergePatch } from "../../emulator/json.ts";
import { badRequest, expired, Failure } from "./failure.ts";
import { applyJsonPatch } from "./json-patch.ts";
import { KINDS, type KindRules } from "./kinds.ts";
import { selectorOf } from "./selector.ts";
import { Store, type Stored } from "./store.ts";
import { bookmarkOf, Watches, type WatchSink } from "./watches.ts";
import { Writes } from "./writes.ts";

/** One request: the path has the query. */
export interface ApiRequest {
  readonly method: string;
  readonly path: string;
  readonly contentType?: string | undefined;
  readonly body?: string | undefined;
}

/** An ordinary answer. */
export interface ApiResponse {
  readonly status: number;
  readonly body: string;
}

/** What a streaming list says, a line of JSON each, and the path of the watch that goes on from there. */
export interface StreamedList {
  readonly lines: readonly string[];
  readonly next: string;
}

interface Route {
  readonly kind: KindRules;
  readonly namespace: string;
  readonly name: string;
  readonly subresource: string;
  readonly query: URLSearchParams;
}

/**
 * A Kubernetes API server in memory: the calls that operators make, with the rules that decide whether they are right. What it answers
 * follows from the requests and the clock. A conformance suite holds it to a real kube-apiserver (`cases.ts`).
 */
export class ApiServer {
  readonly store = new Store();
  readonly #writes: Writes;
  readonly #watches: Watches;
  /** The rest of a LIST by its continue token. */
  readonly #pages = new Map<string, { readonly version: number; readonly rest: readonly Stored[] }>();

  /**
   * @param hasRules whether it checks objects, as it does unless they are older than the rules
   * @param streamsLists whether its feature gate WatchList is on, as it is since Kubernetes 1.34
   */
  constructor(clock: Clock, { hasRules = true, streamsLists = true } = {}) {
    this.#writes = new Writes(this.store, () => clock.now(), hasRules);
    this.#watches = new Watches(this.store, clock, streamsLists);
    for (const name of ["default", "kube-system"]) this.create("namespaces", "", { metadata: { name } });
  }

  /** Creates an object without a request, for setting a scene. @throws Failure */
  create(plural: string, namespace: string, object: JsonObject): Stored {
    const kind = KINDS.find((candidate) => candidate.plural === plural);
    if (!kind) throw new Error(`no kind ${plural}`);
    return this.#writes.create(kind, namespace, object);
  }

  /** Serves one request that is no watch. */
  handle(request: ApiRequest): ApiResponse {
    try {
      const { status, body } = this.#serve(request);
      return { status, body: JSON.stringify(body) };
    } catch (error) {
      return answerOf(error);
    }
  }

  /**
   * Opens a watch.
   *
   * @returns an answer that refuses it, or what ends it
   */
  watch(request: ApiRequest, sink: WatchSink): ApiResponse | (() => void) {
    try {
      const { kind, namespace, query } = routeOf(request.path);
      return this.#watches.open({ kind, query, selects: this.#selects(kind, namespace, query) }, sink);
    } catch (error) {
      return answerOf(error);
    }
  }

  /** A LIST as it was at a version: what a server that lags behind answers. */
  listAt(request: ApiRequest, version: number): ApiResponse {
    const { kind, namespace, query } = routeOf(request.path);
    const selects = this.#selects(kind, namespace, query);
    const items = this.store.list(kind, version).filter(selects);
    return { status: 200, body: JSON.stringify(listOf(kind, version, items, undefined)) };
  }

  /** A streaming list as it was at a version, and the watch that goes on from there; undefined when the request is for none. */
  streamedListAt(request: ApiRequest, version: number): StreamedList | undefined {
    const { kind, namespace, query } = routeOf(request.path);
    if (query.get("sendInitialEvents") !== "true" || !this.#watches.streamsLists) return undefined;
    const objects = this.store.list(kind, version).filter(this.#selects(kind, namespace, query));
    for (const name of ["sendInitialEvents", "resourceVersionMatch"]) query.delete(name);
    query.set("resourceVersion", String(version));
    const end = bookmarkOf(kind, version, { "k8s.io/initial-events-end": "true" });
    return {
      lines: [...objects.map((object) => JSON.stringify({ type: "ADDED", object })), JSON.stringify(end)],
      next: `${request.path.split("?")[0]}?${query.toString()}`,
    };
  }

  /** Forgets history: watches cannot go on from before now, nor can LISTs by pages. */
  compact(): void {
    this.store.compact();
    this.#pages.clear();
  }

  #serve({ method, path, contentType, body }: ApiRequest): { readonly status: number; readonly body: object } {
    const route = routeOf(path);
    const { kind, namespace, name, subresource } = route;
    const target = { kind, namespace, name };
    if (subresource !== "" && !(subresource === "status" && kind.hasStatus)) throw new PageNotFound();
    switch (`${method} ${name === "" ? "collection" : "object"}`) {
      case "GET collection":
        return { status: 200, body: this.#list(route) };
      case "POST collection":
        return { status: 201, body: this.#writes.create(kind, namespace, objectIn(body, kind)) };
      case "GET object":
        return { status: 200, body: this.#writes.existing(target) };
      case "PUT object": {
        const sent = objectIn(body, kind);
        this.#writes.existing(target);
        return { status: 200, body: this.#writes.update(target, sent, subresource === "status" ? "status" : "") };
      }
      case "PATCH object": {
        const before = this.#writes.existing(target);
        const after = patched(before, contentType, jsonIn(body));
        return { status: 200, body: this.#writes.update(target, after, subresource === "status" ? "status" : "") };
      }
      case "DELETE object": {
        const { object, gone } = this.#writes.delete(
          target,
          body === undefined || body === "" ? {} : objectOr(jsonIn(body)),
        );
        return { status: 200, body: gone ? deleted(kind, object) : object };
      }
      default:
        throw new Failure(405, "MethodNotAllowed", "the server does not allow this method on the requested resource");
    }
  }

  #list({ kind, namespace, query }: Route): object {
    if (query.has("sendInitialEvents"))
      throw new Failure(
        422,
        "Invalid",
        'ListOptions.meta.k8s.io "" is invalid: sendInitialEvents: Forbidden: sendInitialEvents is forbidden for list',
      );
    const limit = Number(query.get("limit") ?? 0);
    const token = query.get("continue");
    const asked = Number(query.get("resourceVersion") ?? 0);
    if (asked > this.store.version)
      throw new Failure(504, "Timeout", `Too large resource version: ${asked}, current: ${this.store.version}`);
    let version = this.store.version;
    let items: readonly Stored[];
    if (token !== null) {
      const page = this.#pages.get(token);
      if (!page && !isToken(token)) throw badRequest("continue key is not valid");
      if (!page) throw expired("The provided continue parameter is too old to display a consistent list result.");
      ({ version, rest: items } = page);
    } else {
      items = this.store.list(kind).filter(this.#selects(kind, namespace, query));
    }
    if (limit === 0 || items.length <= limit) return listOf(kind, version, items, undefined);
    const next = Buffer.from(JSON.stringify([version, this.#pages.size])).toString("base64url");
    this.#pages.set(next, { version, rest: items.slice(limit) });
    return listOf(kind, version, items.slice(0, limit), next);
  }

  #selects(kind: KindRules, namespace: string, query: URLSearchParams): (object: Stored) => boolean {
    const selects = selectorOf(query);
    return (object) =>
      (!kind.namespaced || namespace === "" || object.metadata.namespace === namespace) && selects(object);
  }
}

function isToken(token: string): boolean {
  return /^\[\d+,\d+\]$/.test(Buffer.from(token, "base64url").toString("utf8"));
}

function listOf(kind: KindRules, version: number, items: readonly Stored[], next: string | undefined): object {
  return {
    apiVersion: kind.group === "" ? kind.version : `${kind.group}/${kind.version}`,
    kind: `${kind.kind}List`,
    metadata: { resourceVersion: String(version), ...(next === undefined ? {} : { continue: next }) },
    items,
  };
}

/** The answer to what a request could not do. */
function answerOf(error: unknown): ApiResponse {
  if (error instanceof PageNotFound) return { status: 404, body: "404 page not found\n" };
  if (error instanceof Failure) return { status: error.code, body: JSON.stringify(error.toStatus()) };
  throw error;
}

const PATH = /^\/(?:api\/(?<core>v1)|apis\/(?<group>[^/]+)\/(?<version>[^/]+))(?<rest>\/.*)$/;

/** @throws Failure 404 for a path that is none of the server's */
function routeOf(text: string): Route {
  const { pathname, searchParams: query } = new URL(text, "https://kubernetes.invalid");
  const { core, group = "", version = core, rest = "" } = PATH.exec(pathname)?.groups ?? {};
  const steps = rest.split("/").slice(1).map(decodeURIComponent);
  const [first, second = ""] = steps;
  // /namespaces/NS/PLURAL… is a collection in a namespace; /namespaces and /namespaces/NS are namespaces themselves.
  const inNamespace = first === "namespaces" && steps.length > 2 && steps[2] !== "status";
  const [plural, name = "", subresource = ""] = inNamespace ? steps.slice(2) : steps;
  const kind = KINDS.find(
    (candidate) => candidate.plural === plural && candidate.group === group && candidate.version === version,
  );
  if (!kind) throw new PageNotFound();
  return { kind, namespace: inNamespace ? second : "", name, subresource, query };
}

/** The server's answer to a path that it does not have is no Status. */
class PageNotFound extends Error {}

function jsonIn(body: string | undefined): Json {
  try {
    return JSON.parse(body ?? "") as Json;
  } catch (error) {
    throw badRequest(`error decoding: ${error instanceof Error ? error.message : ""}`);
  }
}

function objectIn(body: string | undefined, kind: KindRules): JsonObject {
  const object = jsonIn(body);
  if (!isObject(object)) throw badRequest(`the object provided is unrecognized: not a ${kind.kind}`);
  return object;
}

function patched(before: Stored, contentType: string | undefined, patch: Json): JsonObject {
  if (contentType === "application/json-patch+json") return objectOr(applyJsonPatch(before, patch));
  if (contentType === "application/merge-patch+json") return objectOr(mergePatch(before, patch));
  throw new Failure(
    415,
    "UnsupportedMediaType",
    `the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml`,
  );
}

function deleted(kind: KindRules, { metadata }: Stored): object {
  return {
    kind: "Status",
    apiVersion: "v1",
    metadata: {},
    status: "Success",
    details: {
      name: metadata.name,
      ...(kind.group === "" ? {} : { group: kind.group }),
      kind: kind.plural,
      uid: metadata.uid,
    },
  };
}
