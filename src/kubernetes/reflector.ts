import type { Logger } from "pino";
import { backoff } from "../time/backoff.ts";
import { type Clock, DeadlineError, type Random, sleep, withDeadline, withPatience } from "../time/clock.ts";
import type { Turns } from "../time/turns.ts";
import type { KubernetesClient, ObjectList } from "./client.ts";
import { KubernetesError, kubernetesError } from "./errors.ts";
import { guarded, ObjectStore, type OnChange, type Reflected } from "./object-store.ts";
import { Progress } from "./progress.ts";
import {
  isEndOfList,
  keyOf,
  NoStreamingList,
  refusesStream,
  UnfinishedList,
  type WatchEvent,
  withQuery,
} from "./watch-events.ts";

export interface ReflectorOptions<T> {
  readonly client: KubernetesClient;
  /** Collection path, with a field selector if need be, e.g. `/apis/appcontainers.dev/v1alpha1/sessionpools`. */
  readonly path: string;
  readonly onChange: OnChange<T>;
  /** What to keep of an object in the store, when that is not all of it; `onChange` gets all of the current one. */
  readonly keep?: (object: T) => T;
  /** How many are on a page of a LIST, which is parsed at a stretch: 100 when left out, fewer where each may be large. */
  readonly pageSize?: number;
  /** Measures how much time passes; one that is never set. */
  readonly clock: Clock;
  /** Asked before each object is taken in, so that many do not block the event loop. */
  readonly turns: Turns;
  readonly random: Random;
  readonly log: Logger;
}

/** A page of SessionPools is parsed in some 4 ms, where kube-rs's 500 would block the loop for 20 ms. */
const PAGE_SIZE = 100;
/** client-go: 800 ms, doubling to 30 s (tools/cache/reflector.go). */
const BACKOFF = { baseMs: 800, maxMs: 30_000 };
/** A run longer than this clears the backoff (client-go: 2 min). */
const HEALTHY_AFTER_MS = 120_000;
/** A watch that ends sooner than this without an event counts as a failure (client-go's "very short watch"). */
const VERY_SHORT_WATCH_MS = 1_000;
/** A watch that the server has refused for so long begins with a list again (client-go gives an InternalError a minute). */
const REFUSED_FOR_MS = 60_000;
/** How long a streaming list may go without an object, in milliseconds. */
const LIST_SILENCE_MS = 15_000;
/** How long a page takes at most: the client's limit for a call, in milliseconds. */
const PAGE_MS = 30_000;
/** How long a list may take in all, in milliseconds: there is always a next object or page, but no end. */
const LIST_MS = 300_000;
/**
 * How long a watch may be silent before its connection counts as dead, in milliseconds. The API server sends a bookmark each minute, a second or
 * two more or less (measured on 1.36; cacher.go), also where nothing changes. One that sends none only has to open a watch more often, and to list.
 */
const WATCH_SILENCE_MS = 75_000;
/**
 * Watches that have told nothing for so long begin with a list again: after a restore from a backup versions go back, and the API server takes a
 * watch from one that is yet to come and keeps silent until then (kubernetes/kubernetes#107457).
 */
const DEAF_MS = 2 * WATCH_SILENCE_MS;

/** Where a reflector stands. */
type State =
  /** Nothing is known, or what is known is too old to continue from (410): list everything, in pages if the stream is not to be trusted. */
  | { readonly kind: "list"; readonly inPages: boolean }
  /** The store is as of `resourceVersion`: watch from there. */
  | { readonly kind: "watch"; readonly resourceVersion: string };

/**
 * Keeps a store equal to a collection of the API server: a streaming list that goes on as a watch, or a LIST in pages where the server has none;
 * then watches with bookmarks. 410 lists again; 429 and any other failure backs off and continues from where it was; silence counts as failure, and
 * lists again when it lasts. It never stops by itself (kubernetes-conventions §3.2).
 */
export class Reflector<T extends Reflected> {
  readonly #options: ReflectorOptions<T>;
  readonly #store: ObjectStore<T>;
  readonly #synced = Promise.withResolvers<void>();
  readonly #progress: Progress;
  #isSynced = false;
  #state: State = { kind: "list", inPages: false };
  /** Whether the server has not yet refused to stream a list. */
  #streams = true;
  #failures = 0;
  /** When the server last gave the whole list, or anything by a watch. */
  #heardAt = 0;

  constructor(options: ReflectorOptions<T>) {
    this.#options = options;
    this.#store = new ObjectStore(guarded(options.onChange, options.path, options.log), options.keep);
    this.#progress = new Progress(options.path, options.clock);
  }

  /** Resolves after the first complete list. */
  get synced(): Promise<void> {
    return this.#synced.promise;
  }

  /** Whether the first complete list has been taken in. */
  get isSynced(): boolean {
    return this.#isSynced;
  }

  /** What it is doing, and since when it has got no further. */
  get progress(): Progress {
    return this.#progress;
  }

  /** The object under `namespace/name`, as last seen. */
  get(key: string): T | undefined {
    return this.#store.get(key);
  }

  /** The keys of all objects, as last seen. */
  keys(): readonly string[] {
    return [...this.#store.keys()];
  }

  /** Runs until `signal` aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    while (!signal.aborted) {
      const started = clock.now();
      try {
        if (this.#state.kind === "watch") await this.#stream(this.#state.resourceVersion, signal);
        else await this.#list(this.#state.inPages, signal);
      } catch (error) {
        if (signal.aborted) break;
        if (clock.now() - started > HEALTHY_AFTER_MS) this.#failures = 0;
        await this.#backOff(error, signal);
      }
    }
    this.#progress.ended();
  }

  async #backOff(error: unknown, signal: AbortSignal): Promise<void> {
    const { clock, random, log, path } = this.#options;
    this.#failures += 1;
    const failed = this.#state;
    const { status, retryAfterMs = 0 }: Partial<KubernetesError> = error instanceof KubernetesError ? error : {};
    const isRefused = status !== undefined && status !== 429 && clock.now() - this.#heardAt > REFUSED_FOR_MS;
    const isDeaf = status === undefined && this.#isDeaf;
    if (status === 410 || (failed.kind === "watch" && (isRefused || isDeaf)))
      this.#state = { kind: "list", inPages: false };
    // A server that does not know of streaming lists looks no different.
    else if (failed.kind === "list" && (error instanceof DeadlineError || error instanceof UnfinishedList))
      this.#state = { kind: "list", inPages: true };
    const delay = Math.max(backoff(BACKOFF, this.#failures, random), retryAfterMs);
    // A server that sends no bookmarks makes every watch end so.
    const level = failed.kind === "watch" && error instanceof DeadlineError ? "info" : "warn";
    log[level]({ err: error, path, delay }, `${failed.kind} failed; trying again`);
    if (status === 403) log.error({ path }, "forbidden: the operator needs the verbs list and watch there");
    this.#progress.doing(`backing off: ${error instanceof Error ? error.message : String(error)}`, delay);
    await sleep(clock, delay, signal);
  }

  async #list(inPages: boolean, signal: AbortSignal): Promise<void> {
    if (this.#streams && !inPages) {
      try {
        await this.#stream(undefined, signal);
        return;
      } catch (error) {
        if (this.#state.kind !== "list" || !refusesStream(error)) throw error;
        this.#streams = false;
        this.#options.log.info({ err: error, path: this.#options.path }, "the API server streams no lists: in pages");
      }
    }
    await withDeadline(this.#options.clock, LIST_MS, signal, (own) => this.#pages(own));
  }

  async #pages(signal: AbortSignal): Promise<void> {
    const { client, path, pageSize = PAGE_SIZE } = this.#options;
    const seen = new Set<string>();
    let page: ObjectList<T>;
    let token: string | undefined;
    do {
      this.#progress.doing("listing", PAGE_MS);
      const query = { limit: String(pageSize), ...(token ? { continue: token } : {}) };
      page = await client.get<ObjectList<T>>(withQuery(path, query), signal);
      for (const item of page.items) {
        await this.#turn(signal);
        seen.add(this.#store.put(item));
      }
      token = page.metadata.continue;
    } while (token);
    await this.#complete(seen, page.metadata.resourceVersion, signal);
  }

  /** Watches from a version on, or from the beginning, which is a streaming list first. */
  async #stream(from: string | undefined, signal: AbortSignal): Promise<void> {
    const { clock, random } = this.#options;
    const query = {
      watch: "true",
      allowWatchBookmarks: "true",
      timeoutSeconds: String(Math.round(300 + 300 * random())),
      ...(from === undefined
        ? { sendInitialEvents: "true", resourceVersionMatch: "NotOlderThan" }
        : { resourceVersion: from }),
    };
    await withPatience(clock, signal, (own, expect) => this.#read(query, own, expect));
  }

  async #read(
    query: Readonly<Record<string, string>>,
    signal: AbortSignal,
    expect: (withinMs: number) => void,
  ): Promise<void> {
    const { client, path, clock } = this.#options;
    const started = clock.now();
    /** What the list has shown so far; undefined once it is complete. */
    let seen = query.sendInitialEvents === undefined ? undefined : new Set<string>();
    let lines = 0;
    const heard = (): void => {
      const ms = clock.now() - started;
      if (seen && ms >= LIST_MS) throw new UnfinishedList(`the list was not complete after ${Math.round(ms / 1000)} s`);
      const limit = seen ? LIST_SILENCE_MS : WATCH_SILENCE_MS;
      this.#progress.doing(seen ? "listing" : "watching", limit);
      expect(limit);
    };
    heard();
    for await (const line of client.watch(withQuery(path, query), signal)) {
      await this.#turn(signal);
      lines += 1;
      const event = line as WatchEvent<T>;
      this.#apply(event, seen);
      const { resourceVersion } = event.object.metadata;
      if (!seen) this.#watched(resourceVersion);
      else if (isEndOfList(event)) {
        await this.#complete(seen, resourceVersion, signal);
        seen = undefined;
      } else if (event.type === "BOOKMARK") throw new NoStreamingList();
      heard();
    }
    if (seen) throw new UnfinishedList("the list ended before it was complete");
    if (lines === 0 && clock.now() - started < VERY_SHORT_WATCH_MS)
      throw new KubernetesError(200, "VeryShortWatch", "the watch ended at once without an event");
    this.#failures = 0;
    if (this.#isDeaf) this.#state = { kind: "list", inPages: false };
  }

  /** Whether watches have told nothing for long, whoever ended them: a proxy may cut what is idle sooner than a bookmark comes. */
  get #isDeaf(): boolean {
    return this.#options.clock.now() - this.#heardAt > DEAF_MS;
  }

  /** What was taken in stays taken in, also when the stream breaks on the next line. */
  #watched(resourceVersion: string): void {
    this.#state = { kind: "watch", resourceVersion };
    this.#heardAt = this.#options.clock.now();
    this.#failures = 0;
  }

  /** Only a complete list removes anything from the store. */
  async #complete(seen: ReadonlySet<string>, resourceVersion: string, signal: AbortSignal): Promise<void> {
    for (const key of this.#store.keys()) {
      if (seen.has(key)) continue;
      await this.#turn(signal);
      this.#store.remove(key);
    }
    this.#state = { kind: "watch", resourceVersion };
    this.#heardAt = this.#options.clock.now();
    if (this.#isSynced) return;
    this.#isSynced = true;
    this.#synced.resolve();
  }

  /** Waits until there is time for one more object. @throws what aborted `signal`: nothing is taken in after that */
  async #turn(signal: AbortSignal): Promise<void> {
    const turn = this.#options.turns.next();
    if (turn) await turn;
    signal.throwIfAborted();
  }

  #apply(event: WatchEvent<T>, seen: Set<string> | undefined): void {
    switch (event.type) {
      case "ADDED":
      case "MODIFIED": {
        const key = this.#store.put(event.object);
        seen?.add(key);
        return;
      }
      case "DELETED":
        this.#store.remove(keyOf(event.object.metadata));
        return;
      case "BOOKMARK":
        return;
      case "ERROR":
        throw kubernetesError(500, JSON.stringify(event.object), undefined);
      default:
        // Nothing of the event itself, which may be a Secret.
        throw new KubernetesError(200, "UnknownEvent", "the watch told an event of an unknown type");
    }
  }
}
