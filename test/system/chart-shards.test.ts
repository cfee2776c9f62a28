import { cp, mkdtemp, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { argsOf, BUILD_MS, type Chart, openChart, podOf, ROOT, SYSTEM, withoutNamespace } from "./chart.ts";

const SECOND = "sessionpool-operator-b";
const shared = {
  armBudgetShare: 60,
  watchLabelSelector: "shard notin (b)",
  shards: [{ name: "b", watchLabelSelector: "shard in (b)", armBudgetShare: 40 }],
};
let chart: Chart;

beforeAll(async () => {
  chart = await openChart();
}, BUILD_MS);

describe("operators that share the resources", () => {
  it("are the same from the chart's shards as from deploy/, changed as docs/shards.md says", async () => {
    const dir = await installation();
    const kustomized = withoutNamespace(await chart.kustomized(join(dir, "deploy")));
    const rendered = await chart.render(shared);
    const operators = [...kustomized].filter(([key]) => key.startsWith("Deployment/"));
    expect(operators).toHaveLength(2);
    expect([...rendered].filter(([key]) => key.startsWith("Deployment/"))).toEqual(operators);
    expect([...rendered.keys()].sort()).toEqual([...kustomized.keys()].sort());
    const own = `Role/${SYSTEM}/sessionpool-operator`;
    expect(rendered.get(own)).toEqual(kustomized.get(own));
    expect(argsOf(rendered)).toEqual(
      expect.arrayContaining(["--watch-label-selector=shard notin (b)", "--arm-budget-share=60"]),
    );
    expect(argsOf(rendered, SECOND)).toEqual(
      expect.arrayContaining(["--watch-label-selector=shard in (b)", "--arm-budget-share=40"]),
    );
    await chart.applies(rendered);
  });

  it("all get what a component adds", async () => {
    const dir = await installation();
    await edit(join(dir, "deploy", "kustomization.yaml"), [
      ["# components:\n#   - secret-watch", "components:\n  - secret-watch"],
      ["#   - tenants", "  - tenants"],
    ]);
    const kustomized = await chart.kustomized(join(dir, "deploy"));
    const added = ["--secret-access=watch", "--scopes-file=/etc/sessionpool-operator/scopes.yaml"];
    for (const name of ["sessionpool-operator", SECOND]) {
      expect(argsOf(kustomized, name).slice(-2)).toEqual(added);
      expect(podOf(kustomized, name)).toMatchObject({ volumes: [{ name: "scopes" }] });
    }
    await chart.applies(withoutNamespace(kustomized));

    const rendered = await chart.render({ ...shared, secretWatch: true, tenants: { default: "Deny" } });
    for (const name of ["sessionpool-operator", SECOND])
      expect(argsOf(rendered, name)).toEqual(expect.arrayContaining(added));
  });

  it.each([
    ["without a selector of the first", { watchLabelSelector: "" }, "set watchLabelSelector too"],
    ["of more than all of Azure's limits", { armBudgetShare: 61 }, "must add up to at most 100"],
    [
      "of a share that is only the first one's",
      { armBudgetShare: 100, shards: [{ name: "b", watchLabelSelector: "shard in (b)" }] },
      "it is 200: a shard that names none has the first one's; set armBudgetShare: 50 and each shard's",
    ],
    [
      "of one name",
      { armBudgetShare: 20, shards: [...shared.shards, ...shared.shards] },
      "shards: two have the name b",
    ],
    [
      "with a selector that is none",
      { watchLabelSelector: "shard in b" },
      'watchLabelSelector: "shard in b" is not a label selector, such as',
    ],
    [
      "with one of a shard that is none",
      { shards: [{ ...shared.shards[0], watchLabelSelector: "shard=a," }] },
      'shards[0].watchLabelSelector: "shard=a," is not a label selector, such as shard=a or shard notin (a, b)',
    ],
    ["without one", { shards: [{ name: "b" }] }, "/shards/0"],
    [
      "with a name that cannot be",
      { shards: [{ ...shared.shards[0], name: "B" }] },
      'shards[0].name: "B" is not 1 to 32 lower-case letters, digits or',
    ],
  ])("are refused %s", async (_what, values, words) => {
    await expect(chart.render({ ...shared, ...values })).rejects.toThrow(words);
  });
});

/** deploy/ with one more operator, as docs/shards.md says. */
async function installation(): Promise<string> {
  const dir = await mkdtemp(join(chart.cluster.dir, "shards-"));
  for (const folder of ["crds", "deploy"]) await cp(join(ROOT, folder), join(dir, folder), { recursive: true });
  const operator = join(dir, "deploy", "operator");
  const flags = (share: number, lease: string, selector: string): readonly (readonly [string, string])[] => [
    ["--arm-budget-share=100", `--arm-budget-share=${share}`],
    ["--lease-name=sessionpool-operator", `--lease-name=${lease}\n            - --watch-label-selector=${selector}`],
  ];
  const second = join(operator, "deployment-b.yaml");
  await cp(join(operator, "deployment.yaml"), second);
  await edit(join(operator, "deployment.yaml"), flags(60, "sessionpool-operator", "shard notin (b)"));
  const label = "app.kubernetes.io/name: sessionpool-operator\n";
  await edit(second, [
    ["metadata:\n  name: sessionpool-operator\n", `metadata:\n  name: ${SECOND}\n`],
    [`    matchLabels:\n      ${label}`, `    matchLabels:\n      ${label}      appcontainers.dev/shard: b\n`],
    [`      labels:\n        ${label}`, `      labels:\n        ${label}        appcontainers.dev/shard: b\n`],
    [
      `            matchLabels:\n              ${label}`,
      `            matchLabels:\n              ${label}              appcontainers.dev/shard: b\n`,
    ],
    ...flags(40, SECOND, "shard in (b)"),
  ]);
  await edit(join(operator, "rbac.yaml"), [
    ["resourceNames: [sessionpool-operator]", `resourceNames: [sessionpool-operator, ${SECOND}]`],
  ]);
  await edit(join(operator, "kustomization.yaml"), [["#   - deployment-b.yaml", "  - deployment-b.yaml"]]);
  return dir;
}

async function edit(file: string, changes: readonly (readonly [from: string, to: string])[]): Promise<void> {
  let text = await readFile(file, "utf8");
  for (const [from, to] of changes) {
    expect(text.split(from)).toHaveLength(2);
    text = text.replace(from, to);
  }
  await writeFile(file, text);
}
