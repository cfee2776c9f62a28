import { cp, mkdtemp, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { canary } from "./canaries.ts";
import { conditionOf, customPool, isReady, secret, startWorld, type World } from "./world.ts";

/** Nothing but the Secret itself tells the operator: the pools are compared hourly. */
const HOURLY = "--drift-interval=1h";
const WATCH = "--secret-access=watch";
const HASH_KEY = ["secret", "sessionpool-hash-key", "-n", "sessionpool-system"];
const ROOT = join(import.meta.dirname, "..", "..");
const secrets = [{ name: "api-key", valueFrom: { secretKeyRef: { name: "keys", key: "token" } } }];
const [FIRST, SECOND] = [canary("first-value"), canary("second-value")];
const [OTHER, CHANGED] = [canary("other-value"), canary("changed-value")];
let world: World;

afterEach(async () => {
  await world.stop();
});

/** A Ready pool with one secret. */
async function start(...args: string[]): Promise<string> {
  world = await startWorld({ args: [HOURLY, ...args] });
  await world.apply(secret("keys", { token: FIRST, other: OTHER }), customPool("rotating", { secrets }));
  const { status } = await world.until("rotating", "Ready", isReady);
  return status?.id ?? "";
}

async function untilSent(id: string, value: string): Promise<void> {
  await world.until(
    "rotating",
    "sent the value",
    (shown) => world.emulator.model.secretValues(id).get("api-key") === value && isReady(shown),
  );
}

describe("a rotated Secret", () => {
  it("is sent within a minute with the verb get alone; other changes of the Secret are not", async () => {
    const id = await start();
    await world.apply(secret("keys", { token: FIRST, other: CHANGED }, { team: "a" }));
    await world.apply(secret("keys", { token: SECOND, other: CHANGED }, { team: "a" }));
    await untilSent(id, SECOND);
    expect(world.azureCalls("PUT", "rotating")).toEqual([201, 201]);
    expect((await world.events("rotating")).map(({ reason }) => reason)).toContain("SecretsChanged");
  });

  it("is seen at once by --secret-access=watch, whose rights are deploy/secret-watch", async () => {
    world = await startWorld({ args: [HOURLY, WATCH], manifests: ["deploy/secret-watch/rbac.yaml"] });
    await world.apply(secret("keys", { token: FIRST }), customPool("rotating", { secrets }));
    const { status } = await world.until("rotating", "Ready", isReady);
    await world.apply(secret("keys", { token: FIRST }, { team: "a" }));
    await world.apply(secret("keys", { token: SECOND }, { team: "a" }));
    await untilSent(status?.id ?? "", SECOND);
    expect(world.azureCalls("PUT", "rotating")).toEqual([201, 201]);
  });

  it("is watched by an installation with the component", async () => {
    world = await startWorld();
    const installation = await mkdtemp(join(world.cluster.dir, "installation-"));
    for (const folder of ["crds", "deploy"])
      await cp(join(ROOT, folder), join(installation, folder), { recursive: true });
    const file = join(installation, "deploy", "kustomization.yaml");
    const built = async (): Promise<string> =>
      (await world.cluster.kubectl(["kustomize", join(installation, "deploy")])).stdout;
    expect(await built()).not.toContain(WATCH);
    await writeFile(
      file,
      (await readFile(file, "utf8")).replace(/^# (components:)\n# {3}(- secret-watch)$/m, "$1\n  $2"),
    );
    expect(await built()).toContain(WATCH);
    expect(await built()).toContain("name: sessionpool-operator-secret-watch");
  });
});

describe("the key of the hashes", () => {
  it("that is lost costs each pool with secrets one PUT; one that is there, none", async () => {
    const id = await start();
    await world.restartOperator();
    await world.until("rotating", "Ready", isReady);
    expect(world.azureCalls("PUT", "rotating")).toEqual([201]);

    await world.operator.stop();
    await world.cluster.kubectl(["delete", ...HASH_KEY]);
    await world.restartOperator();
    await world.until("rotating", "sent again", () => world.azureCalls("PUT", "rotating").length === 2);
    const shown = await world.until("rotating", "Ready", isReady);
    expect(conditionOf(shown, "Ready")?.status).toBe("True");
    expect((await world.events("rotating")).map(({ reason }) => reason)).toContain("SecretsUnverified");
    expect(world.emulator.model.secretValues(id).get("api-key")).toBe(FIRST);
    await world.restartOperator();
    await world.until("rotating", "Ready", isReady);
    expect(world.azureCalls("PUT", "rotating")).toEqual([201, 201]);
  });

  it("that cannot be made is told, and nothing is sent without it", async () => {
    // Where it has no rights: neither to the Secret, nor to a Lease.
    const args = [HOURLY, "--leader-elect=false"];
    world = await startWorld({ args, env: { POD_NAMESPACE: "kube-public" } });
    await world.apply(secret("keys", { token: FIRST }), customPool("rotating", { secrets }), customPool("plain"));
    const shown = await world.until(
      "rotating",
      "stalled",
      (now) => conditionOf(now, "Stalled")?.reason === "HashKeyUnavailable",
    );
    expect(conditionOf(shown, "Ready")?.message).toContain("kube-public/sessionpool-hash-key");
    await world.until("plain", "Ready", isReady);
    expect(world.azureCalls("PUT", "rotating")).toEqual([]);
  });
});
