import { KubernetesError, isConflict } from "../kubernetes/errors.ts";
import { digest } from "../sessionpool/hash.ts";
import type { HashKey } from "../sessionpool/secrets-tag.ts";
import type { ReadSecret } from "./secret-fingerprints.ts";

/** The Secret in the operator's namespace that holds the key, and its entry. */
export const HASH_KEY_SECRET = "sessionpool-hash-key";
const ENTRY = "key";
const KEY_BYTES = 32;
const ID_CHARACTERS = 8;

/** The key could not be had; the message says what to do. */
export class HashKeyError extends Error {
  override readonly name = "HashKeyError";
}

export interface HashKeyOptions {
  /** The operator's own namespace. */
  readonly namespace: string;
  readonly read: ReadSecret;
  /** @throws KubernetesError 409 when there is one of that name */
  readonly create: (
    namespace: string,
    name: string,
    data: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ) => Promise<void>;
  readonly randomBytes: (count: number) => Uint8Array;
}

/**
 * The key of the keyed hashes that travel in tags: random, made once, kept in a Secret, so that whoever can read tags or statuses cannot test
 * guesses of a secret's value. It is read when the first secret needs it.
 */
export class HashKeyStore {
  readonly #options: HashKeyOptions;
  #text: string | undefined;

  constructor(options: HashKeyOptions) {
    this.#options = options;
  }

  /** @throws HashKeyError, or what the API server's failure was */
  async get(signal: AbortSignal): Promise<HashKey> {
    return this.#text === undefined ? await this.refresh(signal) : hashKeyOf(this.#text);
  }

  /** Looks at the Secret again: another key in it counts from now on; a Secret that was deleted is made anew with the same key. */
  async refresh(signal: AbortSignal): Promise<HashKey> {
    try {
      this.#text = (await this.#read(signal)) ?? (await this.#make(signal));
      return hashKeyOf(this.#text);
    } catch (error) {
      throw this.#explained(error);
    }
  }

  async #read(signal: AbortSignal): Promise<string | undefined> {
    const { namespace, read } = this.#options;
    const data = await read(namespace, HASH_KEY_SECRET, signal);
    if (!data) return undefined;
    const text = data.get(ENTRY) ?? "";
    if (Buffer.from(text, "base64url").length >= KEY_BYTES) return text;
    throw new HashKeyError(
      `the Secret ${namespace}/${HASH_KEY_SECRET} has no entry "${ENTRY}" with ${KEY_BYTES} bytes in base64url: delete it, and a new one is made`,
    );
  }

  async #make(signal: AbortSignal): Promise<string> {
    const { namespace, create, randomBytes } = this.#options;
    const text = this.#text ?? Buffer.from(randomBytes(KEY_BYTES)).toString("base64url");
    try {
      await create(namespace, HASH_KEY_SECRET, { [ENTRY]: text }, signal);
      return text;
    } catch (error) {
      if (!isConflict(error)) throw error;
      // Another worker or replica was first: its key counts.
      return (await this.#read(signal)) ?? text;
    }
  }

  #explained(error: unknown): unknown {
    if (!(error instanceof KubernetesError) || (error.status !== 403 && error.status !== 404)) return error;
    const { namespace } = this.#options;
    return new HashKeyError(
      `the Secret ${namespace}/${HASH_KEY_SECRET}, which holds the key of the hashes of secret values, can be neither read nor made (${error.message}): grant the operator the verbs get and create on Secrets of that namespace, as deploy/operator/rbac.yaml does`,
    );
  }
}

/** The key in the text that the Secret holds. */
export function hashKeyOf(text: string): HashKey {
  return { id: digest(text, ID_CHARACTERS), bytes: Buffer.from(text, "base64url") };
}
