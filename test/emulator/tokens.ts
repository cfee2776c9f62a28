import { createHash, createHmac } from "node:crypto";
import { answer, ArmFault, type EmulatorRequest, type EmulatorResponse } from "./http.ts";
import type { Clock, Random } from "./clock.ts";
import { guid } from "./operations.ts";

/** How long a token lasts when nothing else is wanted, in seconds (Entra: 60 to 90 minutes). */
const LIFETIME_SECONDS = 3599;
/** What a federated token must be meant for (azure-session-pools §5, workload identity). */
const EXCHANGE_AUDIENCE = "api://AzureADTokenExchange";
const ARM_HOSTS = new Set([
  "management.azure.com",
  "management.core.windows.net",
  "management.usgovcloudapi.net",
  "management.chinacloudapi.cn",
]);
const LOOPBACK = /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/;

/** An application that Entra knows, with its secret. */
export interface KnownClient {
  readonly tenantId: string;
  readonly clientId: string;
  readonly secret: string;
}

/** Who may do what; without it, every client secret is right and every tenant's token opens every subscription. */
export interface Directory {
  /** Applications; a client secret must be that of one of them. Read at each request, so a test may change it. */
  readonly clients?: readonly KnownClient[];
  /** Which tenant each subscription belongs to. A subscription that is not named belongs to all. */
  readonly tenants?: Readonly<Record<string, string>>;
}

/** Entra's part: discovery, tokens for federated credentials, and the check of the tokens that ARM gets. */
export class Tokens {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #secret: string;
  readonly #directory: Directory;
  readonly #lifetimeSeconds: number;

  constructor(
    options: Directory & { readonly clock: Clock; readonly random: Random; readonly tokenSeconds?: number | undefined },
  ) {
    this.#clock = options.clock;
    this.#random = options.random;
    this.#secret = guid(options.random);
    this.#directory = options;
    this.#lifetimeSeconds = options.tokenSeconds ?? LIFETIME_SECONDS;
  }

  /** MSAL wants issuer and endpoints on the host and tenant that it asked (azure-session-pools §2.x). */
  discovery(base: string, tenant: string): EmulatorResponse {
    return answer(200, {
      issuer: `${base}/${tenant}/v2.0`,
      authorization_endpoint: `${base}/${tenant}/oauth2/v2.0/authorize`,
      token_endpoint: `${base}/${tenant}/oauth2/v2.0/token`,
      jwks_uri: `${base}/${tenant}/discovery/v2.0/keys`,
      response_types_supported: ["code", "id_token", "code id_token", "id_token token"],
      subject_types_supported: ["pairwise"],
      id_token_signing_alg_values_supported: ["RS256"],
      token_endpoint_auth_methods_supported: ["client_secret_post", "private_key_jwt"],
    });
  }

  /** Key set of discovery's `jwks_uri`; empty, because only the emulator itself checks its tokens. */
  keys(): EmulatorResponse {
    return answer(200, { keys: [] });
  }

  /** `POST /{tenant}/oauth2/v2.0/token`, client_credentials with a federated assertion or a secret. */
  issue(tenant: string, request: EmulatorRequest): EmulatorResponse {
    const form = new URLSearchParams(request.body ?? "");
    const clientId = form.get("client_id");
    if (form.get("grant_type") !== "client_credentials")
      return refuse(400, "unsupported_grant_type", "AADSTS70003: The app requested an unsupported grant type.");
    if (!clientId)
      return refuse(
        400,
        "invalid_request",
        "AADSTS900144: The request body must contain the following parameter: 'client_id'.",
      );
    const scope = form.get("scope");
    if (!scope)
      return refuse(
        400,
        "invalid_request",
        "AADSTS900144: The request body must contain the following parameter: 'scope'.",
      );
    const assertion = form.get("client_assertion");
    if (assertion === null && !form.get("client_secret")) {
      return refuse(
        401,
        "invalid_client",
        "AADSTS7000218: The request body must contain the following parameter: 'client_assertion' or 'client_secret'.",
      );
    }
    const problem = assertion === null ? undefined : this.#assertionProblem(assertion, tenant);
    if (problem !== undefined) return refuse(401, "invalid_client", problem);
    const wrong = assertion === null ? this.#secretProblem(tenant, clientId, form.get("client_secret")) : undefined;
    if (wrong) return wrong;
    const now = Math.floor(this.#clock() / 1000);
    const payload = {
      aud: scope.replace(/\/\.default$/, ""),
      iss: `https://sts.windows.net/${tenant}/`,
      iat: now,
      nbf: now,
      exp: now + this.#lifetimeSeconds,
      tid: tenant,
      appid: clientId,
      oid: clientId,
    };
    const head = `${encode({ typ: "JWT", alg: "HS256" })}.${encode(payload)}`;
    return answer(200, {
      token_type: "Bearer",
      expires_in: this.#lifetimeSeconds,
      ext_expires_in: this.#lifetimeSeconds,
      access_token: `${head}.${this.#sign(head)}`,
    });
  }

  /**
   * Who calls, from the bearer token.
   *
   * @param subscription that the call is about
   * @throws ArmFault ARM's 401
   */
  check(authorization: string | undefined, base: string, subscription: string): string {
    const challenge = {
      "www-authenticate": `Bearer authorization_uri="${base}/common", error="invalid_token", error_description="The access token is missing or invalid."`,
    };
    const token = /^Bearer (.+)$/i.exec(authorization ?? "")?.[1];
    if (token === undefined) {
      throw new ArmFault(
        401,
        "AuthenticationFailed",
        "Authentication failed. The 'Authorization' header is missing.",
        challenge,
      );
    }
    const [header, body, sign] = token.split(".");
    const payload = decode(body);
    if (header === undefined || sign !== this.#sign(`${header}.${body}`) || payload === undefined) {
      throw new ArmFault(401, "InvalidAuthenticationToken", "The access token is invalid.", challenge);
    }
    if (Number(payload.exp) * 1000 <= this.#clock()) {
      throw new ArmFault(
        401,
        "ExpiredAuthenticationToken",
        "The access token expiry UTC time is earlier than current UTC time.",
        challenge,
      );
    }
    if (!isArmAudience(String(payload.aud), base)) {
      throw new ArmFault(
        401,
        "InvalidAuthenticationTokenAudience",
        `The access token has been obtained for wrong audience or resource '${String(payload.aud)}'. It should exactly match with one of the allowed audiences.`,
        challenge,
      );
    }
    this.#checkTenant(String(payload.tid), subscription, challenge);
    return String(payload.appid);
  }

  /** ARM's words: Azure/LogicAppsUX#9068, bradygaster-zz/azure-tools-vscode#44; the status: Azure/azure-sdk-for-net#49391. */
  #checkTenant(tenant: string, subscription: string, challenge: Readonly<Record<string, string>>): void {
    const owner = Object.entries(this.#directory.tenants ?? {}).find(
      ([id]) => id.toLowerCase() === subscription.toLowerCase(),
    )?.[1];
    if (owner === undefined || owner.toLowerCase() === tenant.toLowerCase()) return;
    throw new ArmFault(
      401,
      "InvalidAuthenticationTokenTenant",
      `The access token is from the wrong issuer 'https://sts.windows.net/${tenant}/'. It must match the tenant 'https://sts.windows.net/${owner}/' associated with this subscription. Please use the authority (URL) 'https://login.windows.net/${owner}' to get the token. Note, if the subscription is transferred to another tenant there is no impact to the services, but information about new tenant could take time to propagate (up to an hour). If you just transferred your subscription and see this error message, please try back later.`,
      challenge,
    );
  }

  /** Entra's words for a wrong secret: Azure/sap-automation#418 (401); for an application that it does not know: MicrosoftDocs/azure-docs#21690. */
  #secretProblem(tenant: string, clientId: string, secret: string | null): EmulatorResponse | undefined {
    const { clients } = this.#directory;
    if (!clients) return undefined;
    const known = clients.filter((client) => client.tenantId === tenant && client.clientId === clientId);
    if (known.length === 0)
      return this.#refuseWithTrace(
        400,
        "unauthorized_client",
        `AADSTS700016: Application with identifier '${clientId}' was not found in the directory '${tenant}'. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. You may have sent your authentication request to the wrong tenant.`,
      );
    if (known.some((client) => client.secret === secret)) return undefined;
    return this.#refuseWithTrace(
      401,
      "invalid_client",
      `AADSTS7000215: Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '${clientId}'.`,
    );
  }

  /** What is another at each refusal (Azure/sap-automation#418). */
  #refuseWithTrace(status: number, error: string, words: string): EmulatorResponse {
    const time = new Date(this.#clock()).toISOString().replace("T", " ").slice(0, 19);
    const ids = `Trace ID: ${guid(this.#random)}\r\nCorrelation ID: ${guid(this.#random)}`;
    return refuse(status, error, `${words}\r\n${ids}\r\nTimestamp: ${time}Z`);
  }

  #assertionProblem(assertion: string, tenant: string): string | undefined {
    const parts = assertion.split(".");
    const payload = parts.length === 3 ? decode(parts[1]) : undefined;
    if (!payload) return "AADSTS50027: JWT token is invalid or malformed.";
    if (payload.exp !== undefined && Number(payload.exp) * 1000 <= this.#clock())
      return "AADSTS700024: Client assertion is not within its valid time range.";
    // One that is signed with a certificate is meant for the token endpoint (learn.microsoft.com/entra/identity-platform/certificate-credentials).
    const header = decode(parts[0]) ?? {};
    if ("x5t" in header || "x5t#S256" in header) {
      return String(payload.aud).endsWith(`/${tenant}/oauth2/v2.0/token`)
        ? undefined
        : "AADSTS50027: JWT token is invalid or malformed.";
    }
    if (payload.aud !== undefined && ![payload.aud].flat().includes(EXCHANGE_AUDIENCE)) {
      return `AADSTS700212: No matching federated identity record found for presented assertion audience '${JSON.stringify(payload.aud)}'.`;
    }
    return undefined;
  }

  #sign(text: string): string {
    return createHmac("sha256", this.#secret).update(text).digest("base64url");
  }
}

/** ARM's names in all clouds (azure-session-pools §5), with or without a slash, and the emulator's own; a token for the data plane is none of them. */
function isArmAudience(audience: string, base: string): boolean {
  const host = /^https:\/\/([^/]+)\/*$/.exec(audience)?.[1];
  return host !== undefined && (ARM_HOSTS.has(host) || LOOPBACK.test(host) || host === new URL(base).host);
}

function refuse(status: number, error: string, description: string): EmulatorResponse {
  return answer(status, {
    error,
    error_description: description,
    error_codes: [Number(/AADSTS(\d+)/.exec(description)?.[1])],
  });
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}

function decode(part: string | undefined): Record<string, unknown> | undefined {
  try {
    return JSON.parse(Buffer.from(part ?? "", "base64url").toString("utf8")) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}

/** Stable ids of identities: the same identity has the same principal in every answer. */
export function stableGuid(seed: string): string {
  const hex = createHash("sha256").update(seed).digest("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
