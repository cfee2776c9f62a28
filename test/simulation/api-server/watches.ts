import type { Clock } from "../../../src/time/clock.ts";
import { expired, Failure } from "./failure.ts";
import type { KindRules } from "./kinds.ts";
import type { Store, Stored, StoredEvent } from "./store.ts";

/** Takes what a watch says, a line of JSON each, and its end. */
export interface WatchSink {
  readonly line: (line: string) => void;
  readonly end: () => void;
}

interface Watch {
  readonly kind: KindRules;
  readonly query: URLSearchParams;
  readonly selects: (object: Stored) => boolean;
}

/** The server sends a bookmark about so often, in milliseconds. */
const BOOKMARK_MS = 60_000;
/** How long a watch lasts when nobody says, in seconds (the server's own is 30 to 60 minutes). */
const DEFAULT_TIMEOUT_SECONDS = 1_800;

/** Serves watches from the store's history and its news. */
export class Watches {
  readonly #store: Store;
  readonly #clock: Clock;
  /** Whether a list may be asked for as a watch. */
  readonly streamsLists: boolean;

  constructor(store: Store, clock: Clock, streamsLists: boolean) {
    this.#store = store;
    this.#clock = clock;
    this.streamsLists = streamsLists;
  }

  /** @returns what ends it @throws Failure for options that do not go together */
  open({ kind, query, selects }: Watch, sink: WatchSink): () => void {
    const problem = this.#problemOf(query);
    if (problem !== undefined) throw new Failure(422, "Invalid", `ListOptions.meta.k8s.io "" is invalid: ${problem}`);
    const asked = query.get("resourceVersion") ?? "";
    const initial = query.get("sendInitialEvents") === "true";
    const bookmarks = query.get("allowWatchBookmarks") === "true";
    const fromNow = asked === "" || asked === "0" || initial;
    const from = fromNow ? this.#store.version : Number(asked);
    let told = from;
    const tell = (type: string, object: object): void => sink.line(JSON.stringify({ type, object }));
    const bookmark = (annotations?: object): void => sink.line(JSON.stringify(bookmarkOf(kind, told, annotations)));
    const pass = (event: StoredEvent): void => {
      told = Math.max(told, event.version);
      const change = event.kind === kind ? selected(event, selects) : undefined;
      if (change) tell(change, change === "DELETED" ? atItsEnd(event) : event.object);
    };
    if (!fromNow && from < this.#store.oldest) {
      // As the watch cache does: the stream begins well and tells the failure as an event.
      tell("ERROR", expired(`too old resource version: ${from} (${this.#store.oldest})`).toStatus());
      sink.end();
      return () => undefined;
    }
    if (fromNow) for (const object of this.#store.list(kind).filter(selects)) tell("ADDED", object);
    else for (const event of this.#store.since(from)) pass(event);
    if (initial && bookmarks) bookmark({ "k8s.io/initial-events-end": "true" });
    const unlisten = this.#store.listen(pass);
    let cancelBookmark = (): void => undefined;
    const later = (): void => {
      cancelBookmark = this.#clock.timer(BOOKMARK_MS, () => {
        bookmark();
        later();
      });
    };
    if (bookmarks) later();
    const seconds = Number(query.get("timeoutSeconds") ?? DEFAULT_TIMEOUT_SECONDS);
    const close = (): void => {
      unlisten();
      cancelBookmark();
      cancelEnd();
    };
    const cancelEnd = this.#clock.timer(seconds * 1000, () => {
      if (bookmarks) bookmark();
      close();
      sink.end();
    });
    return close;
  }

  /** Kubernetes' validateWatchOptions (apimachinery, internalversion/validation). */
  #problemOf(query: URLSearchParams): string | undefined {
    const match = query.get("resourceVersionMatch") ?? "";
    const initial = query.get("sendInitialEvents");
    if (initial !== null && match !== "NotOlderThan")
      return "resourceVersionMatch: Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan";
    if (initial !== null && !this.streamsLists)
      return "sendInitialEvents: Forbidden: sendInitialEvents is forbidden for watch unless the WatchList feature gate is enabled";
    if (initial === null && match !== "")
      return "resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided";
    return undefined;
  }
}

/** A bookmark, which has nothing of its kind but a version. */
export function bookmarkOf(kind: KindRules, version: number, annotations?: object): object {
  return {
    type: "BOOKMARK",
    object: {
      kind: kind.kind,
      apiVersion: kind.group === "" ? kind.version : `${kind.group}/${kind.version}`,
      metadata: { resourceVersion: String(version), ...(annotations ? { annotations } : {}) },
    },
  };
}

/** An object that leaves a selection is told as it was in it, with the version that took it away. */
function atItsEnd({ object, previous }: StoredEvent): object {
  const { resourceVersion } = object.metadata;
  return { ...object, ...previous, metadata: { ...(previous ?? object).metadata, resourceVersion } };
}

/** What an event is to a watch that selects: an object may come into the selection or leave it. */
function selected({ type, object, previous }: StoredEvent, selects: (object: Stored) => boolean): string | undefined {
  const was = previous !== undefined && selects(previous);
  const is = type !== "DELETED" && selects(object);
  if (was && is) return "MODIFIED";
  if (is) return "ADDED";
  return was ? "DELETED" : undefined;
}
