import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv } from "ajv";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { ConfigExit, readConfig } from "../../../src/config.ts";
import { readText, ROOT } from "./manifests.ts";

const schema = JSON.parse(readFileSync(join(ROOT, "deploy", "chart", "values.schema.json"), "utf8")) as object;
const fitsSchema = new Ajv({ strict: false }).compile(schema);
const formats = parse(readText("deploy/chart/files/formats.yaml")) as Readonly<Record<string, { pattern: string }>>;

/** Whether the schema takes it, and templates/checks.yaml, which goes by the same patterns. */
function isLegal(name: string, value: string | number): boolean {
  const { pattern } = formats[name] ?? {};
  return fitsSchema({ [name]: value }) && (pattern === undefined || new RegExp(pattern).test(String(value)));
}

function operatorTakes(flag: string, value: unknown): boolean {
  try {
    readConfig([`--${flag}=${String(value)}`], {});
    return true;
  } catch (error) {
    if (error instanceof ConfigExit) return false;
    throw error;
  }
}

/** Values of the chart with the flag that each becomes. */
const FLAGS = {
  driftInterval: "drift-interval",
  concurrency: "concurrency",
  armBudgetShare: "arm-budget-share",
  maxInFlightWrites: "max-in-flight-writes",
  maxDriftCorrections: "max-drift-corrections",
  watchLabelSelector: "watch-label-selector",
} as const;

// The operator does not start with a setting that it refuses, and the chart ends the old one first.
describe("a setting in the chart's values", () => {
  it.each<[name: keyof typeof FLAGS, value: string | number, legal: boolean]>([
    ["driftInterval", "90s", true],
    ["driftInterval", "5", false],
    ["concurrency", 0, false],
    ["concurrency", 1, true],
    ["concurrency", 1_000, true],
    ["concurrency", 1_001, false],
    ["armBudgetShare", 0, false],
    ["armBudgetShare", 1, true],
    ["armBudgetShare", 33.3, false],
    ["armBudgetShare", 100, true],
    ["armBudgetShare", 101, false],
    ["maxInFlightWrites", -1, false],
    ["maxInFlightWrites", 0, true],
    ["maxInFlightWrites", 999_999, true],
    ["maxInFlightWrites", 1_000_000, false],
    ["maxDriftCorrections", 0, true],
    ["maxDriftCorrections", 100, true],
    ["maxDriftCorrections", 101, false],
    ["watchLabelSelector", "shard=a", true],
    ["watchLabelSelector", " shard == a , tier!=x", true],
    ["watchLabelSelector", "shard=", true],
    ["watchLabelSelector", "shard in (a,b)", true],
    ["watchLabelSelector", "shard notin ( a , b ),example.com/tier in(x)", true],
    ["watchLabelSelector", "shard in ()", true],
    ["watchLabelSelector", "shard", true],
    ["watchLabelSelector", "! shard,tier", true],
    ["watchLabelSelector", "shard in a", false],
    ["watchLabelSelector", "shard in (a", false],
    ["watchLabelSelector", "shard in (a b)", false],
    ["watchLabelSelector", "shard=a,", false],
    ["watchLabelSelector", "shard=a b", false],
    ["watchLabelSelector", "shard===a", false],
    ["watchLabelSelector", "shard=-a", false],
    ["watchLabelSelector", `shard=${"a".repeat(64)}`, false],
    ["watchLabelSelector", "shard>5", false],
    ["watchLabelSelector", "Example.com/shard=a", false],
    ["watchLabelSelector", "/shard=a", false],
    ["watchLabelSelector", "example..com/shard=a", false],
  ])("is refused by helm where the operator would not start with it: %s %j", (name, value, legal) => {
    expect(isLegal(name, value)).toBe(legal);
    expect(operatorTakes(FLAGS[name], value)).toBe(legal);
  });

  it("is in no schema as a pattern, which helm would show instead of what it means", () => {
    expect(JSON.stringify(schema)).not.toContain('"pattern"');
  });

  it("is by default what the operator takes by default", () => {
    const values = parse(readText("deploy/chart/values.yaml")) as Record<string, string | number>;
    const set = Object.entries(FLAGS).filter(([name]) => values[name] !== "");
    expect(set.map(([name]) => name)).toEqual(Object.keys(FLAGS).filter((name) => name !== "watchLabelSelector"));
    expect(
      readConfig(
        set.map(([name, flag]) => `--${flag}=${values[name]}`),
        {},
      ),
    ).toEqual(readConfig([], {}));
  });
});
