import { describe, expect, it } from "vitest";
import type { JsonObject } from "../../../src/sessionpool/json.ts";
import { livePool } from "../sessionpool/bodies.ts";
import { GROUP, importBody, planAgainst, pool, PYTHON } from "./import-run.ts";

const uami = (name: string): string => `${GROUP}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/${name}`;
const container = (members: JsonObject): JsonObject => ({
  customContainerTemplate: { containers: [{ name: "main", image: "img:1", ...members }] },
});

describe("a manifest has what the pool has and the CRD knows", () => {
  it("as a whole", async () => {
    const { stdout, code } = await importBody(livePool(), "-n", "agents");
    expect(code).toBe(0);
    expect(stdout)
      .toBe(`# the pool belongs to the SessionPool ns/alpha of cluster c1 (tag appcontainers.dev.owner): to adopt it needs spec.policy.adoption Always, or that very resource and an operator with --cluster-id c1
# Needs the Secret agents/alpha-secrets with the key password. Azure shows no values: what is put there is taken to be what Azure has until it changes.
#   kubectl create secret generic alpha-secrets --namespace agents --from-literal=password=<VALUE>
apiVersion: appcontainers.dev/v1alpha1
kind: SessionPool
metadata:
  name: alpha
  namespace: agents
spec:
  subscriptionId: "00000000-0000-0000-0000-000000000000"
  resourceGroup: rg
  location: westus3
  tags:
    costcenter: "42"
  environmentId: /subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg/providers/Microsoft.App/managedEnvironments/env
  containerType: CustomContainer
  scaleConfiguration:
    readySessionInstances: 2
    maxConcurrentSessions: 10
  dynamicPoolConfiguration:
    lifecycleConfiguration:
      lifecycleType: Timed
      cooldownPeriodInSeconds: 300
  customContainerTemplate:
    containers:
      - name: main
        image: img:1
        env:
          - name: A
            value: "1"
        resources:
          cpu: 0.5
          memory: "1Gi"
    ingress:
      targetPort: 80
    registryCredentials:
      passwordSecretRef: password
      server: a.azurecr.io
      username: a
  sessionNetworkConfiguration:
    status: EgressDisabled
  secrets:
    - name: password
      valueFrom:
        secretKeyRef:
          name: alpha-secrets
          key: password
  policy:
    adoption: IfUnowned
`);
  });

  it.each<[story: string, live: JsonObject, spec: object]>([
    [
      "a region in its short form",
      pool({}, { location: "North Central US (Stage)" }),
      { location: "northcentralusstage" },
    ],
    ["no type of management that is the only one", pool(), { poolManagementType: undefined }],
    ["no identity where there is none", pool({}, { identity: { type: "None" } }), { identity: undefined }],
    [
      "identities without what Azure fills in, in Azure's casing, and no settings that the service adds",
      pool(
        {
          managedIdentitySettings: [
            { identity: "system", lifecycle: "None" },
            { identity: uami("Two2"), lifecycle: "Main" },
          ],
        },
        {
          identity: {
            type: "SystemAssigned, UserAssigned",
            principalId: "p",
            tenantId: "t",
            userAssignedIdentities: { [uami("Two2")]: { principalId: "p", clientId: "c" } },
          },
        },
      ),
      {
        identity: { type: "SystemAssigned,UserAssigned", userAssignedIdentities: { [uami("Two2")]: {} } },
        managedIdentitySettings: [{ identity: uami("Two2"), lifecycle: "Main" }],
      },
    ],
    [
      "the pool's own identity as the CRD has it, in whatever casing Azure does",
      pool(
        {
          managedIdentitySettings: [{ identity: "System", lifecycle: "Main" }],
          customContainerTemplate: {
            containers: [{ name: "main", image: "a.azurecr.io/img:1" }],
            registryCredentials: { server: "a.azurecr.io", identity: "System", username: null },
          },
        },
        { identity: { type: "SystemAssigned", principalId: "p", tenantId: "t" } },
      ),
      {
        managedIdentitySettings: [{ identity: "system", lifecycle: "Main" }],
        customContainerTemplate: {
          containers: [{ name: "main", image: "a.azurecr.io/img:1" }],
          registryCredentials: { server: "a.azurecr.io", identity: "system" },
        },
      },
    ],
    [
      "no settings when all are those that the service adds",
      pool(
        { managedIdentitySettings: [{ identity: "system", lifecycle: "None" }] },
        { identity: { type: "SystemAssigned", principalId: "p", tenantId: "t" } },
      ),
      { identity: { type: "SystemAssigned" }, managedIdentitySettings: undefined },
    ],
    [
      "the lifecycle of an early preview in today's form",
      pool({ ...PYTHON, dynamicPoolConfiguration: { executionType: "Timed", cooldownPeriodInSeconds: 400 } }),
      {
        dynamicPoolConfiguration: { lifecycleConfiguration: { lifecycleType: "Timed", cooldownPeriodInSeconds: 400 } },
      },
    ],
    [
      "nothing that is null or empty",
      pool({
        customContainerTemplate: {
          registryCredentials: null,
          ingress: {},
          containers: [{ name: "main", image: "img:1", command: [], args: null, env: [], probes: [], resources: null }],
        },
        sessionNetworkConfiguration: { status: null },
        mcpServerSettings: null,
      }),
      {
        customContainerTemplate: { containers: [{ name: "main", image: "img:1" }] },
        sessionNetworkConfiguration: undefined,
      },
    ],
    [
      "texts as they are, also those that YAML would read as something else",
      pool(
        container({
          command: [
            "yes",
            "0o17",
            "1_000",
            "0X1F",
            "1:30",
            "~",
            "",
            " x ",
            "a: b",
            "#",
            "é\u0085\u2028\ufeff",
            "a\nb\t",
          ],
          env: [{ name: "on", value: "2026-01-01" }],
        }),
        { tags: { y: "null", "0x1": "1e3" } },
      ),
      {
        tags: { y: "null", "0x1": "1e3" },
        customContainerTemplate: {
          containers: [
            {
              name: "main",
              image: "img:1",
              command: [
                "yes",
                "0o17",
                "1_000",
                "0X1F",
                "1:30",
                "~",
                "",
                " x ",
                "a: b",
                "#",
                "é\u0085\u2028\ufeff",
                "a\nb\t",
              ],
              env: [{ name: "on", value: "2026-01-01" }],
            },
          ],
        },
      },
    ],
  ])("%s", async (_story, live, spec) => {
    const { manifests, stdout, stderr, code } = await importBody(live);
    expect([code, stderr]).toEqual([0, "1 pool imported, 0 Secrets to create, 0 pools not imported.\n"]);
    const fields = Object.keys(spec).map((field) => [field, manifests[0]?.spec[field]]);
    expect(Object.fromEntries(fields)).toEqual(spec);
    expect(await planAgainst(stdout, live)).toMatchObject([{ action: "None", changes: [] }]);
    // eslint-disable-next-line no-control-regex -- a line ends only where every reader of YAML sees an end.
    expect(stdout).not.toMatch(/[\u0085\u2028\ufeff]/);
  });

  it("as lines that a review can follow: a long text is one, however many lines it has", async () => {
    const [words, lines] = ["word ".repeat(50), "line\n".repeat(30)].map((text) => `${text}end`);
    const { stdout } = await importBody(pool(container({ command: [words ?? "", lines ?? ""] })));
    expect(stdout).toContain(`          - ${words}\n          - "${lines?.replaceAll("\n", "\\n")}"\n`);
  });

  it.each<[story: string, live: JsonObject, said: string, policy: object]>([
    [
      "what a PUT carries over",
      pool({
        ...container({ probes: [{ type: "Liveness" }] }),
        mcpServerSettings: { isMcpServerEnabled: true },
        templateUpdateStatus: { activeTemplate: {} },
      }),
      "left out, and kept in Azure as it is: /properties/mcpServerSettings, /properties/customContainerTemplate/containers/0/probes",
      { adoption: "IfUnowned" },
    ],
    [
      "what is ignored, since a PUT would take it away",
      pool(container({ env: [{ name: "A", value: "1", source: { kind: "other" } }] })),
      "spec.policy.ignore keeps what a SessionPool cannot say: /properties/customContainerTemplate/containers/0/env/0/source",
      { adoption: "IfUnowned", ignore: ["/properties/customContainerTemplate/containers/0/env/0/source"] },
    ],
    [
      "tags with names that only Azure may give",
      pool({}, { tags: { "hidden-link:/sites/a": "Resource", team: "a", WindowsThing: "x" } }),
      "tags left out, which a SessionPool cannot set, and kept in Azure: hidden-link:/sites/a, WindowsThing",
      { adoption: "IfUnowned" },
    ],
  ])("what the CRD does not know stays in Azure, and is told: %s", async (_story, live, said, policy) => {
    const { manifests, stdout, stderr, code } = await importBody(live);
    expect(code).toBe(0);
    expect(stdout.split("\n")[0]).toBe(`# ${said}`);
    expect(stderr.split("\n")[0]).toBe(`note: alpha: ${said}`);
    expect(manifests[0]?.spec.policy).toEqual(policy);
    expect(JSON.stringify(manifests)).not.toMatch(/probes|mcp|hidden-link|Windows|kind":"other/);
    expect(await planAgainst(stdout, live)).toMatchObject([{ action: "None", changes: [] }]);
  });

  it.each([
    [[], { adoption: "IfUnowned" }],
    [["--adoption", "Always"], { adoption: "Always" }],
    [["--adoption", "Never"], undefined],
  ])("%j writes the policy %j, and no namespace", async (args, policy) => {
    const { manifests } = await importBody(pool(), ...args);
    expect(manifests[0]?.spec.policy).toEqual(policy);
    expect(manifests[0]?.metadata).toEqual({ name: "alpha" });
  });
});
