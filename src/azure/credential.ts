import { DefaultAzureCredential, type TokenCredential, WorkloadIdentityCredential } from "@azure/identity";
import { type Clock, withDeadline } from "../time/clock.ts";
import type { ArmHttpClient } from "./arm-client.ts";
import { ArmError, retryAfterMs } from "./errors.ts";

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

/** What a credential needs of the process. */
export interface CredentialParts {
  readonly clock: Clock;
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

/** How long Entra may take for one answer, in milliseconds: the SDK has no limit, and all callers wait for the same token. */
const ANSWER_TIMEOUT_MS = 15_000;

/**
 * Workload identity when the pod has a federated token, a tenant and a client; otherwise the DefaultAzureCredential chain, for development.
 * The SDK's own retries are off: the queue retries, and says so in the status.
 */
export function createCredential(options: CredentialOptions, parts: CredentialParts): AzureCredential {
  const { tenantId, clientId, federatedTokenFile, authorityHost } = options;
  const manners = new Manners(parts.clock);
  const common = {
    ...(authorityHost === undefined ? {} : { authorityHost }),
    ...(authorityHost !== undefined && !KNOWN_AUTHORITIES.has(new URL(authorityHost).host)
      ? { disableInstanceDiscovery: true }
      : {}),
    retryOptions: { maxRetries: 0 },
    additionalPolicies: [{ policy: manners.policy, position: "perRetry" as const }],
    ...(parts.httpClient ? { httpClient: parts.httpClient } : {}),
  };
  if (tenantId !== undefined && clientId !== undefined && federatedTokenFile !== undefined) {
    return manners.over(
      new WorkloadIdentityCredential({ ...common, tenantId, clientId, tokenFilePath: federatedTokenFile }),
    );
  }
  return manners.over(
    new DefaultAzureCredential({
      ...common,
      ...(tenantId === undefined ? {} : { tenantId }),
      ...(clientId === undefined ? {} : { managedIdentityClientId: clientId }),
    }),
  );
}

type Policy = NonNullable<ConstructorParameters<typeof DefaultAzureCredential>[0]>["additionalPolicies"] extends
  | readonly (infer P extends { policy: unknown })[]
  | undefined
  ? P["policy"]
  : never;

/** Keeps a credential from waiting for ever, and from asking Entra again before the time that it named. */
class Manners {
  readonly #clock: Clock;
  #closedUntil = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Sees each request of the credential. */
  readonly policy: Policy = {
    name: "sessionpool-operator-manners",
    sendRequest: async (request, next) => {
      const parent = request.abortSignal as AbortSignal | undefined;
      const response = await withDeadline(this.#clock, ANSWER_TIMEOUT_MS, parent, (abortSignal) => {
        request.abortSignal = abortSignal;
        return next(request);
      });
      const wait = retryAfterMs(response.headers.toJSON(), this.#clock.now());
      if (wait !== undefined && (response.status === 429 || response.status === 503))
        this.#closedUntil = this.#clock.now() + wait;
      return response;
    },
  };

  /** The credential, which refuses by itself while Entra wants no calls. */
  over(credential: TokenCredential): AzureCredential {
    return {
      getToken: async (scopes, options) => {
        this.#check();
        try {
          return await credential.getToken(scopes, options);
        } catch (error) {
          this.#check();
          throw error;
        }
      },
    };
  }

  /** @throws ArmError `throttled`, without a request */
  #check(): void {
    const wait = this.#closedUntil - this.#clock.now();
    if (wait > 0) throw new ArmError("throttled", 429, "TooManyRequests", "Entra asked for a pause", wait);
  }
}
