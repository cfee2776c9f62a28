import type { SessionPool } from "../api/session-pool.ts";
import { digest } from "../sessionpool/hash.ts";

/** Reads one Secret of a namespace; undefined when it does not exist. */
export type ReadSecret = (
  namespace: string,
  name: string,
  signal: AbortSignal,
) => Promise<ReadonlyMap<string, string> | undefined>;

/** The same, for the reconcile of the resource with a queue key. */
export type ReadSecretFor = (
  namespace: string,
  name: string,
  key: string,
  signal: AbortSignal,
) => Promise<ReadonlyMap<string, string> | undefined>;

/** A Secret that resources name. */
export interface SecretReference {
  readonly namespace: string;
  readonly name: string;
}

/** A resource that names a Secret. */
interface User {
  /** Entries that it names. */
  readonly named: ReadonlySet<string>;
  /** Whether its reconcile is reading the Secret now. */
  reading: boolean;
  /** Hashes of the entries as its last reconcile read them; absent before that, undefined when the Secret was not there. */
  seen?: ReadonlyMap<string, string> | undefined;
}

interface Entry extends SecretReference {
  /** By queue key. */
  readonly users: Map<string, User>;
}

const FINGERPRINT_CHARACTERS = 22;

/**
 * Which resources name which Secrets, and what those looked like when they were last read for a reconcile: so a look at a Secret tells whose
 * values changed. Labels, annotations and entries that nobody names change nothing.
 */
export class SecretFingerprints {
  readonly #entries = new Map<string, Entry>();

  /** Takes in a change of a resource: `previous` is absent for a new one, `current` for one that is gone. */
  track(key: string, previous: SessionPool | undefined, current: SessionPool | undefined): void {
    const before = entriesNamed(previous);
    const after = entriesNamed(current);
    for (const name of [...before.keys()].filter((named) => !after.has(named))) {
      const id = idOf({ namespace: previous?.metadata.namespace ?? "", name });
      const entry = this.#entries.get(id);
      entry?.users.delete(key);
      if (entry?.users.size === 0) this.#entries.delete(id);
    }
    for (const [name, named] of after) {
      const reference = { namespace: current?.metadata.namespace ?? "", name };
      const entry = this.#entries.get(idOf(reference)) ?? { ...reference, users: new Map() };
      entry.users.set(key, { reading: false, ...entry.users.get(key), named });
      this.#entries.set(idOf(reference), entry);
    }
  }

  /** The Secrets that resources name and their reconciles have read: what a resource may not have, or is invalid for, is not read for it. */
  references(): readonly SecretReference[] {
    return [...this.#entries.values()].filter(({ users }) => [...users.values()].some((user) => "seen" in user));
  }

  /** Reads by `read` for the reconcile of a resource, and remembers what that has seen. */
  remembering(read: ReadSecret): ReadSecretFor {
    return async (namespace, name, key, signal) => {
      const user = this.#entries.get(idOf({ namespace, name }))?.users.get(key);
      if (!user) return await read(namespace, name, signal);
      user.reading = true;
      try {
        const data = await read(namespace, name, signal);
        user.seen = fingerprints(data);
        return data;
      } finally {
        user.reading = false;
      }
    };
  }

  /** Queue keys of the resources for which the Secret now has something else than their last reconcile read. */
  usersOfChanged(reference: SecretReference, data: ReadonlyMap<string, string> | undefined): readonly string[] {
    const now = fingerprints(data);
    const users = [...(this.#entries.get(idOf(reference))?.users ?? [])];
    // Who reads right now may get the old values; who has not been reconciled yet will be.
    const isConcerned = (user: User): boolean =>
      user.reading || ("seen" in user && [...user.named].some((name) => user.seen?.get(name) !== now?.get(name)));
    return users.filter(([, user]) => isConcerned(user)).map(([key]) => key);
  }
}

function idOf({ namespace, name }: SecretReference): string {
  return `${namespace}/${name}`;
}

/** Entries that a resource names, by Secret. */
function entriesNamed(resource: SessionPool | undefined): ReadonlyMap<string, ReadonlySet<string>> {
  const named = new Map<string, Set<string>>();
  for (const { valueFrom } of resource?.spec.secrets ?? []) {
    const { name, key } = valueFrom.secretKeyRef;
    named.set(name, (named.get(name) ?? new Set()).add(key));
  }
  return named;
}

function fingerprints(data: ReadonlyMap<string, string> | undefined): ReadonlyMap<string, string> | undefined {
  return data && new Map([...data].map(([key, value]) => [key, digest(value, FINGERPRINT_CHARACTERS)]));
}
