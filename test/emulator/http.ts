/** One HTTP exchange as the model sees it: no sockets, so that a simulation can use the same model. */
export interface EmulatorRequest {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string | undefined;
}

export interface EmulatorResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
}

/** An answer with a JSON body, or with none. */
export function answer(
  status: number,
  body?: unknown,
  headers: Readonly<Record<string, string>> = {},
): EmulatorResponse {
  if (body === undefined) return { status, headers, body: undefined };
  return {
    status,
    headers: { "content-type": "application/json; charset=utf-8", ...headers },
    body: JSON.stringify(body),
  };
}

/** Thrown anywhere in the model: becomes ARM's error body, `{error: {code, message}}` (common-types v5 ErrorResponse). */
export class ArmFault extends Error {
  readonly status: number;
  readonly code: string;
  readonly headers: Readonly<Record<string, string>>;
  constructor(status: number, code: string, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message);
    this.status = status;
    this.code = code;
    this.headers = headers;
  }

  toResponse(): EmulatorResponse {
    return answer(this.status, { error: { code: this.code, message: this.message } }, this.headers);
  }
}

/** The front end marks its own 404s (azure-session-pools §3.5). */
const GATEWAY = { "x-ms-failure-cause": "gateway" };

export function resourceNotFound(name: string, group: string): ArmFault {
  const message = `The Resource 'Microsoft.App/sessionPools/${name}' under resource group '${group}' was not found. For more details please go to https://aka.ms/ARMResourceNotFoundFix`;
  return new ArmFault(404, "ResourceNotFound", message, GATEWAY);
}

export function resourceGroupNotFound(group: string): ArmFault {
  return new ArmFault(404, "ResourceGroupNotFound", `Resource group '${group}' could not be found.`, GATEWAY);
}

export function subscriptionNotFound(subscription: string): ArmFault {
  return new ArmFault(404, "SubscriptionNotFound", `The subscription '${subscription}' could not be found.`, GATEWAY);
}

/** ARM's words: microsoft/vscode-azurefunctions#2127, microsoft/startstopv2-deployments#21. */
export function listForbidden(client: string, subscription: string, group: string | undefined): ArmFault {
  const scope = `/subscriptions/${subscription}${group === undefined ? "" : `/resourceGroups/${group}`}`;
  const message = `The client '${client}' with object id '${client}' does not have authorization to perform action 'Microsoft.App/sessionPools/read' over scope '${scope}' or the scope is invalid. If access was recently granted, please refresh your credentials.`;
  return new ArmFault(403, "AuthorizationFailed", message, GATEWAY);
}
