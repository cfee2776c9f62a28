import type { JsonObject } from "../../../src/sessionpool/json.ts";
import { sameJson } from "../../../src/sessionpool/json.ts";
import type { KindRules } from "./kinds.ts";

/** The metadata that the server itself keeps. */
export interface Meta {
  readonly name: string;
  readonly namespace?: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly generation?: number;
  readonly creationTimestamp: string;
  readonly deletionTimestamp?: string;
  readonly deletionGracePeriodSeconds?: number;
  readonly finalizers?: readonly string[];
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** An object as it is stored; never changed in place. */
export type Stored = JsonObject & { readonly metadata: JsonObject & Meta };

/** One write, as watches tell it. */
export interface StoredEvent {
  readonly type: "ADDED" | "MODIFIED" | "DELETED";
  readonly kind: KindRules;
  readonly object: Stored;
  readonly previous: Stored | undefined;
  /** The resourceVersion of the write. */
  readonly version: number;
}

/** All objects with one counter of versions, as etcd has it, and every write since the beginning. */
export class Store {
  readonly #objects = new Map<string, Stored>();
  readonly #created = new Map<string, number>();
  readonly #listeners = new Set<(event: StoredEvent) => void>();
  #events: StoredEvent[] = [];
  #version = 100;
  #oldest = 100;

  /** The version of the last write. */
  get version(): number {
    return this.#version;
  }

  /** The oldest version from which a watch can go on. */
  get oldest(): number {
    return this.#oldest;
  }

  /** How often an object of that name was created before. */
  creations(kind: KindRules, namespace: string, name: string): number {
    return this.#created.get(keyOf(kind, namespace, name)) ?? 0;
  }

  get(kind: KindRules, namespace: string, name: string): Stored | undefined {
    return this.#objects.get(keyOf(kind, namespace, name));
  }

  /** The objects of a kind as of a version, by namespace and name. */
  list(kind: KindRules, version = this.#version): readonly Stored[] {
    const found = new Map<string, Stored>();
    if (version >= this.#version) {
      for (const [key, object] of this.#objects) if (key.startsWith(prefixOf(kind))) found.set(key, object);
    } else {
      for (const event of this.#events) {
        if (event.kind !== kind || event.version > version) continue;
        const key = keyOf(kind, event.object.metadata.namespace ?? "", event.object.metadata.name);
        if (event.type === "DELETED") found.delete(key);
        else found.set(key, event.object);
      }
    }
    return [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, object]) => object);
  }

  /** Stores an object; one that is as before keeps its version, and nobody hears of it. */
  put(kind: KindRules, object: Stored): Stored {
    const { namespace = "", name } = object.metadata;
    const key = keyOf(kind, namespace, name);
    const previous = this.#objects.get(key);
    if (previous && sameJson(previous, object)) return previous;
    const stored = this.#versioned(object);
    this.#objects.set(key, stored);
    if (!previous) this.#created.set(key, (this.#created.get(key) ?? 0) + 1);
    this.#tell({ type: previous ? "MODIFIED" : "ADDED", kind, object: stored, previous, version: this.#version });
    return stored;
  }

  /** Takes an object away. Watches are told of it as it was, with the version of its end (etcd has nothing newer to tell). */
  remove(kind: KindRules, object: Stored): void {
    const key = keyOf(kind, object.metadata.namespace ?? "", object.metadata.name);
    const previous = this.#objects.get(key);
    if (!previous) return;
    this.#objects.delete(key);
    this.#tell({ type: "DELETED", kind, object: this.#versioned(previous), previous, version: this.#version });
  }

  /** The writes after a version, in order. */
  since(version: number): readonly StoredEvent[] {
    return this.#events.filter((event) => event.version > version);
  }

  /** Calls `listener` for each write from now on; the answer ends that. */
  listen(listener: (event: StoredEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Forgets history, as etcd's compaction does: no watch can go on from before now. */
  compact(): void {
    this.#oldest = this.#version;
  }

  #versioned(object: Stored): Stored {
    this.#version += 1;
    return { ...object, metadata: { ...object.metadata, resourceVersion: String(this.#version) } };
  }

  #tell(event: StoredEvent): void {
    this.#events.push(event);
    for (const listener of this.#listeners) listener(event);
  }
}

function prefixOf({ group, plural }: KindRules): string {
  return `${group}/${plural}/`;
}

function keyOf(kind: KindRules, namespace: string, name: string): string {
  return `${prefixOf(kind)}${namespace}/${name}`;
}
