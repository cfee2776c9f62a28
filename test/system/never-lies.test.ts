import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { callAzure, changeInAzure } from "./azure.ts";
import { conditionOf, customPool, isReady, type Shown, startWorld, type World } from "./world.ts";

const MAX = "/properties/scaleConfiguration/maxConcurrentSessions";
let world: World;

beforeAll(async () => {
  world = await startWorld();
});

afterAll(async () => {
  await world.stop();
});

const stalled = (reason: string) => (shown: Shown | undefined) => conditionOf(shown, "Stalled")?.reason === reason;
const puts = (name: string): number => world.azureCalls("PUT", name).length;

/** Somebody changes the pool in the portal, and Azure is done with it. */
async function portal(name: string, body: object): Promise<void> {
  await changeInAzure(world, name, body);
  await world.until(
    name,
    "changed",
    () => callAzure(world.emulator.model, "GET", name).json.properties.provisioningState === "Succeeded",
  );
}

const kubectl = (...args: string[]): Promise<unknown> => world.cluster.kubectl(["-n", world.namespace, ...args]);

describe("approval", () => {
  it("by the very command that the condition names; the pool is created, changed and deleted so", async () => {
    await world.apply(customPool("approved", { policy: { mode: "Approve" } }));
    for (const [what, done] of [
      ["Create", isReady],
      ["Delete", (shown: Shown | undefined) => shown === undefined],
    ] as const) {
      if (what === "Delete") await kubectl("delete", "sessionpool", "approved", "--wait=false");
      const waiting = await world.until(
        "approved",
        `waits to ${what}`,
        (shown) => shown?.status?.plan?.action === what,
      );
      const message = conditionOf(waiting, "Stalled")?.message ?? "";
      const command = /kubectl (annotate .*)$/.exec(message)?.[1]?.split(" ") ?? [];
      expect(command).not.toEqual([]);
      await world.cluster.kubectl(command);
      await world.until("approved", what, done);
    }
    expect(world.azureCalls("PUT", "approved")).toEqual([201]);
    expect(callAzure(world.emulator.model, "GET", "approved").status).toBe(404);
  });
});

describe("drift", () => {
  it("is reported with path, person and time, in a condition, an event and a metric; nothing is written", async () => {
    await world.apply(customPool("reported", { policy: { drift: "Report" } }));
    await world.until("reported", "Ready", isReady);
    await portal("reported", { properties: { scaleConfiguration: { maxConcurrentSessions: 50 } } });
    const shown = await world.until("reported", "drifted", stalled("Drifted"));
    expect(conditionOf(shown, "Drifted")?.message).toMatch(
      /changed in Azure at \/properties\/scaleConfiguration\/maxConcurrentSessions; last changed by portal \(Application\) at 20\d\d-/,
    );
    expect((await world.events("reported")).map(({ reason }) => reason)).toContain("Drifted");
    expect(await (await fetch(world.operator.metrics)).text()).toContain(
      `sessionpool_drifted{namespace="${world.namespace}",name="reported"} 1`,
    );
    expect(puts("reported")).toBe(1);
  });

  it("is not what kubectl scale does", async () => {
    await world.apply(customPool("scaled", { policy: { drift: "Report" } }));
    await world.until("scaled", "Ready", isReady);
    await kubectl("scale", "sessionpool/scaled", "--replicas=5");
    const shown = await world.until(
      "scaled",
      "scaled",
      (now) => isReady(now) && now?.status?.readySessionInstances === 5,
    );
    expect(conditionOf(shown, "Drifted")).toBeUndefined();
    expect(puts("scaled")).toBe(2);
  });
});

describe("a status that somebody wiped", () => {
  it("comes back without a PUT", async () => {
    await world.apply(customPool("wiped", { tags: { team: "a" } }));
    const before = await world.until("wiped", "Ready", isReady);
    await kubectl("patch", "sessionpool", "wiped", "--subresource=status", "--type=merge", "-p", '{"status":null}');
    const after = await world.until("wiped", "Ready again", isReady);
    expect(after.status?.endpoint).toBe(before.status?.endpoint);
    expect(puts("wiped")).toBe(1);
  });
});

describe("the command line", () => {
  it("plans what the operator does, from cluster and Azure, and says it by its exit code", async () => {
    await world.apply(customPool("planned", { tags: { team: "a", stage: "dev" } }));
    await world.until("planned", "Ready", isReady);
    const spec = { tags: { team: "a" }, scaleConfiguration: { maxConcurrentSessions: 11, readySessionInstances: 2 } };
    const file = join(world.cluster.dir, "planned.json");
    await writeFile(file, JSON.stringify(customPool("planned", { tags: { team: "a", stage: "dev" } })));
    expect(await plan(file)).toMatchObject({ code: 0, plans: [{ action: "None", changes: [] }] });

    await writeFile(file, JSON.stringify(customPool("planned", spec)));
    const { code, plans } = await plan(file);
    expect(code).toBe(2);
    expect(plans).toMatchObject([
      {
        namespace: world.namespace,
        name: "planned",
        action: "Update",
        changes: [
          { path: MAX, desired: 11, observed: 10 },
          { path: "/tags/stage", observed: "dev" },
        ],
      },
    ]);
    expect(puts("planned")).toBe(1);

    await world.apply({ ...customPool("planned", { ...spec, policy: { mode: "Approve" } }) });
    const shown = await world.until("planned", "waiting", stalled("ApprovalRequired"));
    expect(shown.status?.plan).toEqual({ action: "Update", hash: plans[0]?.hash, changes: plans[0]?.changes });
    // Else its deletion would wait for approval too.
    await world.edit("planned", { policy: { mode: "Apply" } });
  });
});

/** Runs the command as a person would who may read cluster and Azure. */
async function plan(
  file: string,
): Promise<{ code: number; plans: readonly { hash: string; changes: readonly object[] }[] }> {
  const { stdout, code } = await world.commandLine(["plan", "-f", file, "-n", world.namespace, "-o", "json"]);
  return { code, ...(JSON.parse(stdout) as { plans: [] }) };
}
