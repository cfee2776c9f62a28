import { randomBytes } from "node:crypto";
import { cp, mkdtemp, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import {
  argsOf,
  BUILD_MS,
  type Chart,
  type Manifest,
  openChart,
  podOf,
  ROOT,
  rulesOf,
  SYSTEM,
  withoutNamespace,
} from "./chart.ts";

const TEAM = `team-a-${randomBytes(4).toString("hex")}`;
const SCOPES_FILE = "--scopes-file=/etc/sessionpool-operator/scopes.yaml";
const SUBSCRIPTION = "34adfa4f-cedf-4dc0-ba29-b6d1a69ab345";
let chart: Chart;

beforeAll(async () => {
  chart = await openChart();
  await chart.cluster.kubectl(["create", "namespace", TEAM]);
}, BUILD_MS);

afterAll(async () => {
  await chart.cluster.kubectl(["delete", "namespace", TEAM, "--wait=false"]);
});

describe("the chart", () => {
  it("is by default what kubectl apply -k deploy installs", async () => {
    const rendered = await chart.render({});
    // Helm makes the namespace itself (--create-namespace); the CRD is to outlive the release.
    const expected = withoutNamespace(await chart.kustomized("deploy"));
    const crd = expected.get(`CustomResourceDefinition//${CRD}`);
    expected.set(`CustomResourceDefinition//${CRD}`, {
      ...crd,
      metadata: { name: CRD, ...crd?.metadata, annotations: { "helm.sh/resource-policy": "keep" } },
    } as Manifest);
    expect(rendered).toEqual(expected);
    await chart.applies(rendered);
  });

  it("with watchNamespaces is what deploy/namespaced installs", async () => {
    const rendered = await chart.render({ watchNamespaces: ["team-a"], clusterId: "here", ...ONLY_NAMESPACED });
    const expected = await chart.kustomized("deploy/namespaced");
    argsOf(expected).splice(-1, 1, "--cluster-id=here");
    expect(rendered).toEqual(expected);
    expect([...rendered.keys()].filter((key) => key.startsWith("Cluster"))).toEqual([]);

    const here = await chart.render({ watchNamespaces: [TEAM, "default"], clusterId: "here", ...ONLY_NAMESPACED });
    expect(here.has(`Role/${TEAM}/sessionpool-operator-watched`)).toBe(true);
    expect(here.has("Role/default/sessionpool-operator-watched")).toBe(true);
    expect(argsOf(here)).toContain(`--namespaces=${TEAM},default`);
    await chart.applies(here);
  });

  it("with secretWatch has the rights of the component, in both modes", async () => {
    const rendered = await chart.render({ secretWatch: true });
    const own = { kind: "ServiceAccount", name: "sessionpool-operator", namespace: SYSTEM };
    expect(rendered.get("ClusterRole//sessionpool-operator-secret-watch")?.rules).toEqual(
      rulesOf("deploy/secret-watch/rbac.yaml"),
    );
    expect(rendered.get("ClusterRoleBinding//sessionpool-operator-secret-watch")?.subjects).toEqual([own]);
    expect(argsOf(rendered)).toContain("--secret-access=watch");
    await chart.applies(rendered);

    const watched = await chart.render({ secretWatch: true, watchNamespaces: [TEAM], clusterId: "here" });
    const lists = { apiGroups: [""], resources: ["secrets"], verbs: ["list", "watch"] };
    expect(watched.get(`Role/${TEAM}/sessionpool-operator-watched`)?.rules?.at(-1)).toEqual(lists);
    expect(watched.get(`Role/${SYSTEM}/sessionpool-operator`)?.rules?.at(-1)).toEqual({
      ...lists,
      resourceNames: ["sessionpool-hash-key"],
    });
    await chart.applies(watched);
  });

  it("gives the operator the table of tenants", async () => {
    const denied = await chart.render({ tenants: { default: "Deny" } });
    expect(parse(denied.get(TABLE)?.data?.["scopes.yaml"] ?? "")).toEqual({ default: "Deny", scopes: [] });
    expect(argsOf(denied).at(-1)).toBe(SCOPES_FILE);
    expect(podOf(denied)).toMatchObject({
      containers: [{ volumeMounts: [{ name: "scopes", mountPath: "/etc/sessionpool-operator", readOnly: true }] }],
      volumes: [{ name: "scopes", configMap: { name: "sessionpool-operator-scopes" } }],
    });
    expect([...denied.keys()].filter((key) => key.startsWith("ClusterRole/"))).toHaveLength(1);
    await chart.applies(denied);

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
    const labelled = await chart.render({ tenants });
    expect(parse(labelled.get(TABLE)?.data?.["scopes.yaml"] ?? "")).toEqual(tenants);
    expect(argsOf(labelled)).toContain(SCOPES_FILE);
    expect(labelled.get("ClusterRole//sessionpool-operator-tenants")?.rules).toEqual(
      rulesOf("deploy/tenants/rbac.yaml"),
    );
    await chart.applies(labelled);
  });

  it("with metrics.auth is what the component metrics-auth installs, and can do it with Roles for the rest", async () => {
    const metrics = { auth: "token", tlsSecret: "sessionpool-operator-metrics-tls" };
    const rendered = await chart.render({ metrics });
    const names = ["sessionpool-operator-metrics-auth", "sessionpool-operator-metrics-reader"];
    const expected = await chart.kustomized(await withComponent("metrics-auth"));
    for (const key of [`Deployment/${SYSTEM}/sessionpool-operator`, ...names.map((name) => `ClusterRole//${name}`)])
      expect(rendered.get(key)).toEqual(expected.get(key));
    const binding = `ClusterRoleBinding//${names[0]}`;
    expect(rendered.get(binding)).toEqual(expected.get(binding));
    expect([...rendered.keys()].sort()).toEqual([...withoutNamespace(expected).keys()].sort());
    await chart.applies(rendered);

    const watched = await chart.render({ metrics, watchNamespaces: [TEAM], clusterId: "here", ...ONLY_NAMESPACED });
    expect([...watched.keys()].filter((key) => key.startsWith("Cluster")).sort()).toEqual(
      [binding, ...names.map((name) => `ClusterRole//${name}`)].sort(),
    );

    const both = podOf(await chart.render({ metrics: { tlsSecret: "mine" }, tenants: { default: "Deny" } }));
    expect(both).toMatchObject({
      containers: [{ volumeMounts: [{ name: "scopes" }, { name: "metrics-tls" }] }],
      volumes: [{ name: "scopes" }, { name: "metrics-tls", secret: { secretName: "mine" } }],
    });
    expect(both.containers[0]?.args).not.toContain("--metrics-auth=token");
  });

  it("leaves out what an admin installs, and lets the CRD go when told", async () => {
    const rendered = await chart.render(ONLY_NAMESPACED);
    expect([...rendered.keys()].filter((key) => /^(Custom|Validating)/.test(key))).toEqual([]);
    const admins = [...withoutNamespace(await chart.kustomized("deploy/cluster-wide")).keys()];
    expect(admins.filter((key) => rendered.has(key))).toEqual([]);
    const whole = await chart.render({});
    expect(admins.filter((key) => !whole.has(key))).toEqual([]);
    const bare = await chart.render({ crds: { keep: false } });
    expect(bare.get(`CustomResourceDefinition//${CRD}`)?.metadata.annotations).toBeUndefined();
  });

  it("mounts what it is told to beside its own files, in each operator", async () => {
    const extra = await chart.render(COLLECTOR);
    expect(podOf(extra)).toMatchObject({
      containers: [{ volumeMounts: COLLECTOR.extraVolumeMounts }],
      volumes: COLLECTOR.extraVolumes,
    });
    await chart.applies(extra);

    const all = await chart.render({
      ...COLLECTOR,
      tenants: { default: "Deny" },
      metrics: { tlsSecret: "mine" },
      armBudgetShare: 50,
      watchLabelSelector: "shard notin (b)",
      shards: [{ name: "b", watchLabelSelector: "shard in (b)" }],
    });
    for (const name of ["sessionpool-operator", "sessionpool-operator-b"])
      expect(podOf(all, name)).toMatchObject({
        containers: [{ volumeMounts: [{ name: "scopes" }, { name: "metrics-tls" }, ...COLLECTOR.extraVolumeMounts] }],
        volumes: [{ name: "scopes" }, { name: "metrics-tls" }, ...COLLECTOR.extraVolumes],
      });
    await chart.applies(all);
  });

  it("puts every other value where it belongs", async () => {
    const toleration = { key: "dedicated", operator: "Exists" };
    const rendered = await chart.render({
      image: { repository: "registry.example/sessionpool-operator", tag: "1.2.3", pullPolicy: "Always" },
      imagePullSecrets: [{ name: "pull" }],
      azure: { subscriptionId: SUBSCRIPTION, clientId: "bce8c037-3d10-44a4-a970-25f799611fc6" },
      serviceAccount: { annotations: { team: "platform" } },
      driftInterval: "90s",
      concurrency: 1_000,
      armBudgetShare: 25,
      maxInFlightWrites: 999_999,
      maxDriftCorrections: 0,
      watchLabelSelector: "shard notin (a, b),!other",
      logLevel: "debug",
      extraArgs: ["--extra=1"],
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
    expect(argsOf(rendered)).toEqual([
      "--drift-interval=90s",
      "--concurrency=1000",
      "--arm-budget-share=25",
      "--max-in-flight-writes=999999",
      "--max-drift-corrections=0",
      "--log-level=debug",
      "--health-port=8081",
      "--metrics-port=8080",
      "--secret-access=get",
      "--leader-elect=true",
      "--lease-name=sessionpool-operator",
      "--watch-label-selector=shard notin (a, b),!other",
      "--extra=1",
    ]);
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
    await chart.applies(rendered);
  });
});

/** A copy of deploy/ with a component switched on. @returns the folder to kustomize */
async function withComponent(name: string): Promise<string> {
  const dir = await mkdtemp(join(chart.cluster.dir, "component-"));
  for (const folder of ["crds", "deploy"]) await cp(join(ROOT, folder), join(dir, folder), { recursive: true });
  const file = join(dir, "deploy", "kustomization.yaml");
  const text = await readFile(file, "utf8");
  await writeFile(file, `${text}components:\n  - ${name}\n`);
  return join(dir, "deploy");
}

const CRD = "sessionpools.appcontainers.dev";
const TABLE = `ConfigMap/${SYSTEM}/sessionpool-operator-scopes`;
/** What somebody with rights in a few namespaces can install. */
const ONLY_NAMESPACED = { crds: { enabled: false }, protection: { enabled: false } };
/** The certificate of a collector, for OTEL_EXPORTER_OTLP_CERTIFICATE. */
const COLLECTOR = {
  extraVolumes: [{ name: "collector", secret: { secretName: "otel-collector-ca" } }],
  extraVolumeMounts: [{ name: "collector", mountPath: "/etc/otel-collector", readOnly: true }],
};
