import {
  ClientCertificateCredential,
  ClientSecretCredential,
  DefaultAzureCredential,
  type TokenCredential,
  WorkloadIdentityCredential,
} from "@azure/identity";
import type { Clock, WallClock } from "../time/clock.ts";
import { Manners } from "./manners.ts";
import type { ArmHttpClient } from "./pipeline.ts";

/** The one thing the ARM client needs of a credential. */
export type AzureCredential = TokenCredential;

/** What decides how the operator signs in; unset fields are left to the credential chain. */
export interface CredentialOptions {
  readonly tenantId: string | undefined;
  readonly clientId: string | undefined;
  readonly federatedTokenFile: string | undefined;
  /** Entra's host, e.g. `https://login.microsoftonline.com/`. */
  readonly authorityHost: string | undefined;
}

/** Who somebody else than the operator is, and how that is proved. */
export interface CredentialContent {
  readonly tenantId: string;
  readonly clientId: string;
  readonly proof:
    | { readonly kind: "secret"; readonly secret: string }
    /** Certificate and private key in PEM form, the key not encrypted. */
    | { readonly kind: "certificate"; readonly pem: string }
    /** The federated token of the operator's own pod. */
    | { readonly kind: "federated" };
}

/** What a credential needs of the process. */
export interface CredentialParts {
  readonly clock: Clock;
  readonly wallClock: WallClock;
  /** How long a caller waits for a token, in milliseconds; a few seconds when left out. */
  readonly patienceMs?: number;
  /** Only simulations set it. */
  readonly httpClient?: ArmHttpClient;
}

/** Hosts that Microsoft's own discovery service knows; any other would fail there (azure-session-pools §2.x). */
const KNOWN_AUTHORITIES = new Set([
  "login.microsoftonline.com",
  "login.microsoftonline.us",
  "login.chinacloudapi.cn",
  "login.partner.microsoftonline.cn",
]);

/**
 * Workload identity when the pod has a federated token, a tenant and a client; otherwise the DefaultAzureCredential chain, for development.
 * The SDK's own retries are off: the queue retries, and says so in the status.
 */
export function createCredential(options: CredentialOptions, parts: CredentialParts): AzureCredential {
  const { tenantId, clientId, federatedTokenFile } = options;
  if (tenantId !== undefined && clientId !== undefined && federatedTokenFile !== undefined)
    return credentialOf({ tenantId, clientId, proof: { kind: "federated" } }, options, parts);
  const { manners, common } = base(options.authorityHost, parts, true);
  return manners.over(
    () =>
      new DefaultAzureCredential({
        ...common,
        ...(tenantId === undefined ? {} : { tenantId }),
        ...(clientId === undefined ? {} : { managedIdentityClientId: clientId }),
      }),
  );
}

/** The credential of somebody else, at the operator's own authority and with its own token file: nothing of where it asks comes from `content`. */
export function credentialOf(
  content: CredentialContent,
  options: Pick<CredentialOptions, "authorityHost" | "federatedTokenFile">,
  parts: CredentialParts,
): AzureCredential {
  const { tenantId, clientId, proof } = content;
  const { manners, common } = base(options.authorityHost, parts);
  switch (proof.kind) {
    case "secret":
      return manners.over(() => new ClientSecretCredential(tenantId, clientId, proof.secret, common));
    case "certificate":
      return manners.over(
        () => new ClientCertificateCredential(tenantId, clientId, { certificate: proof.pem }, common),
      );
    case "federated": {
      const { federatedTokenFile } = options;
      if (federatedTokenFile === undefined) throw new Error("the operator has no federated token");
      return manners.over(
        () => new WorkloadIdentityCredential({ ...common, tenantId, clientId, tokenFilePath: federatedTokenFile }),
      );
    }
  }
}

type Common = NonNullable<ConstructorParameters<typeof ClientSecretCredential>[3]>;

/** What all credentials have in common. */
function base(
  authorityHost: string | undefined,
  parts: CredentialParts,
  isChain = false,
): { readonly manners: Manners; readonly common: Common } {
  const { clock, wallClock, patienceMs } = parts;
  const manners = new Manners(clock, wallClock, { isChain, ...(patienceMs === undefined ? {} : { patienceMs }) });
  return {
    manners,
    common: {
      ...(authorityHost === undefined ? {} : { authorityHost }),
      ...(authorityHost !== undefined && !KNOWN_AUTHORITIES.has(new URL(authorityHost).host)
        ? { disableInstanceDiscovery: true }
        : {}),
      retryOptions: { maxRetries: 0 },
      // A redirect could carry the proof elsewhere.
      redirectOptions: { maxRetries: 0 },
      additionalPolicies: [{ policy: manners.policy, position: "perRetry" as const }],
      ...(parts.httpClient ? { httpClient: parts.httpClient } : {}),
    },
  };
}

/** The pipeline's own cache renews tokens in the background, where nobody hears of a failure and the process would end: it keeps none. */
export function withoutCache(credential: AzureCredential): AzureCredential {
  return {
    getToken: async (scopes, options) => {
      const token = await credential.getToken(scopes, options);
      return token && { token: token.token, expiresOnTimestamp: 0 };
    },
  };
}
