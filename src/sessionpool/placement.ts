import type { SessionPool } from "../api/session-pool.ts";

/** Where in Azure a pool is: its subscription, resource group and name. */
export interface Placement {
  readonly subscriptionId: string;
  readonly resourceGroup: string;
  readonly name: string;
}

/** A placement, or why there is none and what to do. */
export type PlacementResult =
  | { readonly ok: true; readonly placement: Placement }
  | { readonly ok: false; readonly message: string };

const POOL_ID =
  /^\/subscriptions\/([0-9a-f-]{36})\/resourceGroups\/([^/?#%\\]{1,90})\/providers\/Microsoft\.App\/sessionPools\/([a-z][a-z0-9-]{0,62})$/i;
/** The swagger's pattern has no hyphens; the service takes them, and pools with them are common (azure-session-pools §3.5). */
const LEGAL_NAME = /^[a-z][-a-z0-9]{1,61}[a-z0-9]$/;
const RESOURCE_GROUP = /^[-\w.()\p{L}\p{Nd}]{0,89}[-\w()\p{L}\p{Nd}]$/u;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** The ARM id of a pool. */
export function formatPoolId({ subscriptionId, resourceGroup, name }: Placement): string {
  return `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}/providers/Microsoft.App/sessionPools/${name}`;
}

/** Reads an ARM id segment by segment; undefined when it is not that of a session pool. */
export function parsePoolId(id: string): Placement | undefined {
  const [, subscriptionId, resourceGroup, name] = POOL_ID.exec(id) ?? [];
  return subscriptionId && resourceGroup && name ? { subscriptionId, resourceGroup, name } : undefined;
}

/** Whether a text is a subscription's id. */
export function isSubscriptionId(text: string): boolean {
  return UUID.test(text);
}

/** Whether a text can be the name of a resource group, and so stays one segment of a URL. */
export function isResourceGroup(text: string): boolean {
  return RESOURCE_GROUP.test(text);
}

/** Whether two ids name the same Azure resource: ARM ids compare case-insensitively. */
export function sameId(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}

/**
 * Where the resource's pool is. The CRD refuses most of what is wrong here already; this is the second look, because the parts become a URL.
 *
 * @param defaultSubscriptionId the operator's own, used when the resource names none
 */
export function placementOf(resource: SessionPool, defaultSubscriptionId: string | undefined): PlacementResult {
  const { spec, metadata } = resource;
  const subscriptionId = spec.subscriptionId ?? defaultSubscriptionId;
  const name = spec.azureName ?? metadata.name;
  if (subscriptionId === undefined) {
    return {
      ok: false,
      message: "no subscription: set spec.subscriptionId, or give the operator a default (AZURE_SUBSCRIPTION_ID)",
    };
  }
  if (!isSubscriptionId(subscriptionId))
    return { ok: false, message: `the subscription "${subscriptionId}" is not a UUID` };
  if (!isResourceGroup(spec.resourceGroup)) {
    return { ok: false, message: `spec.resourceGroup "${spec.resourceGroup}" is not a legal resource group name` };
  }
  if (!LEGAL_NAME.test(name)) {
    return {
      ok: false,
      message: `"${name}" is not a legal pool name (a lower-case letter, then 2 to 62 lower-case letters, digits or hyphens, not ending with a hyphen): set spec.azureName`,
    };
  }
  return { ok: true, placement: { subscriptionId, resourceGroup: spec.resourceGroup, name } };
}
