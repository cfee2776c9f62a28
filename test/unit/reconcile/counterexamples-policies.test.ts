import { describe, expect, it } from "vitest";
import type { SessionPoolSpec } from "../../../src/api/session-pool.ts";
import { listed, values, inAzure, secretsInAzure, ready, container, annotate } from "./counterexamples.ts";
import { conditionOf, puts, readyWorld } from "./in-sync.ts";
import { apply } from "./world.ts";

describe("who only reports or approves is not surprised", () => {
  it("somebody's change that failed is only reported", async () => {
    const world = await readyWorld({ policy: { drift: "Report" } });
    await world.portal({
      properties: { customContainerTemplate: { containers: [{ ...container, image: "reg/missing-x:1" }] } },
    });
    await world.run(12);
    expect(puts(world)).toBe(1);
  });

  it("a policy set because of drift is no edit of the pool", async () => {
    const world = await readyWorld();
    await world.portal({ properties: { scaleConfiguration: { maxConcurrentSessions: 50 } } });
    apply(world, { policy: { drift: "Report" } });
    await world.run(12);
    expect(puts(world)).toBe(1);
  });

  it("a plan shows the secrets that its PUT takes away", async () => {
    const policy = { mode: "Approve", unlistedSecrets: "Remove" } as const;
    const world = await readyWorld();
    apply(world, { tags: { team: "a" }, policy });
    await world.run(3);
    const plan = world.live?.status?.plan;
    await secretsInAzure(world, "theirs");
    annotate(world, plan?.hash);
    await world.run(12);
    expect(Object.keys(inAzure(world))).toEqual(["theirs"]);
    expect(puts(world)).toBe(1);
  });

  it("a value rotated after the approval needs another", async () => {
    const world = await ready(listed("a"));
    apply(world, { ...listed("a", "b"), policy: { mode: "Approve" } });
    await world.run(3);
    const plan = world.live?.status?.plan;
    world.secrets.set("creds", values({ a: "value-a2", b: "value-b2" }));
    annotate(world, plan?.hash);
    await world.run(12);
    expect(puts(world)).toBe(1);
  });

  it("an approval is good for one write", async () => {
    const world = await readyWorld();
    const spec: Partial<SessionPoolSpec> = {
      policy: { mode: "Approve" },
      scaleConfiguration: { maxConcurrentSessions: 11, readySessionInstances: 2 },
    };
    apply(world, spec);
    await world.run(3);
    annotate(world, world.live?.status?.plan?.hash);
    await world.run(12);
    expect(puts(world)).toBe(2);
    await world.portal({ properties: { scaleConfiguration: { maxConcurrentSessions: 10 } } });
    await world.run(5);
    expect(puts(world)).toBe(2);
  });

  it("Azure's words about a failure stay while the next try waits for approval", async () => {
    const world = await readyWorld();
    apply(world, {
      policy: { mode: "Approve" },
      customContainerTemplate: { containers: [{ ...container, image: "reg/missing-x:1" }] },
    });
    await world.run(3);
    annotate(world, world.live?.status?.plan?.hash);
    await world.run(15);
    expect(conditionOf(world, "Ready")?.message).toContain("time out");
  });
});
