import { DefaultAzureCredential, WorkloadIdentityCredential } from "@azure/identity";
import type { ArmHttpClient } from "./arm-client.ts";

/** The one thing the ARM client needs of a credential; the shape of @azure/core-auth's TokenCredential. */
export type AzureCredential = WorkloadIdentityCredential | DefaultAzureCredential;

/** What decides how the operator signs in; unset fields are left to the credential chain. */
export interface CredentialOptions {
  readonly tenantId: string | undefined;
  readonly clientId: string | undefined;
  readonly federatedTokenFile: string | undefined;
  /** Entra's host, e.g. `https://login.microsoftonline.com/`. */
  readonly authorityHost: string | undefined;
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
export function createCredential(options: CredentialOptions): AzureCredential {
  const { tenantId, clientId, federatedTokenFile, authorityHost, httpClient } = options;
  const common = {
    ...(authorityHost === undefined ? {} : { authorityHost }),
    ...(authorityHost !== undefined && !KNOWN_AUTHORITIES.has(new URL(authorityHost).host)
      ? { disableInstanceDiscovery: true }
      : {}),
    retryOptions: { maxRetries: 0 },
    ...(httpClient ? { httpClient } : {}),
  };
  if (tenantId !== undefined && clientId !== undefined && federatedTokenFile !== undefined) {
    return new WorkloadIdentityCredential({ ...common, tenantId, clientId, tokenFilePath: federatedTokenFile });
  }
  return new DefaultAzureCredential({
    ...common,
    ...(tenantId === undefined ? {} : { tenantId }),
    ...(clientId === undefined ? {} : { managedIdentityClientId: clientId }),
  });
}
