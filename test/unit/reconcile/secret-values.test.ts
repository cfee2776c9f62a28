import { describe, expect, it } from "vitest";
import type { SessionPoolSpec } from "../../../src/api/session-pool.ts";
import { valueAt } from "../../../src/sessionpool/json.ts";
import { conditionOf, expectRest, puts, readyWorld } from "./in-sync.ts";
import { apply, POOL_PATH, type World } from "./world.ts";

const reference = (name: string, key: string): object => ({
  name,
  valueFrom: { secretKeyRef: { name: "creds", key } },
});
const listed = (...names: string[]): Partial<SessionPoolSpec> =>
  ({ secrets: names.map((name) => reference(name, name)) }) as Partial<SessionPoolSpec>;
const values = (entries: Record<string, string>): ReadonlyMap<string, string> => new Map(Object.entries(entries));
const inAzure = (world: World): Record<string, string> => Object.fromEntries(world.model.secretValues(POOL_PATH));
const secretsInAzure = (world: World, ...names: string[]): Promise<void> =>
  world.portal({ properties: { secrets: names.map((name) => ({ name, value: `theirs-${name}` })) } });

/** Ready with the secrets a and b. */
const ready = (spec = listed("a", "b")): Promise<World> =>
  readyWorld(spec, ({ secrets }) => secrets.set("creds", values({ a: "value-a1", b: "value-b1", other: "value-x1" })));

describe("a referenced Secret", () => {
  it("with a new value: one PUT that carries all values", async () => {
    const world = await ready();
    world.secrets.set("creds", values({ a: "value-a2", b: "value-b1" }));
    await world.run(12);
    expect(inAzure(world)).toEqual({ a: "value-a2", b: "value-b1" });
    expect(world.writes).toEqual(["Create", "SecretsChanged"]);
    await expectRest(world, 2);
  });

  it("with a new value in an entry that nobody names: no PUT", async () => {
    const world = await ready();
    world.secrets.set("creds", values({ a: "value-a1", b: "value-b1", other: "value-x2", more: "value-y1" }));
    await expectRest(world, 1);
  });

  it("that is gone: no PUT, whatever else is edited", async () => {
    const world = await ready();
    world.secrets.set("creds", values({ a: "value-a2" }));
    apply(world, { ...listed("a", "b"), tags: { team: "a" } });
    await world.run(5);
    expect(conditionOf(world, "Stalled")).toMatchObject({ reason: "SecretKeyNotFound" });
    await expectRest(world, 1);
  });

  it("whose values changed while the operator was away is seen after the restart", async () => {
    const world = await ready();
    world.secrets.set("creds", values({ a: "value-a2", b: "value-b2" }));
    world.restart();
    await world.run(12);
    expect(inAzure(world)).toEqual({ a: "value-a2", b: "value-b2" });
    await expectRest(world, 2);
  });

  it("with two values swapped is another pair of values", async () => {
    const world = await ready();
    world.secrets.set("creds", values({ a: "value-b1", b: "value-a1" }));
    await world.run(12);
    expect(inAzure(world)).toEqual({ a: "value-b1", b: "value-a1" });
  });

  it("is never seen in status, events or tags", async () => {
    const world = await ready({
      ...listed("a", "b"),
      tags: { note: "plain" },
    });
    // Somebody puts a secret value where it is no secret, and Azure is to be put right.
    await world.portal({ tags: { ...(world.pool().tags as object), note: "value-a1" } });
    await world.run(12);
    const shown = JSON.stringify([world.statusWrites, world.events, world.pool().tags]);
    expect(shown).not.toContain("value-a1");
    expect(shown).not.toContain("value-b1");
    expect(puts(world)).toBe(2);
  });
});

describe("the key of the hashes", () => {
  it("lost or changed: one PUT, and the reason is that nobody can tell", async () => {
    const world = await ready();
    world.hashKey = { id: "key-2", bytes: Buffer.alloc(32, 2) };
    await world.run(12);
    expect(world.writes).toEqual(["Create", "SecretsUnverified"]);
    expect(world.events.map(({ reason }) => reason)).toContain("SecretsUnverified");
    await expectRest(world, 2);
  });

  it("means nothing to a pool without secrets", async () => {
    const world = await readyWorld();
    world.hashKey = { id: "key-2", bytes: Buffer.alloc(32, 2) };
    await expectRest(world, 1);
  });

  it("a tag that somebody took off the pool: one PUT", async () => {
    const world = await ready();
    const { "appcontainers.dev.secrets": _gone, ...tags } = world.pool().tags as Record<string, string>;
    await world.portal({ tags });
    await world.run(12);
    expect(world.writes).toEqual(["Create", "SecretsUnverified"]);
    await expectRest(world, 2);
  });
});

describe("secrets in Azure that the resource does not list", () => {
  it("are not stripped: the resource holds and names them, and goes on when they are listed", async () => {
    const world = await ready();
    await secretsInAzure(world, "a", "b", "theirs");
    await world.run(3);
    expect(conditionOf(world, "Stalled")).toMatchObject({
      reason: "SecretsWouldBeRemoved",
      message: expect.stringContaining("theirs") as unknown,
    });
    await expectRest(world, 1);
    expect(Object.keys(inAzure(world))).toEqual(["a", "b", "theirs"]);

    world.secrets.set("creds", values({ a: "value-a1", b: "value-b1", theirs: "now-mine" }));
    apply(world, listed("a", "b", "theirs"));
    await world.run(12);
    expect(inAzure(world)).toEqual({ a: "value-a1", b: "value-b1", theirs: "now-mine" });
    await expectRest(world, 2);
  });

  it("are removed when the policy says so", async () => {
    const world = await ready();
    await secretsInAzure(world, "a", "b", "theirs");
    apply(world, { ...listed("a", "b"), policy: { unlistedSecrets: "Remove" } });
    await world.run(12);
    expect(Object.keys(inAzure(world))).toEqual(["a", "b"]);
    await expectRest(world, 2);
  });

  it("hold up any other edit too, since a PUT would strip them", async () => {
    const world = await readyWorld();
    await secretsInAzure(world, "theirs");
    await expectRest(world, 1);
    expect(conditionOf(world, "Ready")).toMatchObject({ status: "True" });
    apply(world, { tags: { team: "a" } });
    await world.run(3);
    expect(conditionOf(world, "Stalled")).toMatchObject({
      reason: "SecretsWouldBeRemoved",
      message: expect.stringContaining("/tags/team") as unknown,
    });
    expect(Object.keys(inAzure(world))).toEqual(["theirs"]);
    await expectRest(world, 1);
  });
});

describe("secrets that the user takes out of the spec", () => {
  it.each<[what: string, spec: Partial<SessionPoolSpec>, left: object]>([
    ["one", listed("b"), { b: "value-b1" }],
    ["all, by an empty list", { secrets: [] }, {}],
    ["all, with the list itself", {}, {}],
  ])("%s: taken out in Azure by one PUT", async (_what, spec, left) => {
    const world = await ready();
    apply(world, spec);
    await world.run(12);
    expect(inAzure(world)).toEqual(left);
    expect(conditionOf(world, "Ready")).toMatchObject({ status: "True" });
    expect(valueAt(world.pool(), "/tags/appcontainers.dev.secrets") === undefined).toBe(Object.keys(left).length === 0);
    await expectRest(world, 2);
  });
});
