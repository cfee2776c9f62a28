import { describe, expect, it } from "vitest";
import { type Sighting, Sightings } from "../../../src/azure/sightings.ts";

const TARGET = { subscriptionId: "sub", resourceGroup: "rg", name: "alpha" };
const pool = (changes: object = {}): object => ({ name: "alpha", ...changes });

/** One pool that somebody wants to know of, seen by a GET at 1,000 ms; a write of ours at 2,000 ms was refused. */
function afterARefusedWrite(first: object | undefined): { sightings: Sightings; sighting: Sighting } {
  const sightings = new Sightings({ isWorking: () => false, lastWritten: () => undefined });
  const sighting = sightings.track("team-a/alpha", TARGET, 60_000, 0);
  if (first) sightings.see(sighting, first, 1_000);
  else sightings.miss(sighting, 1_000, "GET");
  sightings.distrust(sighting, 2_000, false);
  return { sightings, sighting };
}

describe("what LISTs show after a write that Azure refused", () => {
  it("is no news when it is what was known before, so that the key keeps its backoff", () => {
    const { sightings, sighting } = afterARefusedWrite(pool());
    expect(sightings.see(sighting, pool(), 3_000)).toBe("same");
    expect(sighting.askedAt).toBe(3_000);
  });

  it("is no news when there is still no pool", () => {
    const { sightings, sighting } = afterARefusedWrite(undefined);
    expect(sightings.miss(sighting, 3_000, "LIST")).toBe("same");
  });

  it("is news when it differs", () => {
    const { sightings, sighting } = afterARefusedWrite(pool());
    expect(sightings.see(sighting, pool({ tags: {} }), 3_000)).toBe("changed");
  });

  it("is not believed when it was asked for before", () => {
    const { sightings, sighting } = afterARefusedWrite(pool());
    expect(sightings.see(sighting, pool({ tags: {} }), 1_999)).toBe("not believed");
    expect(sightings.miss(sighting, 1_999, "LIST")).toBe("not believed");
  });
});
