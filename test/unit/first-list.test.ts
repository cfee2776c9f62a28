import { afterEach, describe, expect, it } from "vitest";
import type { Fault } from "../simulation/faults.ts";
import { Fleet } from "./fleet.ts";

let fleet: Fleet;

const size = (maxConcurrentSessions: number): object => ({ spec: { scaleConfiguration: { maxConcurrentSessions } } });

async function restart(list: Fault): Promise<void> {
  fleet = new Fleet(12);
  fleet.start();
  fleet.apply("built-in");
  await fleet.pass(3);
  fleet.network.inject = ({ name }) => (name === "GET pools" ? list : undefined);
  fleet.start();
  await fleet.pass(0.05);
  fleet.newWrites();
}

afterEach(() => fleet.end());

describe("while the first LIST is on its way", { timeout: 60_000 }, () => {
  const SLOW: Fault = { kind: "slow", ms: 25_000 };

  it("an edit does not wait for a slow one", async () => {
    await restart(SLOW);
    fleet.patch("pool03", size(20));
    await fleet.pass(0.2);
    expect([fleet.newWrites(), fleet.sizeOf("pool03")]).toEqual([["PUT pool03"], 20]);
  });

  it("nor does a deletion, nor a new pool", async () => {
    await restart(SLOW);
    fleet.remove("pool03");
    fleet.create("another", fleet.resource("pool04")?.spec ?? ({} as never));
    await fleet.pass(0.2);
    expect([...fleet.newWrites()].sort()).toEqual(["DELETE pool03", "PUT another"]);
  });

  it("what is at rest waits, and costs no GET", async () => {
    await restart(SLOW);
    const before = fleet.asked().length;
    await fleet.pass(2);
    expect(
      fleet
        .callsAbout()
        .slice(before)
        .filter(({ name }) => name === "GET pool"),
    ).toEqual([]);
    expect([fleet.ready(), fleet.newWrites()]).toEqual([12, []]);
  });

  it("a new resource says that Azure wants a pause", async () => {
    fleet = new Fleet(2);
    fleet.network.inject = ({ side, method }) =>
      side === "azure" && method === "GET"
        ? {
            kind: "answer",
            when: "before",
            change: () => ({ status: 429, headers: { "retry-after": "1800" }, body: "{}" }),
          }
        : undefined;
    fleet.start();
    fleet.apply("built-in");
    await fleet.pass(5);
    expect(fleet.because("Throttled")).toEqual(fleet.names);
  });
});
