import { cp, mkdtemp, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, describe, expect, inject, it } from "vitest";
import { attachCluster } from "../cluster/cluster.ts";
import { canary } from "./canaries.ts";
import { conditionOf, isReady, pythonPool, secret, type Shown, startWorld, type World } from "./world.ts";

const ROOT = join(import.meta.dirname, "..", "..");
const VALUE = canary("tenants");
const secrets = [{ name: "key", valueFrom: { secretKeyRef: { name: "keys", key: "k" } } }];
const SANDBOX = `
default: Deny
scopes:
  - namespaceSelector: { matchLabels: { tier: sandbox } }
    subscriptions: [34adfa4f-cedf-4dc0-ba29-b6d1a69ab345]
    resourceGroups: [rg]
`;
let world: World;

afterEach(async () => {
  await world.stop();
});

/** Starts the operator with a scope table in a file. @returns what puts another table in its place, as a mounted ConfigMap is replaced */
async function start(table: string): Promise<(table: string) => Promise<void>> {
  const file = join(await mkdtemp(join(attachCluster(inject("cluster")).dir, "scopes-")), "scopes.yaml");
  await writeFile(file, table);
  world = await startWorld({ args: [`--scopes-file=${file}`], manifests: ["deploy/tenants/rbac.yaml"] });
  return async (text) => {
    await writeFile(`${file}.new`, text);
    await rename(`${file}.new`, file);
  };
}

const isRefused = (shown: Shown | undefined): boolean => conditionOf(shown, "Stalled")?.reason === "ScopeNotAllowed";
const label = async (text: string): Promise<void> => {
  await world.cluster.kubectl(["label", "namespace", world.namespace, "--overwrite", text]);
};
const logged = (msg: string): number => world.operator.logs().filter((line) => line.msg === msg).length;

describe("a namespace that a scope table keeps in bounds", () => {
  it("may name nothing before its label says so; the table may change, break and be corrected while the operator runs", async () => {
    const replace = await start(SANDBOX);
    await world.apply(secret("keys", { k: VALUE }), pythonPool("bounded", { secrets }));
    const refused = await world.until("bounded", "refused", isRefused);
    expect(conditionOf(refused, "Stalled")?.message).toContain(`allows nothing to namespace ${world.namespace}`);
    expect(refused.metadata.finalizers ?? []).toEqual([]);
    expect(world.azureCalls("GET")).toEqual([]);
    expect(world.azureCalls("PUT")).toEqual([]);

    await label("tier=sandbox");
    const { status } = await world.until("bounded", "Ready", isReady);
    const calls = (): number => world.emulator.model.calls.filter(({ path }) => path === status?.id).length;
    await label("tier=prod");
    await world.until("bounded", "refused", isRefused);
    await label("tier=sandbox");
    await world.until("bounded", "Ready", isReady);

    await replace(SANDBOX.replace("[rg]", "[elsewhere]"));
    const elsewhere = await world.until("bounded", "refused", isRefused);
    expect(conditionOf(elsewhere, "Stalled")?.message).toContain("may not use the resource group rg:");
    const before = calls();
    expect(before).toBeGreaterThan(0);

    await replace("default: Denied");
    await world.until("bounded", "refused still", (shown) => isRefused(shown) && brokenTables() === 1);
    // Ten seconds and more without a look at Azure, where pools at rest are compared every two.
    expect(calls()).toBe(before);
    await replace(SANDBOX);
    await world.until("bounded", "Ready", isReady);
    expect(world.azureCalls("PUT", "bounded")).toHaveLength(1);
  });

  it("keeps a deleted resource until the table allows it or its policy lets go", async () => {
    const replace = await start("default: Allow");
    await world.apply(pythonPool("kept"), pythonPool("orphan"));
    for (const name of ["kept", "orphan"]) await world.until(name, "Ready", isReady);
    await replace("default: Deny");
    for (const name of ["kept", "orphan"]) await world.until(name, "refused", isRefused);
    await world.cluster.kubectl(["delete", "sessionpools", "--all", "-n", world.namespace, "--wait=false"]);
    const kept = await world.until("kept", "told so", (shown) =>
      (conditionOf(shown, "Stalled")?.message ?? "").includes("neither read nor deleted"),
    );
    expect(kept.metadata.finalizers).toEqual(["appcontainers.dev/session-pool"]);

    await world.edit("orphan", { policy: { deletion: "Orphan" } });
    await world.until("orphan", "gone", (shown) => shown === undefined);
    expect(world.azureCalls("DELETE")).toEqual([]);
    await replace("default: Allow");
    await world.until("kept", "gone", (shown) => shown === undefined);
    expect(world.azureCalls("DELETE", "kept")).not.toEqual([]);
    expect(world.azureCalls("DELETE", "orphan")).toEqual([]);
  });

  it("is so with the component, from the start and for all", async () => {
    world = await startWorld();
    const installation = await mkdtemp(join(world.cluster.dir, "installation-"));
    for (const folder of ["crds", "deploy"])
      await cp(join(ROOT, folder), join(installation, folder), { recursive: true });
    const file = join(installation, "deploy", "kustomization.yaml");
    const built = async (): Promise<string> =>
      (await world.cluster.kubectl(["kustomize", join(installation, "deploy")])).stdout;
    expect(await built()).not.toContain("scopes");
    // Both components: neither takes the other's arguments or volumes away.
    const text = (await readFile(file, "utf8")).replaceAll(/^# (components:| {2}- )/gm, "$1");
    await writeFile(file, text);
    const all = await built();
    for (const part of [
      "--scopes-file=/etc/sessionpool-operator/scopes.yaml",
      "--secret-access=watch",
      "mountPath: /etc/sessionpool-operator",
      "name: sessionpool-operator-scopes",
      "name: sessionpool-operator-tenants",
      "default: Deny",
    ])
      expect(all).toContain(part);
    await world.cluster.kubectl(["apply", "--dry-run=server", "-f", "-"], { input: all });
  });
});

function brokenTables(): number {
  return logged("the scope table cannot be used; the one from before still counts");
}
