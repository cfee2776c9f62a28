import { afterEach, describe, expect, it } from "vitest";
import { poolId } from "./attacks/stage.ts";
import { answer, refusal } from "./azure-answers.ts";
import { Fleet } from "./fleet.ts";

let fleet: Fleet;

/** All that Azure gives a DELETE (recorded: 202, operationResults). */
const RESULT = "https://management.example/subscriptions/s/operationResults/deletion?t=1";
const OPERATION = "https://management.example/subscriptions/s/operationStatuses/deletion?t=1";

/** Azure takes each DELETE, and its operation fails. */
function failing(): void {
  const started = answer(202, {}, { "azure-asyncoperation": OPERATION, "retry-after": "15" });
  const failed = answer(200, { status: "Failed", error: { code: "SubnetBusy", message: "the subnet is in use" } });
  fleet.network.inject = ({ side, method, path }) =>
    side !== "azure"
      ? undefined
      : method === "DELETE"
        ? started
        : path.includes("/operationStatuses/")
          ? failed
          : undefined;
}

/** Azure takes so many DELETEs, and the `Location` of each answers with an error status for good. */
function failingAt(status: number, times: number): void {
  let left = times;
  fleet.network.inject = ({ side, method, path }) => {
    if (side !== "azure") return undefined;
    if (method === "DELETE" && left-- > 0) return answer(202, undefined, { location: RESULT, "retry-after": "15" });
    return path.includes("/operationResults/deletion")
      ? refusal(status, "SubnetBusy", "the subnet is in use")
      : undefined;
  };
}

afterEach(() => fleet.end());

describe("a deletion that Azure takes and does not bring to its end", { timeout: 60_000 }, () => {
  it("tells Azure's words, is tried again less and less often, and ends when Azure is mended", async () => {
    fleet = new Fleet(2);
    fleet.start();
    fleet.apply("containers");
    await fleet.pass(3);
    fleet.newWrites();
    failing();
    fleet.remove("pool00");
    await fleet.pass(0.5);
    expect(fleet.told("pool00")).toMatch(/^SubnetBusy: .*the subnet is in use.*spec.policy.deletion/);
    // It waits one minute, two, four, …, at most half an hour.
    await fleet.pass(59.5);
    expect(fleet.newWrites().length).toBeLessThanOrEqual(7);
    fleet.network.inject = () => undefined;
    await fleet.pass(35);
    expect([fleet.resource("pool00"), fleet.pool(poolId("pool00"))]).toEqual([undefined, undefined]);
    expect(fleet.ready()).toBe(1);
  });

  it("is let go of when the user says so", async () => {
    fleet = new Fleet(1);
    fleet.start();
    fleet.apply("containers");
    await fleet.pass(3);
    failing();
    fleet.remove("pool00");
    await fleet.pass(1);
    fleet.patch("pool00", { spec: { policy: { deletion: "Orphan" } } });
    await fleet.pass(0.1);
    expect(fleet.resource("pool00")).toBeUndefined();
    expect(fleet.pool(poolId("pool00"))).toBeDefined();
  });

  it.each([400, 409, 412, 423, 500, 503])(
    "tells Azure's words also when the Location answers with %i, and is tried again less and less often",
    async (status) => {
      fleet = new Fleet(2);
      fleet.start();
      fleet.apply("containers");
      await fleet.pass(3);
      fleet.newWrites();
      failingAt(status, Infinity);
      fleet.remove("pool00");
      // With a 5xx the pool is asked instead after five minutes.
      await fleet.pass(7);
      expect(fleet.told("pool00")).toMatch(/SubnetBusy: .*the subnet is in use/);
      await fleet.pass(53);
      const writes = fleet.newWrites().length;
      expect(writes).toBeGreaterThan(2);
      expect(writes).toBeLessThanOrEqual(7);
      fleet.network.inject = () => undefined;
      await fleet.pass(35);
      expect([fleet.resource("pool00"), fleet.pool(poolId("pool00"))]).toEqual([undefined, undefined]);
    },
  );

  it.each([400, 404, 409, 500])(
    "is made anew when one failed and its Location answers with %i for good",
    async (status) => {
      fleet = new Fleet(1);
      fleet.start();
      fleet.apply("containers");
      await fleet.pass(3);
      failingAt(status, 1);
      fleet.remove("pool00");
      await fleet.pass(12);
      expect([fleet.resource("pool00"), fleet.pool(poolId("pool00"))]).toEqual([undefined, undefined]);
    },
  );

  it("tells Azure's words soon also among many pools that Azure works on, so that LISTs follow them", async () => {
    fleet = new Fleet(30);
    fleet.start();
    fleet.apply("containers");
    await fleet.pass(5);
    failingAt(409, Infinity);
    const [deleted = "", ...others] = fleet.names;
    for (const name of others) fleet.patch(name, { spec: { scaleConfiguration: { maxConcurrentSessions: 20 } } });
    fleet.remove(deleted);
    await fleet.pass(0.7);
    expect([fleet.ready(), fleet.inProgress()]).toEqual([0, 29]);
    expect(fleet.told(deleted)).toMatch(/^SubnetBusy: /);
  });
});
