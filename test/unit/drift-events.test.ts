import { afterEach, expect, it } from "vitest";
import { python } from "../simulation/specs.ts";
import { HERE } from "./attacks/stage.ts";
import { Fleet } from "./fleet.ts";

let fleet: Fleet;
afterEach(() => fleet.end());

/** The reasons of a pool's Events, and how often each was seen. */
function counted(): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const event of fleet.objects("events")) {
    const { reason, series } = event as { reason: string; series?: { count: number } };
    counts[reason] = (counts[reason] ?? 0) + (series?.count ?? 1);
  }
  return counts;
}

it.each([
  ["Report", "Drifted"],
  ["Correct", "DriftCorrected"],
] as const)(
  "a tool that writes the same value each minute is told of by one Event that counts, and keeps no room from others: %s",
  async (drift, reason) => {
    fleet = new Fleet(1);
    fleet.start();
    fleet.create("pool00", { ...python(), policy: { drift, driftInterval: "30s" } }, HERE);
    await fleet.pass(3);
    expect(fleet.ready()).toBe(1);
    for (let minute = 0; minute < 60; minute += 1) {
      fleet.resize(["pool00"], 77);
      await fleet.pass(1);
    }
    fleet.patch("pool00", { spec: { scaleConfiguration: { maxConcurrentSessions: 12 } } });
    await fleet.pass(2);
    const told = fleet.events("pool00").filter((text) => text.includes("Drift"));
    expect(told).toHaveLength(1);
    expect(counted()[reason]).toBeGreaterThanOrEqual(50);
    expect(fleet.events("pool00").filter((text) => text.includes("Updating"))).toHaveLength(1);
    expect(/^sessionpool_events_dropped_total (\d+)/m.exec(await fleet.metrics())?.[1]).toBe("0");
  },
  120_000,
);
