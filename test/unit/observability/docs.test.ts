import { Registry } from "prom-client";
import { describe, expect, it } from "vitest";
import { Metrics } from "../../../src/observability/metrics.ts";
import { RESOURCE_GAUGES } from "../../../src/observability/resource-metrics.ts";
import { readText } from "../deploy/manifests.ts";

const registry = new Registry();
const metrics = new Metrics({}, registry);
const doc = readText("docs/metrics.md");

/** Every metric as the tables of the document have them: name, type, labels. */
async function registered(): Promise<readonly string[]> {
  const all = (await registry.getMetricsAsJSON()).map(({ name, type }) => {
    // Not in its types.
    const { labelNames } = registry.getSingleMetric(name) as unknown as { readonly labelNames: readonly string[] };
    return rowOf(name, String(type), labelNames);
  });
  return [...all, ...RESOURCE_GAUGES.map(({ name }) => rowOf(name, "gauge", ["namespace", "name"]))];
}

function rowOf(name: string, type: string, labels: readonly string[]): string {
  return `| \`${name}\` | ${type} | ${labels.map((label) => `\`${label}\``).join(", ")} |`.replace("|  |", "| |");
}

describe("docs/metrics.md", () => {
  it("has every metric with its type and labels, and no other", async () => {
    const rows = [...doc.matchAll(/^\| `\w+` \| (?:gauge|counter|histogram) \|[^|]*\|/gm)].map(([row]) => row);
    expect([...rows].sort()).toEqual([...(await registered())].sort());
    expect((await Array.fromAsync(metrics.text())).join("")).toContain("# TYPE sessionpool_ready gauge");
  });

  it("asks in its alerts, and the README tells, only of metrics that there are", async () => {
    const names = new Set(
      (await registered()).flatMap((row) => {
        const [, name = "", type] = /`(\w+)` \| (\w+)/.exec(row) ?? [];
        return type === "histogram" ? ["_bucket", "_sum", "_count"].map((end) => name + end) : [name];
      }),
    );
    const [, alerts = ""] = /## Alerts\n([\s\S]*?)\n## /.exec(doc) ?? [];
    const asked = [
      ...alerts.matchAll(/\b(?:sessionpool|controller_runtime|workqueue|leader_election|rest_client)_\w+/g),
    ];
    expect(asked.length).toBeGreaterThan(10);
    expect(asked.map(([name]) => name).filter((name) => !names.has(name))).toEqual([]);
    const told = [...readText("README.md").matchAll(/`((?:sessionpool|leader_election)_[a-z_]+)`/g)];
    expect(told.map(([, name]) => name).filter((name) => !names.has(name ?? ""))).toEqual([]);
  });
});
