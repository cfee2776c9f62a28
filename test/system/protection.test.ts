import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { KubectlResult } from "../cluster/cluster.ts";
import { waitUntil } from "../cluster/processes.ts";
import { callAzure } from "./azure.ts";
import { conditionOf, isReady, pythonPool, startWorld, type World } from "./world.ts";

const REFUSAL = "is protected: set spec.policy.protect to false first";
let world: World;

beforeAll(async () => {
  world = await startWorld();
  await world.apply(pythonPool("guarded", { policy: { protect: true } }));
  await world.until("guarded", "Ready", isReady);
  // A policy is active once the API server's own watch has brought it: from then on it refuses for good.
  await waitUntil("the policy is active", 30_000, [], async () => {
    const { code, stderr } = await remove("guarded", "--dry-run=server");
    return code !== 0 && stderr.includes(REFUSAL);
  });
});

afterAll(async () => {
  await world.stop();
});

describe("a resource with policy.protect: true", () => {
  it("is refused deletion by name, with what to do", async () => {
    const { code, stderr } = await remove("guarded");
    expect(code).not.toBe(0);
    expect(stderr).toContain(`the session pool ${world.namespace}/guarded ${REFUSAL}`);
    expect((await world.get("guarded"))?.metadata.deletionTimestamp).toBeUndefined();
  });

  it("stays when all are deleted; one that nothing protects goes", async () => {
    await world.apply(pythonPool("plain"));
    await world.until("plain", "Ready", isReady);
    const { code, stderr } = await remove("--all");
    expect(code).not.toBe(0);
    expect(stderr).toContain(REFUSAL);
    await world.until("plain", "gone", (shown) => shown === undefined);
    expect((await world.get("guarded"))?.metadata.deletionTimestamp).toBeUndefined();
    // The API's own deletion of a collection, which kubectl does not use.
    const whole = await world.cluster.kubectl(
      ["delete", "--raw", `/apis/appcontainers.dev/v1alpha1/namespaces/${world.namespace}/sessionpools`],
      { allowFailure: true },
    );
    expect(whole.stderr).toContain(REFUSAL);
    expect((await world.get("guarded"))?.metadata.deletionTimestamp).toBeUndefined();
  });

  it.each([
    ["no policy", {}],
    ["policy: null", { policy: null }],
    ["a policy that does not say", { policy: { deletion: "Delete" } }],
    ["protect: null", { policy: { protect: null } }],
    ["protect: false", { policy: { protect: false } }],
  ])("only: %s is deletable", async (_what, spec) => {
    // Created, not applied: kubectl apply leaves a null out, and the policy is to meet it.
    await world.cluster.kubectl(["create", "-n", world.namespace, "-f", "-"], {
      input: JSON.stringify(pythonPool("open", spec)),
    });
    const shown = await world.until("open", "Ready", isReady);
    expect(shown.spec).toMatchObject(spec);
    await world.remove("open");
  });

  it("stays, and its pool with it, when its namespace is deleted, and goes once it may", async () => {
    const other = `${world.namespace}-guarded`;
    const kubectl: World["cluster"]["kubectl"] = (args, options) => world.cluster.kubectl(args, options);
    const inOther = ["-n", other, "-o", "json"];
    await kubectl(["create", "namespace", other]);
    await kubectl(["apply", "-n", other, "-f", "-"], {
      input: JSON.stringify(pythonPool("kept", { policy: { protect: true } })),
    });
    const shown = async (): Promise<Parameters<typeof isReady>[0]> =>
      JSON.parse((await kubectl(["get", "sessionpool", "kept", ...inOther])).stdout) as Parameters<typeof isReady>[0];
    await waitUntil("the pool is Ready", 60_000, [], async () => isReady(await shown()));

    await kubectl(["delete", "namespace", other, "--wait=false"]);
    await waitUntil("the namespace says what it waits for", 60_000, [], async () => {
      const { status } = JSON.parse((await kubectl(["get", "namespace", other, "-o", "json"])).stdout) as {
        status: { phase: string; conditions?: readonly { type: string; status: string; message: string }[] };
      };
      return (
        status.phase === "Terminating" &&
        (status.conditions ?? []).some(
          ({ type, status: state, message }) =>
            type === "NamespaceDeletionContentFailure" && state === "True" && message.includes(REFUSAL),
        )
      );
    });
    const kept = await shown();
    expect(kept?.metadata.deletionTimestamp).toBeUndefined();
    expect(conditionOf(kept, "Ready")?.status).toBe("True");
    expect(callAzure(world.emulator.model, "GET", "kept").status).toBe(200);
    expect(world.azureCalls("DELETE", "kept")).toEqual([]);

    await unprotect("kept", other);
    await kubectl(["wait", "--for=delete", `namespace/${other}`, "--timeout=60s"]);
    expect(callAzure(world.emulator.model, "GET", "kept").status).toBe(404);
  });

  it("is deletable after protect: false", async () => {
    await unprotect("guarded", world.namespace);
    await world.remove("guarded");
    expect(callAzure(world.emulator.model, "GET", "guarded").status).toBe(404);
  });
});

async function remove(...args: readonly string[]): Promise<KubectlResult> {
  return await world.cluster.kubectl(["delete", "sessionpools", "-n", world.namespace, ...args, "--timeout=30s"], {
    allowFailure: true,
  });
}

async function unprotect(name: string, namespace: string): Promise<void> {
  const patch = JSON.stringify({ spec: { policy: { protect: false } } });
  await world.cluster.kubectl(["patch", "sessionpool", name, "-n", namespace, "--type=merge", "-p", patch]);
}
