import type { ObjectMeta } from "./client.ts";
import { type Quiet, Reflector, type ReflectorOptions } from "./reflector.ts";

/** A namespace, as far as it is kept. */
interface NamespaceObject {
  readonly metadata: ObjectMeta;
}

export interface NamespacesOptions extends Pick<
  ReflectorOptions<NamespaceObject>,
  "client" | "clock" | "turns" | "random" | "log"
> {
  /** Called when a namespace appears, gets other labels, or goes away. */
  readonly onLabels: (namespace: string) => void;
}

/** The labels of all namespaces, once it runs. Needs the verbs list and watch. */
export class Namespaces {
  readonly #reflector: Reflector<NamespaceObject>;

  constructor({ onLabels, ...options }: NamespacesOptions) {
    this.#reflector = new Reflector({
      ...options,
      path: "/api/v1/namespaces",
      keep: ({ metadata: { name, uid, resourceVersion, labels = {} } }) => ({
        metadata: { name, uid, resourceVersion, labels },
      }),
      onChange: (_key, previous, current) => {
        const { metadata } = current ?? previous ?? {};
        if (metadata && !(previous && current && sameLabels(previous, current))) onLabels(metadata.name);
      },
    });
  }

  get isSynced(): boolean {
    return this.#reflector.isSynced;
  }

  /** Resolves after the first complete LIST. */
  get synced(): Promise<void> {
    return this.#reflector.synced;
  }

  /** Undefined while it gets on; else what does not. @param now by the clock that it was given */
  stuckFor(now: number): string | undefined {
    return this.#reflector.progress.stuckFor(now);
  }

  /** For how long the API server has told nothing of them; undefined while they are not watched. */
  get quiet(): Quiet | undefined {
    return this.#reflector.quiet;
  }

  /** Undefined while the namespace has not been seen. */
  labelsOf(namespace: string): Readonly<Record<string, string>> | undefined {
    return this.#reflector.get(`/${namespace}`)?.metadata.labels;
  }

  /** Runs until `signal` aborts. */
  async run(signal: AbortSignal): Promise<void> {
    await this.#reflector.run(signal);
  }
}

function sameLabels(a: NamespaceObject, b: NamespaceObject): boolean {
  const [before, after] = [a.metadata.labels ?? {}, b.metadata.labels ?? {}];
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...keys].every((key) => before[key] === after[key]);
}
