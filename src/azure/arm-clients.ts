import { createHash } from "node:crypto";
import { ArmClient, type ArmClientOptions } from "./arm-client.ts";
import { type CredentialContent, type CredentialOptions, createCredential, credentialOf } from "./credential.ts";

export interface ArmClientsOptions extends Omit<ArmClientOptions, "credential"> {
  /** How the operator itself signs in. */
  readonly own: CredentialOptions;
  /** How long a client is kept that nobody asks for, in milliseconds. */
  readonly keepMs: number;
}

/**
 * One ARM client for each credential, and with it one token and one memory of Azure's pauses: ARM counts calls by principal. Equal content is one
 * client, whichever namespaces it comes from.
 */
export class ArmClients {
  /** The operator's own. */
  readonly own: ArmClient;
  readonly #options: ArmClientsOptions;
  readonly #others = new Map<string, { readonly client: ArmClient; usedAt: number }>();

  constructor(options: ArmClientsOptions) {
    this.#options = options;
    this.own = new ArmClient({ ...options, credential: createCredential(options.own, options) });
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
    const client = new ArmClient({ ...this.#options, credential });
    this.#others.set(key, { client, usedAt: now });
    return client;
  }
}
