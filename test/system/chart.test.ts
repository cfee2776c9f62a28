import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { parse, parseAllDocuments } from "yaml";
import { attachCluster, type Cluster } from "../cluster/cluster.ts";
import { findHelm } from "../cluster/helm.ts";

const ROOT = join(import.meta.dirname, "..", "..");
const CHART = join(ROOT, "deploy", "chart");
const SYSTEM = "sessionpool-system";
const TEAM = `team-a-${randomBytes(4).toString("hex")}`;
/** A build of helm may be part of it. */
const BUILD_MS = 10 * 60_000;
const SCOPES_FILE = "--scopes-file=/etc/sessionpool-operator/scopes.yaml";
const SUBSCRIPTION = "34adfa4f-cedf-4dc0-ba29-b6d1a69ab345";
let cluster: Cluster;
let helm: string;

beforeAll(async () => {
  helm = await findHelm((line) => console.error(line));
  cluster = attachCluster(inject("cluster"));
  await cluster.kubectl(["create", "namespace", TEAM]);
}, BUILD_MS);

afterAll(async () => {
  await cluster.kubectl(["delete", "namespace", TEAM, "--wait=false"]);
});

describe("the chart", () => {
  it("is by default what kubectl apply -k deploy installs", async () => {
    const rendered = await render({});
    // Helm makes the namespace itself (--create-namespace); the CRD is to outlive the release.
    const expected = withoutNamespace(await kustomized("deploy"));
    const crd = expected.get(`CustomResourceDefinition//${CRD}`);
    expected.set(`CustomResourceDefinition//${CRD}`, {
      ...crd,
      metadata: { name: CRD, ...crd?.metadata, annotations: { "helm.sh/resource-policy": "keep" } },
    } as Manifest);
    expect(rendered).toEqual(expected);
    await applies(rendered);
  });

  it("with watchNamespaces is what deploy/namespaced installs", async () => {
    const rendered = await render({ watchNamespaces: ["team-a"], clusterId: "here", ...ONLY_NAMESPACED });
    const expected = await kustomized("deploy/namespaced");
    argsOf(expected).splice(-1, 1, "--cluster-id=here");
    expect(rendered).toEqual(expected);
    expect([...rendered.keys()].filter((key) => key.startsWith("Cluster"))).toEqual([]);

    const here = await render({ watchNamespaces: [TEAM, "default"], clusterId: "here", ...ONLY_NAMESPACED });
    expect(here.has(`Role/${TEAM}/sessionpool-operator-watched`)).toBe(true);
    expect(here.has("Role/default/sessionpool-operator-watched")).toBe(true);
    expect(argsOf(here)).toContain(`--namespaces=${TEAM},default`);
    await applies(here);
  });

  it("with secretWatch has the rights of the component, in both modes", async () => {
    const rendered = await render({ secretWatch: true });
    const own = { kind: "ServiceAccount", name: "sessionpool-operator", namespace: SYSTEM };
    expect(rendered.get("ClusterRole//sessionpool-operator-secret-watch")?.rules).toEqual(
      rulesOf("deploy/secret-watch/rbac.yaml"),
    );
    expect(rendered.get("ClusterRoleBinding//sessionpool-operator-secret-watch")?.subjects).toEqual([own]);
    expect(argsOf(rendered)).toContain("--secret-access=watch");
    await applies(rendered);

    const watched = await render({ secretWatch: true, watchNamespaces: [TEAM], clusterId: "here" });
    const lists = { apiGroups: [""], resources: ["secrets"], verbs: ["list", "watch"] };
    expect(watched.get(`Role/${TEAM}/sessionpool-operator-watched`)?.rules?.at(-1)).toEqual(lists);
    expect(watched.get(`Role/${SYSTEM}/sessionpool-operator`)?.rules?.at(-1)).toEqual({
      ...lists,
      resourceNames: ["sessionpool-hash-key"],
    });
    await applies(watched);
  });

  it("gives the operator the table of tenants", async () => {
    const denied = await render({ tenants: { default: "Deny" } });
    expect(parse(denied.get(TABLE)?.data?.["scopes.yaml"] ?? "")).toEqual({ default: "Deny", scopes: [] });
    expect(argsOf(denied).at(-1)).toBe(SCOPES_FILE);
    expect(podOf(denied)).toMatchObject({
      containers: [{ volumeMounts: [{ name: "scopes", mountPath: "/etc/sessionpool-operator", readOnly: true }] }],
      volumes: [{ name: "scopes", configMap: { name: "sessionpool-operator-scopes" } }],
    });
    expect([...denied.keys()].filter((key) => key.startsWith("ClusterRole/"))).toHaveLength(1);
    await applies(denied);

    const tenants = {
      default: "Allow",
      scopes: [
        {
          namespaceSelector: { matchLabels: { tenant: "a" } },
          subscriptions: [SUBSCRIPTION],
          resourceGroups: ["rg"],
        },
      ],
    };
    const labelled = await render({ tenants });
    expect(parse(labelled.get(TABLE)?.data?.["scopes.yaml"] ?? "")).toEqual(tenants);
    expect(argsOf(labelled)).toContain(SCOPES_FILE);
    expect(labelled.get("ClusterRole//sessionpool-operator-tenants")?.rules).toEqual(
      rulesOf("deploy/tenants/rbac.yaml"),
    );
    await applies(labelled);
  });

  it("leaves out what an admin installs, and lets the CRD go when told", async () => {
    const rendered = await render(ONLY_NAMESPACED);
    expect([...rendered.keys()].filter((key) => /^(Custom|Validating)/.test(key))).toEqual([]);
    const bare = await render({ crds: { keep: false } });
    expect(bare.get(`CustomResourceDefinition//${CRD}`)?.metadata.annotations).toBeUndefined();
  });

  it("puts every other value where it belongs", async () => {
    const toleration = { key: "dedicated", operator: "Exists" };
    const rendered = await render({
      image: { repository: "registry.example/sessionpool-operator", tag: "1.2.3", pullPolicy: "Always" },
      imagePullSecrets: [{ name: "pull" }],
      azure: { subscriptionId: SUBSCRIPTION, clientId: "bce8c037-3d10-44a4-a970-25f799611fc6" },
      serviceAccount: { annotations: { team: "platform" } },
      driftInterval: "90s",
      logLevel: "debug",
      extraArgs: ["--concurrency=5"],
      extraEnv: [{ name: "AZURE_AUTHORITY_HOST", value: "https://login.microsoftonline.us" }],
      nodeSelector: { "kubernetes.io/os": "linux" },
      tolerations: [toleration],
    });
    expect(podOf(rendered)).toMatchObject({
      imagePullSecrets: [{ name: "pull" }],
      nodeSelector: { "kubernetes.io/os": "linux" },
      tolerations: [toleration],
      containers: [{ image: "registry.example/sessionpool-operator:1.2.3", imagePullPolicy: "Always" }],
    });
    expect(argsOf(rendered)).toEqual(expect.arrayContaining(["--drift-interval=90s", "--log-level=debug"]));
    expect(argsOf(rendered).at(-1)).toBe("--concurrency=5");
    expect(podOf(rendered).containers[0]?.env).toEqual(
      expect.arrayContaining([
        { name: "AZURE_SUBSCRIPTION_ID", value: SUBSCRIPTION },
        { name: "AZURE_AUTHORITY_HOST", value: "https://login.microsoftonline.us" },
      ]),
    );
    expect(rendered.get(`ServiceAccount/${SYSTEM}/sessionpool-operator`)?.metadata.annotations).toEqual({
      "azure.workload.identity/client-id": "bce8c037-3d10-44a4-a970-25f799611fc6",
      team: "platform",
    });
    await applies(rendered);
  });

  it.each([
    ["a value that does not exist", { secretwatch: true }, "secretwatch"],
    ["a word for a switch", { secretWatch: "yes" }, "/secretWatch"],
    ["a default that is neither", { tenants: { default: "Maybe" } }, "/tenants/default"],
    ["a field that a scope does not have", { tenants: { scopes: [{ namespace: "a" }] } }, "/tenants/scopes/0"],
    ["a namespace that cannot be", { watchNamespaces: ["Team A"], clusterId: "c" }, "/watchNamespaces/0"],
    ["a client that is no UUID", { azure: { clientId: "mine" } }, "/azure/clientId"],
    ["namespaces without a cluster id", { watchNamespaces: ["a"] }, "set clusterId too"],
    [
      "labels of namespaces with Roles alone",
      {
        watchNamespaces: ["a"],
        clusterId: "c",
        tenants: {
          scopes: [
            { namespaceSelector: { matchLabels: { tenant: "a" } }, subscriptions: ["*"], resourceGroups: ["*"] },
          ],
        },
      },
      "list namespaces by name",
    ],
  ])("refuses %s", async (_what, values, words) => {
    await expect(render(values)).rejects.toThrow(words);
  });
});

const CRD = "sessionpools.appcontainers.dev";
const TABLE = `ConfigMap/${SYSTEM}/sessionpool-operator-scopes`;
/** What somebody with rights in a few namespaces can install. */
const ONLY_NAMESPACED = { crds: { enabled: false }, protection: { enabled: false } };

/** A manifest, as far as it is read here. */
interface Manifest {
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly rules?: readonly object[];
  readonly subjects?: readonly object[];
  readonly data?: Readonly<Record<string, string>>;
  readonly spec?: { readonly template: { readonly spec: PodSpec } };
}

interface PodSpec {
  readonly containers: readonly { readonly args: string[]; readonly env: readonly object[] }[];
}

/** Manifests by kind, namespace and name. */
type Manifests = Map<string, Manifest>;

async function render(values: object): Promise<Manifests> {
  const args = ["template", "sessionpool-operator", CHART, "--namespace", SYSTEM, "--values", "-"];
  const running = promisify(execFile)(helm, args, { maxBuffer: 16 * 1024 * 1024 });
  running.child.stdin?.end(JSON.stringify(values));
  return manifestsOf((await running).stdout);
}

async function kustomized(folder: string): Promise<Manifests> {
  return manifestsOf((await cluster.kubectl(["kustomize", join(ROOT, folder)])).stdout);
}

function manifestsOf(text: string): Manifests {
  const all = parseAllDocuments(text)
    .map((document) => document.toJS() as Manifest | null)
    .filter((manifest) => manifest !== null);
  return new Map(all.map((manifest) => [keyOf(manifest), manifest]));
}

function keyOf({ kind, metadata }: Manifest): string {
  return `${kind}/${metadata.namespace ?? ""}/${metadata.name}`;
}

function withoutNamespace(manifests: Manifests): Manifests {
  return new Map([...manifests].filter(([, { kind }]) => kind !== "Namespace"));
}

function podOf(manifests: Manifests): PodSpec {
  const pod = manifests.get(`Deployment/${SYSTEM}/sessionpool-operator`)?.spec?.template.spec;
  if (!pod) throw new Error("there is no Deployment");
  return pod;
}

function argsOf(manifests: Manifests): string[] {
  return podOf(manifests).containers[0]?.args ?? [];
}

function rulesOf(file: string): readonly object[] {
  const manifests = manifestsOf(readFileSync(join(ROOT, file), "utf8"));
  return [...manifests.values()].flatMap(({ rules }) => rules ?? []);
}

/** The API server takes it, field by field, and keeps nothing. */
async function applies(manifests: Manifests): Promise<void> {
  const input = JSON.stringify({ apiVersion: "v1", kind: "List", items: [...manifests.values()] });
  const args = ["apply", "--server-side", "--force-conflicts", "--dry-run=server", "--validate=strict", "-f", "-"];
  const { stdout } = await cluster.kubectl(args, { input });
  expect(stdout.trim().split("\n")).toHaveLength(manifests.size);
}
