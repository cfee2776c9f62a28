import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { isReadyAt } from "../../src/api/conditions.ts";
import { custom, python } from "../simulation/specs.ts";
import { HERE, poolId, Stage } from "./attacks/stage.ts";

const shardOf = (shard: string | null): object => ({ metadata: { labels: { shard } } });
const size = (maxConcurrentSessions: number): object => ({
  spec: { scaleConfiguration: { maxConcurrentSessions, readySessionInstances: 2 } },
});
let stage: Stage;

/** Writes to Azure about a pool, with the number of the operator that made each. */
function writes(name: string): readonly string[] {
  return stage
    .callsAbout(`/${name}?`)
    .filter(({ method }) => method !== "GET")
    .map(({ process, method }) => `${method} by ${process}`);
}

/** Calls that an operator makes about a pool and its resource, from now on. */
function callsFromNow(process: number, name: string): () => readonly string[] {
  const since = stage.network.calls.length;
  return () =>
    stage.network.calls
      .slice(since)
      .filter((call) => call.process === process && call.about.endsWith(name))
      .map((call) => call.name);
}

function isReady(name: string): boolean {
  const { metadata, status } = stage.resource(name) ?? {};
  return isReadyAt(status?.conditions, metadata?.generation ?? 0);
}

/** Something happens just before the operator looks at the live resource once more, to write to Azure. */
function beforeTheLiveRead(process: number, name: string, happens: () => void): void {
  let due = true;
  stage.network.inject = (call) => {
    if (!due || call.process !== process || call.name !== "GET sessionpool" || call.about !== `${HERE}/${name}`)
      return undefined;
    due = false;
    return { kind: "meanwhile", happens };
  };
}

beforeEach(() => {
  stage = new Stage();
  stage.startShards("shard in (a)", "shard notin (a)");
});

afterEach(() => {
  stage.stop();
  if (stage.exits.length > 0) throw new Error("an operator ended by itself", { cause: stage.exits[0] });
});

describe("two operators with selectors that cover everything once", { timeout: 60_000 }, () => {
  it("handle each resource once, also one without the label", async () => {
    const calls = [callsFromNow(1, "beta"), callsFromNow(1, "plain"), callsFromNow(2, "alpha")];
    for (const [name, labels] of [
      ["alpha", { shard: "a" }],
      ["beta", { shard: "b" }],
      ["plain", {}],
    ] as const)
      stage.create(name, python(), HERE, labels);
    await stage.pass(5);
    expect(["alpha", "beta", "plain"].filter(isReady)).toEqual(["alpha", "beta", "plain"]);
    expect(["alpha", "beta", "plain"].map(writes)).toEqual([["PUT by 1"], ["PUT by 2"], ["PUT by 2"]]);
    expect(calls.flatMap((made) => made())).toEqual([]);
  });

  it("hand a resource at rest over by its label, without a write, and back", async () => {
    stage.create("alpha", custom(), HERE, { shard: "a" });
    await stage.pass(5);
    expect(await stage.metrics(1)).toContain('sessionpool_drifted{namespace="team-a",name="alpha"} 0');

    stage.patch("alpha", shardOf("b"));
    await stage.pass(1);
    const left = callsFromNow(1, "alpha");
    await stage.pass(5);
    expect(left()).toEqual([]);
    expect(await stage.metrics(1)).not.toContain('name="alpha"');
    expect(await stage.metrics(2)).toContain('sessionpool_drifted{namespace="team-a",name="alpha"} 0');

    const { properties } = stage.pool(poolId("alpha")) ?? {};
    const scaleConfiguration = { maxConcurrentSessions: 50, readySessionInstances: 2 };
    stage.azure.asSomebody("PUT", poolId("alpha"), {
      ...stage.pool(poolId("alpha")),
      properties: { ...(properties as object), scaleConfiguration },
    });
    await stage.pass(5);
    expect(writes("alpha")).toEqual(["PUT by 1", "PUT by 2"]);

    stage.patch("alpha", shardOf("a"));
    await stage.pass(1);
    const right = callsFromNow(2, "alpha");
    stage.patch("alpha", size(20));
    await stage.pass(5);
    expect(right()).toEqual([]);
    expect(isReady("alpha")).toBe(true);
    expect(writes("alpha")).toEqual(["PUT by 1", "PUT by 2", "PUT by 1"]);
  });

  it("hand it over while Azure works on it: the other waits for the end", async () => {
    stage.create("alpha", custom(), HERE, { shard: "a" });
    await stage.pass(0.25);
    expect(stage.resource("alpha")?.status?.provisioningState).toBe("InProgress");
    stage.patch("alpha", shardOf(null));
    await stage.pass(5);
    expect(isReady("alpha")).toBe(true);
    expect(writes("alpha")).toEqual(["PUT by 1"]);
  });

  it("hand it over between an edit and its PUT: the new one makes it, alone", async () => {
    stage.create("alpha", custom(), HERE, { shard: "a" });
    await stage.pass(5);
    beforeTheLiveRead(1, "alpha", () => stage.patch("alpha", shardOf("b")));
    stage.patch("alpha", size(20));
    await stage.pass(5);
    expect(isReady("alpha")).toBe(true);
    expect(writes("alpha")).toEqual(["PUT by 1", "PUT by 2"]);
  });

  it("hand it over between its deletion and the pool's: the new one makes it, and the resource goes", async () => {
    stage.create("alpha", custom(), HERE, { shard: "a" });
    await stage.pass(5);
    beforeTheLiveRead(1, "alpha", () => stage.patch("alpha", shardOf("b")));
    stage.remove("alpha");
    await stage.pass(5);
    expect(stage.resource("alpha")).toBeUndefined();
    expect(stage.pool(poolId("alpha"))).toBeUndefined();
    expect(writes("alpha")).toEqual(["PUT by 1", "DELETE by 2"]);
  });
});

describe("operators whose selectors leave something out", () => {
  it("touch nothing of what no selector selects, and take it up when its label says so", async () => {
    stage.stop();
    stage = new Stage();
    stage.startShards("shard=a", "shard=b");
    stage.create("alpha", python(), HERE, { shard: "c" });
    await stage.pass(5);
    expect(stage.resource("alpha")?.metadata.finalizers).toBeUndefined();
    expect(stage.resource("alpha")?.status).toEqual({ observedGeneration: -1 });
    expect(stage.callsAbout("/alpha")).toEqual([]);
    stage.patch("alpha", shardOf("b"));
    await stage.pass(5);
    expect(isReady("alpha")).toBe(true);
    expect(writes("alpha")).toEqual(["PUT by 2"]);
  });
});
