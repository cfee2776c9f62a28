import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { pino } from "pino";
import { afterEach, describe, expect, it } from "vitest";
import type { SessionPool } from "../../../src/api/session-pool.ts";
import { KubernetesClient } from "../../../src/kubernetes/client.ts";
import { Namespaces } from "../../../src/kubernetes/namespaces.ts";
import { Scopes } from "../../../src/reconcile/scopes.ts";
import { ApiServer } from "../../simulation/api-server/server.ts";
import { directTransport } from "../../simulation/api-server/transport.ts";
import { AT_ONCE } from "../../time/at-once.ts";
import { FakeClock } from "../../time/fake-clock.ts";

const SUB = "34adfa4f-cedf-4dc0-ba29-b6d1a69ab345";
const TARGET = { subscriptionId: SUB, resourceGroup: "rg", name: "alpha" };
const entry = (whom: string, group = "rg"): string =>
  `default: Deny\nscopes: [{${whom}, subscriptions: ["*"], resourceGroups: [${group}]}]`;
const BY_NAME = entry("namespaces: [team-a]");
const BY_LABEL = entry("namespaceSelector: {matchLabels: {tier: sandbox}}");
let stop = new AbortController();

afterEach(() => {
  stop.abort();
});

/** The table of a file on a server with two namespaces, on a clock that only the test moves. */
async function start(text: string, { allowed = true } = {}) {
  stop = new AbortController();
  const clock = new FakeClock();
  const api = new ApiServer(clock);
  for (const name of ["team-a", "team-b"]) api.create("namespaces", "", { metadata: { name } });
  const enqueued: string[] = [];
  const logged: { readonly level: number; readonly msg: string; readonly problems?: readonly string[] }[] = [];
  const log = pino({}, { write: (line: string) => void logged.push(JSON.parse(line) as (typeof logged)[number]) });
  const direct = directTransport(api);
  const world = {
    clock,
    enqueued,
    logged,
    /** What the file has; an error for a file that cannot be read. */
    file: text as string | Error,
    asked: [] as string[],
    allowed,
    label: (name: string, metadata: object) =>
      api.handle({
        method: "PATCH",
        path: `/api/v1/namespaces/${name}`,
        contentType: "application/merge-patch+json",
        body: JSON.stringify({ metadata }),
      }),
    problem: (namespace: string, spec: Partial<SessionPool["spec"]> = {}, metadata = {}): string | undefined =>
      scopes.problemOf({ metadata: { namespace, ...metadata }, spec } as SessionPool, TARGET),
    isReady: () => scopes.isReady,
    /** Whether it has been ready at any time. */
    wasReady: false,
  };
  const client = new KubernetesClient(
    {
      ...direct,
      send: (request) => {
        world.asked.push(request.path.replace(/\?.*/, ""));
        const body = JSON.stringify({ code: 403, reason: "Forbidden", message: "namespaces is forbidden" });
        if (!world.allowed)
          return Promise.resolve({
            status: 403,
            retryAfter: undefined,
            body: (async function* () {
              yield Buffer.from(body);
            })(),
          });
        return direct.send(request);
      },
    },
    clock,
  );
  const namespaces = new Namespaces({
    client,
    clock,
    turns: AT_ONCE,
    random: () => 0,
    log,
    onLabels: (name) => enqueued.push(name),
  });
  const read = (): Promise<string> =>
    typeof world.file === "string" ? Promise.resolve(world.file) : Promise.reject(world.file);
  const scopes = await Scopes.open({ read, namespaces, clock, log, enqueueAll: () => enqueued.push("*") });
  void scopes.run(stop.signal);
  void scopes.ready.then(() => (world.wasReady = true));
  await clock.advance(0);
  return world;
}

const errors = (world: Awaited<ReturnType<typeof start>>): readonly (readonly string[] | undefined)[] =>
  world.logged.filter(({ level }) => level >= 50).map(({ problems }) => problems);

describe("the scope table's file", () => {
  it("is not there at the start: the operator does not begin", async () => {
    const opened = start(entry("namespaces: [A], x: 1"));
    await expect(opened).rejects.toMatchObject({
      name: "ScopeFileError",
      message:
        'the scope table: scopes[0]: unknown key "x"\nthe scope table: scopes[0].namespaces[0]: "A" is not the name of a namespace',
    });
  });

  it.each<[story: string, text: string | undefined, lines: string]>([
    [
      "wrong",
      "default: deny\nscope: []",
      'the scope table: unknown key "scope"\nthe scope table: default: must be Allow or Deny\n',
    ],
    ["missing", undefined, "the scope table: cannot be read: ENOENT: no such file or directory, open 'scopes.yaml'\n"],
  ])("that is %s at the start ends the program with code 2, and its lines say why", async (_story, text, lines) => {
    const cwd = await mkdtemp(join(tmpdir(), "scopes-"));
    try {
      const clusters = [{ name: "c", cluster: { server: "https://127.0.0.1:1" } }];
      const contexts = [{ name: "c", context: { cluster: "c", user: "u" } }];
      const kubeconfig = { clusters, contexts, users: [{ name: "u", user: {} }], "current-context": "c" };
      await writeFile(join(cwd, "kubeconfig"), JSON.stringify(kubeconfig));
      if (text !== undefined) await writeFile(join(cwd, "scopes.yaml"), text);
      const main = join(import.meta.dirname, "../../../src/main.ts");
      const args = [main, "--kubeconfig=kubeconfig", "--scopes-file=scopes.yaml"];
      await expect(promisify(execFile)(process.execPath, args, { cwd })).rejects.toMatchObject({
        code: 2,
        stderr: lines,
      });
    } finally {
      await rm(cwd, { recursive: true });
    }
  });

  it("is read every 10 seconds; when it changes, all resources are looked at again", async () => {
    const world = await start(BY_NAME);
    expect([world.problem("team-a"), world.problem("team-b")]).toEqual([undefined, expect.stringContaining("team-b")]);
    await world.clock.advance(60_000);
    expect(world.enqueued).toEqual([]);
    world.file = entry("namespaces: [team-b]");
    await world.clock.advance(9_000);
    expect(world.problem("team-b")).toBeDefined();
    await world.clock.advance(1_000);
    expect([world.problem("team-a"), world.problem("team-b")]).toEqual([expect.stringContaining("team-a"), undefined]);
    expect(world.enqueued).toEqual(["*"]);
    expect(world.asked).toEqual([]);
  });

  it("that breaks, or goes away, changes nothing and is told once; corrected, it counts", async () => {
    const world = await start(BY_NAME);
    world.file = "default: Denied";
    await world.clock.advance(60_000);
    world.file = new Error("ENOENT: no such file");
    await world.clock.advance(60_000);
    expect(errors(world)).toEqual([["default: must be Allow or Deny"], ["cannot be read: ENOENT: no such file"]]);
    expect([world.problem("team-a"), world.enqueued]).toEqual([undefined, []]);
    world.file = BY_NAME;
    await world.clock.advance(10_000);
    expect(world.enqueued).toEqual([]);
    world.file = "default: Denied";
    await world.clock.advance(10_000);
    expect(errors(world)).toHaveLength(3);
    world.file = entry("namespaces: [team-a]", "other");
    await world.clock.advance(10_000);
    expect([world.problem("team-a"), world.enqueued]).toEqual([expect.stringContaining("resource group rg"), ["*"]]);
  });

  it("counts for a deleted resource only as to where its pool is", async () => {
    const world = await start(BY_NAME);
    const environmentId = `/subscriptions/${SUB}/resourceGroups/rg/providers/Microsoft.App/managedEnvironments/env`;
    expect(world.problem("team-a", { environmentId })).toContain("the environment");
    expect(world.problem("team-a", { environmentId }, { deletionTimestamp: "t" })).toBeUndefined();
    expect(world.problem("team-b", {}, { deletionTimestamp: "t" })).toContain("team-b");
  });
});

describe("labels of namespaces", () => {
  it("are read only when an entry goes by them", async () => {
    const world = await start(BY_NAME);
    await world.clock.advance(60_000);
    expect([world.asked, world.isReady(), world.wasReady]).toEqual([[], true, true]);
  });

  it("count as they are now, and a change of them, and only that, looks at the namespace's resources again", async () => {
    const world = await start(BY_LABEL);
    expect([world.isReady(), world.wasReady]).toEqual([true, true]);
    expect(world.problem("team-a")).toContain("allows nothing to namespace team-a");
    world.enqueued.length = 0;
    world.label("team-a", { annotations: { a: "b" } });
    await world.clock.advance(1_000);
    expect(world.enqueued).toEqual([]);
    world.label("team-a", { labels: { tier: "sandbox" } });
    await world.clock.advance(1_000);
    expect([world.problem("team-a"), world.enqueued]).toEqual([undefined, ["team-a"]]);
    world.label("team-a", { labels: { tier: "prod" } });
    await world.clock.advance(1_000);
    expect([world.problem("team-a"), world.enqueued]).toEqual([expect.any(String), ["team-a", "team-a"]]);
  });

  it("that may not be read allow nothing: the operator is not ready, and its log says which right it lacks", async () => {
    const world = await start(BY_LABEL, { allowed: false });
    await world.clock.advance(5_000);
    expect([world.isReady(), world.wasReady]).toEqual([false, false]);
    expect(world.problem("team-a")).toContain("are not known yet");
    expect(world.logged.map(({ msg }) => msg)).toContain(
      "forbidden: the operator needs the verbs list and watch there",
    );
    world.allowed = true;
    await world.clock.advance(60_000);
    expect([world.isReady(), world.wasReady]).toEqual([true, true]);
    expect(world.problem("team-a")).toContain("allows nothing");
  });

  it("that are not needed any more do not hold up the start", async () => {
    const world = await start(BY_LABEL, { allowed: false });
    world.file = BY_NAME;
    await world.clock.advance(10_000);
    expect([world.isReady(), world.wasReady]).toEqual([true, true]);
  });

  it("are read from when a table first goes by them; nothing is allowed before", async () => {
    const world = await start(BY_NAME);
    world.label("team-b", { labels: { tier: "sandbox" } });
    world.allowed = false;
    world.file = BY_LABEL;
    await world.clock.advance(10_000);
    expect(world.asked).toEqual(["/api/v1/namespaces"]);
    expect(world.problem("team-b")).toContain("are not known yet");
    world.allowed = true;
    world.enqueued.length = 0;
    await world.clock.advance(60_000);
    expect(world.problem("team-b")).toBeUndefined();
    expect(world.enqueued).toContain("team-b");
  });
});
