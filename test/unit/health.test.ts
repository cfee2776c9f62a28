import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Call } from "../simulation/calls.ts";
import type { Fault } from "../simulation/faults.ts";
import type { Process } from "../simulation/process.ts";
import { custom, python } from "../simulation/specs.ts";
import { HERE, Stage } from "./attacks/stage.ts";

const AWAY: Fault = { kind: "reset", when: "before" };
const SILENT: Fault = { kind: "silence", when: "before" };
/** The API server refuses what has such a path, as it does without a RoleBinding. */
const refusing =
  (path: RegExp) =>
  (call: Call): Fault | undefined =>
    path.test(call.path) ? { kind: "answer", when: "before", change: () => FORBIDDEN } : undefined;
const FORBIDDEN = {
  status: 403,
  headers: { "content-type": "application/json" },
  body: JSON.stringify({ kind: "Status", code: 403, reason: "Forbidden", message: "canary of a message" }),
};
const OK = "200 ok\n";
let stage: Stage;
let operator: Process;

beforeEach(async () => {
  stage = new Stage();
  operator = stage.start();
  stage.create("one", python(), HERE);
  stage.create("two", custom(), HERE);
  await stage.pass(5);
});

afterEach(() => stage.stop());

/** What the probes answer each minute. */
async function probed(minutes: number): Promise<{ readonly livez: Set<unknown>; readonly readyz: Set<unknown> }> {
  const answers = { livez: new Set<unknown>(), readyz: new Set<unknown>() };
  for (let minute = 0; minute < minutes; minute += 1) {
    await stage.pass(1);
    answers.livez.add(await operator.page("/livez"));
    answers.readyz.add(await operator.page("/readyz"));
  }
  return answers;
}

const well = { livez: new Set([OK]), readyz: new Set([OK]) };

describe("the probes of the operator", { timeout: 60_000 }, () => {
  it("are ready when the resources have been listed, and alive before", async () => {
    stage.stop();
    stage.network.inject = ({ side }) => (side === "kubernetes" ? SILENT : undefined);
    operator = stage.start();
    expect(await probed(10)).toEqual({
      livez: new Set([OK]),
      readyz: new Set(["503 the sessionpools have not been listed yet\n"]),
    });
    stage.network.inject = () => undefined;
    await stage.pass(2);
    expect(await operator.page("/readyz")).toBe(OK);
  });

  it("are alive, and not ready, while resources have been listed and namespaces cannot be", async () => {
    stage.stop();
    stage = new Stage({
      scopes: 'scopes: [{namespaceSelector: {matchLabels: {tier: a}}, subscriptions: ["*"], resourceGroups: ["*"]}]',
    });
    stage.create("one", python(), HERE);
    stage.network.inject = ({ path }) => (/\/namespaces(\?|$)/.test(path) ? AWAY : undefined);
    operator = stage.start();
    expect(await probed(10)).toEqual({
      livez: new Set([OK]),
      readyz: new Set(["503 the namespaces have not been listed yet\n"]),
    });
    stage.network.inject = () => undefined;
    await stage.pass(2);
    expect(await operator.page("/readyz")).toBe(OK);
  });

  it.each<[story: string, side: "azure" | "entra", fault: Fault]>([
    ["Azure is away", "azure", AWAY],
    ["Azure never answers", "azure", SILENT],
    ["Entra is away", "entra", AWAY],
  ])("stay well for hours while %s: a restart would not bring it back", async (_story, side, fault) => {
    stage.network.inject = (call) => (call.side === side ? fault : undefined);
    // Something is to be done meanwhile.
    stage.patch("one", { spec: { scaleConfiguration: { maxConcurrentSessions: 20 } } });
    expect(await probed(150)).toEqual(well);
    stage.network.inject = () => undefined;
    expect(await probed(30)).toEqual(well);
  });

  it.each<[story: string, inject: (call: Call) => Fault | undefined, why: string]>([
    ["is away", ({ side }) => (side === "kubernetes" ? AWAY : undefined), "ECONNRESET"],
    ["never answers", ({ side }) => (side === "kubernetes" ? SILENT : undefined), "ConnectionFailed"],
    ["refuses the resources alone", refusing(/\/sessionpools(\?|$)/), "403 Forbidden"],
  ])(
    "say after five minutes that the API server %s, until it is well again; a restart would not help",
    async (...story) => {
      const [, inject, why] = story;
      stage.network.inject = inject;
      const { livez, readyz } = await probed(15);
      const line = String([...readyz].at(-1));
      expect([livez, [...readyz][0]]).toEqual([new Set([OK]), OK]);
      expect(line.replace(/\d+ s/, "900 s")).toBe(
        `503 the API server has told nothing of sessionpools for 900 s (${why})\n`,
      );
      const said = (msg: string): readonly string[] => stage.logs.filter((each) => each.includes(`"msg":"${msg}"`));
      expect(said("not ready any more")).toEqual([
        expect.stringMatching(/"level":50.*told nothing of sessionpools for 3\d\d s/),
      ]);
      expect(said("ready again")).toEqual([]);
      const blind = /^sessionpool_watch_blind_seconds\{resource="sessionpools",namespace=""\} (\d+)/m;
      expect(Number(blind.exec(await stage.metrics())?.[1])).toBeGreaterThan(600);
      stage.network.inject = () => undefined;
      await stage.pass(3);
      expect(await probed(60)).toEqual(well);
      expect(said("ready again")).toHaveLength(1);
      expect(Number(blind.exec(await stage.metrics())?.[1])).toBeLessThan(70);
    },
  );

  it("are well where one of the watched namespaces refuses, and the others are worked on; a gauge tells", async () => {
    stage.stop();
    stage = new Stage({ config: { watchNamespaces: [HERE, "team-gone"] } });
    stage.network.inject = refusing(/\/team-gone\//);
    operator = stage.start();
    stage.create("one", python(), HERE);
    await stage.pass(20);
    expect(await operator.page("/readyz")).toBe(OK);
    expect(stage.told("one")).toMatch(/^Succeeded/);
    expect(stage.logs.join("")).not.toContain("not ready any more");
    expect(await stage.metrics()).toMatch(
      /^sessionpool_watch_blind_seconds\{resource="sessionpools",namespace="team-gone"\} 1[12]\d\d/m,
    );
  });

  it("stay well while the API server takes 14 s for each of a resource's 64 Secrets", async () => {
    const names = Array.from({ length: 64 }, (_, index) => `secret-${index}`);
    for (const name of names) stage.secret(name, { key: `canary-${name}` });
    stage.network.inject = ({ path }) => (path.includes("/secrets/secret-") ? { kind: "slow", ms: 14_000 } : undefined);
    const secrets = names.map((name) => ({ name, valueFrom: { secretKeyRef: { name, key: "key" } } }));
    stage.create("many", custom({ secrets }), HERE);
    expect(await probed(30)).toEqual(well);
    expect(stage.told("many")).toMatch(/^(Creating|Succeeded|Ready)/);
  });

  it("say that the operator is not alive when what it waits for never comes, and what that is", async () => {
    stage.clock.loseTimers();
    const { livez, readyz } = await probed(30);
    expect([...readyz][0]).toBe(OK);
    const last = String([...livez].at(-1));
    expect(last).toMatch(
      /^503 \/apis\/appcontainers\.dev\/v1alpha1\/sessionpools: watching, without progress for \d+ s\n/,
    );
    expect(last).toMatch(/\nthe LIST of subscription \S+ has been due for \d+ s\n$/);
    const told = stage.logs.filter((line) => line.includes('"msg":"not alive"'));
    expect(told).toHaveLength(1);
    expect(told[0]).toContain("without progress");
  });
});
