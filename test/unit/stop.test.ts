import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { objectOr } from "../../src/sessionpool/json.ts";
import { textOf } from "../simulation/api-server/kinds.ts";
import type { Fault } from "../simulation/faults.ts";
import type { Process } from "../simulation/process.ts";
import { custom, python } from "../simulation/specs.ts";
import { HERE, Stage } from "./attacks/stage.ts";

/** The time that calls in hand have after SIGTERM, of the 30 s that a pod has. */
const GRACE_SECONDS = 25;
let stage: Stage;
let operator: Process;

beforeEach(async () => {
  stage = new Stage();
  [operator] = stage.startReplicas(1) as readonly [Process];
  stage.create("calm", python(), HERE);
  await stage.pass(3);
});

afterEach(() => stage.stop());

/** Waits until a condition holds. */
async function until(what: string, seconds: number, holds: () => boolean): Promise<void> {
  await stage.clock.advance(seconds * 1_000, holds);
  if (!holds()) throw new Error(`not within ${seconds} s: ${what}`);
}

function holder(): string {
  return textOf(objectOr(stage.objects("leases")[0]?.spec).holderIdentity);
}

/** A resource whose PUT is under way for so long, and the calls from then on. */
async function putUnderWay(ms: number): Promise<() => readonly string[]> {
  const slow: Fault = { kind: "slow", ms };
  stage.network.inject = ({ name }) => (name === "PUT pool" ? slow : undefined);
  stage.create("busy", custom(), HERE);
  await until("the PUT is under way", 30, () => stage.asked("/busy?").includes("PUT"));
  const since = stage.network.calls.length;
  return () => stage.network.calls.slice(since).map(({ name }) => name);
}

describe("an operator that is told to stop", () => {
  it("lets the PUT in hand finish, says in the status what came of it, and only then gives the lease back", async () => {
    const calls = await putUnderWay(8_000);
    operator.stop();
    stage.create("late", python(), HERE);
    await stage.clock.advance(6_000);
    expect([operator.isRunning, operator.servers, holder()]).toEqual([true, 2, expect.stringMatching(/^operator-1_/)]);
    expect(await operator.page("/livez")).toBe("200 ok\n");
    await until("it has ended", 10, () => !operator.isRunning);
    expect([operator.servers, holder(), stage.exits]).toEqual([0, "", []]);
    // No key is taken any more.
    expect(stage.asked("/late?")).toEqual([]);
    expect(stage.resource("late")?.status?.conditions ?? []).toEqual([]);
    // What came of the PUT is known to whoever comes next.
    expect(stage.told("busy")).toMatch(/^Creating: /);
    expect(stage.events("busy")).toEqual([expect.stringMatching(/^Creating: /)]);
    const ending = calls().filter((name) => !name.startsWith("GET"));
    expect(ending.slice(-3)).toEqual(["POST events", "PATCH status", "PATCH lease"]);
  });

  it(`ends after ${GRACE_SECONDS} s, whatever Azure does`, async () => {
    await putUnderWay(90_000);
    operator.stop();
    await stage.clock.advance((GRACE_SECONDS - 1) * 1_000);
    expect([operator.isRunning, holder()]).toEqual([true, expect.stringMatching(/^operator-1_/)]);
    await until("it has ended", 2, () => !operator.isRunning);
    expect([operator.servers, holder(), stage.exits]).toEqual([0, "", []]);
  });

  it(`ends after ${GRACE_SECONDS} s, whatever becomes of its events, and gives the lease back`, async () => {
    const calls = await putUnderWay(1_000);
    stage.network.inject = ({ name }) => (name === "POST events" ? { kind: "slow", ms: 29_000 } : undefined);
    operator.stop();
    await until("it tells of its PUT", 10, () => calls().includes("POST events"));
    await until("it has ended", GRACE_SECONDS, () => !operator.isRunning);
    expect([operator.servers, holder(), stage.exits]).toEqual([0, "", []]);
  });

  it("ends at once when nothing is in hand", async () => {
    operator.stop();
    await until("it has ended", 1, () => !operator.isRunning);
    expect(stage.logs.some((line) => line.includes('"msg":"stopped"'))).toBe(true);
  });

  it("ends while the API server has not answered yet", async () => {
    stage.stop();
    stage.network.inject = ({ side }) => (side === "kubernetes" ? { kind: "silence", when: "before" } : undefined);
    [operator] = stage.startReplicas(1) as readonly [Process];
    await stage.clock.advance(5_000);
    operator.stop();
    await until("it has ended", 1, () => !operator.isRunning);
    expect([operator.servers, stage.exits]).toEqual([0, []]);
    expect(stage.logs.at(-1)).toContain('"msg":"stopped"');
  });
});
