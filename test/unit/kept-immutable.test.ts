import { afterEach, describe, expect, it } from "vitest";
import { SUBSCRIPTION } from "../simulation/config.ts";
import { python } from "../simulation/specs.ts";
import { HERE } from "./attacks/stage.ts";
import { Fleet } from "./fleet.ts";

const environmentId = `/subscriptions/${SUBSCRIPTION}/resourceGroups/rg/providers/Microsoft.App/managedEnvironments/env`;

let fleet: Fleet;

afterEach(() => fleet.end());

describe("a field that Azure fixes at creation, and keeps otherwise than it was asked for", { timeout: 60_000 }, () => {
  it.each([
    [
      "the environment of a built-in pool is dropped",
      /"environmentId":"[^"]+"/g,
      '"environmentId":null',
      "environmentId",
    ],
    ["the type comes back in another casing", /"containerType":"PythonLTS"/g, '"containerType":"pythonLTS"', undefined],
    [
      "the management type comes back as null",
      /"poolManagementType":"Dynamic"/g,
      '"poolManagementType":null',
      "poolManagementType",
    ],
  ])("%s: nobody is told to delete the pool", async (_story, from, to, kept) => {
    fleet = new Fleet(1);
    fleet.network.inject = ({ side, path }) =>
      side === "azure" && /sessionpools/i.test(path)
        ? { kind: "answer", when: "after", change: (answer) => ({ ...answer, body: answer.body.replaceAll(from, to) }) }
        : undefined;
    fleet.start();
    fleet.create("pool00", python({ environmentId }), HERE);
    await fleet.pass(1);
    fleet.annotate("pool00", { "appcontainers.dev/reconcile-requested-at": "1" });
    await fleet.pass(30);
    expect([fleet.newWrites(), fleet.ready()]).toEqual([["PUT pool00"], 1]);
    expect(fleet.status("pool00")?.applied?.differences.map(({ path }) => path)).toEqual(
      kept === undefined ? undefined : [`/properties/${kept}`],
    );
  });
});
