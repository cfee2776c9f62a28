import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningOperator, startOperator } from "../cluster/operator.ts";
import { waitUntil } from "../cluster/processes.ts";
import type { AuditEvent } from "../cluster/cluster.ts";
import { guardProofs, leaksOfOperator, refuseLeaks } from "./canaries.ts";
import { isReady, pythonPool, startWorld, type World } from "./world.ts";

const NAMES = ["led1", "led2", "led3"];
const LEASE = ["lease", "sessionpool-operator", "-n", "sessionpool-system"];
/** How often everything is LISTed at rest, in milliseconds. */
const INTERVAL_MS = 10_000;
const PATIENCE_MS = 60_000;
const ARGS = [`--drift-interval=${INTERVAL_MS / 1_000}s`];
const POLICY = "validatingadmissionpolicy";
const TROUBLE = "the lease could not be read or written; trying again";
const leaks: string[] = [];
let world: World;
let leader: RunningOperator;
let standby: RunningOperator;

beforeAll(async () => {
  world = await startWorld({ args: ARGS, env: { POD_NAME: "one" } });
  leader = world.operator;
  await heldBy("one");
  standby = await startReplica("two");
  await world.apply(...NAMES.map((name) => pythonPool(name)));
  for (const name of NAMES) await world.until(name, "Ready", isReady);
  await seenByListOf(standby);
});

afterAll(async () => {
  // One that a failed test left stopped could not be ended.
  process.kill(leader.pid, "SIGCONT");
  world.operator = leader;
  await end(standby);
  await world.stop();
  refuseLeaks(leaks);
});

interface LeaseSpec {
  readonly holderIdentity: string;
  readonly acquireTime: string;
  readonly leaseTransitions: number;
}

async function lease(): Promise<LeaseSpec> {
  const { stdout } = await world.cluster.kubectl(["get", ...LEASE, "-o", "json"]);
  return (JSON.parse(stdout) as { spec: LeaseSpec }).spec;
}

/** Waits until a replica has the Lease. @returns when it took it, in milliseconds since the epoch */
async function heldBy(name: string): Promise<number> {
  let spec: LeaseSpec | undefined;
  await waitUntil(`${name} leads`, PATIENCE_MS, [], async () => {
    spec = await lease();
    return spec.holderIdentity.startsWith(`${name}_`);
  });
  return Date.parse(spec?.acquireTime ?? "");
}

async function startReplica(name: string): Promise<RunningOperator> {
  const { cluster, emulator } = world;
  const started = await startOperator({ cluster, emulator, args: ARGS, env: { POD_NAME: name } });
  guardProofs(started);
  return started;
}

async function end(operator: RunningOperator, signal?: NodeJS.Signals): Promise<number> {
  leaks.push(...(await leaksOfOperator(operator)));
  return await operator.stop(signal);
}

/** Waits until a replica has listed Azure since it tells Prometheus of all pools' age. */
async function seenByListOf({ metrics }: RunningOperator): Promise<void> {
  await waitUntil("it has listed the pools", PATIENCE_MS, [], async () => {
    const text = await (await fetch(metrics)).text();
    return /sessionpool_arm_requests_total\{kind="list",code="200"\} \d/.test(text);
  });
}

async function tells({ metrics }: RunningOperator, line: string): Promise<boolean> {
  return (await (await fetch(metrics)).text()).includes(
    `leader_election_master_status{name="sessionpool-operator"} ${line}`,
  );
}

/** The API server denies every renewal of the Lease and every takeover. */
async function denyLeases(): Promise<void> {
  const of = { apiVersion: "admissionregistration.k8s.io/v1", metadata: { name: "no-leader" } };
  const rule = {
    apiGroups: ["coordination.k8s.io"],
    apiVersions: ["v1"],
    operations: ["UPDATE"],
    resources: ["leases"],
    resourceNames: ["sessionpool-operator"],
  };
  const policy = {
    ...of,
    kind: "ValidatingAdmissionPolicy",
    spec: {
      matchConstraints: { resourceRules: [rule] },
      validations: [{ expression: "false", message: "nobody leads here" }],
    },
  };
  const binding = {
    ...of,
    kind: "ValidatingAdmissionPolicyBinding",
    spec: { policyName: "no-leader", validationActions: ["Deny"] },
  };
  for (const object of [policy, binding])
    await world.cluster.kubectl(["apply", "-f", "-"], { input: JSON.stringify(object) });
}

/** The error in the first line of its log that says so. */
function messageOf(operator: RunningOperator, msg: string): string | undefined {
  const line = operator.logs().find((logged) => logged.msg === msg);
  return (line?.err as { message?: string } | undefined)?.message;
}

/** What has been written to Kubernetes since a time, but Leases. */
function writesSince(time: number): readonly AuditEvent[] {
  return world.cluster
    .auditEvents()
    .filter(
      ({ user, verb, objectRef, requestReceivedTimestamp }) =>
        user.username.endsWith(":sessionpool-operator") &&
        Date.parse(requestReceivedTimestamp) >= time &&
        ["create", "update", "patch", "delete"].includes(verb) &&
        objectRef?.resource !== "leases",
    );
}

describe("two replicas of the operator", () => {
  it("are both ready, and say who leads", async () => {
    for (const { health } of [leader, standby]) expect((await fetch(`${health}/readyz`)).status).toBe(200);
    expect([await tells(leader, "1"), await tells(standby, "0")]).toEqual([true, true]);
    expect(standby.logs().filter(({ msg }) => msg === "PUT" || msg === "leading")).toEqual([]);
  });

  it("take over within 17 s from one that is killed, with no LIST more than they make at rest, no GET and no write", async () => {
    const { leaseTransitions } = await lease();
    const killed = Date.now();
    await end(leader, "SIGKILL");
    const calls = world.emulator.model.calls.length;
    const took = (await heldBy("two")) - killed;
    console.log(`kill -9 to takeover: ${took} ms`);
    expect(took).toBeLessThanOrEqual(17_000);
    expect((await lease()).leaseTransitions).toBe(leaseTransitions + 1);
    await new Promise((resolve) => setTimeout(resolve, INTERVAL_MS / 2));
    const since = world.emulator.model.calls.slice(calls).filter(({ path }) => path.includes("/sessionPools"));
    const lists = since.filter(({ method, path }) => method === "GET" && /\/sessionPools$/i.test(path));
    console.log(
      `calls to Azure from the kill until ${INTERVAL_MS / 2} ms after the takeover: ${since.length}, of them LISTs: ${lists.length}`,
    );
    expect(since).toEqual(lists);
    // One replica alone, at its own pace: never closer together than the interval.
    expect(lists.length).toBeLessThanOrEqual(Math.ceil((took + INTERVAL_MS / 2) / INTERVAL_MS));
    expect(writesSince(killed)).toEqual([]);
    leader = standby;
    expect(await tells(leader, "1")).toBe(true);
    standby = await startReplica("three");
    await seenByListOf(standby);
  });

  it("take over within 3 s from one that is told to stop", async () => {
    const stopped = Date.now();
    expect(await end(leader)).toBe(0);
    const took = (await heldBy("three")) - stopped;
    console.log(`SIGTERM to takeover: ${took} ms`);
    expect(took).toBeLessThanOrEqual(3_000);
    expect(writesSince(stopped)).toEqual([]);
    leader = standby;
    standby = await startReplica("four");
    await seenByListOf(standby);
  });

  it("leave nothing to one that was stopped for 20 s: it ends without a write, although there was something to do", async () => {
    const paused = Date.now();
    process.kill(leader.pid, "SIGSTOP");
    const took = (await heldBy("four")) - paused;
    console.log(`SIGSTOP to takeover: ${took} ms`);
    await world.edit("led1", { scaleConfiguration: { maxConcurrentSessions: 20 } });
    await world.until("led1", "Ready", isReady);
    expect(world.azureCalls("PUT", "led1")).toHaveLength(2);
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, paused + 20_000 - Date.now())));
    const continued = Date.now();
    const { leaseTransitions } = await lease();
    expect(await leader.stop("SIGCONT")).toBe(1);
    console.log(`SIGCONT to its end: ${Date.now() - continued} ms`);
    expect(leader.logs().at(-1)?.msg).not.toBe("stopped");
    expect(
      leader.logs().filter(({ msg }) => msg === "the operator ends with an error, to be started anew"),
    ).toHaveLength(1);
    expect(world.azureCalls("PUT", "led1")).toHaveLength(2);
    expect(writesSince(continued)).toEqual([]);
    expect(await lease()).toMatchObject({
      leaseTransitions,
      holderIdentity: expect.stringMatching(/^four_/) as unknown,
    });
    leader = standby;
    standby = await startReplica("five");
  });

  it("say why nobody can lead when a policy denies the Lease, which the API server does as it does a lost race", async () => {
    await denyLeases();
    expect(await leader.ended).toBe(1);
    expect(messageOf(leader, "the operator ends with an error, to be started anew")).toMatch(
      /it was not renewed for 10 s: 422 Invalid: .*nobody leads here/,
    );
    await waitUntil("the other says it, too", PATIENCE_MS, [], () =>
      Promise.resolve(messageOf(standby, TROUBLE)?.includes("nobody leads here") === true),
    );
    for (const kind of ["binding", ""]) await world.cluster.kubectl(["delete", `${POLICY}${kind}`, "no-leader"]);
    await heldBy("five");
    leader = standby;
    standby = await startReplica("six");
  });
});
