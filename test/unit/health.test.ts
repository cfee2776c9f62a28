import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Fault } from "../simulation/faults.ts";
import type { Process } from "../simulation/process.ts";
import { custom, python } from "../simulation/specs.ts";
import { HERE, Stage } from "./attacks/stage.ts";

const AWAY: Fault = { kind: "reset", when: "before" };
const SILENT: Fault = { kind: "silence", when: "before" };
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
      readyz: new Set(["503 the resources have not been listed yet\n"]),
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

  it.each<[story: string, side: "azure" | "kubernetes" | "entra", fault: Fault]>([
    ["Azure is away", "azure", AWAY],
    ["Azure never answers", "azure", SILENT],
    ["Entra is away", "entra", AWAY],
    ["the API server is away", "kubernetes", AWAY],
    ["the API server never answers", "kubernetes", SILENT],
  ])("stay well for hours while %s: a restart would not bring it back", async (_story, side, fault) => {
    stage.network.inject = (call) => (call.side === side ? fault : undefined);
    // Something is to be done meanwhile.
    stage.patch("one", { spec: { scaleConfiguration: { maxConcurrentSessions: 20 } } });
    expect(await probed(150)).toEqual(well);
    stage.network.inject = () => undefined;
    expect(await probed(30)).toEqual(well);
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
    expect(readyz).toEqual(new Set([OK]));
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
