import { REASON } from "../api/conditions.ts";
import type { SessionPool } from "../api/session-pool.ts";
import type { ArmClient } from "../azure/arm-client.ts";
import type { ArmClients } from "../azure/arm-clients.ts";
import { isSecretName } from "../kubernetes/core.ts";
import { KubernetesError } from "../kubernetes/errors.ts";
import type { Credentials as State } from "../sessionpool/action.ts";
import type { SecretValues } from "../sessionpool/desired.ts";
import { type OwnTurns, TurnsInLine } from "../time/turns.ts";
import { type CredentialSecret, readCredentialSecret } from "./credential-secret.ts";
import type { ReadSecret } from "./secret-fingerprints.ts";

/** The Secret of a namespace that counts for its resources without spec.credentialsRef. */
const NAMESPACE_SECRET = "azure-credential";

/** How a resource's calls to Azure are signed in. */
export interface SignIn {
  readonly state: State;
  /** Absent when there is none, or none is needed. */
  readonly arm: ArmClient | undefined;
  /** Subscription of a resource that names none; undefined: the operator's default. */
  readonly subscriptionId: string | undefined;
  /** To be taken out of anything that is shown. */
  readonly values: SecretValues;
  /** Which Secret it is, in words; undefined for the operator's own credential. */
  readonly where: string | undefined;
}

/** No call is made. */
export const NO_CALLS: SignIn = {
  state: { kind: "resolved" },
  arm: undefined,
  subscriptionId: undefined,
  values: new Map(),
  where: undefined,
};

export interface CredentialsOptions {
  readonly clients: Pick<ArmClients, "own" | "of" | "canFederate">;
  /** Reads a Secret; undefined only when the API server says that it does not exist. */
  readonly read: ReadSecret;
  /** Milliseconds by our clock. */
  readonly now: () => number;
  /** How long a credential is remembered after its last use, in milliseconds. */
  readonly keepMs: number;
  /** Each who waited for a read of somebody else goes on in a turn of its own: a hundred reconciles at once hold the event loop for 50 ms. */
  readonly turns: OwnTurns;
}

/** What was seen of a Secret. */
type Look = CredentialSecret | "absent" | "forbidden";
type Good = CredentialSecret & { readonly ok: true };

/** How long a look at a Secret counts, in milliseconds: thousands of pools of a namespace cost one read. */
const LOOK_MS = 15_000;
const LET_GO = "set spec.policy.deletion to Orphan to let go of the pool";

/**
 * Finds each resource's credential: the Secret that spec.credentialsRef names, always of the resource's own namespace; else the namespace's
 * own Secret; else the operator's. A Secret that is named and missing, that is wrong, or that cannot be read, is a reason to hold, never one to use a
 * broader credential.
 */
export class CredentialStore {
  readonly #options: CredentialsOptions;
  readonly #looks = new Map<string, { readonly at: number; readonly look: Promise<Look>; isThere: boolean }>();
  /** What each Secret last held, for deletions that outlive it; `own` for the namespaces that had none. */
  readonly #last = new Map<string, { readonly used: Good | "own"; usedAt: number }>();
  readonly #turns: OwnTurns;
  #sweptAt = -Infinity;

  constructor(options: CredentialsOptions) {
    this.#options = options;
    this.#turns = new TurnsInLine(options.turns);
  }

  /** @throws KubernetesError when the API server did not say */
  async of(resource: SessionPool, signal: AbortSignal): Promise<SignIn> {
    const { namespace, deletionTimestamp } = resource.metadata;
    const named = resource.spec.credentialsRef?.name;
    const name = named ?? NAMESPACE_SECRET;
    const isDeleted = deletionTimestamp !== undefined;
    const prefix = named === undefined ? "" : "spec.credentialsRef: ";
    if (!isSecretName(name))
      return missing(REASON.credentialsInvalid, `${prefix}${JSON.stringify(name)} is not the name of a Secret`);
    const id = `${namespace}/${name}`;
    const where = `${prefix}the Secret "${name}" of namespace ${namespace}`;
    const look = await this.#look(id, namespace, name, signal);
    if (typeof look === "object") {
      if (look.ok) return this.#use(id, where, look);
      const end = isDeleted ? `, or ${LET_GO}` : "";
      return missing(REASON.credentialsInvalid, `${where} cannot be used: ${look.message}${end}`);
    }
    const last = isDeleted ? this.#last.get(id) : undefined;
    if (last && (look === "forbidden" || last.used !== "own")) {
      // A namespace's Secret may be gone for good, and then the operator's own credential counts in the end.
      if (named !== undefined) last.usedAt = this.#options.now();
      return last.used === "own" ? this.#own() : this.#signIn(where, last.used);
    }
    if (look === "forbidden")
      return missing(REASON.credentialsUnreadable, unreadable(where, namespace, named, isDeleted));
    if (named === undefined) {
      if (!this.#last.has(id)) this.#last.set(id, { used: "own", usedAt: this.#options.now() });
      return this.#own();
    }
    const what = isDeleted ? `restore the Secret, or ${LET_GO}` : "create it, or name another";
    return missing(
      REASON.credentialsNotFound,
      `${prefix}there is no Secret "${name}" in namespace ${namespace}: ${what}`,
    );
  }

  async #look(id: string, namespace: string, name: string, signal: AbortSignal): Promise<Look> {
    const now = this.#options.now();
    this.#sweep(now);
    const known = this.#looks.get(id);
    if (known && now - known.at < LOOK_MS) {
      const isComing = !known.isThere;
      const look = await known.look;
      if (isComing) await this.#turns.own();
      return look;
    }
    const look = this.#read(namespace, name, signal);
    const entry = { at: now, look, isThere: false };
    this.#looks.set(id, entry);
    try {
      const seen = await look;
      entry.isThere = true;
      return seen;
    } catch (error) {
      if (this.#looks.get(id)?.look === look) this.#looks.delete(id);
      throw error;
    }
  }

  #sweep(now: number): void {
    if (now - this.#sweptAt < LOOK_MS) return;
    this.#sweptAt = now;
    for (const [id, { at }] of this.#looks) if (now - at >= LOOK_MS) this.#looks.delete(id);
    for (const [id, { usedAt }] of this.#last) if (now - usedAt > this.#options.keepMs) this.#last.delete(id);
  }

  async #read(namespace: string, name: string, signal: AbortSignal): Promise<Look> {
    try {
      const data = await this.#options.read(namespace, name, signal);
      return data ? readCredentialSecret(data, this.#options.clients.canFederate) : "absent";
    } catch (error) {
      if (error instanceof KubernetesError && error.status === 403) return "forbidden";
      throw error;
    }
  }

  #use(id: string, where: string, used: Good): SignIn {
    this.#last.set(id, { used, usedAt: this.#options.now() });
    return this.#signIn(where, used);
  }

  #signIn(where: string, { content, subscriptionId, secrets }: Good): SignIn {
    return {
      state: { kind: "resolved" },
      arm: this.#options.clients.of(content),
      subscriptionId,
      values: new Map(secrets.map((value, index) => [`credential ${index}`, value])),
      where,
    };
  }

  #own(): SignIn {
    return { ...NO_CALLS, arm: this.#options.clients.own };
  }
}

function unreadable(where: string, namespace: string, named: string | undefined, isDeleted: boolean): string {
  const why =
    named === undefined ? ", which would say with which credential to ask Azure instead of the operator's own" : "";
  const end = isDeleted ? `, or ${LET_GO}` : "";
  return `${where} cannot be read${why}: grant the operator the verb get on Secrets in namespace ${namespace}${end}`;
}

function missing(reason: string, message: string): SignIn {
  return { ...NO_CALLS, state: { kind: "missing", reason, message } };
}
