import { afterEach, describe, expect, it } from "vitest";
import { custom } from "../simulation/specs.ts";
import { Fleet } from "./fleet.ts";

let fleet: Fleet;

afterEach(() => fleet.end());

describe("--max-in-flight-writes=1, and one pool whose end nobody sees", { timeout: 60_000 }, () => {
  it("since it may not be read any more: it does not keep the others waiting for ever", async () => {
    fleet = new Fleet(3, { config: { maxInFlightWrites: 1 } });
    fleet.start();
    fleet.create("pool00", custom({ resourceGroup: "rg2" }));
    await fleet.pass(0.2);
    fleet.network.inject = ({ side, path }) =>
      side === "azure" && !path.includes("/resourceGroups/rg/")
        ? {
            kind: "answer",
            when: "before",
            change: () => ({
              status: 403,
              headers: {},
              body: JSON.stringify({ error: { code: "AuthorizationFailed", message: "no" } }),
            }),
          }
        : undefined;
    fleet.apply("containers", ["pool01", "pool02"]);
    await fleet.pass(60);
    expect(fleet.names.map((name) => fleet.isReady(name))).toEqual([false, true, true]);
  });
});
