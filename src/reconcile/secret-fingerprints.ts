import type { SessionPool } from "../api/session-pool.ts";
import { digest } from "../sessionpool/hash.ts";

/** Reads one Secret of a namespace; undefined when it does not exist. */
export type ReadSecret = (
  namespace: string,
  name: string,
  signal: AbortSignal,
) => Promise<ReadonlyMap<string, string> | undefined>;

/** A Secret that resources name. */
export interface SecretReference {
  readonly namespace: string;
  readonly name: string;
}

interface Entry extends SecretReference {
  /** Queue keys of the resources that name it, each with the entries that it names. */
  readonly users: Map<string, ReadonlySet<string>>;
  /** Hashes of the entries as the last reconcile read them; absent before that, undefined when the Secret was not there. */
  seen?: ReadonlyMap<string, string> | undefined;
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
    for (const name of before.keys()) {
      const id = idOf({ namespace: previous?.metadata.namespace ?? "", name });
      const entry = this.#entries.get(id);
      entry?.users.delete(key);
      if (entry?.users.size === 0 && !after.has(name)) this.#entries.delete(id);
    }
    for (const [name, named] of after) {
      const reference = { namespace: current?.metadata.namespace ?? "", name };
      const entry = this.#entries.get(idOf(reference)) ?? { ...reference, users: new Map() };
      entry.users.set(key, named);
      this.#entries.set(idOf(reference), entry);
    }
  }

  /** The Secrets that resources name. */
  references(): readonly SecretReference[] {
    return [...this.#entries.values()];
  }

  /** Reads by `read` and remembers what was seen. */
  remembering(read: ReadSecret): ReadSecret {
    return async (namespace, name, signal) => {
      const data = await read(namespace, name, signal);
      const entry = this.#entries.get(idOf({ namespace, name }));
      if (entry) entry.seen = fingerprints(data);
      return data;
    };
  }

  /** Queue keys of the resources for which the Secret now has something else than their last reconcile read. */
  usersOfChanged(reference: SecretReference, data: ReadonlyMap<string, string> | undefined): readonly string[] {
    const entry = this.#entries.get(idOf(reference));
    // Who has not been reconciled yet will be.
    if (!entry || !("seen" in entry)) return [];
    const { seen, users } = entry;
    const now = fingerprints(data);
    return [...users]
      .filter(([, named]) => [...named].some((name) => seen?.get(name) !== now?.get(name)))
      .map(([key]) => key);
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
