import { describe, expect, it } from "vitest";
import { SUBSCRIPTION } from "../emulator/model-azure.ts";
import { addressOf, INTERVAL_MS, Observed } from "./observed.ts";

describe("two credentials of one principal, such as before and after its secret is rotated", () => {
  it("both have their first LIST, though they wait for their turns at the same time", async () => {
    const world = new Observed();
    await world.create("one/aaa", "one/bbb");
    const other = world.client();
    world.budget.closeFor("read", SUBSCRIPTION, 30_000);
    world.track("one/aaa");
    world.observers.track("one/bbb", other, addressOf("one/bbb"), INTERVAL_MS);
    await world.pass(120);
    expect([world.look("one/aaa"), world.look("one/bbb")]).toEqual(["seen", "seen"]);
    world.newCalls();
    await world.pass((INTERVAL_MS / 1000) * 1.2);
    expect(world.newCalls()).toEqual(["LIST one", "LIST one"]);
  });
});
