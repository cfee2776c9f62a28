import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, inject, it } from "vitest";
import { attachCluster } from "../cluster/cluster.ts";
import { isAimedAt } from "./crashes/fault-proxy.ts";
import { POINTS } from "./crashes/points.ts";
import { type Ending, type Stage, type Strike, tellStory } from "./crashes/story.ts";
import { CRASHES, FAULTS } from "./crashes/troubles.ts";

/** A run of a campaign. */
type Run = Strike & { readonly title: string };

const R1: readonly Run[] = POINTS.flatMap((point) =>
  CRASHES.map(([when, trouble]) => ({ point, trouble: trouble(point), title: `${when} the ${point.name}` })),
);

/** Call i of either world gets the faults i and i + 4 of the eight: each call gets two, each fault comes to both worlds. */
const R3: readonly Run[] = (["kubernetes", "azure"] as const).flatMap((world) =>
  POINTS.filter((point) => point.world === world).flatMap((point, index) =>
    [index, index + 4].map((n): Run => {
      const [name, trouble] = FAULTS[n % FAULTS.length] ?? ["", () => ({ kind: "truncate" })];
      return { point, trouble: trouble(point), title: `${name} at the ${point.name}` };
    }),
  ),
);

/** What no story may break. */
const WELL = { hasSecretValue: true, left: 0, leaks: [] };

let stage: Stage;
let undisturbed: Ending;

beforeAll(async () => {
  const cluster = attachCluster(inject("cluster"));
  const account = ["sessionpool-system", "sessionpool-operator"] as const;
  const federatedTokenFile = join(cluster.dir, "stories.token");
  await writeFile(federatedTokenFile, await cluster.serviceAccountToken(...account, "api://AzureADTokenExchange"));
  stage = { cluster, federatedTokenFile, kubeconfig: await cluster.serviceAccountKubeconfig(...account) };
  undisturbed = await tellStory(stage);
});

describe("the undisturbed story of a pool", () => {
  it("ends as it should, with one PUT for the spec and one for the edit", () => {
    expect(undisturbed.world).toMatchObject({
      ...WELL,
      edited: { properties: { provisioningState: "Succeeded", scaleConfiguration: { maxConcurrentSessions: 12 } } },
    });
    expect([undisturbed.puts, undisturbed.deletes]).toEqual([2, 1]);
  });

  it(`has no call but the ${POINTS.length} of the sample, and all of them`, () => {
    const { calls } = undisturbed;
    const all = (["kubernetes", "azure"] as const).flatMap((world) => calls[world].map((call) => ({ world, call })));
    const unknown = all.filter(
      ({ world, call }) => !POINTS.some((point) => point.world === world && isAimedAt(point, call)),
    );
    expect(unknown).toEqual([]);
    const lacking = POINTS.filter(
      (point) => calls[point.world].filter((call) => isAimedAt(point, call)).length < point.nth,
    );
    expect(lacking).toEqual([]);
  });
});

describe.concurrent.each([
  [`R1: ${R1.length} runs, in each the operator is killed once and starts with empty memory`, R1],
  [`R3: ${R3.length} runs, in each one call fails once`, R3],
])("%s: the world ends as in the undisturbed story", (_campaign, runs) => {
  it.each(runs.map((run) => [run.title, run] as const))("%s", async (_title, run) => {
    const ending = await tellStory(stage, run);
    expect([ending.hasStruck, ending.accidents]).toEqual([true, []]);
    expect(ending.world).toEqual({ ...WELL, edited: undisturbed.world.edited });
    expect(ending.puts).toBeLessThanOrEqual(undisturbed.puts + 1);
    expect(ending.deletes).toBeLessThanOrEqual(undisturbed.deletes + 1);
  });
});
