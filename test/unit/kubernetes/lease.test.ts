import { beforeEach, describe, expect, it } from "vitest";
import { DEADLINE_MS, LEASE_MS, LeaseLost, MARGIN_MS, RETRY_MS } from "../../../src/kubernetes/lease.ts";
import { NotLeading } from "../../../src/time/permit.ts";
import { KINDS } from "../../simulation/api-server/kinds.ts";
import { ApiServer } from "../../simulation/api-server/server.ts";
import { FakeClock } from "../../time/fake-clock.ts";
import { type Fate, NAME, NAMESPACE, Replica } from "./replica.ts";

const START = Date.UTC(2026, 0, 5, 9);
const HOUR_MS = 3_600_000;
const LOST: () => Fate = () => ({ thereMs: 0, backMs: 0, lost: "request" });
const leases = KINDS.find(({ plural }) => plural === "leases");
let clock: FakeClock;
let server: ApiServer;

beforeEach(() => {
  clock = new FakeClock(START);
  server = new ApiServer(clock);
  server.create("namespaces", "", { metadata: { name: NAMESPACE } });
});

/** The spec of the Lease as stored. */
function spec(): unknown {
  return leases && server.store.get(leases, NAMESPACE, NAME)?.spec;
}

/** Somebody else writes it, as a replica of which nothing more is heard. */
function put(holder: string, more: object = {}): void {
  const body = JSON.stringify({
    metadata: { name: NAME },
    spec: { holderIdentity: holder, leaseDurationSeconds: 15, leaseTransitions: 4, ...more },
  });
  const path = `/apis/coordination.k8s.io/v1/namespaces/${NAMESPACE}/leases`;
  expect(server.handle({ method: "POST", path, contentType: "application/json", body }).status).toBe(201);
}

/** Somebody changes the stored object by a merge patch, or deletes it. */
function change(method: "PATCH" | "DELETE", body?: object): void {
  const path = `/apis/coordination.k8s.io/v1/namespaces/${NAMESPACE}/leases/${NAME}`;
  const contentType = "application/merge-patch+json";
  expect(server.handle({ method, path, contentType, body: JSON.stringify(body) }).status).toBe(200);
}

/** How long it takes until it holds the lease, in milliseconds. */
async function timeToLead(replica: Replica): Promise<number> {
  const since = clock.now();
  await clock.advance(60_000, () => replica.isHeld);
  return (replica.heldSince ?? Infinity) - since;
}

describe("a replica that seeks the lease", () => {
  it("makes it when there is none, at once, and renews it", async () => {
    const one = new Replica(server, clock, "one");
    expect(await timeToLead(one)).toBe(0);
    const first = {
      holderIdentity: "one",
      leaseDurationSeconds: 15,
      acquireTime: "2026-01-05T09:00:00.000000Z",
      renewTime: "2026-01-05T09:00:00.000000Z",
      leaseTransitions: 0,
    };
    expect(spec()).toEqual(first);
    await clock.advance(60_000);
    expect(one.isHeld).toBe(true);
    expect(spec()).toEqual({ ...first, renewTime: "2026-01-05T09:01:00.000000Z" });
  });

  it("takes one that has been released at once, and counts the change", async () => {
    put("", { leaseDurationSeconds: 1, renewTime: "2026-01-05T08:59:59.000000Z" });
    const one = new Replica(server, clock, "one");
    expect(await timeToLead(one)).toBe(0);
    expect(spec()).toMatchObject({ holderIdentity: "one", leaseDurationSeconds: 15, leaseTransitions: 5 });
  });

  it.each([
    ["long past", -HOUR_MS],
    ["of now", 0],
    ["to come", HOUR_MS],
  ])(
    "waits until it has seen another's unchanged for its whole duration, its times being %s",
    async (_when, aheadMs) => {
      put("other", { renewTime: new Date(START + aheadMs).toISOString().replace("Z", "000Z") });
      expect(await timeToLead(new Replica(server, clock, "one"))).toBe(LEASE_MS);
      expect(spec()).toMatchObject({ holderIdentity: "one", leaseTransitions: 5 });
    },
  );

  it.each([-HOUR_MS, HOUR_MS])("leaves it to a holder that renews it, whose clock is %d ms ahead", async (skewMs) => {
    const one = new Replica(server, clock, "one", { skewMs });
    await timeToLead(one);
    const two = new Replica(server, clock, "two");
    await clock.advance(HOUR_MS / 10);
    expect([one.isHeld, two.isHeld, two.heldSince]).toEqual([true, false, undefined]);
  });

  it("waits for the duration that the holder asks for", async () => {
    put("other", { leaseDurationSeconds: 40 });
    expect(await timeToLead(new Replica(server, clock, "one"))).toBe(40_000);
  });

  it("takes over from one that is killed within the lease and one look", async () => {
    const one = new Replica(server, clock, "one");
    await timeToLead(one);
    const two = new Replica(server, clock, "two");
    await clock.advance(21_000);
    const lastRenewal = clock.now() - 1_000;
    one.pause(HOUR_MS);
    expect((await timeToLead(two)) + 1_000).toBeLessThanOrEqual(LEASE_MS + RETRY_MS);
    expect(clock.now() - lastRenewal).toBeGreaterThanOrEqual(LEASE_MS);
  });

  it("lets one have it of two that want it at the same moment, and does not end the other", async () => {
    const both = [new Replica(server, clock, "one"), new Replica(server, clock, "two")];
    for (const replica of both) replica.fate = () => ({ thereMs: 5, backMs: 5 });
    await clock.advance(60_000);
    expect(both.filter(({ isHeld }) => isHeld)).toHaveLength(1);
    expect(both.map(({ error }) => error)).toEqual([undefined, undefined]);
  });

  it("does not make one anew that somebody deleted while another held it", async () => {
    const one = new Replica(server, clock, "one");
    await timeToLead(one);
    const two = new Replica(server, clock, "two");
    await clock.advance(10_000);
    change("DELETE");
    await clock.advance(10_000);
    expect([one.isHeld, two.heldSince]).toEqual([true, undefined]);
    expect(spec()).toMatchObject({ holderIdentity: "one" });
  });
});

describe("the holder", () => {
  it("keeps it when its writes meet others' changes of the object", async () => {
    const one = new Replica(server, clock, "one");
    await timeToLead(one);
    for (let round = 0; round < 20; round += 1) {
      change("PATCH", { metadata: { annotations: { round: String(round) } } });
      await clock.advance(1_500);
    }
    expect(one.isHeld).toBe(true);
    expect(one.slowPaths).toBeGreaterThan(10);
    expect(spec()).toMatchObject({ holderIdentity: "one", leaseTransitions: 0 });
  });

  it("does not read it to renew it while nobody else writes it", async () => {
    const one = new Replica(server, clock, "one");
    await timeToLead(one);
    await clock.advance(60_000);
    expect([one.isHeld, one.slowPaths]).toEqual([true, 0]);
  });

  it("outlasts an API server that is away for a moment", async () => {
    const one = new Replica(server, clock, "one");
    await timeToLead(one);
    one.fate = LOST;
    await clock.advance(6_000);
    one.fate = () => ({ thereMs: 20, backMs: 20 });
    await clock.advance(60_000);
    expect([one.isHeld, one.error]).toEqual([true, undefined]);
  });

  it("loses it when it could not renew it within the deadline, before anybody may take it", async () => {
    const one = new Replica(server, clock, "one");
    await timeToLead(one);
    one.fate = LOST;
    await clock.advance(DEADLINE_MS - MARGIN_MS);
    expect(() => one.lease.check()).not.toThrow();
    await clock.advance(1);
    expect(one.isHeld).toBe(true);
    expect(() => one.lease.check()).toThrow(NotLeading);
    await clock.advance(MARGIN_MS - 2);
    expect([one.isHeld, one.lease.lost.aborted, one.lease.overdueMs]).toEqual([true, false, 0]);
    await clock.advance(1);
    expect([one.isHeld, one.lease.lost.aborted]).toEqual([false, true]);
    expect(one.error).toBeInstanceOf(LeaseLost);
    await clock.advance(5_000);
    expect(one.lease.overdueMs).toBe(5_000);
  });

  it("does not seek it again once it is lost", async () => {
    const one = new Replica(server, clock, "one");
    await timeToLead(one);
    one.fate = LOST;
    await clock.advance(DEADLINE_MS);
    one.fate = () => ({ thereMs: 0, backMs: 0 });
    const before = spec();
    await clock.advance(HOUR_MS);
    expect([one.isHeld, spec()]).toEqual([false, before]);
  });

  it("counts from when it sent the renewal, not from when the answer came", async () => {
    const one = new Replica(server, clock, "one");
    await timeToLead(one);
    one.fate = () => ({ thereMs: 0, backMs: 4_000 });
    await clock.advance(6_000);
    one.fate = LOST;
    // Sent after 2 s, answered after 6 s, good until 12 s.
    await clock.advance(5_999);
    expect(one.isHeld).toBe(true);
    await clock.advance(1);
    expect(one.isHeld).toBe(false);
  });

  it("loses it at once when it sees another's name in it", async () => {
    const one = new Replica(server, clock, "one");
    await timeToLead(one);
    change("PATCH", { spec: { holderIdentity: "other" } });
    await clock.advance(RETRY_MS);
    expect(one.error).toEqual(new LeaseLost(`the lease ${NAME} is lost: other has it`));
    expect(one.isHeld).toBe(false);
    expect(spec()).toMatchObject({ holderIdentity: "other" });
  });

  const mayWrite = ({ lease }: Replica): boolean => {
    try {
      lease.check();
      return true;
    } catch (error) {
      if (error instanceof NotLeading) return false;
      throw error;
    }
  };
  it.each<[story: string, aheadMs: number, mayAtOnce: boolean]>([
    ["was suspended for a minute, through which its own clock stood still", 60_000, false],
    ["has its time of day set a day ahead, which only delays a write until the next renewal", 24 * HOUR_MS, false],
    ["has its time of day set a day back, which delays nothing", -24 * HOUR_MS, true],
  ])("that %s", async (_story, aheadMs, mayAtOnce) => {
    const one = new Replica(server, clock, "one");
    await timeToLead(one);
    await clock.advance(20_000);
    one.jump(aheadMs);
    expect(mayWrite(one)).toBe(mayAtOnce);
    await clock.advance(RETRY_MS);
    expect(mayWrite(one)).toBe(true);
    await clock.advance(60_000);
    expect([one.isHeld, one.error]).toEqual([true, undefined]);
  });

  it("that was suspended while another took the lease writes nothing, and ends", async () => {
    const one = new Replica(server, clock, "one");
    await timeToLead(one);
    one.jump(60_000);
    change("PATCH", { spec: { holderIdentity: "other" } });
    expect(() => one.lease.check()).toThrow(NotLeading);
    await clock.advance(RETRY_MS);
    expect(one.error).toBeInstanceOf(LeaseLost);
  });

  it("may write nothing after it was stopped for 20 s, from the first moment on, and ends", async () => {
    const one = new Replica(server, clock, "one");
    await timeToLead(one);
    await clock.advance(7_000);
    const before = spec();
    one.pause(20_000);
    await clock.advance(DEADLINE_MS);
    // Nothing of it has run since, so that only the clock can tell it.
    expect(one.lease.lost.aborted).toBe(false);
    expect(() => one.lease.check()).toThrow(NotLeading);
    await clock.advance(10_000);
    expect(one.error).toBeInstanceOf(LeaseLost);
    expect(spec()).toEqual(before);
  });

  it("does not lead by a claim whose answer came after the deadline, and claims it again", async () => {
    const one = new Replica(server, clock, "one");
    one.fate = () => ({ thereMs: 0, backMs: 4_000 });
    await clock.advance(2_000);
    // The Lease is written, and the answer under way.
    expect(spec()).toMatchObject({ holderIdentity: "one" });
    one.pause(30_000);
    one.fate = () => ({ thereMs: 0, backMs: 0 });
    await clock.advance(30_000);
    expect(one.error).toBeUndefined();
    await clock.advance(RETRY_MS);
    expect(one.isHeld).toBe(true);
    expect(spec()).toMatchObject({ holderIdentity: "one", leaseTransitions: 0 });
  });

  it("gives it back when it stops: the next one has it with its next look", async () => {
    const one = new Replica(server, clock, "one");
    await timeToLead(one);
    const two = new Replica(server, clock, "two");
    await clock.advance(10_000);
    await one.stop();
    expect(spec()).toMatchObject({ holderIdentity: "", leaseDurationSeconds: 1, leaseTransitions: 0 });
    expect(one.isHeld).toBe(false);
    expect(await timeToLead(two)).toBeLessThanOrEqual(RETRY_MS);
    expect(spec()).toMatchObject({ holderIdentity: "two", leaseTransitions: 1 });
  });

  it("that never had it leaves it alone when it stops", async () => {
    put("other");
    const one = new Replica(server, clock, "one");
    await clock.advance(5_000);
    const before = spec();
    await Promise.all([one.stop(), clock.advance(10_000)]);
    expect(spec()).toEqual(before);
  });
});
