import { createHash } from "node:crypto";
import { ArmClient, type ArmClientOptions } from "./arm-client.ts";
import { Throttle } from "./throttle.ts";
import { type CredentialContent, type CredentialOptions, createCredential, credentialOf } from "./credential.ts";

export interface ArmClientsOptions extends Omit<ArmClientOptions, "credential"> {
  /** How the operator itself signs in. */
  readonly own: CredentialOptions;
  /** How long a client is kept that nobody asks for, in milliseconds. */
  readonly keepMs: number;
}

interface Entry {
  readonly client: ArmClient;
  /** Tenant and application. */
  readonly principal: string;
  readonly throttle: Throttle;
  usedAt: number;
}

/**
 * One ARM client, and with it one token, for each credential; equal content is one client, whichever namespaces it comes from. ARM counts calls by
 * principal, so its pauses are remembered for all credentials of one principal, e.g. before and after its secret is rotated.
 */
export class ArmClients {
  /** The operator's own. */
  readonly own: ArmClient;
  readonly #options: ArmClientsOptions;
  readonly #ownThrottle: Throttle;
  readonly #others = new Map<string, Entry>();

  constructor(options: ArmClientsOptions) {
    this.#options = options;
    this.#ownThrottle = new Throttle(options.clock);
    this.own = new ArmClient({
      ...options,
      credential: createCredential(options.own, options),
      throttle: this.#ownThrottle,
    });
  }

  /** Whether there is a federated token that other identities can be proved with. */
  get canFederate(): boolean {
    return this.#options.own.federatedTokenFile !== undefined;
  }

  /** The client of a credential. */
  of(content: CredentialContent): ArmClient {
    const now = this.#options.clock.now();
    for (const [key, { usedAt }] of this.#others) if (now - usedAt > this.#options.keepMs) this.#others.delete(key);
    const key = createHash("sha256").update(JSON.stringify(content)).digest("base64");
    const known = this.#others.get(key);
    if (known) {
      known.usedAt = now;
      return known.client;
    }
    const credential = credentialOf(content, this.#options.own, this.#options);
    const principal = principalOf(content);
    const throttle = this.#throttleOf(principal);
    const client = new ArmClient({ ...this.#options, credential, throttle });
    this.#others.set(key, { client, principal, throttle, usedAt: now });
    return client;
  }

  #throttleOf(principal: string): Throttle {
    if (principal === principalOf(this.#options.own)) return this.#ownThrottle;
    const same = [...this.#others.values()].find((other) => other.principal === principal);
    return same?.throttle ?? new Throttle(this.#options.clock);
  }
}

function principalOf({
  tenantId = "",
  clientId = "",
}: Partial<Pick<CredentialOptions, "tenantId" | "clientId">>): string {
  return `${tenantId}/${clientId}`.toLowerCase();
}
