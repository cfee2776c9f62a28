import { afterEach, describe, expect, it } from "vitest";
import { poolId } from "./attacks/stage.ts";
import { Fleet } from "./fleet.ts";

let fleet: Fleet;

afterEach(() => fleet.end());

describe("a GET that is answered from a copy that lags behind", { timeout: 60_000 }, () => {
  it("makes no PUT, and is asked again", async () => {
    fleet = new Fleet(1);
    fleet.start();
    fleet.apply("built-in");
    await fleet.pass(1);
    const old = JSON.stringify(fleet.pool(poolId("pool00")));
    fleet.patch("pool00", { spec: { scaleConfiguration: { maxConcurrentSessions: 20 } } });
    await fleet.pass(1);
    expect([fleet.ready(), fleet.sizeOf("pool00")]).toEqual([1, 20]);
    fleet.newWrites();
    let left = 1;
    fleet.network.inject = ({ name }) => {
      if (name !== "GET pool" || left === 0) return undefined;
      left -= 1;
      return { kind: "answer", when: "after", change: (answer) => ({ ...answer, body: old }) };
    };
    fleet.annotate("pool00", { "appcontainers.dev/reconcile-requested-at": "1" });
    await fleet.pass(1);
    expect([fleet.newWrites(), fleet.ready(), left]).toEqual([[], 1, 0]);
    expect(fleet.status("pool00")?.lastHandledReconcileAt).toBe("1");
  });
});
