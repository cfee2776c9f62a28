import type { Emulator } from "../emulator/start.ts";
import { REQUESTED_AT } from "../../src/api/session-pool.ts";
import { isIdle } from "./azure.ts";
import type { Ledger } from "./ledger.ts";
import { type People, poolsPath } from "./people.ts";
import {
  credentialOf,
  KEYS,
  manifestOf,
  type Member,
  memberOf,
  NAMESPACES,
  secretsOf,
  TEAM_NAMESPACE,
} from "./pools.ts";

/** What people do, in this order, again and again. */
const STEPS = ["edit", "annotate", "drift", "edit", "guest", "edit", "ask", "edit", "drift", "secret"] as const;
/** So many guests are there at a time. */
const GUESTS = 3;
/** How often one is looked for whose pool is at rest. */
const TRIES = 50;

export interface LifeOptions {
  readonly people: People;
  readonly emulator: Emulator;
  readonly ledger: Ledger;
  readonly random: () => number;
  /** The resources that are there from the beginning to the end. */
  readonly members: readonly Member[];
}

/** What people do with resources, Secrets and pools while the operator runs. Each change waits until the one before it has reached Azure. */
export class Life {
  readonly done: Record<string, number> = {};
  readonly #options: LifeOptions;
  /** Resources that come and go, the oldest first. */
  readonly #guests: Member[] = [];
  #steps = 0;
  #came = 0;
  #versions = 1;

  constructor(options: LifeOptions) {
    this.#options = options;
  }

  /** All resources that shall be there now. */
  get members(): readonly Member[] {
    return [...this.#options.members, ...this.#guests];
  }

  /** Does the next thing; what nothing can be found for is left out. */
  async step(): Promise<void> {
    const step = STEPS[this.#steps % STEPS.length] ?? "edit";
    this.#steps += 1;
    if (await this[step]()) this.done[step] = (this.done[step] ?? 0) + 1;
  }

  async edit(): Promise<boolean> {
    const { people, ledger } = this.#options;
    const member = this.#atRest();
    if (!member) return false;
    member.sessions = this.#other(member.sessions);
    // It counts before it is sent: the operator may be faster than the answer.
    ledger.reason(member.id);
    await people.change(pathOf(member), { spec: { scaleConfiguration: { maxConcurrentSessions: member.sessions } } });
    return true;
  }

  /** Changes nothing that Azure knows of. */
  async annotate(): Promise<boolean> {
    const { people, random } = this.#options;
    const member = this.#any();
    if (member) await people.change(pathOf(member), { metadata: { annotations: { note: String(random()) } } });
    return member !== undefined;
  }

  /** Asks for a look at a pool, by the annotation. */
  async ask(): Promise<boolean> {
    const { people } = this.#options;
    const member = this.#any();
    const now = new Date().toISOString();
    if (member) await people.change(pathOf(member), { metadata: { annotations: { [REQUESTED_AT]: now } } });
    return member !== undefined;
  }

  /** Somebody changes a pool in the portal. */
  async drift(): Promise<boolean> {
    const { emulator, ledger } = this.#options;
    const member = this.#atRest();
    if (!member) return false;
    const scaleConfiguration = { maxConcurrentSessions: this.#other(member.sessions) };
    const { status } = emulator.model.asSomebody("PATCH", member.id, { properties: { scaleConfiguration } });
    if (status >= 300) throw new Error(`Azure refused a change of ${member.id}: ${status}`);
    ledger.reason(member.id);
    return true;
  }

  /** One resource comes, and one goes. */
  async guest(): Promise<boolean> {
    const { people, ledger } = this.#options;
    const [oldest] = this.#guests;
    if (oldest && this.#guests.length >= GUESTS && this.#isAtRest(oldest)) {
      this.#guests.shift();
      await people.remove(pathOf(oldest));
    }
    const guest = memberOf("guest", this.#came);
    this.#came += 1;
    this.#guests.push(guest);
    ledger.reason(guest.id);
    await people.create(poolsPath(guest.namespace), manifestOf(guest));
    return true;
  }

  /** The Secret of a namespace gets another value. */
  async secret(): Promise<boolean> {
    const { people, ledger, members } = this.#options;
    const namespace = this.#of(NAMESPACES);
    const users = members.filter((member) => member.namespace === namespace && member.hasSecret);
    if (!users.every((user) => this.#isAtRest(user))) return false;
    this.#versions += 1;
    const [{ stringData } = { stringData: {} }] = secretsOf(namespace, this.#versions);
    for (const { id } of users) ledger.reason(id);
    await people.change(`/api/v1/namespaces/${namespace}/secrets/${KEYS}`, { stringData });
    return true;
  }

  /** The team's identity gets another client secret. */
  async credential(): Promise<void> {
    this.#versions += 1;
    const { name, stringData } = credentialOf(this.#versions);
    await this.#options.people.change(`/api/v1/namespaces/${TEAM_NAMESPACE}/secrets/${name}`, { stringData });
  }

  #any(): Member | undefined {
    return this.#of(this.#options.members);
  }

  /** A member that nothing is being done for. */
  #atRest(): Member | undefined {
    for (let tries = 0; tries < TRIES; tries += 1) {
      const member = this.#any();
      if (member && this.#isAtRest(member)) return member;
    }
    return undefined;
  }

  #isAtRest({ id }: Member): boolean {
    return this.#options.ledger.isSettled(id) && isIdle(this.#options.emulator.model, id);
  }

  #of<T>(list: readonly T[]): T {
    return list[Math.floor(this.#options.random() * list.length)] as T;
  }

  /** Another number of sessions than a pool has. */
  #other(sessions: number): number {
    return 10 + ((sessions - 10 + 1 + Math.floor(this.#options.random() * 500)) % 590);
  }
}

function pathOf({ namespace, name }: Member): string {
  return `${poolsPath(namespace)}/${name}`;
}
