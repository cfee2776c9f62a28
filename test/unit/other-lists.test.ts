import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Answer } from "../simulation/calls.ts";
import { type JsonObject, objectOr } from "../../src/sessionpool/json.ts";
import { python } from "../simulation/specs.ts";
import { Fleet } from "./fleet.ts";

let fleet: Fleet;

/** From now on LISTs show each pool so. */
function listed(as: (pool: JsonObject) => JsonObject): void {
  const change = (answer: Answer): Answer => {
    const { value, ...rest } = JSON.parse(answer.body) as { value: JsonObject[] };
    return { ...answer, body: JSON.stringify({ ...rest, value: value.map(as) }) };
  };
  fleet.network.inject = ({ name }) => (name === "GET pools" ? { kind: "answer", when: "after", change } : undefined);
}

const versions = (): readonly unknown[] => fleet.names.map((name) => fleet.resource(name)?.metadata.resourceVersion);

beforeEach(async () => {
  fleet = new Fleet(15, { config: { maxDriftShare: 0.25 } });
  fleet.start();
  for (const [index, name] of fleet.names.entries())
    fleet.create(name, python(index % 2 === 0 ? {} : { policy: { drift: "Report" } }));
  await fleet.pass(3);
  fleet.newWrites();
});

afterEach(() => fleet.end());

describe("LISTs that show pools otherwise than GET does", { timeout: 60_000 }, () => {
  it.each<readonly [what: string, as: (pool: JsonObject) => JsonObject]>([
    ["without tags", ({ tags: _tags, ...pool }) => pool],
    ["as Failed", (pool) => ({ ...pool, properties: { ...objectOr(pool.properties), provisioningState: "Failed" } })],
    [
      "with other sizes",
      (pool) => ({
        ...pool,
        properties: { ...objectOr(pool.properties), scaleConfiguration: { maxConcurrentSessions: 3 } },
      }),
    ],
  ])("%s: nobody is alarmed, and nothing is written anywhere", async (_what, as) => {
    expect(fleet.ready()).toBe(15);
    const before = versions();
    listed(as);
    await fleet.pass(10);
    expect([fleet.ready(), fleet.newWrites(), versions()]).toEqual([15, [], before]);
  });
});
