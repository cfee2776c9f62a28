import { describe, expect, it } from "vitest";
import { Meter, peakPerSecond, percentile, type Put } from "../../bench/scale/meter.ts";
import { type Call, classify, type Side } from "../../simulation/calls.ts";
import { poolPath } from "../../simulation/world.ts";

const POOL = poolPath("alpha");
const STATUS = "/apis/appcontainers.dev/v1alpha1/namespaces/team-a/sessionpools/alpha/status";

/** Calls, each sent, served and answered at a second that the test names. */
function meterWith(): { meter: Meter; call: (at: number, method: string, status: number, more?: More) => void } {
  let now = 0;
  const meter = new Meter(() => now);
  return {
    meter,
    call: (at, method, status, { side = "azure", path = POOL, retryAfter, body } = {}) => {
      now = at * 1000;
      const name = classify(side, method, path);
      const call: Call = { index: 0, process: 1, side, host: "", method, path, body, ...name, at: now, principal: "" };
      const answer = { status, headers: retryAfter === undefined ? {} : { "retry-after": retryAfter }, body: "" };
      meter.onSend(call);
      meter.onServed(call, answer);
      meter.onAnswer(call, answer);
    },
  };
}

interface More {
  readonly side?: Side;
  readonly path?: string;
  readonly retryAfter?: string;
  readonly body?: string;
}

describe("the meter", () => {
  it("counts every call to Azure, and as writes those that change Azure or a SessionPool, taken or not", () => {
    const { meter, call } = meterWith();
    call(0, "GET", 200);
    call(0, "PUT", 201);
    call(0, "PATCH", 409);
    call(0, "DELETE", 204);
    call(0, "POST", 200, { side: "entra", path: "/t/oauth2/v2.0/token" });
    call(0, "PATCH", 200, { side: "kubernetes", path: STATUS });
    call(0, "PATCH", 422, { side: "kubernetes", path: STATUS.replace("/status", "") });
    call(0, "GET", 200, { side: "kubernetes", path: STATUS.replace("/status", "") });
    call(0, "PUT", 200, { side: "kubernetes", path: "/apis/coordination.k8s.io/v1/namespaces/n/leases/operator" });
    expect(meter.counts).toEqual({ azure: 4, writes: 5 });
    expect(meter.acceptedAt).toHaveLength(2);
  });

  it("finds the calls that come before the time of a 429, of its kind only", () => {
    const { meter, call } = meterWith();
    call(0, "PUT", 429, { retryAfter: "30" });
    call(10, "PUT", 429, { retryAfter: "5" });
    call(11, "GET", 200);
    call(12, "DELETE", 204);
    call(29, "PATCH", 202);
    call(30, "PUT", 201);
    expect(meter.early).toBe(2);
  });

  it("tells the storm's refusals from Azure's own", () => {
    const { meter, call } = meterWith();
    call(0, "GET", 429, { retryAfter: "1" });
    meter.isStorm = true;
    call(2, "GET", 429, { retryAfter: "1" });
    call(4, "PUT", 429, { retryAfter: "1" });
    expect([meter.throttled, meter.stormed, meter.readAt.length]).toEqual([1, 2, 0]);
  });

  it("counts reads between two moments", () => {
    const { meter, call } = meterWith();
    for (const at of [1, 2, 3, 4]) call(at, "GET", 200);
    expect(meter.readsBetween(2000, 3000)).toBe(2);
  });

  it("tells of PUTs of pools, with what they ask for", () => {
    const { meter, call } = meterWith();
    const told: [Put, string][] = [];
    meter.onPut = (put, how) => void told.push([put, how]);
    const properties = { scaleConfiguration: { maxConcurrentSessions: 5 } };
    call(0, "PUT", 201, { body: JSON.stringify({ properties }) });
    call(0, "PUT", 409, { body: JSON.stringify({ properties }) });
    const put = { pool: "alpha", properties };
    expect(told).toEqual([
      [put, "sent"],
      [put, "taken"],
      [put, "sent"],
    ]);
  });
});

describe("figures", () => {
  it.each<[times: number[], peak: number]>([
    [[], 0],
    [[5], 1],
    [[0, 1000, 2000], 1],
    [[0, 999, 1000], 2],
    [[0, 900, 1100, 1200, 1899, 1900], 4],
  ])("of %j, the most within a second are %i", (times, peak) => {
    expect(peakPerSecond(times)).toBe(peak);
  });

  it.each<[values: number[], share: number, value: number | undefined]>([
    [[], 0.5, undefined],
    [[7], 0.99, 7],
    [[4, 1, 3, 2], 0.5, 2],
    [[4, 1, 3, 2], 0.75, 3],
    [Array.from({ length: 200 }, (_, index) => index + 1), 0.99, 198],
  ])("of $0.length values, the share $1 is $2", (values, share, value) => {
    expect(percentile(values, share)).toBe(value);
  });
});
