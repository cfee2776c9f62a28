import type { SessionPool } from "../api/session-pool.ts";
import { caseless } from "./arm-id.ts";
import { type JsonObject, objectOr } from "./json.ts";
import type { Placement } from "./placement.ts";
import { idsNamed } from "./spec-ids.ts";

/** Which things an entry allows by name: these, or any. */
export type Allowed = readonly string[] | "any";

/** An entry of the scope table: some namespaces, and what a resource in them may name. */
export interface Scope {
  /** Names of namespaces. */
  readonly namespaces: readonly string[];
  /** Labels that a namespace must all have to be meant, too; undefined when names alone count. */
  readonly matchLabels: Readonly<Record<string, string>> | undefined;
  readonly subscriptions: Allowed;
  readonly resourceGroups: Allowed;
  /** ARM ids of managed environments. */
  readonly environments: Allowed;
  /** ARM ids of user-assigned identities. */
  readonly identities: Allowed;
}

/** What each namespace may name, as whoever runs the operator says. */
export interface ScopeTable {
  /** For namespaces that no entry means. */
  readonly default: "Allow" | "Deny";
  readonly scopes: readonly Scope[];
}

/** A namespace, as far as entries look at it. */
export interface ScopedNamespace {
  readonly name: string;
  /** Undefined while nobody knows them: then an entry by labels allows nothing, and the default does not count. */
  readonly labels: Readonly<Record<string, string>> | undefined;
}

/** A thing in Azure that a resource names. */
export interface NamedThing {
  readonly kind: "subscriptions" | "resourceGroups" | "environments" | "identities";
  readonly name: string;
}

const WORDS: Readonly<Record<NamedThing["kind"], string>> = {
  subscriptions: "subscription",
  resourceGroups: "resource group",
  environments: "environment",
  identities: "identity",
};

/** Whether any entry goes by labels, so that those of the namespaces must be known. */
export function usesLabels({ scopes }: ScopeTable): boolean {
  return scopes.some(({ matchLabels }) => matchLabels !== undefined);
}

/**
 * All that a resource names in Azure. Ids that cannot be read are left out: they make the spec invalid, and get nowhere.
 *
 * @param target where its pool is
 */
export function thingsNamed({ spec }: Pick<SessionPool, "spec">, target: Placement): readonly NamedThing[] {
  const { environments, identities } = idsNamed(spec);
  return [
    ...placeNamed(target),
    ...environments.map((name) => ({ kind: "environments", name }) as const),
    ...identities.map((name) => ({ kind: "identities", name }) as const),
  ];
}

/** The same of an existing pool, as ARM returned it. */
export function thingsOf(pool: JsonObject, target: Placement): readonly NamedThing[] {
  const spec = { ...objectOr(pool.properties), identity: pool.identity };
  return thingsNamed({ spec: spec as unknown as SessionPool["spec"] }, target);
}

/** What counts when a pool is only to be deleted: where it is. */
export function placeNamed({ subscriptionId, resourceGroup }: Placement): readonly NamedThing[] {
  return [
    { kind: "subscriptions", name: subscriptionId },
    { kind: "resourceGroups", name: resourceGroup },
  ];
}

/**
 * Why a namespace may not name these things, and what to do; undefined when it may. One entry must allow all of them, so that entries do not
 * add up to more than any of them says. The message has only what the resource itself names, nothing of other namespaces.
 */
export function scopeProblem(
  table: ScopeTable,
  namespace: ScopedNamespace,
  things: readonly NamedThing[],
): string | undefined {
  const entries = table.scopes.filter((scope) => means(scope, namespace));
  if (entries.some((scope) => things.every((thing) => allows(scope, thing)))) return undefined;
  const { name, labels } = namespace;
  if (labels === undefined && usesLabels(table))
    return `the labels of namespace ${name}, which decide what it may name, are not known yet: this goes on by itself when they are; if it lasts, look at the operator's log`;
  if (entries.length === 0)
    return table.default === "Allow"
      ? undefined
      : `the operator's scope table allows nothing to namespace ${name}: ask whoever runs the operator to add it`;
  const refused = things.filter((thing) => !entries.some((scope) => allows(scope, thing)));
  const help = "ask whoever runs the operator to add it to the scope table, or name another";
  if (refused.length > 0) return `namespace ${name} may not use ${inWords(refused)}: ${help}`;
  return `namespace ${name} may use ${inWords(things)}, but not together: ask whoever runs the operator to allow them in one entry of the scope table, or name others`;
}

/** The same for a pool that is to be deleted. */
export function keptOutOfScope(id: string, problem: string): string {
  return `the pool is neither read nor deleted: ${problem}; or set spec.policy.deletion to Orphan, which lets go of it and leaves it in Azure: ${id}`;
}

function means({ namespaces, matchLabels }: Scope, { name, labels }: ScopedNamespace): boolean {
  if (namespaces.includes(name)) return true;
  if (!matchLabels || !labels) return false;
  return Object.entries(matchLabels).every(([key, value]) => labels[key] === value);
}

function allows(scope: Scope, { kind, name }: NamedThing): boolean {
  const allowed = scope[kind];
  return allowed === "any" || allowed.some((other) => caseless(other) === caseless(name));
}

function inWords(things: readonly NamedThing[]): string {
  return things.map(({ kind, name }) => `the ${WORDS[kind]} ${name}`).join(", ");
}
