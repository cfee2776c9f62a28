/** The kinds of Azure resources that the operator names: provider and type are fixed, so that an id of one kind is never taken for another's. */
const KINDS = {
  pool: { provider: "Microsoft.App", type: "sessionPools", name: /^[a-z][a-z0-9-]{0,62}$/i, called: "a session pool" },
  environment: {
    provider: "Microsoft.App",
    type: "managedEnvironments",
    name: /^[a-z0-9][-\w.]{0,127}$/i,
    called: "a Container Apps environment",
  },
  identity: {
    provider: "Microsoft.ManagedIdentity",
    type: "userAssignedIdentities",
    name: /^[a-z0-9][-\w]{2,127}$/i,
    called: "a user-assigned identity",
  },
} as const;

export type ArmKind = keyof typeof KINDS;

/** The segments of an ARM id that are not fixed, in the casing in which they were written. */
export interface ArmId {
  readonly subscriptionId: string;
  readonly resourceGroup: string;
  readonly name: string;
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const RESOURCE_GROUP = /^[-\w.()\p{L}\p{Nd}]{0,89}[-\w()\p{L}\p{Nd}]$/u;

/** Whether a text is a subscription's id. */
export function isSubscriptionId(text: string): boolean {
  return UUID.test(text);
}

/** Whether a text is a legal name of a resource group: one segment of a path, and never `.` or `..`. */
export function isResourceGroup(text: string): boolean {
  return RESOURCE_GROUP.test(text);
}

/**
 * Reads an ARM id segment by segment; the fixed segments in any casing, as ARM answers them.
 *
 * @returns undefined when it is not the id of a resource of that kind
 */
export function parseArmId(kind: ArmKind, text: unknown): ArmId | undefined {
  if (typeof text !== "string") return undefined;
  const { provider, type, name: legalName } = KINDS[kind];
  const [root, subscriptions, subscriptionId, groups, resourceGroup, providers, namespace, ofType, name, ...more] =
    text.split("/");
  if (subscriptionId === undefined || resourceGroup === undefined || name === undefined || more.length > 0)
    return undefined;
  const fixed = [root, subscriptions, groups, providers, namespace, ofType].join("/");
  if (caseless(fixed) !== caseless(`/subscriptions/resourceGroups/providers/${provider}/${type}`)) return undefined;
  return isSubscriptionId(subscriptionId) && isResourceGroup(resourceGroup) && legalName.test(name)
    ? { subscriptionId, resourceGroup, name }
    : undefined;
}

/** The id of a resource of that kind, with the fixed segments as ARM documents them. */
export function formatArmId(kind: ArmKind, { subscriptionId, resourceGroup, name }: ArmId): string {
  const { provider, type } = KINDS[kind];
  return `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}/providers/${provider}/${type}/${name}`;
}

/** An id as a person must write it, in words. */
export function formOf(kind: ArmKind): string {
  const { provider, type, called } = KINDS[kind];
  return `the ARM id of ${called}: /subscriptions/<uuid>/resourceGroups/<group>/providers/${provider}/${type}/<name>`;
}

/**
 * A text with A to Z in lower case and everything else as it is. To allow something by its name nothing wider will do: JavaScript's own lower
 * case turns letters that Azure tells apart into the same one, such as the Kelvin sign into k.
 */
export function caseless(text: string): string {
  return text.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase());
}
