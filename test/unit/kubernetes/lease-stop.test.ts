import { beforeEach, describe, expect, it } from "vitest";
import { objectOr } from "../../../src/sessionpool/json.ts";
import { KINDS, textOf } from "../../simulation/api-server/kinds.ts";
import { ApiServer } from "../../simulation/api-server/server.ts";
import { FakeClock } from "../../time/fake-clock.ts";
import { type Fate, NAME, NAMESPACE, Replica } from "./replica.ts";

const HOUR_MS = 3_600_000;
/** A handover takes no longer. */
const HANDOVER_MS = 3_000;
const AT_ONCE: Fate = { thereMs: 0, backMs: 0 };
let clock: FakeClock;
let server: ApiServer;
let one: Replica;
let two: Replica;

beforeEach(async () => {
  clock = new FakeClock(Date.UTC(2026, 0, 5, 9));
  server = new ApiServer(clock);
  server.create("namespaces", "", { metadata: { name: NAMESPACE } });
  one = new Replica(server, clock, "one");
  await clock.advance(500);
  two = new Replica(server, clock, "two");
  await clock.advance(20_000);
});

function holder(): string {
  const leases = KINDS.find(({ plural }) => plural === "leases");
  return textOf(objectOr(leases && server.store.get(leases, NAMESPACE, NAME)?.spec).holderIdentity);
}

/** Waits until the second leads. @returns how long that took, in milliseconds */
async function takeover(): Promise<number> {
  const since = clock.now();
  await clock.advance(60_000, () => two.isHeld);
  return (two.heldSince ?? Infinity) - since;
}

/** The leader's next renewal lands, and its answer never comes; until it has given up waiting for it. */
async function renewalWithoutAnswer(): Promise<void> {
  const renewals = (): number => one.sent.filter(({ method }) => method === "PATCH").length;
  const before = renewals();
  one.fate = () => ({ ...AT_ONCE, lost: "answer" });
  await clock.advance(3_000, () => renewals() > before);
  one.fate = () => AT_ONCE;
  await clock.advance(5_000);
}

describe("a leader that stops", () => {
  it("gives the lease back although its last renewal landed without an answer", async () => {
    await renewalWithoutAnswer();
    await one.stop();
    expect(holder()).toBe("");
    expect(one.logged.at(-1)).toBe("the lease is released");
    expect(await takeover()).toBeLessThanOrEqual(HANDOVER_MS);
  });

  it("leaves the lease to whom somebody gave it meanwhile", async () => {
    await renewalWithoutAnswer();
    const path = `/apis/coordination.k8s.io/v1/namespaces/${NAMESPACE}/leases/${NAME}`;
    const body = JSON.stringify({ spec: { holderIdentity: "other" } });
    server.handle({ method: "PATCH", path, contentType: "application/merge-patch+json", body });
    await one.stop();
    expect(holder()).toBe("other");
    expect(one.logged.at(-1)).toMatch(/^the lease could not be released; it runs out by itself: /);
  });

  it("says so when it may not give it back, and asks only once", async () => {
    const sent = one.sent.length;
    one.refuse = ({ method }) =>
      method === "PATCH" ? { status: 422, reason: "Invalid", message: "denied" } : undefined;
    await one.stop();
    expect(holder()).toBe("one");
    expect(one.logged.at(-1)).toBe("the lease could not be released; it runs out by itself: denied");
    expect(one.sent.slice(sent).map(({ method }) => method)).toEqual(["PATCH", "GET"]);
  });

  it("does not wait for ever for the answers to that", async () => {
    await renewalWithoutAnswer();
    one.fate = () => ({ thereMs: 2_000, backMs: 1_000 });
    const stopping = clock.now();
    let stoppedAt = Infinity;
    void one.stop().then(() => (stoppedAt = clock.now()));
    await clock.advance(20_000);
    expect(stoppedAt - stopping).toBe(5_000);
  });
});

describe("a replica that stands by and is told to stop, but has work in hand", () => {
  it("seeks the lease no more, also when the leader dies", async () => {
    two.askToStop();
    const sent = two.sent.length;
    one.pause(HOUR_MS);
    await clock.advance(60_000);
    expect([two.heldSince, two.sent.length - sent, holder()]).toEqual([undefined, 0, "one"]);
    expect([two.error, two.lease.idleMs]).toEqual([undefined, 0]);
  });

  it("gives back at once a lease that was on its way to it", async () => {
    await one.stop();
    expect(holder()).toBe("");
    two.fate = () => ({ thereMs: 100, backMs: 100 });
    await clock.advance(3_000, () => holder() === "two");
    expect(two.isHeld).toBe(false);
    two.askToStop();
    await clock.advance(1_000);
    expect([holder(), two.isHeld, two.heldSince]).toEqual(["", false, undefined]);
    await clock.advance(60_000);
    expect([holder(), two.error]).toEqual(["", undefined]);
  });
});

it("a leader that was told to stop keeps the lease until its work has ended", async () => {
  one.askToStop();
  await clock.advance(25_000);
  expect([holder(), one.isHeld, two.heldSince]).toEqual(["one", true, undefined]);
  await one.stop();
  expect(await takeover()).toBeLessThanOrEqual(HANDOVER_MS);
});
