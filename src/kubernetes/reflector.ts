import type { Logger } from "pino";
import { backoff } from "../time/backoff.ts";
import { type Clock, DeadlineError, type Random, sleep } from "../time/clock.ts";
import type { KubernetesClient, ObjectList, ObjectMeta } from "./client.ts";
import { KubernetesError, kubernetesError } from "./errors.ts";

/** An object that a reflector can hold. */
export interface Reflected {
  readonly metadata: ObjectMeta;
}

/** Called after the store changed: `previous` is absent for a new object, `current` for one that is gone. */
export type OnChange<T> = (key: string, previous: T | undefined, current: T | undefined) => void;

export interface ReflectorOptions<T> {
  readonly client: KubernetesClient;
  /** Collection path, with a field selector if need be, e.g. `/apis/appcontainers.dev/v1alpha1/sessionpools`. */
  readonly path: string;
  readonly onChange: OnChange<T>;
  /** What to keep of an object in the store, when that is not all of it; `onChange` gets all of the current one. */
  readonly keep?: (object: T) => T;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
}

/** Page size of a LIST (kube-rs: 500). */
const PAGE_SIZE = 500;
/** client-go: 800 ms, doubling to 30 s (tools/cache/reflector.go). */
const BACKOFF = { baseMs: 800, maxMs: 30_000 };
/** A run longer than this clears the backoff (client-go: 2 min). */
const HEALTHY_AFTER_MS = 120_000;
/** A watch that ends sooner than this without an event counts as a failure (client-go's "very short watch"). */
const VERY_SHORT_WATCH_MS = 1_000;
/** How long after its announced end a watch may stay silent before the connection counts as dead. */
const WATCH_GRACE_MS = 15_000;

/** Where a reflector stands. */
type State =
  /** Nothing is known, or what is known is too old to continue from (410): LIST everything. */
  | { readonly kind: "list" }
  /** The store is as of `resourceVersion`: WATCH from there. */
  | { readonly kind: "watch"; readonly resourceVersion: string };

/**
 * Keeps a store equal to a collection of the API server: LIST in pages, then WATCH with bookmarks; 410 lists again, 429 and any other
 * failure backs off and continues from where it was. It never stops by itself (kubernetes-conventions §3.2).
 */
export class Reflector<T extends Reflected> {
  readonly #options: ReflectorOptions<T>;
  readonly #store = new Map<string, T>();
  readonly #synced = Promise.withResolvers<void>();
  #isSynced = false;
  #state: State = { kind: "list" };
  #failures = 0;

  constructor(options: ReflectorOptions<T>) {
    this.#options = options;
  }

  /** Resolves after the first complete LIST. */
  get synced(): Promise<void> {
    return this.#synced.promise;
  }

  /** Whether the first complete LIST has been taken in. */
  get isSynced(): boolean {
    return this.#isSynced;
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
    const { clock, random, log } = this.#options;
    while (!signal.aborted) {
      const started = clock.now();
      try {
        this.#state = this.#state.kind === "list" ? await this.#list(signal) : await this.#watch(this.#state, signal);
        this.#failures = 0;
      } catch (error) {
        if (signal.aborted) return;
        if (clock.now() - started > HEALTHY_AFTER_MS) this.#failures = 0;
        this.#failures += 1;
        if (error instanceof KubernetesError && error.status === 410) this.#state = { kind: "list" };
        const asked = error instanceof KubernetesError ? (error.retryAfterMs ?? 0) : 0;
        const delay = Math.max(backoff(BACKOFF, this.#failures, random), asked);
        log.warn({ err: error, path: this.#options.path, delay }, `${this.#state.kind} failed; trying again`);
        if (error instanceof KubernetesError && error.status === 403)
          log.error({ path: this.#options.path }, "forbidden: the operator needs the verbs list and watch there");
        await sleep(clock, delay, signal);
      }
    }
  }

  async #list(signal: AbortSignal): Promise<State> {
    const { client, path } = this.#options;
    const seen = new Set<string>();
    const items: T[] = [];
    let page: ObjectList<T>;
    let token: string | undefined;
    do {
      const query = { limit: String(PAGE_SIZE), ...(token ? { continue: token } : {}) };
      page = await client.get<ObjectList<T>>(withQuery(path, query), signal);
      items.push(...page.items);
      token = page.metadata.continue;
    } while (token);
    // Only a complete LIST may remove anything from the store.
    for (const item of items) seen.add(this.#put(item));
    for (const key of [...this.#store.keys()].filter((key) => !seen.has(key))) this.#remove(key);
    if (!this.#isSynced) {
      this.#isSynced = true;
      this.#synced.resolve();
    }
    return { kind: "watch", resourceVersion: page.metadata.resourceVersion };
  }

  async #watch(from: { readonly resourceVersion: string }, signal: AbortSignal): Promise<State> {
    const { client, path, clock, random } = this.#options;
    let { resourceVersion } = from;
    const started = clock.now();
    const timeoutSeconds = Math.round(300 + 300 * random());
    const query = {
      watch: "true",
      resourceVersion,
      allowWatchBookmarks: "true",
      timeoutSeconds: String(timeoutSeconds),
    };
    const limit = timeoutSeconds * 1000 + WATCH_GRACE_MS;
    const own = new AbortController();
    const cancel = clock.timer(limit, () => own.abort(new DeadlineError(limit)));
    const stop = (): void => own.abort(signal.reason);
    signal.addEventListener("abort", stop, { once: true });
    let events = 0;
    try {
      for await (const line of client.watch(withQuery(path, query), own.signal)) {
        events += 1;
        resourceVersion = this.#apply(line as WatchEvent<T>);
        // What was taken in stays taken in, also when the stream breaks on the next line.
        this.#state = { kind: "watch", resourceVersion };
      }
    } finally {
      cancel();
      signal.removeEventListener("abort", stop);
    }
    if (events === 0 && clock.now() - started < VERY_SHORT_WATCH_MS)
      throw new Error("the watch ended at once without an event");
    return { kind: "watch", resourceVersion };
  }

  #apply(event: WatchEvent<T>): string {
    switch (event.type) {
      case "ADDED":
      case "MODIFIED":
        this.#put(event.object);
        break;
      case "DELETED":
        this.#remove(keyOf(event.object.metadata));
        break;
      case "BOOKMARK":
        break;
      case "ERROR":
        throw kubernetesError(500, JSON.stringify(event.object), undefined);
      default:
        throw new Error(`unknown watch event ${JSON.stringify(event satisfies never)}`);
    }
    return event.object.metadata.resourceVersion;
  }

  #put(object: T): string {
    const key = keyOf(object.metadata);
    const slim = withoutBulk(object);
    const previous = this.#store.get(key);
    this.#store.set(key, this.#options.keep?.(slim) ?? slim);
    if (previous?.metadata.resourceVersion !== slim.metadata.resourceVersion)
      this.#options.onChange(key, previous, slim);
    return key;
  }

  #remove(key: string): void {
    const previous = this.#store.get(key);
    if (previous && this.#store.delete(key)) this.#options.onChange(key, previous, undefined);
  }
}

type WatchEvent<T> =
  | { readonly type: "ADDED" | "MODIFIED" | "DELETED"; readonly object: T }
  | { readonly type: "BOOKMARK"; readonly object: { readonly metadata: { readonly resourceVersion: string } } }
  | { readonly type: "ERROR"; readonly object: { readonly metadata: { readonly resourceVersion: string } } };

/** @param path may have a query already, such as a field selector */
function withQuery(path: string, query: Readonly<Record<string, string>>): string {
  return `${path}${path.includes("?") ? "&" : "?"}${new URLSearchParams(query).toString()}`;
}

/** The queue key of an object: `namespace/name`. */
function keyOf(metadata: Pick<ObjectMeta, "namespace" | "name">): string {
  return `${metadata.namespace ?? ""}/${metadata.name}`;
}

/** Drops what the operator never reads and what can be most of an object's size. */
function withoutBulk<T extends Reflected>(object: T): T {
  const { managedFields: _fields, ...metadata } = object.metadata as ObjectMeta & { managedFields?: unknown };
  const { "kubectl.kubernetes.io/last-applied-configuration": _applied, ...annotations } = metadata.annotations ?? {};
  return { ...object, metadata: { ...metadata, annotations } };
}
