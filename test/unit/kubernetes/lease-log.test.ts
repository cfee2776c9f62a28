import { beforeEach, describe, expect, it } from "vitest";
import { ApiServer } from "../../simulation/api-server/server.ts";
import { FakeClock } from "../../time/fake-clock.ts";
import { NAMESPACE, type Refusal, Replica } from "./replica.ts";

const HOUR_MS = 3_600_000;
const TROUBLE = "the lease could not be read or written; trying again";
/** As a ValidatingAdmissionPolicy denies: with the status of a JSON Patch whose test failed. */
const DENIED: Refusal = {
  status: 422,
  reason: "Invalid",
  message: `leases.coordination.k8s.io "x" is forbidden: ValidatingAdmissionPolicy 'owners' with binding 'all' denied request: name your owner`,
};
const FORBIDDEN: Refusal = { status: 403, reason: "Forbidden", message: "exceeded quota: leases" };
const CONFLICT: Refusal = { status: 409, reason: "Conflict", message: "the quota was written by another" };
let clock: FakeClock;
let server: ApiServer;

beforeEach(() => {
  clock = new FakeClock(Date.UTC(2026, 0, 5, 9));
  server = new ApiServer(clock);
  server.create("namespaces", "", { metadata: { name: NAMESPACE } });
});

/** It is answered so, from now on. */
function refuse(replica: Replica, refused: string, refusal: Refusal): void {
  replica.refuse = ({ method }) => (method === refused ? refusal : undefined);
}

describe("what a replica's log says of the lease", () => {
  it("is who leads, whenever that is another one", async () => {
    const one = new Replica(server, clock, "one");
    await clock.advance(1_000);
    const two = new Replica(server, clock, "two");
    await clock.advance(60_000);
    expect(one.logged).toEqual(["leading"]);
    expect(two.logged).toEqual(["standing by: another replica leads: one"]);
    await one.stop();
    await clock.advance(3_000);
    expect(two.logged.slice(1)).toEqual(["leading"]);
    await two.stop();
  });

  it("is that there is no namespace for it", async () => {
    const one = new Replica(new ApiServer(clock), clock, "one");
    await clock.advance(3_000);
    expect(one.logged).toEqual([`${TROUBLE}: namespaces "${NAMESPACE}" not found`]);
    await one.stop();
  });

  it.each([
    ["a policy that denies", DENIED],
    ["a quota", FORBIDDEN],
    ["a conflict, but not because somebody else made it", CONFLICT],
  ])("is that it may not be made: %s; once a minute, for as long as nobody leads", async (_why, refusal) => {
    const one = new Replica(server, clock, "one");
    refuse(one, "POST", refusal);
    await clock.advance(HOUR_MS);
    expect(one.isHeld).toBe(false);
    expect(new Set(one.logged)).toEqual(new Set([`${TROUBLE}: ${refusal.message}`]));
    expect(one.logged.length).toBeGreaterThan(50);
    expect(one.logged.length).toBeLessThanOrEqual(61);
    one.refuse = () => undefined;
    await clock.advance(2_000);
    expect([one.isHeld, one.logged.at(-1)]).toEqual([true, "leading"]);
    await one.stop();
  });

  it.each([
    ["a policy that denies", DENIED, "422 Invalid"],
    ["a webhook that says conflict", CONFLICT, "409 Conflict"],
    ["a right that was taken away", FORBIDDEN, "403 Forbidden"],
  ])("is why it could not be renewed: %s; once, and again as it is lost", async (_why, refusal, answer) => {
    const one = new Replica(server, clock, "one");
    await clock.advance(60_000);
    const sent = one.sent.length;
    refuse(one, "PATCH", refusal);
    await clock.advance(30_000);
    expect(one.logged).toEqual(["leading", `${TROUBLE}: ${refusal.message}`]);
    expect(String(one.error)).toBe(
      `LeaseLost: the lease sessionpool-operator is lost: it was not renewed for 10 s: ${answer}: ${refusal.message}`,
    );
    // A renewal that was refused is not sent again at once.
    const patches = one.sent.slice(sent).filter(({ method }) => method === "PATCH");
    expect(new Set(patches.map(({ at }) => at)).size).toBe(patches.length);
  });

  it("is nothing of what was over when it was lost", async () => {
    const one = new Replica(server, clock, "one");
    await clock.advance(1_000);
    refuse(one, "PATCH", FORBIDDEN);
    await clock.advance(5_000);
    one.refuse = () => undefined;
    await clock.advance(5_000);
    one.pause(20_000);
    await clock.advance(20_000);
    expect(String(one.error)).toMatch(/: it was not renewed for 10 s$/);
  });

  it("is why it could not be taken over", async () => {
    const one = new Replica(server, clock, "one");
    await clock.advance(1_000);
    const two = new Replica(server, clock, "two");
    refuse(two, "PATCH", DENIED);
    await clock.advance(10_000);
    one.pause(HOUR_MS);
    await clock.advance(20_000);
    expect(two.logged).toEqual(["standing by: another replica leads: one", `${TROUBLE}: ${DENIED.message}`]);
    two.refuse = () => undefined;
    await clock.advance(2_000);
    expect(two.logged.at(-1)).toBe("leading");
    await two.stop();
  });

  it("is nothing of those who were quicker", async () => {
    const both = [new Replica(server, clock, "one"), new Replica(server, clock, "two")];
    for (const replica of both) replica.fate = () => ({ thereMs: 5, backMs: 5 });
    await clock.advance(10_000);
    const leader = both.find(({ isHeld }) => isHeld);
    const third = new Replica(server, clock, "three");
    third.fate = () => ({ thereMs: 5, backMs: 5 });
    await clock.advance(10_000);
    // Those who wait want it at the same moment.
    leader?.pause(HOUR_MS);
    await clock.advance(60_000);
    const taken = [...both, third].filter((replica) => replica !== leader);
    expect(taken.filter(({ isHeld }) => isHeld)).toHaveLength(1);
    const logged = [leader, ...taken].flatMap((replica) => replica?.logged ?? []);
    expect(new Set(logged.map((line) => line.replace(/: .*/, "")))).toEqual(new Set(["leading", "standing by"]));
  });

  it("is nothing of a renewal that landed although its answer was lost", async () => {
    const one = new Replica(server, clock, "one");
    await clock.advance(10_500);
    one.fate = () => ({ thereMs: 0, backMs: 0, lost: "answer" });
    await clock.advance(2_000);
    one.fate = () => ({ thereMs: 0, backMs: 0 });
    await clock.advance(60_000);
    expect([one.isHeld, one.slowPaths]).toEqual([true, 1]);
    expect(one.logged).toEqual(["leading", `${TROUBLE}: no answer within 5000 ms`]);
    await one.stop();
  });
});
