/** Names one pool, as the request spelled it. */
export interface Address {
  readonly subscription: string;
  readonly group: string;
  readonly name: string;
}

/** What a path names. ARM matches paths without regard to case, and so does this. */
export type Route =
  | { readonly kind: "pool"; readonly address: Address }
  | { readonly kind: "list"; readonly subscription: string; readonly group: string | undefined }
  | { readonly kind: "operation"; readonly id: string; readonly statuses: boolean }
  | { readonly kind: "discovery" | "keys" | "token"; readonly tenant: string }
  | { readonly kind: "unknown" };

const LIST = /^\/subscriptions\/([^/]+)(?:\/resourceGroups\/([^/]+))?\/providers\/Microsoft\.App\/sessionPools$/i;
const POOL = /^\/subscriptions\/([^/]+)\/resourceGroups\/([^/]+)\/providers\/Microsoft\.App\/sessionPools\/([^/]+)$/i;
const OPERATION =
  /^\/subscriptions\/[^/]+\/providers\/Microsoft\.App\/locations\/[^/]+\/operation(Statuses|Results)\/([^/]+)$/i;
const DISCOVERY = /^\/([^/]+)\/v2\.0\/\.well-known\/openid-configuration$/i;
const KEYS = /^\/([^/]+)\/discovery\/v2\.0\/keys$/i;
const TOKEN = /^\/([^/]+)\/oauth2\/v2\.0\/token$/i;

/** The path of a request URL, decoded; undefined when its escapes are broken. Leading slashes are one: an endpoint may be configured with a slash at its end. */
export function pathOf(url: string): { readonly path: string; readonly query: URLSearchParams } | undefined {
  try {
    const { pathname, searchParams } = new URL(url.replace(/^\/+/, "/"), "https://emulator.invalid");
    return { path: decodeURI(pathname).replace(/(.)\/$/, "$1"), query: searchParams };
  } catch {
    return undefined;
  }
}

export function routeOf(path: string): Route {
  const pool = POOL.exec(path);
  if (pool) {
    const [, subscription = "", group = "", name = ""] = pool;
    return { kind: "pool", address: { subscription, group, name } };
  }
  const list = LIST.exec(path);
  if (list) return { kind: "list", subscription: list[1] ?? "", group: list[2] };
  const operation = OPERATION.exec(path);
  if (operation)
    return { kind: "operation", id: operation[2] ?? "", statuses: operation[1]?.toLowerCase() === "statuses" };
  for (const [kind, pattern] of [
    ["discovery", DISCOVERY],
    ["keys", KEYS],
    ["token", TOKEN],
  ] as const) {
    const tenant = pattern.exec(path)?.[1];
    if (tenant !== undefined) return { kind, tenant };
  }
  // The bare authority takes token requests as well, for a client that has only that URL.
  return path === "/" ? { kind: "token", tenant: "common" } : { kind: "unknown" };
}
