import type { SecretValues } from "./desired.ts";
import { digest, keyedDigest } from "./hash.ts";
import { type JsonObject, isList, objectOr } from "./json.ts";
import { SECRETS_TAG, tagOf } from "./own-tags.ts";

/** The key of the hashes in tags: made once per installation, kept in a Secret. */
export interface HashKey {
  /** Names the key, so that a hash made with another key is told from a changed value. */
  readonly id: string;
  readonly bytes: Uint8Array;
}

/** What a tag says about the secrets that the last PUT carried. */
export interface SentSecrets {
  readonly keyId: string;
  /** Keyed hash of names and values. */
  readonly values: string;
  /** Hash of the names alone, which can be checked without the key. */
  readonly names: string;
}

const NAMES_CHARACTERS = 16;

/** What a PUT with these values says in its tag. The pool's id is part of the hash, so that equal values in two pools do not look equal. */
export function sentSecrets(key: HashKey, poolId: string, values: SecretValues): SentSecrets {
  const sorted = [...values].sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    keyId: key.id,
    values: keyedDigest(key.bytes, [poolId.toLowerCase(), ...sorted]),
    names: namesDigest([...values.keys()]),
  };
}

/** The tag's value: at most 32 + 1 + 43 + 1 + 16 characters. */
export function secretsTag({ keyId, values, names }: SentSecrets): string {
  return [keyId, values, names].join(".");
}

/** Reads the tag of a pool; undefined when there is none that can be read. */
export function sentSecretsOf(pool: JsonObject): SentSecrets | undefined {
  const [keyId, values, names, ...rest] = tagOf(pool, SECRETS_TAG)?.split(".") ?? [];
  return keyId && values && names && rest.length === 0 ? { keyId, values, names } : undefined;
}

/** Names of the secrets in a body. */
export function secretNames(body: JsonObject): readonly string[] {
  const { secrets } = objectOr(body.properties);
  return (isList(secrets) ? secrets : []).flatMap((secret) => {
    const { name } = objectOr(secret);
    return typeof name === "string" ? [name] : [];
  });
}

/**
 * Names of secrets that the pool has, the resource does not list, and no PUT of ours is known to have brought: an update would take away
 * somebody else's.
 */
export function unlistedSecrets(desired: JsonObject, pool: JsonObject): readonly string[] {
  const inAzure = secretNames(pool);
  if (sentSecretsOf(pool)?.names === namesDigest(inAzure)) return [];
  const listed = new Set(secretNames(desired));
  return inAzure.filter((name) => !listed.has(name));
}

function namesDigest(names: readonly string[]): string {
  return digest([...names].sort(), NAMES_CHARACTERS);
}
