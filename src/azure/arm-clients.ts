import { createHash } from "node:crypto";
import { ArmClient, type ArmClientOptions } from "./arm-client.ts";
import { Budget, type BudgetLeft, type BudgetOptions } from "./budget.ts";
import {
  type CredentialContent,
  type CredentialOptions,
  type CredentialParts,
  createCredential,
  credentialOf,
} from "./credential.ts";

export interface ArmClientsOptions
  extends
    Omit<ArmClientOptions, "credential" | "budget">,
    Omit<BudgetOptions, "clock">,
    Pick<CredentialParts, "wallClock"> {
  /** How the operator itself signs in. */
  readonly own: CredentialOptions;
  /** How long a client is kept that nobody asks for, in milliseconds. */
  readonly keepMs: number;
}

interface Entry {
  readonly client: ArmClient;
  /** Tenant and application. */
  readonly principal: string;
  usedAt: number;
}

/**
 * One ARM client, and with it one token, for each credential; equal content is one client, whichever namespaces it comes from. ARM counts calls by
 * principal, so its pauses and the budget are those of all credentials of one principal, e.g. before and after its secret is rotated.
 */
export class ArmClients {
  /** The operator's own. */
  readonly own: ArmClient;
  readonly #options: ArmClientsOptions;

  readonly #others = new Map<string, Entry>();

  constructor(options: ArmClientsOptions) {
    this.#options = options;
    this.own = new ArmClient({
      ...options,
      credential: createCredential(options.own, options),
      budget: new Budget(options),
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
    const client = new ArmClient({
      ...this.#options,
      credential,
      budget: this.#budgetOf(principal),
      onCall: (name, end) => {
        // Pools at rest are seen by an observer, which keeps the client and asks nobody for it.
        if (end !== "no_token") entry.usedAt = this.#options.clock.now();
        this.#options.onCall?.(name, end);
      },
    });
    const entry = { client, principal, usedAt: now };
    this.#others.set(key, entry);
    return client;
  }

  /** What is left of each budget. */
  left(): readonly BudgetLeft[] {
    return [...this.#budgets()].flatMap((budget) => budget.left());
  }

  /** Why calls wait for nothing, see {@link Budget.stuck}. */
  stuck(): string | undefined {
    for (const budget of this.#budgets()) {
      const problem = budget.stuck();
      if (problem !== undefined) return problem;
    }
    return undefined;
  }

  /** Who asked is done, or gone: turns that were not used are others'. */
  giveBack(queueKey: string): void {
    for (const budget of this.#budgets()) budget.giveBack(queueKey);
  }

  /** A slot for a write has become free. */
  onSlot(): void {
    for (const budget of this.#budgets()) budget.onSlot();
  }

  #budgetOf(principal: string): Budget {
    if (principal === principalOf(this.#options.own)) return this.own.budget;
    const same = [...this.#others.values()].find((other) => other.principal === principal);
    return same?.client.budget ?? new Budget(this.#options);
  }

  #budgets(): ReadonlySet<Budget> {
    return new Set([this.own, ...[...this.#others.values()].map(({ client }) => client)].map(({ budget }) => budget));
  }
}

function principalOf({
  tenantId = "",
  clientId = "",
}: Partial<Pick<CredentialOptions, "tenantId" | "clientId">>): string {
  return `${tenantId}/${clientId}`.toLowerCase();
}
