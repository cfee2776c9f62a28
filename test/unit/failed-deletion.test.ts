import { afterEach, describe, expect, it } from "vitest";
import type { Fault } from "../simulation/faults.ts";
import { poolId } from "./attacks/stage.ts";
import { Fleet } from "./fleet.ts";

let fleet: Fleet;

const OPERATION = "https://management.example/subscriptions/s/operationStatuses/deletion?t=1";

function answer(status: number, body: object, headers: Readonly<Record<string, string>> = {}): Fault {
  return { kind: "answer", when: "before", change: () => ({ status, headers, body: JSON.stringify(body) }) };
}

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
});
