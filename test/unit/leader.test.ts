import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { isReadyAt } from "../../src/api/conditions.ts";
import { DEADLINE_MS, LEASE_MS, LeaseLost, MARGIN_MS, RETRY_MS } from "../../src/kubernetes/lease.ts";
import { objectOr } from "../../src/sessionpool/json.ts";
import { textOf } from "../simulation/api-server/kinds.ts";
import type { Call } from "../simulation/calls.ts";
import { DRIFT_INTERVAL_MS } from "../simulation/config.ts";
import { OPERATOR_NAMESPACE, type Process } from "../simulation/process.ts";
import { custom, python } from "../simulation/specs.ts";
import { HERE, poolId, Stage } from "./attacks/stage.ts";

const NAMES = ["alpha", "beta", "gamma"];
const size = (maxConcurrentSessions: number): object => ({
  spec: { scaleConfiguration: { maxConcurrentSessions, readySessionInstances: 2 } },
});
let stage: Stage;
let first: Process;
let second: Process;

/** Waits until a condition holds. @returns how long that took, in milliseconds */
async function until(what: string, seconds: number, holds: () => boolean): Promise<number> {
  const since = stage.clock.now();
  await stage.clock.advance(seconds * 1_000, holds);
  if (!holds()) throw new Error(`not within ${seconds} s: ${what}`);
  return stage.clock.now() - since;
}

/** The calls of a replica from now on. */
function callsFromNow(process: Process): () => readonly Call[] {
  const since = stage.network.calls.length;
  return () => stage.network.calls.slice(since).filter((call) => call.process === process.number);
}

/** Names of the calls that change something, but the Lease; a token is asked for by POST. */
function writesIn(calls: readonly Call[]): readonly string[] {
  return calls
    .filter(({ method, name, side }) => method !== "GET" && side !== "entra" && !/ leases?$/.test(name))
    .map(({ name }) => name);
}

function writersOf(name: string): readonly string[] {
  const about = stage.callsAbout(`/${name}?`).filter(({ method }) => method !== "GET");
  return about.map(({ process, method }) => `${method} by ${process}`);
}

function holder(): string {
  return textOf(objectOr(stage.objects("leases")[0]?.spec).holderIdentity);
}

function isReady(name: string): boolean {
  const { metadata, status } = stage.resource(name) ?? {};
  return isReadyAt(status?.conditions, metadata?.generation ?? 0);
}

beforeEach(async () => {
  stage = new Stage();
  [first, second] = stage.startReplicas(2) as readonly [Process, Process];
  await until("one leads", 5, () => /^operator-\d_/.test(holder()));
  await stage.clock.advance(1_000);
  if (holder().startsWith("operator-2")) [first, second] = [second, first];
});

afterEach(() => stage.stop());

/** Pools that are Ready, and both replicas have seen that by a LIST. */
async function readyPools(): Promise<void> {
  for (const name of NAMES) stage.create(name, name === "beta" ? custom() : python());
  await stage.pass(5);
  expect(NAMES.filter(isReady)).toEqual(NAMES);
}

describe("two replicas of the operator", { timeout: 60_000 }, () => {
  it("are both ready, and tell which leads", async () => {
    expect(holder()).toMatch(/^operator-\d_[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect([await first.page("/readyz"), await second.page("/readyz")]).toEqual(["200 ok\n", "200 ok\n"]);
    expect([await first.page("/livez"), await second.page("/livez")]).toEqual(["200 ok\n", "200 ok\n"]);
    const status = 'leader_election_master_status{name="sessionpool-operator"}';
    expect(await first.page("/metrics")).toContain(`${status} 1`);
    expect(await second.page("/metrics")).toContain(`${status} 0`);
  });

  it("write nothing twice: the one that stands by writes nothing anywhere, and LISTs Azure as the other does", async () => {
    const [calls, standbys] = [callsFromNow(first), callsFromNow(second)];
    await readyPools();
    stage.patch("alpha", size(20));
    stage.remove("gamma");
    await stage.pass(5);
    expect(writesIn(calls()).length).toBeGreaterThan(10);
    expect(writesIn(standbys())).toEqual([]);
    const since = stage.clock.now() - 5 * DRIFT_INTERVAL_MS;
    const atRest = (made: readonly Call[]): readonly string[] =>
      made.filter(({ side, at }) => side === "azure" && at > since + 4 * DRIFT_INTERVAL_MS).map(({ name }) => name);
    await stage.pass(5);
    expect(new Set(atRest(standbys()))).toEqual(new Set(["GET pools"]));
    expect(Math.abs(atRest(standbys()).length - atRest(calls()).length)).toBeLessThanOrEqual(2);
  });

  it("when the one that leads is killed, the other goes on within the lease, without a call to Azure or a write for it", async () => {
    await readyPools();
    const calls = callsFromNow(second);
    first.kill();
    const took = await until("the other leads", 20, () => holder().startsWith(`operator-${second.number}`));
    expect(took).toBeGreaterThan(LEASE_MS - RETRY_MS);
    expect(took).toBeLessThanOrEqual(LEASE_MS + RETRY_MS);
    const inThatTime = calls().filter(({ side }) => side === "azure").length;
    await stage.clock.advance(5_000);
    const lists = calls().filter(({ name }) => name === "GET pools");
    expect(calls().filter(({ side }) => side === "azure")).toEqual(lists);
    // Its own cadence, of a minute, may bring one page after the other, once.
    expect(lists.length - inThatTime).toBeLessThanOrEqual(2);
    expect(writesIn(calls())).toEqual([]);

    stage.patch("beta", size(20));
    await stage.pass(5);
    expect(isReady("beta")).toBe(true);
    expect(writersOf("beta")).toEqual([`PUT by ${first.number}`, `PUT by ${second.number}`]);
  });

  it("when the one that leads is told to stop, it finishes its PUT and keeps the lease meanwhile; the other follows at once", async () => {
    stage.create("alpha", custom());
    await until("the PUT is under way", 30, () => writersOf("alpha").length === 1);
    first.stop();
    await stage.clock.advance(100);
    expect(holder()).toMatch(`operator-${first.number}`);
    await until("the lease is given back", 10, () => !holder().startsWith(`operator-${first.number}`));
    await stage.clock.advance(50);
    expect(first.isRunning).toBe(false);
    expect(stage.pool(poolId("alpha"))).toBeDefined();
    await until("the other leads", RETRY_MS / 1_000 + 0.1, () => holder().startsWith(`operator-${second.number}`));
    await stage.pass(5);
    expect(isReady("alpha")).toBe(true);
    expect(writersOf("alpha")).toEqual([`PUT by ${first.number}`]);
  });

  it("when the one that stands by is told to stop with work in hand, it does not take the lease of one that dies then", async () => {
    stage.network.inject = ({ process, path }) =>
      process === second.number && path.includes("/secrets/") ? { kind: "slow", ms: 24_000 } : undefined;
    stage.secret("keys", { token: "canary-1" });
    const secrets = [{ name: "key", valueFrom: { secretKeyRef: { name: "keys", key: "token" } } }];
    const calls = callsFromNow(second);
    stage.create("busy", custom({ secrets }), HERE);
    await until("it reads the Secret", 5, () => calls().some(({ path }) => path.includes("/secrets/")));
    second.stop();
    first.kill();
    await stage.clock.advance(LEASE_MS + RETRY_MS);
    expect([second.isRunning, holder()]).toEqual([true, expect.stringContaining(`operator-${first.number}_`)]);
    await until("it has ended", 10, () => !second.isRunning);
    expect(holder()).toContain(`operator-${first.number}_`);
    expect(stage.exits).toEqual([]);
  });

  it("when the one that leads cannot renew, it aborts its PUT, ends with an error and writes no more", async () => {
    await readyPools();
    const lostFrom = stage.clock.now();
    stage.network.inject = (call) => {
      if (call.process !== first.number) return undefined;
      if (call.name === "PATCH lease" || call.name === "GET lease") return { kind: "silence", when: "before" };
      return call.name === "PUT pool" ? { kind: "slow", ms: 50_000 } : undefined;
    };
    stage.patch("beta", size(20));
    await until("the PUT is under way", 10, () => writersOf("beta").length === 2);
    const calls = callsFromNow(first);
    await until("it has ended", 15, () => stage.exits.length > 0);
    expect(stage.clock.now() - lostFrom).toBeLessThanOrEqual(DEADLINE_MS + RETRY_MS);
    expect(stage.exits).toEqual([expect.any(LeaseLost)]);
    expect(writesIn(calls())).toEqual([]);
    // The probe is for a process that has not ended long after.
    expect(await first.page("/livez")).toBe("200 ok\n");
    expect(stage.logs.filter((line) => line.includes("the lease sessionpool-operator is lost"))).toHaveLength(1);
    await stage.pass(5);
    expect(isReady("beta")).toBe(true);
    expect(await first.page("/livez")).toMatch(/^503 the lease is lost/);
    // The PUT had arrived, and the other found nothing to write.
    expect(writersOf("beta")).toEqual([`PUT by ${first.number}`, `PUT by ${first.number}`]);
  });

  it("when the one that leads cannot renew, it ends also while its events are on their way", async () => {
    let isCutOff = false;
    stage.network.inject = ({ name, process }) => {
      if (name === "POST events") return { kind: "slow", ms: 29_000 };
      return isCutOff && name === "PATCH lease" && process === first.number
        ? { kind: "reset", when: "before" }
        : undefined;
    };
    stage.create("beta", custom());
    await until("the event is on its way", 15, () => stage.network.calls.some(({ name }) => name === "POST events"));
    isCutOff = true;
    await until("it has ended", DEADLINE_MS / 1_000, () => !first.isRunning);
    expect(stage.exits).toEqual([expect.any(LeaseLost)]);
  });

  it("begin no write while the lease is in doubt, and go on when it is renewed", async () => {
    await readyPools();
    const renewals = callsFromNow(first);
    await until("it is renewed", 5, () => renewals().some(({ name }) => name === "PATCH lease"));
    stage.network.inject = (call) => (call.name.endsWith(" lease") ? { kind: "reset", when: "before" } : undefined);
    await stage.clock.advance(DEADLINE_MS - MARGIN_MS + 50);
    stage.patch("beta", size(20));
    stage.create("delta", python(), HERE);
    const calls = callsFromNow(first);
    await stage.clock.advance(500);
    expect(
      calls().filter(({ about }) => about !== `${OPERATOR_NAMESPACE}/sessionpool-operator`).length,
    ).toBeGreaterThan(1);
    expect(writesIn(calls())).toEqual([]);
    stage.network.inject = () => undefined;
    await stage.pass(5);
    expect([isReady("beta"), isReady("delta"), first.isRunning]).toEqual([true, true, true]);
    expect(stage.exits).toEqual([]);
  });
});
