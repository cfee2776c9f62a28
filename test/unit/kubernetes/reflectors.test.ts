import { pino } from "pino";
import { describe, expect, it } from "vitest";
import { KubernetesClient } from "../../../src/kubernetes/client.ts";
import { secretPaths } from "../../../src/kubernetes/core.ts";
import type { Reflected } from "../../../src/kubernetes/object-store.ts";
import { Reflectors } from "../../../src/kubernetes/reflectors.ts";
import { sessionPoolPaths } from "../../../src/kubernetes/session-pools.ts";
import { collectionOf } from "../../../src/kubernetes/watch-events.ts";
import type { KubernetesRequest, KubernetesResponse } from "../../../src/kubernetes/transport.ts";
import { AT_ONCE } from "../../time/at-once.ts";
import { FakeClock } from "../../time/fake-clock.ts";
import { endOfList } from "./story.ts";

const REASONS = { 403: "Forbidden", 429: "TooManyRequests", 500: "InternalError" } as const;
/** Nothing comes, or an answer of that status. */
type Trouble = "silent" | keyof typeof REASONS;

/** A server with one object in each namespace, which refuses those that are in `refused`, and has its troubles with others. */
function start(
  refused: Set<string>,
  troubles: ReadonlyMap<string, Trouble> = new Map(),
): {
  readonly reflectors: Reflectors<Reflected>;
  readonly changes: string[];
  readonly clock: FakeClock;
  readonly stop: () => Promise<void>;
} {
  const clock = new FakeClock();
  const changes: string[] = [];
  const transport = {
    send: ({ path, signal }: KubernetesRequest): Promise<KubernetesResponse> => {
      const namespace = /namespaces\/([^/]+)\//.exec(path)?.[1] ?? "";
      const trouble = refused.has(namespace) ? 403 : troubles.get(namespace);
      if (trouble === "silent") return new Promise(() => undefined);
      if (trouble) {
        const status = { kind: "Status", code: trouble, reason: REASONS[trouble], message: "canary" };
        return Promise.resolve(answer(trouble, [status]));
      }
      const metadata = { namespace, name: "pool", uid: namespace, resourceVersion: "1" };
      const list = path.includes("sendInitialEvents") ? [{ type: "ADDED", object: { metadata } }, endOfList("1")] : [];
      return Promise.resolve(answer(200, list, signal));
    },
    close: () => Promise.resolve(),
  };
  const abort = new AbortController();
  const reflectors = new Reflectors<Reflected>({
    client: new KubernetesClient(transport, clock),
    paths: sessionPoolPaths(["team-a", "team-b"]),
    clock,
    turns: AT_ONCE,
    random: () => 0,
    log: pino({ enabled: false }),
    onChange: (key) => changes.push(key),
  });
  const running = reflectors.run(abort.signal);
  return {
    reflectors,
    changes,
    clock,
    stop: async () => {
      abort.abort();
      await running;
    },
  };
}

/** With a signal, a stream that says nothing more until it is aborted. */
function answer(status: number, lines: readonly object[], signal?: AbortSignal): KubernetesResponse {
  const body = async function* (): AsyncGenerator<Uint8Array> {
    for (const line of lines) yield new TextEncoder().encode(`${JSON.stringify(line)}\n`);
    if (signal)
      await new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason as Error)));
  };
  return { status, retryAfter: undefined, body: body() };
}

describe("several collections as one store", () => {
  it("holds the objects of all, and is synced when each has been listed", async () => {
    const { reflectors, changes, clock, stop } = start(new Set());
    await clock.advance(10);
    expect(changes).toEqual(["team-a/pool", "team-b/pool"]);
    expect(reflectors.get("team-a/pool")?.metadata.uid).toBe("team-a");
    expect(reflectors.get("team-b/pool")?.metadata.uid).toBe("team-b");
    expect(reflectors.get("team-c/pool")).toBeUndefined();
    expect(reflectors.isSynced).toBe(true);
    await stop();
  });

  it("works with those that it may read, and takes in the others once it may", async () => {
    const refused = new Set(["team-a"]);
    const { reflectors, changes, clock, stop } = start(refused);
    await clock.advance(10_000);
    await reflectors.someSynced;
    expect(changes).toEqual(["team-b/pool"]);
    expect([reflectors.isSynced, reflectors.unlisted()]).toEqual([true, []]);
    refused.clear();
    await clock.advance(60_000);
    expect(changes).toEqual(["team-b/pool", "team-a/pool"]);
    await stop();
  });

  it.each<[story: string, trouble: Trouble, why: string]>([
    ["says nothing of", "silent", ": no answer within 15000 ms"],
    ["wants no more of just now", 429, ": 429 TooManyRequests"],
    ["fails to read", 500, ": 500 InternalError"],
  ])("waits for one that the API server %s: it may have resources", async (_story, trouble, why) => {
    const { reflectors, clock, stop } = start(new Set(), new Map([["team-a", trouble]]));
    await clock.advance(16_000);
    expect(reflectors.isSynced).toBe(false);
    expect(reflectors.unlisted()).toEqual([`the sessionpools of namespace team-a have not been listed yet${why}`]);
    await stop();
  });

  it("is not synced while the API server refuses all, and says why of each", async () => {
    const refused = new Set(["team-a", "team-b"]);
    const { reflectors, clock, stop } = start(refused);
    await clock.advance(600_000);
    expect(reflectors.isSynced).toBe(false);
    expect(reflectors.unlisted()).toEqual([
      "the sessionpools of namespace team-a have not been listed yet: 403 Forbidden",
      "the sessionpools of namespace team-b have not been listed yet: 403 Forbidden",
    ]);
    refused.delete("team-b");
    await clock.advance(60_000);
    expect(reflectors.isSynced).toBe(true);
    await stop();
  });
});

describe("several collections of which the API server tells nothing any more", () => {
  it("are blind after five minutes, all of them, until it tells of one", async () => {
    const refused = new Set<string>();
    const { reflectors, clock, stop } = start(refused);
    await clock.advance(10);
    // A watch is silent after 75 s, and the next request is refused.
    refused.add("team-a");
    await clock.advance(900_000);
    expect(reflectors.blind()).toBeUndefined();
    expect(reflectors.quiet().map(({ namespace, ms }) => [namespace, ms > 300_000])).toEqual([
      ["team-a", true],
      ["team-b", false],
    ]);
    refused.add("team-b");
    await clock.advance(600_000);
    expect(reflectors.blind()).toMatch(
      /^the API server has told nothing of sessionpools of namespace team-a for 1500 s \(403 Forbidden\), sessionpools of namespace team-b for \d{3} s \(403 Forbidden\)$/,
    );
    expect(reflectors.isSynced).toBe(true);
    refused.delete("team-b");
    await clock.advance(60_000);
    expect(reflectors.blind()).toBeUndefined();
    await stop();
    expect(reflectors.quiet()).toEqual([]);
  });
});

describe("what several collections say of themselves", () => {
  it("is which of them has been stuck for longest", async () => {
    const { reflectors, clock, stop } = start(new Set(), new Map([["team-a", "silent"]]));
    for (let count = 0; count < 30; count += 1) {
      await clock.advance(10_000);
      // Each gives up in its time, and tries again.
      expect(reflectors.stuckFor(clock.now())).toBeUndefined();
    }
    expect(reflectors.stuckFor(clock.now() + 600_000)).toMatch(/namespaces\/team-[ab]\/sessionpools: .+ for \d{3} s$/);
    await stop();
    expect(reflectors.stuckFor(clock.now() + 600_000)).toBeUndefined();
  });
});

describe("what is watched", () => {
  it.each([
    ["/apis/appcontainers.dev/v1alpha1/sessionpools?labelSelector=a%3Db", "sessionpools", ""],
    ["/apis/appcontainers.dev/v1alpha1/namespaces/team-a/sessionpools", "sessionpools", "team-a"],
    ["/api/v1/namespaces/system/secrets?fieldSelector=metadata.name%3Dkey", "secrets", "system"],
    ["/api/v1/namespaces", "namespaces", ""],
  ])("by %s are %s of the namespace '%s'", (path, resource, namespace) => {
    expect(collectionOf(path)).toEqual({ resource, namespace });
  });

  const own = { namespace: "system", name: "key" };
  const worthWatching = expect.stringMatching(/type!=helm.*type!=kubernetes\.io/);
  const read = (path: string): readonly [string, string | null] => {
    const url = new URL(path, "https://api.invalid");
    return [url.pathname, url.searchParams.get("fieldSelector")];
  };

  it.each<{ namespaces: string[] | undefined; selector?: string; pools: string[] }>([
    { namespaces: undefined, pools: ["/apis/appcontainers.dev/v1alpha1/sessionpools"] },
    {
      namespaces: undefined,
      selector: "shard notin (a, b),!other",
      pools: ["/apis/appcontainers.dev/v1alpha1/sessionpools?labelSelector=shard%20notin%20(a%2C%20b)%2C!other"],
    },
    {
      namespaces: ["a"],
      selector: "shard=a",
      pools: ["/apis/appcontainers.dev/v1alpha1/namespaces/a/sessionpools?labelSelector=shard%3Da"],
    },
    {
      namespaces: ["a", "b"],
      pools: [
        "/apis/appcontainers.dev/v1alpha1/namespaces/a/sessionpools",
        "/apis/appcontainers.dev/v1alpha1/namespaces/b/sessionpools",
      ],
    },
  ])("are the resources of $namespaces with $selector", ({ namespaces, selector, pools }) => {
    expect(sessionPoolPaths(namespaces, selector)).toEqual(pools);
  });

  it.each([
    { namespaces: undefined, secrets: [["/api/v1/secrets", worthWatching]] },
    {
      namespaces: ["a"],
      secrets: [
        ["/api/v1/namespaces/a/secrets", worthWatching],
        ["/api/v1/namespaces/system/secrets", "metadata.name=key"],
      ],
    },
    { namespaces: ["system"], secrets: [["/api/v1/namespaces/system/secrets", worthWatching]] },
  ])("are the Secrets of $namespaces, and the operator's own one", ({ namespaces, secrets }) => {
    expect(secretPaths(namespaces, own).map(read)).toEqual(secrets);
  });
});
