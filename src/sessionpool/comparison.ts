import { type Change, diff } from "./diff.ts";
import { type OptionalField, takenOut } from "./fields-tag.ts";
import { withIgnored } from "./ignore.ts";
import { type JsonObject, pointer, valueAt } from "./json.ts";
import { writable } from "./put-body.ts";
import { type SentSecrets, secretNames, sentSecretsOf, unlistedSecrets } from "./secrets-tag.ts";

/** The resource against its pool: what differs, and what a PUT needs to know. */
export interface Comparison {
  /** The body made from the resource, with Azure's values where the user ignores them. */
  readonly desired: JsonObject;
  readonly changes: readonly Change[];
  /** What the user took out of the spec and our last PUT had set: not to be carried over. */
  readonly takenOut: readonly OptionalField[];
  /** Secrets in Azure that a PUT would take away although nobody asked for it. */
  readonly unlistedSecrets: readonly string[];
  /** Whether the values of the secrets in Azure are those of the Secrets; unverified when the pool's tag cannot tell. */
  readonly secretValues: "same" | "changed" | "unverified";
  /** The one of `changes` that is about values alone. */
  readonly valueChange: Change | undefined;
}

export interface ComparisonOptions {
  /** spec.policy.ignore. */
  readonly ignore: readonly string[];
  /** What the tag of a PUT would say of the secrets; absent when there are none, or nobody knows the values. */
  readonly secrets: SentSecrets | undefined;
}

/** Where a difference in the values of secrets is reported; the values themselves never are. */
const SECRETS_PATH = "/properties/secrets";

/**
 * Compares what the resource asks for with what Azure has. Nothing that the user leaves out is a difference, unless our last PUT set it.
 *
 * @param desired the body made from the resource
 * @param pool the pool as ARM returned it; an empty object for none
 */
export function compare(desired: JsonObject, pool: JsonObject, options: ComparisonOptions): Comparison {
  const wanted = options.ignore.length === 0 ? desired : withIgnored(desired, writable(pool), options.ignore);
  const gone = takenOut(desired, pool).filter(
    ({ path }) => valueAt(wanted, path) === undefined && !options.ignore.some((entry) => isWithin(path, entry)),
  );
  const changes = [...diff(wanted, pool), ...gone.map(({ path, value }): Change => ({ path, observed: value }))];
  const values = secretChange(options.secrets, wanted, pool);
  return {
    desired: wanted,
    changes: values ? [...changes, values] : changes,
    takenOut: gone,
    unlistedSecrets: unlistedSecrets(wanted, pool),
    valueChange: values,
    secretValues: values === undefined ? "same" : values.observed === undefined ? "unverified" : "changed",
  };
}

/** Whether a pointer leads to, or into, what an entry of spec.policy.ignore names. */
function isWithin(path: string, entry: string): boolean {
  const ignored = entry.startsWith("/") ? entry : pointer("/tags", entry);
  const [inner, outer] = [path.toLowerCase(), ignored.toLowerCase()];
  return inner === outer || inner.startsWith(`${outer}/`);
}

/** A difference in values alone; a difference in names is one of the list. */
function secretChange(expected: SentSecrets | undefined, desired: JsonObject, pool: JsonObject): Change | undefined {
  const names = secretNames(desired);
  const inAzure = new Set(secretNames(pool));
  if (!expected || inAzure.size !== names.length || !names.every((name) => inAzure.has(name))) return undefined;
  const sent = sentSecretsOf(pool);
  if (sent?.keyId === expected.keyId && sent.values === expected.values) return undefined;
  const shown = (hash: string): string => `values with the keyed hash ${hash.slice(0, 12)}`;
  return {
    path: SECRETS_PATH,
    desired: shown(expected.values),
    ...(sent?.keyId === expected.keyId ? { observed: shown(sent.values) } : {}),
  };
}
