import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { findCondition } from "../../src/api/conditions.ts";
import { FLUX_REQUESTED_AT, REQUESTED_AT } from "../../src/api/session-pool.ts";
import type { Call } from "../simulation/calls.ts";
import type { Fault } from "../simulation/faults.ts";
import { Fleet } from "./fleet.ts";

let fleet: Fleet;

async function start(size: number, kind: "built-in" | "containers" = "built-in"): Promise<void> {
  fleet = new Fleet(size);
  fleet.start();
  fleet.apply(kind);
  await fleet.pass(4);
  expect(fleet.ready()).toBe(size);
  fleet.newWrites();
}
/** Calls to Azure from now on. */
function fromNow(): () => readonly Call[] {
  const since = fleet.network.calls.length;
  return () => fleet.network.calls.slice(since).filter(({ side }) => side === "azure");
}
const names = (calls: readonly Call[]): readonly string[] => calls.map(({ name, about }) => `${name} ${about}`.trim());
const tooMany = (seconds: number): Fault => ({
  kind: "answer",
  when: "before",
  change: () => ({ status: 429, headers: { "retry-after": String(seconds) }, body: "{}" }),
});
const size = (maxConcurrentSessions: number): object => ({ spec: { scaleConfiguration: { maxConcurrentSessions } } });
const readyReason = (name: string): string | undefined =>
  findCondition(fleet.status(name)?.conditions, "Ready")?.reason;

afterEach(() => fleet.end());

describe("a request for a look", { timeout: 60_000 }, () => {
  beforeEach(() => start(3));

  it.each([
    ["ours", { [REQUESTED_AT]: "1767600000" }, "1767600000"],
    ["that of Flux", { [FLUX_REQUESTED_AT]: "2026-01-05T09:00:00Z" }, "2026-01-05T09:00:00Z"],
    ["both", { [REQUESTED_AT]: "2", [FLUX_REQUESTED_AT]: "1" }, "2"],
  ])(
    "by %s annotation: Azure is asked at once, afresh, and the answer stands in the status",
    async (_which, annotations, handled) => {
      const calls = fromNow();
      fleet.annotate("pool01", annotations);
      await fleet.pass(1 / 60);
      expect([names(calls()), fleet.status("pool01")?.lastHandledReconcileAt]).toEqual([["GET pool pool01"], handled]);
      await fleet.pass(0.2);
      expect(names(calls()).filter((name) => name.startsWith("GET pool "))).toHaveLength(1);
    },
  );

  it("corrects what was changed in Azure since the last LIST", async () => {
    fleet.resize(["pool01"], 77);
    fleet.annotate("pool01", { [REQUESTED_AT]: "1" });
    await fleet.pass(0.2);
    expect([fleet.newWrites(), fleet.sizeOf("pool01")]).toEqual([["PUT pool01"], 10]);
  });

  it("is not answered while Azure wants a pause, and is after it", async () => {
    let due = 1;
    fleet.network.inject = ({ name }) => (name === "GET pool" && (due -= 1) >= 0 ? tooMany(30) : undefined);
    fleet.annotate("pool01", { [REQUESTED_AT]: "1" });
    await fleet.pass(0.25);
    fleet.annotate("pool02", { [REQUESTED_AT]: "1" });
    await fleet.pass(0.2);
    expect(["pool01", "pool02"].map((name) => fleet.status(name)?.lastHandledReconcileAt)).toEqual([
      undefined,
      undefined,
    ]);
    // A look may wait without a word: what is Ready stays so.
    expect(fleet.ready()).toBe(3);
    await fleet.pass(0.5);
    expect(["pool01", "pool02"].map((name) => fleet.status(name)?.lastHandledReconcileAt)).toEqual(["1", "1"]);
  });
});

describe("a pause that Azure asks for", { timeout: 60_000 }, () => {
  it("is told by what is to be written, not by what is Ready; nothing is written before its end, and all after it", async () => {
    await start(6);
    let due = 1;
    fleet.network.inject = ({ name }) => (name === "PUT pool" && (due -= 1) >= 0 ? tooMany(60) : undefined);
    fleet.patch("pool00", size(20));
    await fleet.pass(0.2);
    const calls = fromNow();
    for (const name of ["pool01", "pool02", "pool03"]) fleet.patch(name, size(20));
    await fleet.pass(0.7);
    expect(calls().filter(({ method }) => method === "PUT")).toEqual([]);
    expect(fleet.names.map(readyReason)).toEqual([
      "Throttled",
      "Throttled",
      "Throttled",
      "Throttled",
      "Succeeded",
      "Succeeded",
    ]);
    await fleet.pass(1);
    expect([fleet.ready(), fleet.names.slice(0, 4).map((name) => fleet.sizeOf(name))]).toEqual([6, [20, 20, 20, 20]]);
  });

  it("leaves a request unanswered that waits with an edit", async () => {
    await start(2);
    let due = 1;
    fleet.network.inject = ({ name }) => (name === "PUT pool" && (due -= 1) >= 0 ? tooMany(60) : undefined);
    fleet.patch("pool00", size(20));
    await fleet.pass(0.2);
    fleet.patch("pool01", { ...size(20), metadata: { annotations: { [REQUESTED_AT]: "1" } } });
    await fleet.pass(0.2);
    expect([readyReason("pool01"), fleet.status("pool01")?.lastHandledReconcileAt]).toEqual(["Throttled", undefined]);
    await fleet.pass(1.5);
    expect([fleet.isReady("pool01"), fleet.status("pool01")?.lastHandledReconcileAt]).toEqual([true, "1"]);
  });

  it("of writes does not stop a deletion", async () => {
    await start(2);
    let due = 1;
    fleet.network.inject = ({ name }) => (name === "PUT pool" && (due -= 1) >= 0 ? tooMany(60) : undefined);
    fleet.patch("pool00", size(20));
    await fleet.pass(0.2);
    fleet.remove("pool01");
    await fleet.pass(0.5);
    expect(fleet.newWrites()).toContain("DELETE pool01");
  });
});

describe("the operator's own writes", { timeout: 60_000 }, () => {
  it("are not undone by a LIST that was asked for before them", async () => {
    await start(3);
    // Each LIST is answered after half a minute, as it was when it was asked for.
    fleet.network.inject = ({ name }) => (name === "GET pools" ? { kind: "slow", ms: 25_000 } : undefined);
    await fleet.pass(1);
    for (let edit = 1; edit <= 6; edit += 1) {
      fleet.patch("pool01", size(10 + edit));
      await fleet.pass(0.25);
      expect([readyReason("pool01"), fleet.sizeOf("pool01")]).toEqual(["Succeeded", 10 + edit]);
    }
    await fleet.pass(5);
    expect(fleet.newWrites()).toEqual(Array.from({ length: 6 }, () => "PUT pool01"));
  });

  it("whose answer does not come are not made again before Azure was asked", async () => {
    await start(2);
    let due = 1;
    fleet.network.inject = ({ name }) =>
      name === "PUT pool" && (due -= 1) >= 0 ? { kind: "silence", when: "after" } : undefined;
    const calls = fromNow();
    fleet.patch("pool01", size(20));
    await fleet.pass(3);
    const about = names(calls()).filter((name) => name.endsWith("pool01"));
    expect(about.slice(0, 3)).toEqual(["GET pool pool01", "PUT pool pool01", "GET pool pool01"]);
    // It had taken effect.
    expect([fleet.newWrites(), fleet.isReady("pool01"), fleet.sizeOf("pool01")]).toEqual([["PUT pool01"], true, 20]);
  });
});

describe("many operations that LISTs follow", { timeout: 60_000 }, () => {
  const IMAGE = { containers: [{ name: "main", image: "missing-image" }] };

  it("are asked for nothing by themselves, but the URL of one that failed, once, for Azure's words", async () => {
    fleet = new Fleet(40);
    fleet.start();
    fleet.apply("containers", fleet.names.slice(0, 25));
    for (const name of ["pool03", "pool17"]) fleet.patch(name, { spec: { customContainerTemplate: IMAGE } });
    const calls = fromNow();
    await fleet.pass(0.7);
    fleet.apply("containers", fleet.names.slice(25));
    await fleet.pass(0.7);
    expect(fleet.ready()).toBe(23);
    expect(fleet.because("SessionPoolOperationError")).toEqual(["pool03", "pool17"]);
    expect(fleet.told("pool03")).toContain("time out");
    expect(names(calls()).filter((name) => name === "GET operation")).toHaveLength(2);
    await fleet.pass(1);
    expect(fleet.ready()).toBe(38);
  });
});
