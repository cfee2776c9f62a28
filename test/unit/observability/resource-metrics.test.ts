import { describe, expect, it } from "vitest";
import type { Condition } from "../../../src/api/conditions.ts";
import type { SessionPool } from "../../../src/api/session-pool.ts";
import { Metrics } from "../../../src/observability/metrics.ts";
import { processRegistry } from "../../../src/observability/process-metrics.ts";
import { RESOURCES_AT_ONCE } from "../../../src/observability/resource-metrics.ts";

/** A resource at generation 2 with these conditions, each as `Type=Status`, or `Type=Status/Reason`, at generation 2 or `@1`. */
function resource(name: string, ...conditions: readonly string[]): SessionPool {
  return {
    metadata: { name, namespace: "team-a", uid: name, resourceVersion: "1", generation: 2 },
    spec: {} as SessionPool["spec"],
    status: {
      conditions: conditions.map((text): Condition => {
        const [, type = "", status = "", reason = "Any", at = "2"] =
          /^(\w+)=(\w+)(?:\/(\w+))?(?:@(\d))?$/.exec(text) ?? [];
        const observedGeneration = Number(at);
        return { type, reason, observedGeneration, status: status as "True", message: "", lastTransitionTime: "" };
      }),
    },
  };
}

async function told(resources: readonly SessionPool[], name: string): Promise<readonly string[]> {
  const text = (await Array.fromAsync(new Metrics().text(() => resources))).join("");
  return text.split("\n").filter((line) => line.startsWith(`${name}{`));
}

describe("what Prometheus is told of each resource", () => {
  it.each<[what: string, conditions: readonly string[], ready: number | undefined, drifted: number]>([
    ["one that nobody has looked at", [], 0, 0],
    ["one that is Ready", ["Ready=True/Succeeded"], 1, 0],
    ["one that was Ready before it was edited", ["Ready=True/Succeeded@1"], 0, 0],
    ["one that is created", ["Ready=False/Creating", "Reconciling=True/Creating"], 0, 0],
    ["one that is stuck", ["Ready=False/QuotaExceeded", "Stalled=True/QuotaExceeded"], 0, 0],
    ["one whose pool somebody changed", ["Ready=False/Updating", "Drifted=True/ChangedInAzure"], 0, 1],
    ["one that is suspended: nobody waits for it", ["Ready=False/Suspended"], undefined, 0],
  ])("%s", async (_what, conditions, ready, drifted) => {
    const resources = [resource("alpha", ...conditions)];
    const labels = '{namespace="team-a",name="alpha"}';
    expect(await told(resources, "sessionpool_ready")).toEqual(
      ready === undefined ? [] : [`sessionpool_ready${labels} ${ready}`],
    );
    expect(await told(resources, "sessionpool_drifted")).toEqual([`sessionpool_drifted${labels} ${drifted}`]);
  });

  it("in parts, so that ten thousand do not hold up the event loop, and none twice", async () => {
    const resources = Array.from({ length: 10_000 }, (_, index) => resource(`pool-${index}`, "Ready=True"));
    let taken = 0;
    const source = function* (): Generator<SessionPool> {
      for (const each of resources) {
        taken += 1;
        yield each;
      }
    };
    const parts = await takeParts(source, () => taken);
    expect(Math.max(...parts.map(({ taken: count }) => count))).toBe(RESOURCES_AT_ONCE);
    const lines = parts.flatMap(({ text }) =>
      text.split("\n").filter((line) => line.includes('{namespace="team-a",name=')),
    );
    expect(new Set(lines).size).toBe(20_000);
    expect(lines).toHaveLength(20_000);
  });

  it("and each other metric in a part of its own: those of the process read /proc, and all at once take long", async () => {
    const parts = await Array.fromAsync(new Metrics({}, processRegistry()).text());
    const counts = parts.map((text) => text.match(/^# TYPE /gm)?.length);
    expect(counts.length).toBeGreaterThan(50);
    expect(new Set(counts)).toEqual(new Set([1]));
  });
});

/** The parts of the text, with how many resources were taken for each. */
async function takeParts(
  resources: () => Iterable<SessionPool>,
  taken: () => number,
): Promise<readonly { readonly text: string; readonly taken: number }[]> {
  const parts = [];
  let before = taken();
  for await (const text of new Metrics().text(resources)) {
    parts.push({ text, taken: taken() - before });
    before = taken();
  }
  return parts;
}
