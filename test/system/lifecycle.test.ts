import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { callAzure, changeInAzure, type LivePool } from "./azure.ts";
import { conditionOf, customPool, isReady, pythonPool, startWorld, type World } from "./world.ts";

let world: World;

beforeAll(async () => {
  world = await startWorld();
});

afterAll(async () => {
  await world.stop();
});

describe("a SessionPool applied with kubectl", () => {
  it("becomes a custom pool, with its finalizer before Azure hears of it and its owner tag in the PUT", async () => {
    await world.apply(customPool("alpha", { tags: { team: "search" } }));
    const shown = await world.until("alpha", "Ready", isReady);
    expect(shown.metadata.finalizers).toEqual(["appcontainers.dev/session-pool"]);
    expect(shown.status?.provisioningState).toBe("Succeeded");
    expect(shown.status?.endpoint).toMatch(/^https:\/\/alpha\..+\.westus3\.azurecontainerapps\.io$/);
    expect(shown.status?.id).toMatch(/\/resourceGroups\/rg\/providers\/Microsoft\.App\/sessionPools\/alpha$/);
    expect(world.azureCalls("PUT", "alpha")).toEqual([201]);
    const { tags = {} } = live("alpha");
    expect(tags.team).toBe("search");
    expect(tags["appcontainers.dev.owner"]?.split("/").slice(1)).toEqual([
      world.namespace,
      "alpha",
      shown.metadata.uid,
    ]);
  });

  it("becomes a built-in pool in one call", async () => {
    await world.apply(pythonPool("py1"));
    const shown = await world.until("py1", "Ready", isReady);
    expect(shown.status?.endpoint).toMatch(/^https:\/\/westus3\.dynamicsessions\.io\//);
    expect(world.azureCalls("PUT", "py1")).toEqual([200]);
  });

  it("tells each step by events", async () => {
    const reasons = (await world.events("alpha")).map(({ reason }) => reason);
    expect(reasons).toContain("Creating");
    expect(reasons).toContain("Ready");
  });

  it("is updated by one PUT when the spec changes, and is not Ready meanwhile", async () => {
    const before = world.azureCalls("PUT", "alpha").length;
    await world.edit("alpha", { scaleConfiguration: { maxConcurrentSessions: 20 } });
    const during = await world.until(
      "alpha",
      "being updated",
      (shown) => conditionOf(shown, "Reconciling")?.status === "True",
    );
    expect(conditionOf(during, "Ready")).toMatchObject({ status: "False", reason: "Updating" });
    await world.until("alpha", "Ready again", isReady);
    expect(world.azureCalls("PUT", "alpha").slice(before)).toEqual([201]);
    expect(live("alpha")).toMatchObject({
      properties: { scaleConfiguration: { maxConcurrentSessions: 20, readySessionInstances: 2 } },
    });
  });

  it("is scaled by kubectl scale like by any other edit", async () => {
    await world.cluster.kubectl(["scale", "sessionpool/alpha", "-n", world.namespace, "--replicas=3"]);
    const scaled = await world.until(
      "alpha",
      "scaled",
      (shown) => isReady(shown) && shown?.status?.readySessionInstances === 3,
    );
    expect(live("alpha").properties.scaleConfiguration).toEqual({
      maxConcurrentSessions: 20,
      readySessionInstances: 3,
    });
    expect(scaled.spec).toMatchObject({ scaleConfiguration: { readySessionInstances: 3 } });
  });

  it("is put right by one PUT when somebody changes the pool in Azure", async () => {
    const before = world.azureCalls("PUT", "alpha").length;
    await changeInAzure(world, "alpha", { properties: { scaleConfiguration: { maxConcurrentSessions: 99 } } });
    await world.until("alpha", "corrected", () => world.azureCalls("PUT", "alpha").length > before);
    await world.until("alpha", "Ready", isReady);
    expect(live("alpha")).toMatchObject({
      properties: { scaleConfiguration: { maxConcurrentSessions: 20 } },
    });
    expect(world.azureCalls("PUT", "alpha").length).toBe(before + 1);
    expect(
      (await world.events("alpha")).some(
        ({ reason, note }) =>
          reason === "DriftCorrected" && note.includes("/properties/scaleConfiguration/maxConcurrentSessions"),
      ),
    ).toBe(true);
  });

  it("keeps tags that others put on the pool when it is updated", async () => {
    const { tags = {} } = live("alpha");
    await changeInAzure(world, "alpha", { tags: { ...tags, costcenter: "42" } });
    await world.until("alpha", "at rest in Azure", () => live("alpha").properties.provisioningState === "Succeeded");
    await world.edit("alpha", { tags: { team: "ads" } });
    await world.until("alpha", "retagged", (shown) => isReady(shown) && live("alpha").tags?.team === "ads");
    expect(live("alpha")).toMatchObject({ tags: { costcenter: "42", team: "ads" } });
  });

  it("makes no write when the operator starts again, gracefully or not", async () => {
    const puts = world.azureCalls("PUT").length;
    for (const signal of ["SIGTERM", "SIGKILL"] as const) {
      const reads = world.azureCalls("GET").length;
      await world.restartOperator(signal);
      await world.until("alpha", "looked at again", () => world.azureCalls("GET").length > reads);
    }
    expect(world.azureCalls("PUT").length).toBe(puts);
  });

  it("is deleted with its resource, and the resource stays until the pool is gone", async () => {
    await world.cluster.kubectl(["delete", "sessionpool", "alpha", "-n", world.namespace, "--wait=false"]);
    const during = await world.until(
      "alpha",
      "being deleted",
      (shown) => conditionOf(shown, "Ready")?.reason === "Deleting",
    );
    expect(during.metadata.finalizers).toEqual(["appcontainers.dev/session-pool"]);
    await world.until("alpha", "gone", (shown) => shown === undefined);
    expect(world.azureCalls("DELETE", "alpha")).toEqual([202]);
    expect(liveStatus("alpha")).toBe(404);
  });

  it("leaves the pool in Azure when the policy says Orphan", async () => {
    await world.apply(pythonPool("py2", { policy: { deletion: "Orphan" } }));
    await world.until("py2", "Ready", isReady);
    await world.remove("py2");
    expect(world.azureCalls("DELETE", "py2")).toEqual([]);
    expect(liveStatus("py2")).toBe(200);
    expect((await world.events("py2")).map(({ reason }) => reason)).toContain("PoolOrphaned");
  });
});

function live(name: string): LivePool {
  return callAzure(world.emulator.model, "GET", name).json;
}

function liveStatus(name: string): number {
  return callAzure(world.emulator.model, "GET", name).status;
}
