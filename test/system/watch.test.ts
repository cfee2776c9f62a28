import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type OwnCluster, startCluster } from "../cluster/cluster.ts";
import { installManifests } from "../cluster/install.ts";
import { type LogLine, startOperator } from "../cluster/operator.ts";
import { waitUntil } from "../cluster/processes.ts";
import { startProxy, type TcpProxy } from "../cluster/proxy.ts";
import { type RotatingToken, startRotatingToken } from "../cluster/rotating-token.ts";
import { guardProofs } from "./canaries.ts";
import { isReady, pythonPool, startWorld, type World } from "./world.ts";

/** A watch that has been silent for 75 s is dead (reflector.ts); then there is a backoff, and somebody reads and writes. */
const NOTICED_MS = 90_000;

let cluster: OwnCluster;
let proxy: TcpProxy;
let token: RotatingToken;
let world: World;

beforeAll(async () => {
  cluster = await startCluster({ progress: (line) => console.error(line) });
  await installManifests(cluster);
  proxy = await startProxy(cluster.server);
  token = await startRotatingToken(cluster, "sessionpool-system", "sessionpool-operator", proxy.url);
  world = await startWorld({ cluster, args: ["--leader-elect=false"], env: { KUBECONFIG: token.kubeconfig } });
  await world.apply(...["kept", "edited", "stripped"].map((name) => pythonPool(name)));
  for (const name of ["kept", "edited", "stripped"]) await world.until(name, "Ready", isReady);
});

afterAll(async () => {
  await world.stop();
  await proxy.close();
  await cluster.stop();
});

/** How many PUTs there were for each pool, before and since. */
function puts(): Readonly<Record<string, number>> {
  return Object.fromEntries(
    ["kept", "edited", "stripped", "late"].map((name) => [name, world.azureCalls("PUT", name).length]),
  );
}

/** What the operator says from now on. */
function logsFromNow(): () => readonly LogLine[] {
  const before = world.operator.logs().length;
  return () => world.operator.logs().slice(before);
}

/** The status with which a watch or list of SessionPools failed. */
function failures(lines: readonly LogLine[]): readonly unknown[] {
  return lines
    .filter(({ msg, path }) => msg?.endsWith("failed; trying again") && String(path).includes("sessionpools"))
    .map(({ err }) => (err as { status?: number }).status);
}

let sessions = 10;
/** Edits a pool, and waits until Azure has it. */
async function edit(name: string): Promise<void> {
  sessions += 1;
  await world.edit(name, { scaleConfiguration: { maxConcurrentSessions: sessions } });
}

async function settled(name: string): Promise<void> {
  await world.until(name, "Ready", isReady);
}

describe("the operator, whose API server", () => {
  it("has forgotten the version from which it watched: lists again, and misses nothing", async () => {
    const before = puts();
    const said = logsFromNow();
    proxy.disconnect();
    await edit("edited");
    await world.apply(pythonPool("late"));
    // Nobody but the list can tell that this one is gone, whose pool stays.
    await cluster.kubectl([
      "patch",
      "sessionpool",
      "stripped",
      "-n",
      world.namespace,
      "--type=merge",
      "-p",
      '{"metadata":{"finalizers":null}}',
    ]);
    await world.remove("stripped");
    await cluster.compact();
    // The server's own memory of what was outlives etcd's.
    await cluster.restartApiServer();
    proxy.restore();
    await settled("edited");
    await settled("late");
    expect(failures(said())).toContain(410);
    expect(puts()).toEqual({ ...before, edited: (before.edited ?? 0) + 1, late: 1 });
    const metrics = await (await fetch(world.operator.metrics)).text();
    expect(metrics).not.toContain('name="stripped"');
    expect(world.azureCalls("DELETE")).toEqual([]);
  });

  it("is killed and started again: goes on, and writes nothing", async () => {
    const before = puts();
    const { pid } = world.operator;
    await cluster.restartApiServer({ signal: "SIGKILL" });
    await edit("edited");
    await settled("edited");
    expect(world.operator.pid).toBe(pid);
    expect(puts()).toEqual({ ...before, edited: (before.edited ?? 0) + 1 });
  });

  it("refuses the token from before it was rotated: takes the new one at once", async () => {
    const before = puts();
    await token.rotate();
    const said = logsFromNow();
    await edit("edited");
    await settled("edited");
    const refused = said().filter(({ err }) => (err as { status?: number } | undefined)?.status === 401);
    expect(refused.length).toBeLessThanOrEqual(1);
    expect(puts()).toEqual({ ...before, edited: (before.edited ?? 0) + 1 });
  });

  it("is no longer behind its connections, and nobody says so: notices in its time, and misses nothing", async () => {
    const before = puts();
    const said = logsFromNow();
    const lost = Date.now();
    proxy.blackHole();
    await edit("edited");
    proxy.restore();
    await waitUntil("the edit is in Azure", NOTICED_MS, [], () =>
      Promise.resolve(world.azureCalls("PUT", "edited").length > (before.edited ?? 0)),
    );
    console.log(`black hole to the next PUT: ${Date.now() - lost} ms`);
    await settled("edited");
    expect(failures(said())).toEqual([]);
    expect(said().filter(({ msg }) => msg?.startsWith("the watch was silent"))).toHaveLength(1);
    expect(puts()).toEqual({ ...before, edited: (before.edited ?? 0) + 1 });
  });
});

describe("a leader, whose API server", () => {
  const start = async (): Promise<void> => {
    const { emulator } = world;
    const env = { KUBECONFIG: token.kubeconfig };
    world.operator = await startOperator({ cluster, emulator, args: ["--drift-interval=2s"], env });
    guardProofs(world.operator);
    await waitUntil("it leads", 30_000, [], () =>
      Promise.resolve(world.operator.logs().some(({ msg }) => msg === "leading")),
    );
  };
  const lease = async (): Promise<{ readonly holderIdentity: string; readonly renewTime: string }> => {
    const args = ["get", "lease", "sessionpool-operator", "-n", "sessionpool-system", "-o", "json"];
    return (JSON.parse((await cluster.kubectl(args)).stdout) as { spec: Awaited<ReturnType<typeof lease>> }).spec;
  };

  it("is no longer behind its connections: keeps the lease by new ones", async () => {
    await world.operator.stop();
    await start();
    const { holderIdentity } = await lease();
    proxy.blackHole();
    proxy.restore();
    const lost = Date.now();
    await waitUntil("the lease is renewed", 10_000, [], async () => Date.parse((await lease()).renewTime) > lost);
    expect((await lease()).holderIdentity).toBe(holderIdentity);
  });

  it("cannot be reached at all: ends with an error before another may lead, and its successor misses nothing", async () => {
    const before = puts();
    proxy.blackHole();
    const lost = Date.now();
    await edit("edited");
    expect(await world.operator.ended).toBe(1);
    console.log(`black hole to the leader's end: ${Date.now() - lost} ms`);
    expect(puts()).toEqual(before);
    proxy.restore();
    await start();
    await settled("edited");
    expect(puts()).toEqual({ ...before, edited: (before.edited ?? 0) + 1 });
  });
});
