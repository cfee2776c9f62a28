import { afterEach, describe, expect, it } from "vitest";
import type { Answer } from "../simulation/calls.ts";
import { poolId } from "./attacks/stage.ts";
import { Fleet } from "./fleet.ts";

const NOT_FOUND: Answer = {
  status: 404,
  headers: {},
  body: JSON.stringify({
    error: { code: "ResourceNotFound", message: "The Resource 'Microsoft.App/sessionPools/pool00' was not found." },
  }),
};
const SECOND = 1 / 60;

let fleet: Fleet;

afterEach(() => fleet.end());

/** Reads are answered from copies that lag behind the first PUT: GET is 404, and LIST does not have the pool. */
function lagging(seconds: number): void {
  let end = Infinity;
  fleet.network.inject = ({ side, method, name }) => {
    if (side !== "azure") return undefined;
    if (method === "PUT" && end === Infinity) end = fleet.clock.now() + seconds * 1000;
    if (fleet.clock.now() > end) return undefined;
    if (name === "GET pool") return { kind: "answer", when: "before", change: () => NOT_FOUND };
    if (!name.startsWith("LIST")) return undefined;
    return { kind: "answer", when: "after", change: (answer) => ({ ...answer, body: '{"value":[]}' }) };
  };
}

/** A pool that Azure has taken, and that reads do not show yet. */
async function justTaken(kind: "built-in" | "containers"): Promise<void> {
  fleet = new Fleet(1);
  lagging(36);
  fleet.start();
  fleet.apply(kind);
  await fleet.pass(10 * SECOND);
  expect(fleet.pool(poolId("pool00"))).toBeDefined();
}

describe.each(["built-in", "containers"] as const)("%s: reads that lag behind the PUT", { timeout: 60_000 }, (kind) => {
  it("do not leave the pool behind when its resource is deleted at once", async () => {
    await justTaken(kind);
    fleet.remove("pool00");
    await fleet.pass(10 * SECOND);
    expect(fleet.told("pool00")).toBe(
      "AzureUnavailable: Azure took the last update and does not show the pool yet; looking again",
    );
    expect(fleet.status("pool00")?.id).toBe(poolId("pool00"));
    // It is looked for, so that nobody waits longer than the reads lag behind.
    await fleet.pass(1);
    expect(fleet.newWrites()).toContain("DELETE pool00");
    await fleet.pass(20);
    expect([fleet.resource("pool00"), fleet.pool(poolId("pool00"))]).toEqual([undefined, undefined]);
  });

  it("have nothing PUT again", async () => {
    await justTaken(kind);
    fleet.annotate("pool00", { "appcontainers.dev/reconcile-requested-at": "1" });
    await fleet.pass(10);
    expect([fleet.newWrites(), fleet.ready()]).toEqual([["PUT pool00"], 1]);
  });
});

it("a pool that somebody deletes just after the PUT is created again all the same", async () => {
  await justTaken("built-in");
  fleet.azure.asSomebody("DELETE", poolId("pool00"));
  fleet.annotate("pool00", { "appcontainers.dev/reconcile-requested-at": "1" });
  await fleet.pass(1);
  expect(fleet.newWrites()).toEqual(["PUT pool00"]);
  await fleet.pass(2);
  expect([fleet.newWrites(), fleet.ready()]).toEqual([["PUT pool00"], 1]);
});

it.each([
  ["while Azure creates the pool", "containers", 0],
  ["after the status said that Azure does not show it", "built-in", 15],
] as const)("a restart %s does not leave it behind either", async (_when, kind, seconds) => {
  await justTaken(kind);
  fleet.annotate("pool00", { "appcontainers.dev/reconcile-requested-at": "1" });
  await fleet.pass(seconds * SECOND);
  fleet.start();
  fleet.remove("pool00");
  await fleet.pass(20);
  expect([fleet.resource("pool00"), fleet.pool(poolId("pool00"))]).toEqual([undefined, undefined]);
});
