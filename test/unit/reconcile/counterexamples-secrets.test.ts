import { describe, expect, it } from "vitest";
import { SecretFingerprints } from "../../../src/reconcile/secret-fingerprints.ts";
import { listed, values, inAzure, secretsInAzure, ready, container } from "./counterexamples.ts";
import { conditionOf } from "./in-sync.ts";
import { apply, startWorld, type World } from "./world.ts";

describe("secrets", () => {
  it("all secrets taken out while somebody else has one there: nothing is removed, and it is said", async () => {
    const world = await ready();
    await secretsInAzure(world, "a", "b", "theirs");
    apply(world, {});
    await world.run(12);
    expect(conditionOf(world, "Stalled")).toMatchObject({ reason: "SecretsWouldBeRemoved" });
  });

  it("all secrets taken out, and the policy is to remove: all are removed", async () => {
    const world = await ready();
    await secretsInAzure(world, "a", "b", "theirs");
    apply(world, { policy: { unlistedSecrets: "Remove" } });
    await world.run(12);
    expect(inAzure(world)).toEqual({});
  });

  it("secrets taken out are an edit, not a rotation", async () => {
    const world = await ready();
    apply(world, {});
    await world.run(12);
    expect(world.writes).toEqual(["Create", "SpecChanged"]);
  });

  it("a value of many lines that Azure quotes on one", async () => {
    const pem = "-----BEGIN KEY-----\nabcdefghijklmnop\n-----END KEY-----";
    const world = startWorld();
    world.secrets.set("creds", values({ a: pem }));
    refusingQuotes(world, pem);
    apply(world, listed("a"));
    await world.run(4);
    expect(JSON.stringify([world.statusWrites, world.events])).not.toContain("abcdefghijklmnop");
  });

  it("a value that is longer than a message", async () => {
    const long = "s3cr3t-".repeat(400);
    const world = startWorld();
    world.secrets.set("creds", values({ a: long }));
    refusingQuotes(world, long);
    apply(world, listed("a"));
    await world.run(4);
    expect(JSON.stringify([world.statusWrites, world.events])).not.toContain("s3cr3t-");
  });

  it("a value that was rotated while Azure worked", async () => {
    const world = startWorld();
    world.secrets.set("creds", values({ a: "old-value-1" }));
    applyCrashing(world);
    await world.reconcile();
    world.secrets.set("creds", values({ a: "new-value-1" }));
    await world.clock.advance(61_000);
    await world.reconcile();
    expect(JSON.stringify([world.statusWrites, world.events])).not.toContain("old-value-1");
  });

  it("a value whose Secret is gone when Azure quotes it", async () => {
    const world = startWorld();
    world.secrets.set("creds", values({ a: "old-value-1" }));
    applyCrashing(world);
    await world.run(2);
    const before = world.secrets.get("creds");
    world.secrets.delete("creds");
    await world.clock.advance(61_000);
    await world.reconcile();
    world.secrets.set("creds", before ?? new Map());
    await world.reconcile();
    expect(JSON.stringify([world.statusWrites, world.events])).not.toContain("old-value-1");
  });

  it("one Secret, two pools: each sees the rotation", async () => {
    const f = new SecretFingerprints();
    const pool = (name: string): never =>
      ({ metadata: { name, namespace: "ns", uid: name }, spec: listed("a") }) as never;
    f.track("ns/p", undefined, pool("p"));
    f.track("ns/q", undefined, pool("q"));
    let data = values({ a: "1" });
    const read = f.remembering(() => Promise.resolve(data));
    const signal = new AbortController().signal;
    await read("ns", "creds", "ns/p", signal); // p
    await read("ns", "creds", "ns/q", signal); // q
    data = values({ a: "2" });
    await read("ns", "creds", "ns/p", signal); // p is reconciled for another reason
    expect(f.usersOfChanged({ namespace: "ns", name: "creds" }, data)).toContain("ns/q");
  });

  it("an event is not lost when the status cannot be written at once", async () => {
    const world = startWorld();
    apply(world, listed("a"));
    let failures = 1;
    world.beforeStatusWrite = () => {
      if (failures-- > 0) throw new Error("away");
    };
    await expect(world.reconcile()).rejects.toThrow("away");
    await world.run(3);
    expect(world.events.map(({ reason }) => reason)).toContain("SecretNotFound");
  });

  it("a change that comes while a reconcile reads is seen", async () => {
    const f = new SecretFingerprints();
    f.track("ns/p", undefined, { metadata: { name: "p", namespace: "ns", uid: "p" }, spec: listed("a") } as never);
    let answer: (data: ReadonlyMap<string, string>) => void = () => undefined;
    const reading = f.remembering(
      () =>
        new Promise((resolve) => {
          answer = resolve;
        }),
    )("ns", "creds", "ns/p", new AbortController().signal);
    const users = f.usersOfChanged({ namespace: "ns", name: "creds" }, values({ a: "new" }));
    answer(values({ a: "old" }));
    await reading;
    expect(users).toEqual(["ns/p"]);
  });
});

/** Azure refuses each PUT, and quotes the value that it got. */
function refusingQuotes(world: World, value: string): void {
  const error = { code: "BadSecret", message: `Invalid value '${value}' of secret a` };
  world.tamper = (method, answer) =>
    method === "PUT" ? { ...answer, status: 400, headers: {}, body: JSON.stringify({ error }) } : answer;
}

/** A pool whose operation fails, and Azure quotes `old-value-1` of what it got. */
function applyCrashing(world: World): void {
  const error = { code: "SessionPoolOperationError", message: "crashed with old-value-1" };
  world.tamper = (method, answer) =>
    method === "GET" && answer.body?.includes('"status":"Failed"')
      ? { ...answer, body: JSON.stringify({ status: "Failed", error }) }
      : answer;
  const containers = [{ ...container, image: "reg/missing-x:1" }];
  apply(world, { ...listed("a"), customContainerTemplate: { containers } });
}
