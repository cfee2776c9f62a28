import { describe, expect, it } from "vitest";
import { findCondition } from "../../../src/api/conditions.ts";
import type { SessionPoolSpec } from "../../../src/api/session-pool.ts";
import { parseArmId } from "../../../src/sessionpool/arm-id.ts";
import { placeNamed, scopeProblem, type ScopeTable, thingsNamed } from "../../../src/sessionpool/scope.ts";
import { ID_TRICKS, SEGMENT_TRICKS } from "../sessionpool/id-tricks.ts";
import { apply, POOL_PATH, startWorld, type World } from "./world.ts";

const SUB = "34adfa4f-cedf-4dc0-ba29-b6d1a69ab345";
const GROUP = `/subscriptions/${SUB}/resourceGroups/rg`;
const ENVIRONMENT = `${GROUP}/providers/Microsoft.App/managedEnvironments/env`;
const IDENTITY = `${GROUP}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/one`;
const CANARY = "canary-e1d2-tenants";
const FINALIZER = "appcontainers.dev/session-pool";
const DENY: ScopeTable = { default: "Deny", scopes: [] };
const ALLOW: ScopeTable = { default: "Allow", scopes: [] };
const secrets = [{ name: "key", valueFrom: { secretKeyRef: { name: "keys", key: "k" } } }];
const readyOf = (world: World): string | undefined => findCondition(world.live?.status?.conditions, "Ready")?.reason;

/** A resource that needs a Secret, without a finalizer, before a table. */
function begin(table: ScopeTable, spec: Partial<SessionPoolSpec> = {}): World & { reads: string[]; table: ScopeTable } {
  const world = Object.assign(startWorld(), { reads: [] as string[], table });
  const get = world.secrets.get.bind(world.secrets);
  world.secrets.set("keys", new Map([["k", CANARY]]));
  world.secrets.get = (name) => (world.reads.push(name), get(name));
  world.scopeProblem = ({ metadata, spec }, target) =>
    scopeProblem(
      world.table,
      { name: metadata.namespace, labels: {} },
      metadata.deletionTimestamp === undefined ? thingsNamed({ spec }, target) : placeNamed(target),
    );
  apply(world, { secrets, ...spec });
  change(world, { finalizers: [] });
  return world;
}

/** Changes the metadata, as the API server and its watch would. */
function change(world: World, metadata: object): void {
  if (!world.live) throw new Error("there is no resource");
  const { resourceVersion } = world.live.metadata;
  world.live = {
    ...world.live,
    metadata: { ...world.live.metadata, ...metadata, resourceVersion: `${resourceVersion}0` },
  };
  world.cached = world.live;
}

describe("a resource that names what its namespace may not", () => {
  it("costs no call to Azure, no read of a Secret and no finalizer, however long it stands", async () => {
    const world = begin(DENY);
    await world.run(5);
    expect(await world.reconcile()).toEqual({ kind: "requeue", afterMs: 270_000, isTerminal: true });
    expect(world.calls()).toEqual([]);
    expect(world.reads).toEqual([]);
    expect(world.live?.metadata.finalizers).toEqual([]);
    expect(world.live?.status?.conditions).toMatchObject([
      { type: "Ready", status: "False", reason: "ScopeNotAllowed" },
      {
        type: "Stalled",
        status: "True",
        reason: "ScopeNotAllowed",
        message: expect.stringContaining("namespace ns") as string,
      },
    ]);
    expect(world.statusWrites).toHaveLength(1);
    expect(world.events.map(({ type, reason }) => `${type} ${reason}`)).toEqual(["Warning ScopeNotAllowed"]);
    expect(JSON.stringify([world.statusWrites, world.events])).not.toContain(CANARY);
  });

  it("goes on when the table allows it", async () => {
    const world = begin(DENY);
    await world.run(2);
    world.table = ALLOW;
    await world.run(10);
    expect(readyOf(world)).toBe("Succeeded");
    expect(world.puts).toHaveLength(1);
  });

  it("that had a pool leaves it as it is, is not followed, and takes it up again without a PUT", async () => {
    const world = begin(ALLOW);
    await world.run(3);
    expect(readyOf(world)).toBe("Creating");
    const before = world.calls().length;
    world.table = DENY;
    await world.run(3);
    expect(readyOf(world)).toBe("ScopeNotAllowed");
    expect(world.live?.status?.id).toBeDefined();
    expect(world.calls()).toHaveLength(before);
    world.table = ALLOW;
    await world.run(5);
    expect(readyOf(world)).toBe("Succeeded");
    expect(world.puts).toHaveLength(1);
  });

  it("is told of the one thing among many", async () => {
    const table: ScopeTable = {
      default: "Deny",
      scopes: [
        {
          namespaces: ["ns"],
          matchLabels: undefined,
          subscriptions: [SUB],
          resourceGroups: ["rg"],
          environments: "any",
          identities: [],
        },
      ],
    };
    const world = begin(table, { identity: { type: "UserAssigned", userAssignedIdentities: { [IDENTITY]: {} } } });
    await world.run(2);
    expect(findCondition(world.live?.status?.conditions, "Stalled")?.message).toBe(
      `namespace ns may not use the identity ${IDENTITY}: ask whoever runs the operator to add it to the scope table, or name another`,
    );
    expect(world.calls()).toEqual([]);
  });
});

describe("a deleted resource whose pool is out of scope", () => {
  async function deleted(): Promise<ReturnType<typeof begin>> {
    const world = begin(ALLOW);
    await world.run(10);
    expect(readyOf(world)).toBe("Succeeded");
    world.table = DENY;
    change(world, { deletionTimestamp: "2026-01-01T00:00:00Z" });
    return world;
  }

  it("waits without a look at Azure, says how to let go, and is deleted when it may be", async () => {
    const world = await deleted();
    const before = world.calls().length;
    await world.run(3);
    expect(world.calls()).toHaveLength(before);
    expect(findCondition(world.live?.status?.conditions, "Stalled")).toMatchObject({
      reason: "ScopeNotAllowed",
      message: expect.stringContaining("set spec.policy.deletion to Orphan") as string,
    });
    expect(world.live?.metadata.finalizers).toEqual([FINALIZER]);
    world.table = ALLOW;
    await world.run(10);
    expect(world.live?.metadata.finalizers).toEqual([]);
    expect(world.writes).toEqual(["Create", "Delete"]);
  });

  it("is let go when the policy says so, and the pool stays", async () => {
    const world = await deleted();
    await world.run(1);
    const before = world.calls().length;
    apply(world, { secrets, policy: { deletion: "Orphan" } });
    await world.run(1);
    expect(world.live?.metadata.finalizers).toEqual([]);
    expect(world.calls()).toHaveLength(before);
    expect(world.events.at(-1)).toMatchObject({ reason: "PoolOrphaned" });
  });

  it("is judged by the pool that there is, not by what the spec says since", async () => {
    const world = await deleted();
    world.table = {
      default: "Deny",
      scopes: [
        {
          namespaces: ["ns"],
          matchLabels: undefined,
          subscriptions: "any",
          resourceGroups: ["elsewhere"],
          environments: "any",
          identities: "any",
        },
      ],
    };
    apply(world, { secrets, resourceGroup: "elsewhere" });
    const before = world.calls().length;
    await world.run(2);
    expect(world.calls()).toHaveLength(before);
    expect(readyOf(world)).toBe("ScopeNotAllowed");
  });
});

describe("path tricks, when nothing has checked the resource before", () => {
  /** What Azure was asked for, and what it was sent. */
  async function sent(spec: Partial<SessionPoolSpec>, status?: { readonly id: string }): Promise<World> {
    const world = startWorld();
    apply(world, spec);
    if (status && world.live) {
      world.live = { ...world.live, status };
      world.cached = world.live;
    }
    await world.run(4);
    return world;
  }

  const PLAIN = { subscriptionId: SUB, resourceGroup: "rg", azureName: "alpha" };
  const plain = Object.entries(PLAIN).flatMap(([field, good]) =>
    SEGMENT_TRICKS.map(([trick, of]) => [field, trick, { [field]: of(good) }] as const),
  );
  it.each(plain)("in spec.%s: %s", async (_field, _trick, spec) => {
    const world = await sent(spec);
    expect(world.calls()).toEqual([]);
    expect(readyOf(world)).toBe("InvalidSpec");
  });

  it.each([
    ["letters of another width", "\uff52\uff47"],
    ["a sign that looks like a letter", "r\u0261"],
    ["dots before the end", "..rg"],
  ])("in spec.resourceGroup, what is a name is one segment: %s", async (_story, resourceGroup) => {
    const world = await sent({ resourceGroup });
    const paths = world.model.calls.map(({ path }) => path).filter((path) => !path.includes("/operationStatuses/"));
    expect(paths.length).toBeGreaterThan(0);
    for (const path of paths) expect(path).toBe(POOL_PATH.replace("/rg/", `/${resourceGroup}/`));
  });

  const ids: readonly (readonly [string, string, (id: string) => Partial<SessionPoolSpec>])[] = [
    ["environmentId", ENVIRONMENT, (id) => ({ environmentId: id })],
    ["identity", IDENTITY, (id) => ({ identity: { type: "UserAssigned", userAssignedIdentities: { [id]: {} } } })],
    ["managedIdentitySettings", IDENTITY, (id) => ({ managedIdentitySettings: [{ identity: id }] })],
    [
      "registryCredentials",
      IDENTITY,
      (id) => ({
        customContainerTemplate: {
          containers: [{ name: "main", image: "i" }],
          registryCredentials: { server: "s", identity: id },
        },
      }),
    ],
  ];
  it.each(ids)("in every id of spec.%s", async (_field, good, spec) => {
    for (const [trick, of] of ID_TRICKS) {
      const world = await sent(spec(of(good)));
      expect.soft(world.calls(), trick).toEqual([]);
      expect.soft(readyOf(world), trick).toBe("InvalidSpec");
    }
  });

  it.each(ids)("a good id of spec.%s in any casing is sent as ARM documents it", async (_field, good, spec) => {
    const world = await sent({
      identity: { type: "UserAssigned", userAssignedIdentities: { [IDENTITY]: {} } },
      ...spec(good.replace("/resourceGroups/", "/RESOURCEGROUPS/")),
    });
    expect(world.puts).toHaveLength(1);
    const body = JSON.stringify(world.puts[0]);
    expect(body).toContain(good);
    expect(body).not.toContain("RESOURCEGROUPS");
  });

  it.each(ID_TRICKS)("in a status that somebody wrote: %s", async (_trick, of) => {
    const world = startWorld();
    apply(world);
    const id = of(POOL_PATH);
    world.live = { ...(world.live as NonNullable<World["live"]>), status: { id } };
    world.cached = world.live;
    expect(parseArmId("pool", id)).toBeUndefined();
    change(world, { deletionTimestamp: "2026-01-01T00:00:00Z" });
    await world.run(2);
    for (const { path } of world.model.calls) expect(path).toBe(POOL_PATH);
    expect(world.calls()).toEqual(["GET"]);
  });
});
