import { pino } from "pino";
import { ArmClient, type PoolAddress } from "../../../src/azure/arm-client.ts";
import type { ArmHttpClient } from "../../../src/azure/pipeline.ts";
import { Budget } from "../../../src/azure/budget.ts";
import type { Look } from "../../../src/azure/observer.ts";
import { Observers } from "../../../src/azure/observers.ts";
import { POOL_READER } from "../../../src/reconcile/observe.ts";
import { ArmModel } from "../../emulator/model.ts";
import { FakeClock } from "../../time/fake-clock.ts";
import { numbers } from "../../time/numbers.ts";
import { custom, SUBSCRIPTION } from "../emulator/model-azure.ts";

const HOST = "management.azure.com";
/** How long Azure works on a pool, in milliseconds. */
export const PROVISIONING_MS = 60_000;
/** How often everything is LISTed at rest, in milliseconds. */
export const INTERVAL_MS = 300_000;

/** An answer that comes in place of Azure's. */
export type Instead = { readonly status: number; readonly body?: object } | undefined;

/** Observers in front of Azure, on one clock. A key is `group/name`, and wants to know of the pool of that group and name. */
export class Observed {
  readonly clock = new FakeClock(1.7e12);
  readonly azure: ArmModel;
  readonly arm: ArmClient;
  readonly budget: Budget;
  /** Calls that reached Azure, e.g. `LIST rg` or `LIST` of a subscription, with their times. */
  readonly calls: { readonly what: string; readonly at: number }[] = [];
  readonly woken: string[] = [];
  readonly observers: Observers;
  readonly stop = new AbortController();
  /** Replaces answers. */
  instead: (what: string) => Instead = () => undefined;
  /** How long an answer takes, in milliseconds. */
  latencyMs = 10;

  /** @param options share: the part of Azure's limits that may be used */
  constructor({ share = 1, ...options }: { readonly pageSize?: number; readonly share?: number } = {}) {
    this.budget = new Budget({ clock: this.clock, share });
    this.azure = new ArmModel({
      clock: () => this.clock.now(),
      random: numbers(1),
      provisioningSeconds: PROVISIONING_MS / 1000,
      anonymous: true,
      ...options,
    });
    this.arm = this.client();
    this.observers = new Observers({
      clock: this.clock,
      random: () => 0,
      log: pino({ enabled: false }),
      intervalMs: INTERVAL_MS,
      reader: POOL_READER,
      wake: (key) => void this.woken.push(key),
      signal: this.stop.signal,
    });
  }

  /** A client with a credential of its own. */
  client(): ArmClient {
    const { clock, budget } = this;
    const endpoint = `https://${HOST}`;
    const credential = { getToken: () => Promise.resolve({ token: "t", expiresOnTimestamp: 9e15 }) };
    const httpClient: ArmHttpClient = { sendRequest: async (request) => (await this.#send(request)) as never };
    return new ArmClient({ credential, endpoint, audience: endpoint, clock, userAgent: "test", budget, httpClient });
  }

  async pass(seconds: number): Promise<void> {
    await this.clock.advance(seconds * 1000);
  }

  /** Keys that were woken since the last time, in order of their names. */
  newlyWoken(): readonly string[] {
    return this.woken.splice(0).sort();
  }

  /** Calls since the last time. */
  newCalls(): readonly string[] {
    return this.calls.splice(0).map(({ what }) => what);
  }

  /** Somebody makes pools, and Azure is done with them. */
  async create(...keys: readonly string[]): Promise<void> {
    for (const key of keys) this.write("PUT", key, custom());
    await this.clock.advance(PROVISIONING_MS);
  }

  /** Somebody writes a pool. */
  write(method: string, key: string, body?: object): void {
    const { status } = this.azure.asSomebody(method, pathOf(key), body);
    if (status >= 300) throw new Error(`${method} ${key}: ${status}`);
  }

  track(key: string, maxAgeMs = INTERVAL_MS): void {
    this.observers.track(key, this.arm, addressOf(key), maxAgeMs);
  }

  /** All begin to be wanted, and the first LISTs come to their ends. */
  async follow(...keys: readonly string[]): Promise<void> {
    for (const key of keys) this.track(key);
    await this.pass(1);
    for (const key of keys) this.observers.look(key);
    this.newlyWoken();
    this.newCalls();
  }

  look(key: string): Look["kind"] {
    return this.observers.look(key).kind;
  }

  /** A pool as Azure has it now. */
  pool(key: string): object {
    const id = pathOf(key).toLowerCase();
    const found = this.azure.peek().find((pool) => (pool as { id: string }).id.toLowerCase() === id);
    if (!found) throw new Error(`there is no pool ${key}`);
    return found;
  }

  /** What is believed of how many sessions a pool has; undefined when nothing is. */
  sessions(key: string): unknown {
    const look = this.observers.look(key);
    if (look.kind !== "seen") return undefined;
    return (look.pool as { properties: { scaleConfiguration: { maxConcurrentSessions: number } } }).properties
      .scaleConfiguration.maxConcurrentSessions;
  }

  async #send(request: { url: string; method: string }): Promise<object> {
    const { pathname, search } = new URL(request.url);
    const [, , , , group = "", , , , name] = pathname.split("/");
    const isGroup = pathname.includes("/resourceGroups/");
    const what = name === undefined ? `LIST ${isGroup ? group : ""}`.trim() : `${request.method} ${group}/${name}`;
    this.calls.push({ what, at: this.clock.now() });
    const replaced = this.instead(what);
    const given = replaced
      ? { status: replaced.status, headers: {}, body: JSON.stringify(replaced.body ?? {}) }
      : this.azure.handle({ method: request.method, url: pathname + search, headers: { host: HOST }, body: undefined });
    await new Promise<void>((resolve) => void this.clock.timer(this.latencyMs, resolve));
    const all = new Map(Object.entries(given.headers));
    const headers = {
      get: (key: string) => all.get(key.toLowerCase()),
      has: (key: string) => all.has(key.toLowerCase()),
      toJSON: () => Object.fromEntries(all),
    };
    return { request, status: given.status, headers, bodyAsText: given.body ?? "" };
  }
}

/** More sessions for a pool, as a PATCH. */
export const sized = (maxConcurrentSessions: number): object => ({
  properties: { scaleConfiguration: { maxConcurrentSessions } },
});

export function addressOf(key: string): PoolAddress {
  const [resourceGroup = "", name = ""] = key.split("/");
  return { subscriptionId: SUBSCRIPTION, resourceGroup, name };
}

function pathOf(key: string): string {
  const { subscriptionId, resourceGroup, name } = addressOf(key);
  return `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}/providers/Microsoft.App/sessionPools/${name}`;
}
