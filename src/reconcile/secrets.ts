import { REASON } from "../api/conditions.ts";
import type { SessionPool } from "../api/session-pool.ts";
import { KubernetesError } from "../kubernetes/errors.ts";
import type { SecretValues } from "../sessionpool/desired.ts";
import type { Secrets } from "../sessionpool/action.ts";
import { type Change, type Show, shownChange } from "../sessionpool/diff.ts";
import { type Json, isList, isObject } from "../sessionpool/json.ts";
import { type HashKey, sentSecrets } from "../sessionpool/secrets-tag.ts";
import { HashKeyError } from "./hash-key.ts";
import { redact } from "./redact.ts";
import type { ReadSecretFor } from "./secret-fingerprints.ts";

/** The values of spec.secrets by pool secret name, or why they are not all there. */
export interface ResolvedSecrets {
  readonly state: Secrets;
  readonly values: SecretValues;
}

export interface ResolveOptions {
  readonly readSecret: ReadSecretFor;
  /** The key of the keyed hash; read or made at the first call. */
  readonly hashKey: (signal: AbortSignal) => Promise<HashKey>;
}

/** Secrets that are read side by side: one after the other, 64 of a slow API server would take longer than the liveness probe lets a reconcile. */
const AT_ONCE = 8;

/** A Secret's entries; undefined: there is none. */
type Source = ReadonlyMap<string, string> | "forbidden" | undefined;

/**
 * Reads each Secret that spec.secrets names once, always from the resource's own namespace.
 *
 * @param poolId ARM id of the pool that the values are for
 * @throws KubernetesError when the API server could not be asked
 */
export async function resolveSecrets(
  options: ResolveOptions,
  resource: SessionPool,
  poolId: string,
  signal: AbortSignal,
): Promise<ResolvedSecrets> {
  const values = new Map<string, string>();
  const { namespace } = resource.metadata;
  const wanted = resource.spec.secrets ?? [];
  const sources = await readAll(options, resource, [...new Set(wanted.map(nameOf))], signal);
  for (const [index, { name, valueFrom }] of wanted.entries()) {
    const ref = valueFrom.secretKeyRef;
    const where = `spec.secrets[${index}] (${name})`;
    const data = sources.get(ref.name);
    if (data === "forbidden")
      return missing(
        REASON.secretUnreadable,
        `${where}: the operator may not read Secrets in namespace ${namespace}: grant it the verb get`,
      );
    if (!data)
      return missing(
        REASON.secretNotFound,
        `${where}: there is no Secret "${ref.name}" in namespace ${namespace}: create it`,
      );
    const value = data.get(ref.key);
    if (value === undefined) {
      return missing(
        REASON.secretKeyNotFound,
        `${where}: the Secret "${ref.name}" has no key "${ref.key}": add it, or name another key`,
      );
    }
    values.set(name, value);
  }
  if (values.size === 0) return { state: { kind: "resolved" }, values };
  try {
    const key = await options.hashKey(signal);
    return { state: { kind: "resolved", sent: sentSecrets(key, poolId, values) }, values };
  } catch (error) {
    if (!(error instanceof HashKeyError)) throw error;
    return missing(REASON.hashKeyUnavailable, error.message);
  }
}

function nameOf({ valueFrom }: NonNullable<SessionPool["spec"]["secrets"]>[number]): string {
  return valueFrom.secretKeyRef.name;
}

/** @throws KubernetesError when the API server could not be asked */
async function readAll(
  { readSecret }: ResolveOptions,
  { metadata: { namespace, name: of } }: SessionPool,
  names: readonly string[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Source>> {
  const sources = new Map<string, Source>();
  const read = async (name: string): Promise<void> => {
    try {
      sources.set(name, await readSecret(namespace, name, `${namespace}/${of}`, signal));
    } catch (error) {
      if (!(error instanceof KubernetesError && error.status === 403)) throw error;
      sources.set(name, "forbidden");
    }
  };
  for (let from = 0; from < names.length; from += AT_ONCE)
    await Promise.all(names.slice(from, from + AT_ONCE).map(read));
  return sources;
}

/** Changes as the status shows them, without secret values that somebody put where they are no secret. */
export function showWithout(values: SecretValues): Show {
  return (change) => redactJson(shownChange(change) as unknown as Json, values) as unknown as Change;
}

function redactJson(value: Json, values: SecretValues): Json {
  if (typeof value === "string") return redact(value, values);
  if (isList(value)) return value.map((entry) => redactJson(entry, values));
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [redact(key, values), member && redactJson(member, values)]),
  );
}

function missing(reason: string, message: string): ResolvedSecrets {
  return { state: { kind: "missing", reason, message }, values: new Map() };
}
