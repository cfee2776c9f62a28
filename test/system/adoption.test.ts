import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { callAzure } from "./azure.ts";
import { canary } from "./canaries.ts";
import { conditionOf, customPool, isReady, pythonPool, secret, type Shown, startWorld, type World } from "./world.ts";

const SUBSCRIPTION = "34adfa4f-cedf-4dc0-ba29-b6d1a69ab345";
const VALUE = canary("token");
const more = { scaleConfiguration: { maxConcurrentSessions: 20 } };
let world: World;
/** Of another team, in the same cluster. */
let other: string;

beforeAll(async () => {
  world = await startWorld();
  other = `${world.namespace}-b`;
  await world.cluster.kubectl(["create", "namespace", other]);
});

afterAll(async () => {
  await world.cluster.kubectl(["delete", "sessionpools", "--all", "-n", other, "--timeout=60s"]);
  await world.cluster.kubectl(["delete", "namespace", other, "--wait=false"]);
  await world.stop();
});

describe("pools that were there before the operator", () => {
  it("are imported, planned and adopted without a PUT, and changed by the first edit", async () => {
    somebodyMakes("first1", customPool("first1"), [{ name: "token", value: VALUE }]);
    somebodyMakes("second2", pythonPool("second2"));
    const before = puts();

    const args = ["import", "--subscription", SUBSCRIPTION, "--resource-group", "rg", "-n", world.namespace];
    const { stdout: yaml, stderr } = await world.commandLine(args);
    expect(stderr).toContain("2 pools imported, 1 Secret to create");
    const file = join(world.cluster.dir, "imported.yaml");
    await writeFile(file, yaml);
    await world.apply(secret("first1-secrets", { token: VALUE }));
    const planned = await world.commandLine(["plan", "-f", file]);
    expect(planned.stdout).toContain("0 to create, 0 to update, 2 without changes");
    expect(planned.stdout).toContain(`Cluster id in owner tags: ${await clusterId()}`);

    await world.cluster.kubectl(["apply", "-f", file]);
    for (const name of ["first1", "second2"]) await world.until(name, "Ready", isReady);
    expect(puts()).toBe(before);
    expect(callAzure(world.emulator.model, "GET", "first1").json.tags).toBeUndefined();

    await world.edit("second2", more);
    await world.until("second2", "Ready again", (shown) => isReady(shown) && puts() === before + 1);
    const owner = callAzure(world.emulator.model, "GET", "second2").json.tags?.["appcontainers.dev.owner"];
    expect(owner).toContain(`${await clusterId()}/${world.namespace}/second2/`);
    expect(await reasons("second2")).toContain("Adopted");
  });

  it("stay in Azure when they were adopted and never updated; else they go with their resource", async () => {
    await world.remove("first1");
    await world.remove("second2");
    expect(callAzure(world.emulator.model, "GET", "first1").status).toBe(200);
    expect(callAzure(world.emulator.model, "GET", "second2").status).toBe(404);
    expect(await reasons("first1")).toContain("PoolNotOurs");
  });
});

describe("two resources of two teams for one pool", () => {
  it("the second says whose it is, and gets it when the first is gone", async () => {
    await world.apply(pythonPool("shared"));
    await world.until("shared", "Ready", isReady);
    await inOther(pythonPool("ours", { azureName: "shared" }));
    const held = await world.until("ours", "held", isHeld, other);
    expect(conditionOf(held, "Stalled")?.message).toContain(`belongs to the SessionPool ${world.namespace}/shared`);
    expect(held.status?.endpoint).toBeUndefined();
    const before = puts();

    await world.remove("shared");
    await world.until("ours", "Ready", isReady, other);
    expect(puts()).toBe(before + 1);
  });
});

describe("a resource that comes back under its name, with another UID", () => {
  it("takes up its pool without a PUT", async () => {
    await world.apply(pythonPool("restored"));
    const { metadata } = await world.until("restored", "Ready", isReady);
    const before = puts();
    await world.cluster.kubectl(
      ["patch", "sessionpool", "restored", "-n", world.namespace, "--type=merge", "-p"].concat(
        JSON.stringify({ spec: { policy: { deletion: "Orphan" } } }),
      ),
    );
    await world.remove("restored");
    await world.apply(pythonPool("restored"));
    const back = await world.until("restored", "Ready", isReady);
    expect(back.metadata.uid).not.toBe(metadata.uid);
    expect(puts()).toBe(before);
  });
});

const isHeld = (shown: Shown | undefined): boolean => conditionOf(shown, "Stalled")?.reason === "OwnedByOther";

function somebodyMakes(name: string, manifest: object, secrets?: readonly object[]): void {
  const { resourceGroup: _group, location, ...properties } = (manifest as { spec: Record<string, unknown> }).spec;
  const body = {
    location,
    properties: { poolManagementType: "Dynamic", ...properties, ...(secrets ? { secrets } : {}) },
  };
  expect(callAzure(world.emulator.model, "PUT", name, body).status).toBeLessThan(300);
}

/** PUTs that Azure has served, also those of others. */
function puts(): number {
  return world.azureCalls("PUT").length;
}

async function reasons(name: string): Promise<readonly string[]> {
  return (await world.events(name)).map(({ reason }) => reason);
}

async function clusterId(): Promise<string> {
  const { stdout } = await world.cluster.kubectl(["get", "namespace", "kube-system", "-o", "jsonpath={.metadata.uid}"]);
  return stdout.trim();
}

async function inOther(object: object): Promise<void> {
  await world.cluster.kubectl(["apply", "-n", other, "-f", "-"], { input: JSON.stringify(object) });
}
