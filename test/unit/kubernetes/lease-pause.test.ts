import { beforeEach, describe, expect, it } from "vitest";
import { LEASE_MS, RETRY_MS } from "../../../src/kubernetes/lease.ts";
import { ApiServer } from "../../simulation/api-server/server.ts";
import { FakeClock } from "../../time/fake-clock.ts";
import { NAMESPACE, type Refusal, Replica } from "./replica.ts";

const HOUR_MS = 3_600_000;
let clock: FakeClock;
let one: Replica;
let two: Replica;

beforeEach(async () => {
  clock = new FakeClock(Date.UTC(2026, 0, 5, 9));
  const server = new ApiServer(clock);
  server.create("namespaces", "", { metadata: { name: NAMESPACE } });
  one = new Replica(server, clock, "one");
  await clock.advance(20_500);
  two = new Replica(server, clock, "two");
  await clock.advance(10_000);
});

function busy(retryAfter: string): Refusal {
  return { status: 429, reason: "TooManyRequests", message: "busy", retryAfter };
}

/** Its next calls of that method are answered so. */
function throttle(replica: Replica, method: string, retryAfter: string, times = Infinity): void {
  let left = times;
  replica.refuse = (request) => (request.method === method && left-- > 0 ? busy(retryAfter) : undefined);
}

/** How far apart its calls of that method were since a time, in milliseconds. */
function gaps({ sent }: Replica, method: string, since: number): readonly number[] {
  const times = sent.filter((call) => call.method === method && call.at >= since).map(({ at }) => at);
  return times.slice(1).map((at, index) => at - (times[index] ?? 0));
}

describe("an API server that throttles calls about the lease", () => {
  it.each(["1", "2", "12", "40", "86400"])(
    "and asks for %s s once costs nobody the lease: the renewal is tried again within a retry period",
    async (retryAfter) => {
      const since = clock.now();
      throttle(one, "PATCH", retryAfter, 1);
      await clock.advance(60_000);
      expect([one.isHeld, one.error, two.heldSince]).toEqual([true, undefined, undefined]);
      expect(Math.max(...gaps(one, "PATCH", since))).toBeLessThanOrEqual(RETRY_MS);
    },
  );

  it.each([
    ["1", 1_000],
    ["40", RETRY_MS],
  ])("and asks for %s s each time is asked no sooner than that, nor than a retry period", async (seconds, waitMs) => {
    await clock.advance(500);
    const since = clock.now();
    throttle(one, "PATCH", seconds);
    await clock.advance(6_500);
    expect(gaps(one, "PATCH", since).length).toBeGreaterThan(1);
    expect(new Set(gaps(one, "PATCH", since))).toEqual(new Set([waitMs]));
    one.refuse = () => undefined;
    await clock.advance(60_000);
    expect([one.isHeld, one.error]).toEqual([true, undefined]);
  });

  it("is looked at as often as ever afterwards", async () => {
    throttle(two, "GET", "40", 1);
    await clock.advance(10_000);
    const since = clock.now();
    await clock.advance(20_000);
    expect(Math.min(...gaps(two, "GET", since))).toBeLessThan(RETRY_MS);
  });

  it.each(["GET", "PATCH"])(
    "and asks for 40 s just as the lease of a dead leader runs out (%s) holds up nobody",
    async (method) => {
      const since = clock.now();
      one.pause(HOUR_MS);
      await clock.advance(LEASE_MS - 2_500);
      throttle(two, method, "40", 1);
      await clock.advance(60_000, () => two.isHeld);
      expect((two.heldSince ?? Infinity) - since).toBeLessThanOrEqual(LEASE_MS + RETRY_MS);
    },
  );
});
