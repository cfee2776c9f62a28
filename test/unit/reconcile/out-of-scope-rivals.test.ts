import { describe, expect, it } from "vitest";
import { findCondition } from "../../../src/api/conditions.ts";
import type { SessionPool } from "../../../src/api/session-pool.ts";
import { scopeProblem, type ScopeTable, thingsNamed } from "../../../src/sessionpool/scope.ts";
import { apply, POOL_PATH, startWorld, type World } from "./world.ts";

/** Only the namespace `ns` may name anything. */
const TABLE: ScopeTable = {
  default: "Deny",
  scopes: [
    {
      namespaces: ["ns"],
      matchLabels: undefined,
      subscriptions: "any",
      resourceGroups: "any",
      environments: "any",
      identities: "any",
    },
  ],
};

function begin(table: ScopeTable = TABLE): World {
  const world = startWorld();
  world.scopeProblem = ({ metadata, spec }, target) =>
    scopeProblem(table, { name: metadata.namespace, labels: {} }, thingsNamed({ spec }, target));
  apply(world);
  if (!world.live) throw new Error("there is no resource");
  const { metadata } = world.live;
  world.live = { ...world.live, metadata: { ...metadata, creationTimestamp: "2026-01-01T00:00:00Z" } };
  world.cached = world.live;
  world.claims.track("ns/alpha", world.live);
  return world;
}

/** An older resource of another namespace for the same pool; its author wrote the finalizer into the manifest. */
function addRival(world: World, status?: SessionPool["status"]): void {
  const { spec } = world.live ?? {};
  if (!spec) throw new Error("there is no resource");
  const metadata = {
    name: "beta",
    namespace: "other",
    uid: "uid-b",
    resourceVersion: "1",
    generation: 1,
    creationTimestamp: "2000-01-01T00:00:00Z",
    finalizers: ["appcontainers.dev/session-pool"],
  };
  world.claims.track("other/beta", { metadata, spec: { ...spec, azureName: "alpha" }, ...(status ? { status } : {}) });
  world.claims.locate("other/beta", POOL_PATH);
}

const readyOf = (world: World): string | undefined => findCondition(world.live?.status?.conditions, "Ready")?.reason;

describe("another resource for the same pool", () => {
  it("that its namespace may not name does not stand in the way, and is not told of", async () => {
    const world = begin();
    addRival(world);
    await world.run(8);
    expect(readyOf(world)).toBe("Succeeded");
    expect(world.writes).toEqual(["Create"]);
    expect(JSON.stringify([world.statusWrites, world.events])).not.toContain("other/beta");
  });

  it("that had the pool before its namespace lost it keeps it", async () => {
    const world = begin();
    addRival(world, { observedGeneration: 1, id: POOL_PATH, adopted: { id: POOL_PATH, generation: 1 } });
    await world.run(3);
    expect(readyOf(world)).toBe("OwnedByOther");
    expect(world.writes).toEqual([]);
  });

  it("stands in the way where its namespace may name it", async () => {
    const world = begin({ default: "Allow", scopes: [] });
    addRival(world);
    await world.run(3);
    expect(readyOf(world)).toBe("OwnedByOther");
  });
});
