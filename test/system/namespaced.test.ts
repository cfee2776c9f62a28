import { randomBytes } from "node:crypto";
import { cp, mkdtemp, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { parseAllDocuments } from "yaml";
import { attachCluster, type Cluster } from "../cluster/cluster.ts";
import { waitUntil } from "../cluster/processes.ts";
import { canary } from "./canaries.ts";
import { customPool, isReady, pythonPool, secret, type Shown, startWorld, type World } from "./world.ts";

const ROOT = join(import.meta.dirname, "..", "..");
const SERVICE_ACCOUNT = "sessionpool-operator";
const suffix = randomBytes(4).toString("hex");
/** The operator's namespace, and the two that it watches. */
const SYSTEM = `system-${suffix}`;
const WATCHED = [`team-a-${suffix}`, `team-b-${suffix}`] as const;
const USER = `system:serviceaccount:${SYSTEM}:${SERVICE_ACCOUNT}`;
const secrets = [{ name: "api-key", valueFrom: { secretKeyRef: { name: "keys", key: "token" } } }];
const [FIRST, ROTATED] = [canary("first-value"), canary("rotated-value")];
let world: World;

beforeAll(async () => {
  const cluster = attachCluster(inject("cluster"));
  for (const namespace of [SYSTEM, ...WATCHED]) await cluster.kubectl(["create", "namespace", namespace]);
  const args = await install(cluster);
  world = await startWorld({
    args: [...args, `--cluster-id=cluster-${suffix}`],
    env: { KUBECONFIG: await cluster.serviceAccountKubeconfig(SYSTEM, SERVICE_ACCOUNT), POD_NAMESPACE: SYSTEM },
  });
});

afterAll(async () => {
  for (const namespace of WATCHED) await kubectl("delete", "sessionpools", "--all", "-n", namespace, "--timeout=60s");
  await kubectl("delete", "sessionpools", "--all", "-n", world.namespace, "--timeout=60s");
  await world.stop();
  await kubectl("delete", "namespace", SYSTEM, ...WATCHED, "--wait=false");
});

describe("an operator with the Roles of deploy/namespaced alone", () => {
  it("makes pools in each of its namespaces, with their Secrets, and touches no other", async () => {
    // Before the others: it has been there all the time when they are Ready.
    await world.apply(pythonPool("elsewhere"));
    const [first, second] = WATCHED;
    await apply(first, secret("keys", { token: FIRST }), customPool("first", { secrets }));
    await apply(second, pythonPool("second"));
    const { status } = await until(first, "first", isReady);
    await until(second, "second", isReady);
    expect(world.emulator.model.secretValues(status?.id ?? "").get("api-key")).toBe(FIRST);

    const untouched = await world.get("elsewhere");
    expect(untouched?.metadata.finalizers).toBeUndefined();
    expect(untouched?.status?.conditions).toBeUndefined();
    expect(world.azureCalls("PUT", "elsewhere")).toEqual([]);
    const events = await kubectl("get", "events.events.k8s.io", "-n", first, "-o", "jsonpath={.items[*].reason}");
    expect(events).toContain("Ready");
  });

  it("sees a changed Secret at once, by the component secret-watch", async () => {
    const [first] = WATCHED;
    await apply(first, secret("keys", { token: ROTATED }));
    const sent = (shown: Shown | undefined): string | undefined =>
      world.emulator.model.secretValues(shown?.status?.id ?? "").get("api-key");
    const shown = await until(first, "first", (now) => sent(now) === ROTATED && isReady(now));
    expect(world.azureCalls("PUT", "first")).toEqual([201, 201]);
    expect(shown.status?.provisioningState).toBe("Succeeded");
  });

  it("goes on after a restart, and deletes what it made", async () => {
    const puts = world.azureCalls("PUT").length;
    await world.restartOperator();
    await kubectl("delete", "sessionpools", "--all", "-n", WATCHED[1], "--timeout=60s");
    expect(world.azureCalls("DELETE", "second").length).toBe(1);
    expect(world.azureCalls("PUT").length).toBe(puts);
  });

  it("was never refused, and asked only in its namespaces", () => {
    const calls = world.cluster.auditEvents().filter(({ user }) => user.username === USER);
    expect(calls.length).toBeGreaterThan(10);
    expect(calls.filter(({ responseStatus }) => responseStatus?.code === 403)).toEqual([]);
    expect(new Set(calls.map(({ objectRef }) => objectRef?.namespace))).toEqual(new Set([SYSTEM, ...WATCHED]));
    const ownSecrets = calls.filter(
      ({ verb, objectRef }) => objectRef?.namespace === SYSTEM && objectRef.resource === "secrets" && verb !== "create",
    );
    expect(new Set(ownSecrets.map(({ objectRef }) => objectRef?.name))).toEqual(new Set(["sessionpool-hash-key"]));
  });
});

/**
 * Installs deploy/namespaced as its comments say: the folder of a namespace is copied for the second one, and the component is switched on.
 *
 * @returns the arguments of the Deployment, up to the cluster id, which it leaves to be set
 */
async function install(cluster: Cluster): Promise<readonly string[]> {
  const dir = await mkdtemp(join(cluster.dir, "namespaced-"));
  for (const folder of ["crds", "deploy"]) await cp(join(ROOT, folder), join(dir, folder), { recursive: true });
  const at = (...path: readonly string[]): string => join(dir, "deploy", ...path);
  await cp(at("namespaced", "team-a"), at("namespaced", "team-b"), { recursive: true });
  await edit(at("namespaced", "team-a", "kustomization.yaml"), [[/team-a/, WATCHED[0]]]);
  await edit(at("namespaced", "team-b", "kustomization.yaml"), [[/team-a/, WATCHED[1]]]);
  await edit(at("namespaced", "kustomization.yaml"), [
    [/^ {2}- team-a$/m, "  - team-a\n  - team-b"],
    [/--namespaces=team-a/, `--namespaces=${WATCHED.join(",")}`],
    [/^# (components:)\n# {3}(- secret-watch)$/m, "$1\n  $2"],
  ]);
  for (const file of [
    at("operator", "kustomization.yaml"),
    at("operator", "rbac.yaml"),
    at("namespaced", "watched", "rbac.yaml"),
  ])
    await edit(file, [[/namespace: sessionpool-system/, `namespace: ${SYSTEM}`]]);
  const { stdout } = await cluster.kubectl(["kustomize", at("namespaced")]);
  await cluster.kubectl(["apply", "-k", at("namespaced")]);
  // What is granted takes effect once the API server's own watch has brought it.
  for (const namespace of WATCHED)
    await waitUntil("the Roles are in effect", 30_000, [], async () => {
      const question = ["auth", "can-i", "watch", "secrets", "-n", namespace, `--as=${USER}`];
      return (await cluster.kubectl(question, { allowFailure: true })).stdout.trim() === "yes";
    });
  const built = parseAllDocuments(stdout).map((document) => document.toJS() as Built);
  expect(built.map(({ kind }) => kind).filter((kind) => kind.startsWith("Cluster"))).toEqual([]);
  const args = built.find(({ kind }) => kind === "Deployment")?.spec?.template.spec.containers[0]?.args ?? [];
  expect(args.at(-1)).toBe("--cluster-id=");
  return args.filter((arg) => !/^--(cluster-id|drift-interval|health-port|metrics-port)=/.test(arg));
}

/** What is read of a manifest. */
interface Built {
  readonly kind: string;
  readonly spec?: {
    readonly template: { readonly spec: { readonly containers: readonly { readonly args: readonly string[] }[] } };
  };
}

async function edit(file: string, changes: readonly (readonly [RegExp, string])[]): Promise<void> {
  let text = await readFile(file, "utf8");
  for (const [from, to] of changes) {
    expect(text).toMatch(from);
    text = text.replaceAll(new RegExp(from, `g${from.flags}`), to);
  }
  await writeFile(file, text);
}

async function kubectl(...args: readonly string[]): Promise<string> {
  return (await world.cluster.kubectl(args)).stdout;
}

async function apply(namespace: string, ...items: readonly object[]): Promise<void> {
  const input = JSON.stringify({ apiVersion: "v1", kind: "List", items });
  await world.cluster.kubectl(["apply", "-n", namespace, "-f", "-"], { input });
}

async function until(namespace: string, name: string, when: (shown: Shown | undefined) => boolean): Promise<Shown> {
  let shown: Shown | undefined;
  await waitUntil(`${namespace}/${name}`, 60_000, [], async () => {
    shown = JSON.parse(await kubectl("get", "sessionpool", name, "-n", namespace, "-o", "json")) as Shown;
    return when(shown);
  });
  return shown as Shown;
}
