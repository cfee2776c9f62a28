import { pino } from "pino";
import { describe, expect, it } from "vitest";
import type { SessionPool } from "../../../src/api/session-pool.ts";
import { KubernetesError } from "../../../src/kubernetes/errors.ts";
import { HashKeyStore } from "../../../src/reconcile/hash-key.ts";
import { Pacer } from "../../../src/reconcile/pacer.ts";
import { SecretFingerprints } from "../../../src/reconcile/secret-fingerprints.ts";
import { refreshSecrets } from "../../../src/reconcile/secret-refresh.ts";
import { FakeClock } from "../../time/fake-clock.ts";

const never = new AbortController().signal;
type Data = ReadonlyMap<string, string>;
const data = (entries: Record<string, string>): Data => new Map(Object.entries(entries));

/** A resource in namespace ns that names entries of Secrets. */
function naming(name: string, ...entries: readonly (readonly [secret: string, key: string])[]): SessionPool {
  const secrets = entries.map(([secret, key]) => ({ name: key, valueFrom: { secretKeyRef: { name: secret, key } } }));
  return { metadata: { name, namespace: "ns" }, spec: { secrets } } as unknown as SessionPool;
}

/** Secrets of a cluster, looked at by the refresher on a clock that only the test moves. */
function start(pools: readonly SessionPool[], store: Map<string, Data>) {
  const clock = new FakeClock();
  const fingerprints = new SecretFingerprints();
  for (const pool of pools) fingerprints.track(`ns/${pool.metadata.name}`, undefined, pool);
  const reads: number[] = [];
  const enqueued: string[] = [];
  const read = (_namespace: string, name: string): Promise<Data | undefined> => Promise.resolve(store.get(name));
  const stop = new AbortController();
  let keyRefreshes = 0;
  const world = {
    clock,
    fingerprints,
    enqueued,
    reads,
    fail: false,
    keyRefreshes: () => keyRefreshes,
    /** As a reconcile does. */
    reconcile: (name: string) =>
      Promise.all(pools.map((pool) => fingerprints.remembering(read)("ns", name, `ns/${pool.metadata.name}`, never))),
    stop: () => stop.abort(),
    ended: Promise.resolve(),
  };
  world.ended = refreshSecrets(
    {
      clock,
      log: pino({ enabled: false }),
      fingerprints,
      read: (namespace, name) => {
        reads.push(clock.now());
        return world.fail ? Promise.reject(new Error("away")) : read(namespace, name);
      },
      refreshHashKey: () => {
        keyRefreshes += 1;
        return world.fail ? Promise.reject(new Error("away")) : Promise.resolve();
      },
      enqueue: (key) => void enqueued.push(key),
    },
    stop.signal,
  );
  return world;
}

/** As the reconcile of one resource does, while there is no Secret. */
async function reconcile(fingerprints: SecretFingerprints, name: string, secret: string): Promise<void> {
  await fingerprints.remembering(() => Promise.resolve(undefined))("ns", secret, `ns/${name}`, never);
}

describe("a referenced Secret is looked at again", () => {
  it("within a minute, and wakes those whose values changed", async () => {
    const store = new Map([["creds", data({ a: "1", b: "1", c: "1" })]]);
    const world = start([naming("one", ["creds", "a"]), naming("two", ["creds", "b"])], store);
    await world.reconcile("creds");
    store.set("creds", data({ a: "2", b: "1", c: "1" }));
    await world.clock.advance(60_000);
    expect(new Set(world.enqueued)).toEqual(new Set(["ns/one"]));
  });

  it("once it is there again, and once it is gone", async () => {
    const store = new Map<string, Data>();
    const world = start([naming("one", ["creds", "a"])], store);
    await world.reconcile("creds");
    await world.clock.advance(60_000);
    expect(world.enqueued).toEqual([]);
    store.set("creds", data({ a: "1" }));
    await world.clock.advance(60_000);
    expect(world.enqueued[0]).toBe("ns/one");
    await world.reconcile("creds");
    world.enqueued.length = 0;
    store.delete("creds");
    await world.clock.advance(60_000);
    expect(world.enqueued[0]).toBe("ns/one");
  });

  it("without waking anyone for an entry that nobody names, or before the first reconcile", async () => {
    const store = new Map([["creds", data({ a: "1", other: "1" })]]);
    const world = start([naming("one", ["creds", "a"])], store);
    store.set("creds", data({ a: "1", other: "2" }));
    await world.clock.advance(60_000);
    await world.reconcile("creds");
    store.set("creds", data({ a: "1", other: "3" }));
    await world.clock.advance(60_000);
    expect(world.enqueued).toEqual([]);
  });

  it("when it is named only after the round began", async () => {
    const store = new Map([["creds", data({ a: "1" })]]);
    const world = start([], store);
    await world.clock.advance(1_000);
    world.fingerprints.track("ns/late", undefined, naming("late", ["creds", "a"]));
    await world.fingerprints.remembering(() => Promise.resolve(store.get("creds")))("ns", "creds", "ns/late", never);
    store.set("creds", data({ a: "2" }));
    await world.clock.advance(59_000);
    expect(world.enqueued).toContain("ns/late");
  });

  it("at a bounded rate, spread evenly, however many there are", async () => {
    const many = Array.from({ length: 3_000 }, (_, index) => naming(`pool${index}`, [`creds${index}`, "a"]));
    const world = start(many, new Map());
    for (const index of many.keys()) await reconcile(world.fingerprints, `pool${index}`, `creds${index}`);
    await world.clock.advance(5_000);
    await world.clock.advance(2_000);
    expect(world.reads.length).toBe(100);
    expect(Math.min(...world.reads.slice(1).map((at, index) => at - (world.reads[index] ?? 0)))).toBeGreaterThanOrEqual(
      20,
    );
  });

  it("also when the API server was away meanwhile", async () => {
    const store = new Map([["creds", data({ a: "1" })]]);
    const world = start([naming("one", ["creds", "a"])], store);
    await world.reconcile("creds");
    world.fail = true;
    await world.clock.advance(60_000);
    world.fail = false;
    store.set("creds", data({ a: "2" }));
    await world.clock.advance(60_000);
    expect(world.enqueued).toContain("ns/one");
    expect(world.keyRefreshes()).toBeGreaterThan(2);
  });

  it("no more when no resource names it, and not after the stop", async () => {
    const pool = naming("one", ["creds", "a"], ["creds", "b"]);
    const world = start([pool], new Map());
    await world.reconcile("creds");
    await world.clock.advance(30_000);
    const before = world.reads.length;
    expect(before).toBeGreaterThan(0);
    world.fingerprints.track("ns/one", pool, naming("one"));
    expect(world.fingerprints.references()).toEqual([]);
    await world.clock.advance(30_000);
    const after = world.reads.length;
    await world.clock.advance(120_000);
    expect(world.reads.length).toBe(after);
    world.stop();
    await world.ended;
  });

  it("only once a reconcile has read it: a resource that is invalid or out of scope makes nobody read a Secret", async () => {
    const world = start([naming("one", ["creds", "a"])], new Map([["creds", data({ a: "1" })]]));
    await world.clock.advance(60_000);
    expect(world.reads).toEqual([]);
    await world.reconcile("creds");
    await world.clock.advance(60_000);
    expect(world.reads.length).toBeGreaterThan(0);
  });

  it("as long as one of two resources names it", async () => {
    const fingerprints = new SecretFingerprints();
    const [one, two] = [naming("one", ["creds", "a"]), naming("two", ["creds", "a"])];
    fingerprints.track("ns/one", undefined, one);
    fingerprints.track("ns/two", undefined, two);
    for (const name of ["one", "two"]) await reconcile(fingerprints, name, "creds");
    fingerprints.track("ns/one", one, undefined);
    expect(fingerprints.references()).toMatchObject([{ namespace: "ns", name: "creds" }]);
    fingerprints.track("ns/two", two, undefined);
    expect(fingerprints.references()).toEqual([]);
  });
});

describe("turns", () => {
  it("are apart, one for each pool, and kept while they come", () => {
    const pacer = new Pacer(2_000);
    const [a, b, c] = [{}, {}, {}];
    expect([pacer.waitFor(a, 100), pacer.waitFor(b, 100), pacer.waitFor(c, 150)]).toEqual([0, 2_000, 3_950]);
    expect(pacer.waitFor(b, 1_100)).toBe(1_000);
    expect(pacer.waitFor(b, 2_100)).toBe(0);
    expect(pacer.waitFor(c, 9_000)).toBe(0);
    expect(pacer.waitFor(a, 60_000)).toBe(0);
    expect(pacer.waitFor(b, 60_000)).toBe(2_000);
  });
});

describe("the key of the hashes", () => {
  /** The operator's namespace, with one Secret in it or none. */
  function namespace(stored?: Data, refuse?: "read" | "create") {
    const cluster = { stored, created: 0 };
    const store = new HashKeyStore({
      namespace: "ops",
      randomBytes: (count) => new Uint8Array(count).fill(7),
      read: () =>
        refuse === "read"
          ? Promise.reject(new KubernetesError(403, "Forbidden", "no"))
          : Promise.resolve(cluster.stored),
      create: (_namespace, _name, entries) => {
        if (refuse === "create") return Promise.reject(new KubernetesError(404, "NotFound", "no namespace"));
        if (cluster.stored) return Promise.reject(new KubernetesError(409, "AlreadyExists", "there"));
        cluster.stored = data(entries);
        cluster.created += 1;
        return Promise.resolve();
      },
    });
    return { cluster, store };
  }
  const text = Buffer.alloc(32, 9).toString("base64url");

  it("is made once, and the same after a restart", async () => {
    const { cluster, store } = namespace();
    const key = await store.get(never);
    expect(key.bytes).toEqual(Buffer.alloc(32, 7));
    expect(await store.get(never)).toEqual(key);
    expect(cluster.created).toBe(1);
    expect(await namespace(cluster.stored).store.get(never)).toEqual(key);
  });

  it("is another's when another replica was first", async () => {
    const { cluster, store } = namespace();
    const theirs = data({ key: text });
    const read = store.get(never);
    cluster.stored = theirs;
    expect((await read).bytes).toEqual(Buffer.alloc(32, 9));
  });

  it("is written again as it was when its Secret is deleted, and changes when the Secret does", async () => {
    const { cluster, store } = namespace(data({ key: text }));
    const key = await store.get(never);
    cluster.stored = undefined;
    expect(await store.refresh(never)).toEqual(key);
    expect(cluster.stored).toEqual(data({ key: text }));
    cluster.stored = data({ key: Buffer.alloc(32, 8).toString("base64url") });
    const changed = await store.refresh(never);
    expect(changed.id).not.toBe(key.id);
    expect(await store.get(never)).toEqual(changed);
  });

  it.each([
    [
      "reading is forbidden",
      undefined,
      "read",
      "can be neither read nor made (no): grant the operator the verbs get and create",
    ],
    ["it cannot be made", undefined, "create", "ops/sessionpool-hash-key"],
    ["the Secret has no key", data({}), undefined, 'has no entry "key" with 32 bytes in base64url: delete it'],
    ["the key is too short", data({ key: "c2hvcnQ" }), undefined, "delete it, and a new one is made"],
  ] as const)("is asked for in words when %s", async (_story, stored, refuse, words) => {
    await expect(namespace(stored, refuse).store.get(never)).rejects.toThrow(words);
  });
});
