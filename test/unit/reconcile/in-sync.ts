import { expect } from "vitest";
import { type Condition, findCondition } from "../../../src/api/conditions.ts";
import type { SessionPoolSpec } from "../../../src/api/session-pool.ts";
import { apply, startWorld, type World } from "./world.ts";

/** A condition of the resource as the API server has it. */
export function conditionOf(world: World, type: string): Condition | undefined {
  return findCondition(world.live?.status?.conditions, type);
}

/** How many PUTs the operator made. */
export function puts(world: World): number {
  return world.puts.length;
}

/** A world in which the pool is Ready after its one PUT. */
export async function readyWorld(
  spec: Partial<SessionPoolSpec> = {},
  prepare: (world: World) => void = () => undefined,
): Promise<World> {
  const world = startWorld();
  prepare(world);
  apply(world, spec);
  await world.run(12);
  expect(conditionOf(world, "Ready")).toMatchObject({ status: "True" });
  expect(puts(world)).toBe(1);
  return world;
}

/** The last PUT is the one that is left: twenty more rounds and a restart make none. */
export async function expectRest(world: World, count: number): Promise<void> {
  await world.run(20);
  world.restart();
  await world.run(5);
  expect(puts(world)).toBe(count);
}
