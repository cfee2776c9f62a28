import type { Logger } from "pino";
import { type Clock, DeadlineError, type Random, sleep, withDeadline, withPatience } from "../time/clock.ts";
import type { Turns } from "../time/turns.ts";
import type { KubernetesClient, ObjectList } from "./client.ts";
import { Contact, WATCH_SILENCE_MS } from "./contact.ts";
import { KubernetesError, kubernetesError } from "./errors.ts";
import { guarded, ObjectStore, type OnChange, type Reflected } from "./object-store.ts";
import { Progress } from "./progress.ts";
import {
  type Collection,
  collectionOf,
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
/** How long a streaming list may go without an object, in milliseconds. */
const LIST_SILENCE_MS = 15_000;
/** How long a page takes at most: the client's limit for a call, in milliseconds. */
const PAGE_MS = 30_000;
/** How long a list may take in all, in milliseconds: there is always a next object or page, but no end. */
const LIST_MS = 300_000;

/** For how long the API server has told nothing of a collection. */
export interface Quiet extends Collection {
  readonly ms: number;
}

/** Where a reflector stands. */
type State =
  /** Nothing is known, or what is known is too old to continue from (410): list everything, in pages if the stream is not to be trusted. */
  | { readonly kind: "list"; readonly inPages: boolean }
  /** The store is as of `resourceVersion`: watch from there. */
  | { readonly kind: "watch"; readonly resourceVersion: string };

/**
 * Keeps a store equal to a collection of the API server: a streaming list that goes on as a watch, or a LIST in pages where the server has none;
 * then watches with bookmarks. 410 lists again; 429 and any other failure backs off and continues from where it was. A watch that is cut, or silent,
 * is opened again at once; silence that lasts lists again. It never stops by itself (kubernetes-conventions §3.2).
 */
export class Reflector<T extends Reflected> {
  readonly #options: ReflectorOptions<T>;
  readonly #store: ObjectStore<T>;
  readonly #synced = Promise.withResolvers<void>();
  readonly #progress: Progress;
  readonly #contact: Contact;
  #isSynced = false;
  #state: State = { kind: "list", inPages: false };
  /** Whether the server has not yet refused to stream a list. */
  #streams = true;

  constructor(options: ReflectorOptions<T>) {
    this.#options = options;
    this.#store = new ObjectStore(guarded(options.onChange, options.path, options.log), options.keep);
    this.#progress = new Progress(options.path, options.clock);
    this.#contact = new Contact(options.clock, options.random);
  }

  /** What it follows. */
  get collection(): Collection {
    return collectionOf(this.#options.path);
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

  /** Undefined while it does not run. */
  get quiet(): Quiet | undefined {
    const { quietMs } = this.#contact;
    return quietMs === undefined ? undefined : { ...this.collection, ms: quietMs };
  }

  /** What it has had of the API server. */
  get contact(): Pick<Contact, "quietMs" | "problem" | "wasRefused"> {
    return this.#contact;
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
    this.#contact.began();
    while (!signal.aborted) {
      try {
        if (this.#state.kind === "watch") await this.#stream(this.#state.resourceVersion, signal);
        else await this.#list(this.#state.inPages, signal);
      } catch (error) {
        if (signal.aborted) break;
        await this.#failed(error, signal);
      }
    }
    this.#contact.ended();
    this.#progress.ended();
  }

  async #failed(error: unknown, signal: AbortSignal): Promise<void> {
    const { clock, log, path } = this.#options;
    const { kind } = this.#state;
    const status = error instanceof KubernetesError ? error.status : undefined;
    const delay = this.#contact.failed(error);
    if (status === 410 || (kind === "watch" && this.#contact.mustList(status)))
      this.#state = { kind: "list", inPages: false };
    // A server that does not know of streaming lists looks no different.
    else if (kind === "list" && (error instanceof DeadlineError || error instanceof UnfinishedList))
      this.#state = { kind, inPages: true };
    if (delay === undefined) {
      // Where something cuts what is idle, every watch ends so.
      if (error instanceof DeadlineError) log.info({ path }, "the watch was silent; going on at once");
      else log.debug({ err: error, path }, "the watch was cut; going on at once");
      return;
    }
    log.warn({ err: error, path, delay }, `${kind} failed; trying again`);
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
    const opened = (): void => {
      if (!seen && !signal.aborted) this.#contact.opened();
    };
    for await (const line of client.watch(withQuery(path, query), signal, opened)) {
      await this.#turn(signal);
      lines += 1;
      const event = line as WatchEvent<T>;
      this.#apply(event, seen);
      const { resourceVersion } = event.object.metadata;
      if (!seen) this.#watched(resourceVersion);
      else if (isEndOfList(event)) {
        await this.#complete(seen, resourceVersion, signal);
        seen = undefined;
        opened();
      } else if (event.type === "BOOKMARK") throw new NoStreamingList();
      heard();
    }
    if (seen) throw new UnfinishedList("the list ended before it was complete");
    this.#contact.closed(lines);
    if (this.#contact.isDeaf) this.#state = { kind: "list", inPages: false };
  }

  /** What was taken in stays taken in, also when the stream breaks on the next line. */
  #watched(resourceVersion: string): void {
    this.#state = { kind: "watch", resourceVersion };
    this.#contact.heard();
  }

  /** Only a complete list removes anything from the store. */
  async #complete(seen: ReadonlySet<string>, resourceVersion: string, signal: AbortSignal): Promise<void> {
    for (const key of this.#store.keys()) {
      if (seen.has(key)) continue;
      await this.#turn(signal);
      this.#store.remove(key);
    }
    this.#state = { kind: "watch", resourceVersion };
    this.#contact.listed();
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
