import { describe, expect, it } from "vitest";
import type { SessionPool } from "../../../src/api/session-pool.ts";
import { ArmError, type ArmErrorKind } from "../../../src/azure/errors.ts";
import { stableMessage } from "../../../src/azure/words.ts";
import { KubernetesError } from "../../../src/kubernetes/errors.ts";
import { noteFailure, retryDue } from "../../../src/reconcile/failed-pool.ts";
import { failureOf } from "../../../src/reconcile/failure.ts";
import { Memories } from "../../../src/reconcile/memory.ts";
import { redact } from "../../../src/reconcile/redact.ts";
import { resolveSecrets } from "../../../src/reconcile/secrets.ts";
import type { HashKey } from "../../../src/sessionpool/secrets-tag.ts";
import { isNews } from "../../../src/reconcile/wake.ts";

const resource: SessionPool = {
  metadata: { name: "a", namespace: "ns", uid: "u1", resourceVersion: "1", generation: 2, finalizers: ["f"] },
  spec: {
    resourceGroup: "rg",
    location: "l",
    containerType: "PythonLTS",
    dynamicPoolConfiguration: { lifecycleConfiguration: { lifecycleType: "Timed" } },
  },
  status: { observedGeneration: 2 },
};
const changed = (metadata: object, status: SessionPool["status"] = resource.status): SessionPool => ({
  ...resource,
  metadata: { ...resource.metadata, resourceVersion: "2", ...metadata },
  ...(status ? { status } : {}),
});
const never = new AbortController().signal;

describe("which change of a resource is news", () => {
  it.each<[story: string, current: SessionPool | undefined, news: boolean]>([
    ["our own status write coming back", changed({}), false],
    ["a label", changed({ labels: { a: "b" } }), false],
    ["a spec edit", changed({ generation: 3 }), true],
    ["a deletion", changed({ deletionTimestamp: "t" }), true],
    ["a finalizer", changed({ finalizers: ["f", "g"] }), true],
    ["an annotation", changed({ annotations: { a: "b" } }), true],
    ["a status that somebody else wrote", changed({}, { observedGeneration: -1 }), true],
    ["another object of that name", changed({ uid: "u2" }), true],
    ["gone", undefined, true],
  ])("%s: %s", (_story, current, news) => {
    expect(isNews(resource, current, { observedGeneration: 2 })).toBe(news);
  });

  it("everything, before the operator has written a status", () => {
    expect(isNews(resource, changed({}), undefined)).toBe(true);
  });
});

const POOL_ID = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.App/sessionPools/alpha";
const hashKey = (): Promise<HashKey> => Promise.resolve({ id: "key-1", bytes: Buffer.alloc(32, 1) });

describe("the values of spec.secrets", () => {
  const withSecrets: SessionPool = {
    ...resource,
    spec: { ...resource.spec, secrets: [ref("a", "one", "k"), ref("b", "one", "l"), ref("c", "two", "k")] },
  };
  const store: Record<string, ReadonlyMap<string, string>> = {
    one: new Map([
      ["k", "1"],
      ["l", "2"],
    ]),
    two: new Map([["k", "3"]]),
  };

  it("come from one read of each Secret in the resource's own namespace", async () => {
    const reads: string[] = [];
    const { state, values } = await resolveSecrets(
      {
        readSecret: (namespace, name) => (reads.push(`${namespace}/${name}`), Promise.resolve(store[name])),
        hashKey,
      },
      withSecrets,
      POOL_ID,
      never,
    );
    expect(state).toMatchObject({ kind: "resolved", sent: { keyId: "key-1" } });
    expect([...values]).toEqual([
      ["a", "1"],
      ["b", "2"],
      ["c", "3"],
    ]);
    expect(reads).toEqual(["ns/one", "ns/two"]);
  });

  it.each<
    [story: string, read: (name: string) => ReadonlyMap<string, string> | undefined, reason: string, words: string]
  >([
    [
      "a Secret is missing",
      (name) => (name === "two" ? undefined : store.one),
      "SecretNotFound",
      'spec.secrets[2] (c): there is no Secret "two" in namespace ns',
    ],
    ["a key is missing", () => new Map([["k", "1"]]), "SecretKeyNotFound", 'the Secret "one" has no key "l"'],
    [
      "reading is forbidden",
      () => {
        throw new KubernetesError(403, "Forbidden", "no");
      },
      "SecretUnreadable",
      "grant it the verb get",
    ],
  ])("are all there or none: %s", async (_story, read, reason, words) => {
    const { state, values } = await resolveSecrets(
      { readSecret: (_namespace, name) => Promise.resolve().then(() => read(name)), hashKey },
      withSecrets,
      POOL_ID,
      never,
    );
    expect(state).toMatchObject({ kind: "missing", reason, message: expect.stringContaining(words) as unknown });
    expect(values.size).toBe(0);
  });

  it("an API server that does not answer is no missing Secret", async () => {
    await expect(
      resolveSecrets(
        { readSecret: () => Promise.reject(new KubernetesError(500, "", "down")), hashKey },
        withSecrets,
        POOL_ID,
        never,
      ),
    ).rejects.toThrow("down");
  });

  it("never stay in a text, not even one inside another", () => {
    expect(
      redact(
        "bad value hunter22 and hunter2",
        new Map([
          ["a", "hunter2"],
          ["b", "hunter22"],
        ]),
      ),
    ).toBe("bad value <secret> and <secret>");
  });

  it.each([
    ["as it is", (value: string) => value],
    ["in JSON", (value: string) => JSON.stringify(value)],
    ["in JSON, as every message of Azure is kept", (value: string) => stableMessage(JSON.stringify(value))],
  ])("never stay in a text that quotes one with blanks and quotes: %s", (_how, quoted) => {
    const value = 'canary  "quoted"\n  twice';
    expect(redact(`bad value ${quoted(value)}`, new Map([["a", value]]))).not.toContain("canary");
  });
});

describe("what a failed call to Azure leads to", () => {
  const words = expect.stringContaining("Azure's words") as unknown;
  it.each<[kind: ArmErrorKind, expected: object]>([
    [
      "throttled",
      {
        outcome: { kind: "reconciling", reason: "Throttled" },
        transient: true,
        result: { kind: "retry", notBeforeMs: 9_000 },
      },
    ],
    [
      "busy",
      {
        outcome: { kind: "reconciling", reason: "AzureBusy", message: words },
        transient: true,
        result: { notBeforeMs: 9_000 },
      },
    ],
    [
      "unavailable",
      { outcome: { kind: "reconciling", reason: "AzureUnavailable" }, transient: true, result: { notBeforeMs: 9_000 } },
    ],
    [
      "unauthenticated",
      { outcome: { kind: "stalled", reason: "SomeCode", message: words }, transient: false, result: { kind: "retry" } },
    ],
    [
      "refused",
      {
        outcome: { kind: "stalled", reason: "SomeCode", message: words },
        transient: false,
        result: { kind: "retry", notBeforeMs: 9_000 },
      },
    ],
  ])("%s", (kind, expected) => {
    expect(
      failureOf(new ArmError(kind, 400, "SomeCode", "Azure's words", 9_000), "create or update the pool"),
    ).toMatchObject(expected);
  });
});

describe("a pool whose operation failed", () => {
  it("is tried again after a while that doubles, or at once when the spec is another", () => {
    const memory = new Memories().of("ns/a", resource);
    const options = { baseMs: 60_000, maxMs: 600_000, random: () => 0 };
    memory.lastPutGeneration = 2;
    noteFailure(options, memory, 0);
    expect([memory.retryAt, retryDue(memory, resource, 59_999), retryDue(memory, resource, 60_000)]).toEqual([
      60_000,
      false,
      true,
    ]);
    noteFailure(options, memory, 60_000);
    expect(memory.retryAt).toBe(180_000);
    expect(retryDue(memory, changed({ generation: 3 }), 60_001)).toBe(true);
  });
});

describe("what is remembered", () => {
  it("belongs to one object, not to its name", () => {
    const memories = new Memories();
    memories.of("ns/a", resource).failedOperations = 3;
    expect(memories.of("ns/a", resource).failedOperations).toBe(3);
    expect(memories.of("ns/a", changed({ uid: "u2" })).failedOperations).toBe(0);
    expect(memories.peek("u1")).toBeUndefined();
  });
});

function ref(
  name: string,
  secret: string,
  key: string,
): { name: string; valueFrom: { secretKeyRef: { name: string; key: string } } } {
  return { name, valueFrom: { secretKeyRef: { name: secret, key } } };
}
