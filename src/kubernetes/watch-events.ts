import type { ObjectMeta } from "./client.ts";
import { KubernetesError } from "./errors.ts";

/** A line of a watch. A bookmark has an object of the kind with a version only; an error has a Status. */
export type WatchEvent<T> =
  | { readonly type: "ADDED" | "MODIFIED" | "DELETED"; readonly object: T }
  | { readonly type: "BOOKMARK" | "ERROR"; readonly object: { readonly metadata: BookmarkMeta } };

type BookmarkMeta = Pick<ObjectMeta, "resourceVersion" | "annotations">;

/** The server takes a streaming list for a watch, so that its end would never be told (Kubernetes before 1.27). */
export class NoStreamingList extends Error {
  override readonly name = "NoStreamingList";
  constructor() {
    super("a bookmark came before the end of the list");
  }
}

/** A streaming list that did not show all: the server was stopped, or does not know of such lists, or it has no end. */
export class UnfinishedList extends Error {
  override readonly name = "UnfinishedList";
}

/** A server that knows of streaming lists but has them switched off answers 422; others may not know the query, or the way to ask. */
const REFUSALS: ReadonlySet<number> = new Set([400, 405, 406, 415, 422, 501]);

/** Whether an answer to a streaming list says that the server has none, now or later. */
export function refusesStream(error: unknown): error is Error {
  return error instanceof NoStreamingList || (error instanceof KubernetesError && REFUSALS.has(error.status));
}

/** Whether an event ends the initial ones of a streaming list. */
export function isEndOfList<T>(event: WatchEvent<T>): boolean {
  return event.type === "BOOKMARK" && event.object.metadata.annotations?.["k8s.io/initial-events-end"] === "true";
}

/** @param path may have a query already, such as a field selector */
export function withQuery(path: string, query: Readonly<Record<string, string>>): string {
  return `${path}${path.includes("?") ? "&" : "?"}${new URLSearchParams(query).toString()}`;
}

/** Which objects a collection has. */
export interface Collection {
  /** In the plural, as in paths. */
  readonly resource: string;
  /** Empty for those of all namespaces. */
  readonly namespace: string;
}

/** What a collection path is of. */
export function collectionOf(path: string): Collection {
  const [names = ""] = path.split("?");
  const [, namespace = "", resource = names.slice(names.lastIndexOf("/") + 1)] =
    /\/namespaces\/([^/]+)\/([^/]+)$/.exec(names) ?? [];
  return { resource, namespace };
}

/** The queue key of an object: `namespace/name`. */
export function keyOf(metadata: Pick<ObjectMeta, "namespace" | "name">): string {
  return `${metadata.namespace ?? ""}/${metadata.name}`;
}

/** Drops what the operator never reads and what can be most of an object's size. */
export function withoutBulk<T extends { readonly metadata: ObjectMeta }>(object: T): T {
  const { managedFields: _fields, ...metadata } = object.metadata as ObjectMeta & { managedFields?: unknown };
  const { "kubectl.kubernetes.io/last-applied-configuration": _applied, ...annotations } = metadata.annotations ?? {};
  return { ...object, metadata: { ...metadata, annotations } };
}
