import { beforeAll, describe, expect, it } from "vitest";
import { argsOf, BUILD_MS, type Chart, openChart } from "./chart.ts";

const SUBSCRIPTION = "34adfa4f-cedf-4dc0-ba29-b6d1a69ab345";
const SCOPE = { namespaces: ["team-a"], subscriptions: ["*"], resourceGroups: ["*"] };
let chart: Chart;

beforeAll(async () => {
  chart = await openChart();
}, BUILD_MS);

describe("the chart", () => {
  it.each([
    ["a value that does not exist", { secretwatch: true }, "secretwatch"],
    ["a word for a switch", { secretWatch: "yes" }, "/secretWatch"],
    ["a default that is neither", { tenants: { default: "Maybe" } }, "/tenants/default"],
    ["a field that a scope does not have", { tenants: { scopes: [{ namespace: "a" }] } }, "/tenants/scopes/0"],
    ["more than Azure allows", { armBudgetShare: 101 }, "/armBudgetShare"],
    ["a volume without a name", { extraVolumes: [{ emptyDir: {} }] }, "/extraVolumes/0"],
    ["a mount without a place", { extraVolumeMounts: [{ name: "a" }] }, "/extraVolumeMounts/0"],
    ["a token in clear text", { metrics: { auth: "token" } }, "set metrics.tlsSecret too"],
    ["an authentication that there is not", { metrics: { auth: "basic" } }, "/metrics/auth"],
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
    await expect(chart.render(values)).rejects.toThrow(words);
  });

  it.each([
    ["azure.subscriptionId", { azure: { subscriptionId: "mine" } }, '"mine" is not a UUID'],
    ["azure.clientId", { azure: { clientId: "mine" } }, '"mine" is not a UUID'],
    [
      "clusterId",
      { clusterId: "a b" },
      "\"a b\" is not 1 to 63 letters, digits, '.', '_' or '-', with a letter or digit at",
    ],
    ["driftInterval", { driftInterval: "5" }, '"5" is not a whole number from 1 with s, m or h, e.g. 90s, 5m'],
    ["metrics.tlsSecret", { metrics: { tlsSecret: "A" } }, '"A" is not the name of a Secret: 1 to 253 lower-case'],
    ["watchLabelSelector", { watchLabelSelector: "a in b" }, '"a in b" is not a label selector, such as shard=a or'],
    [
      "watchNamespaces[1]",
      { watchNamespaces: ["a", "Team A"], clusterId: "c" },
      '"Team A" is not the name of a namespace: 1 to 63 lower-case letters, digits',
    ],
    [
      "tenants.scopes[1].namespaces[0]",
      { tenants: { scopes: [SCOPE, { ...SCOPE, namespaces: ["A"] }] } },
      '"A" is not the name of a namespace',
    ],
    [
      "tenants.scopes[0].subscriptions[1]",
      { tenants: { scopes: [{ ...SCOPE, subscriptions: ["*", "production"] }] } },
      '"production" is not a UUID, or "*"',
    ],
    [
      "shards[0].name",
      { watchLabelSelector: "!shard", armBudgetShare: 50, shards: [{ name: "a: b", watchLabelSelector: "shard=b" }] },
      '"a: b" is not 1 to 32 lower-case letters, digits',
    ],
    [
      "extraArgs",
      { extraArgs: ["--drift-interval", "5m"] },
      '"5m" is no flag; a value follows its flag as --flag=value',
    ],
  ])("says what %s must look like", async (name, values, words) => {
    await expect(chart.render(values)).rejects.toThrow(`- ${name}: ${words}`);
  });

  it("takes what the operator takes", async () => {
    const subscriptions = ["*", SUBSCRIPTION];
    const rendered = await chart.render({
      azure: { subscriptionId: SUBSCRIPTION, clientId: SUBSCRIPTION },
      clusterId: "A.b_c-1",
      driftInterval: "1h",
      metrics: { tlsSecret: "metrics.example" },
      watchLabelSelector: "shard notin ( a , b ),example.com/tier in(x),!other",
      watchNamespaces: ["a", "b-1"],
      tenants: { scopes: [{ ...SCOPE, subscriptions }] },
    });
    expect(argsOf(rendered)).toContain("--drift-interval=1h");
  });

  it("says all that is wrong at once", async () => {
    const refusal = await chart
      .render({ driftInterval: "5", clusterId: "-", metrics: { auth: "token" } })
      .catch((error: unknown) => String(error));
    for (const name of ["driftInterval", "clusterId", "metrics.auth"]) expect(refusal).toContain(`- ${name}: `);
  });

  it.each([
    ["--leader-elect=false", "--leader-elect: the chart sets it itself"],
    ["--lease-name=o", "--lease-name: the chart sets it itself"],
    ["--health-port=9000", "--health-port: the chart sets it itself"],
    ["--metrics-port=9000", "--metrics-port: the chart sets it itself"],
    ["--namespaces=team-a", "--namespaces: set watchNamespaces instead"],
    ["--metrics-auth=token", "--metrics-auth: set metrics.auth instead"],
    ["--scopes-file=/scopes.yaml", "--scopes-file: set tenants instead"],
  ])("refuses the further flag %s, which would undo what it sets up", async (flag, words) => {
    await expect(chart.render({ extraArgs: [flag] })).rejects.toThrow(`extraArgs: ${words}`);
  });

  it.each([
    [
      "that is a number",
      [{ name: "OTEL_TRACES_SAMPLER_ARG", value: 0.1 }],
      "'/extraEnv/0/value': got number, want string",
    ],
    ["that is a switch", [{ name: "OTEL_SDK_DISABLED", value: true }], "'/extraEnv/0/value': got boolean, want string"],
    ["of a name that does not exist", [{ name: "A", vaule: "a" }], "additional properties 'vaule' not allowed"],
    ["that the chart sets", [{ name: "POD_NAME", value: "a" }], "extraEnv: POD_NAME: it is set already"],
    [
      "that is azure.subscriptionId",
      [{ name: "AZURE_SUBSCRIPTION_ID", value: "" }],
      "set azure.subscriptionId instead",
    ],
    ["for a second time", [1, 2].map((value) => ({ name: "A", value: `${value}` })), "extraEnv: A: it is set already"],
  ])("refuses a variable %s, before anything is installed", async (_what, extraEnv, words) => {
    await expect(chart.render({ extraEnv })).rejects.toThrow(words);
  });

  it("refuses every flag that it sets itself, with the value in it or after it", async () => {
    const all = await chart.render({
      clusterId: "here",
      watchNamespaces: ["team-a"],
      watchLabelSelector: "shard=a",
      tenants: { default: "Deny" },
      metrics: { auth: "token", tlsSecret: "mine" },
    });
    const flags = argsOf(all).map((arg) => arg.split("="));
    expect(flags).toHaveLength(18);
    for (const extraArgs of [flags.map((parts) => parts.join("=")), flags.map(([flag = ""]) => flag)]) {
      const refusal = await chart.render({ extraArgs }).catch((error: unknown) => String(error));
      for (const [flag = ""] of flags) expect(refusal).toContain(`extraArgs: ${flag}: `);
    }
  });
});
