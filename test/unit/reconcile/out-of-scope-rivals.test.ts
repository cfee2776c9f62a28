import { describe, expect, it } from "vitest";
import { findCondition } from "../../../src/api/conditions.ts";
import type { SessionPool } from "../../../src/api/session-pool.ts";
import { CredentialStore } from "../../../src/reconcile/credentials.ts";
import { scopeProblem, type ScopeTable, thingsNamed } from "../../../src/sessionpool/scope.ts";
import { apply, armClient, POOL_PATH, startWorld, type World } from "./world.ts";
import { AT_ONCE } from "../../time/at-once.ts";

const ELSEWHERE = "22222222-2222-2222-2222-222222222222";

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

describe("a resource whose credential says which subscription", () => {
  const table: ScopeTable = {
    default: "Deny",
    scopes: TABLE.scopes.map((scope) => ({ ...scope, subscriptions: [ELSEWHERE] })),
  };

  /** The same with the Secret `mine` as its credential, read as the operator reads it. */
  function beginWithCredential(): World {
    const world = begin(table);
    const arm = armClient(world);
    world.credentials = new CredentialStore({
      clients: { own: arm, canFederate: true, of: () => arm },
      read: (_namespace, name) => Promise.resolve(world.secrets.get(name)),
      now: () => world.clock.now(),
      keepMs: 3_600_000,
      turns: AT_ONCE,
    });
    apply(world, { credentialsRef: { name: "mine" } });
    return world;
  }

  it("is told that the Secret is missing, and not that it may not use the operator's own subscription", async () => {
    const world = beginWithCredential();
    await world.run(2);
    expect(readyOf(world)).toBe("CredentialsNotFound");
    const id = "33333333-3333-3333-3333-333333333333";
    const data = { AZURE_TENANT_ID: id, AZURE_CLIENT_ID: id, AZURE_SUBSCRIPTION_ID: ELSEWHERE };
    world.secrets.set("mine", new Map(Object.entries(data)));
    await world.run(8);
    expect(readyOf(world)).toBe("Succeeded");
    expect(world.live?.status?.id).toContain(ELSEWHERE);
  });

  it("is for the pool that it has, also while it is suspended", async () => {
    const world = beginWithCredential();
    const id = POOL_PATH.replace(/[0-9a-f-]{36}/, ELSEWHERE);
    if (!world.live) throw new Error("there is no resource");
    world.live = {
      ...world.live,
      spec: { ...world.live.spec, suspend: true },
      status: { observedGeneration: 1, id, syncedHash: "s" },
    };
    world.cached = world.live;
    world.claims.track("ns/alpha", world.live);
    addRival(world);
    await world.run(1);
    expect(readyOf(world)).toBe("Suspended");
    expect(world.claims.rivals("other/beta")).toEqual([]);
  });
});
