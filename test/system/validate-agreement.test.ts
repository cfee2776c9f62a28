import { randomBytes } from "node:crypto";
import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { validateDocuments } from "../../src/cli/validate/validate.ts";
import { attachCluster } from "../cluster/cluster.ts";
import { specWithMistake } from "../generated/mistakes.ts";

const cluster = attachCluster(inject("cluster"));
const namespace = `agreement-${randomBytes(4).toString("hex")}`;
const COUNT = Number(process.env.AGREEMENT_RUNS ?? 150);
/** The same resources on every run, unless told otherwise. */
const SEED = Number(process.env.AGREEMENT_SEED ?? 20_250_701);

beforeAll(async () => {
  await cluster.kubectl(["create", "namespace", namespace]);
});

afterAll(async () => {
  await cluster.kubectl(["delete", "namespace", namespace, "--wait=false"]);
});

describe("validate and the API server", () => {
  it("take and refuse the same generated resources", { timeout: 300_000 }, async () => {
    const resources = fc.sample(specWithMistake(), { numRuns: COUNT, seed: SEED }).map((spec, index) => ({
      apiVersion: "appcontainers.dev/v1alpha1",
      kind: "SessionPool",
      metadata: { name: `pool${index}` },
      spec,
    }));
    const { stdout, stderr } = await cluster.kubectl(["create", "--dry-run=server", "-n", namespace, "-f", "-"], {
      input: resources.map((resource) => JSON.stringify(resource)).join("\n---\n"),
      allowFailure: true,
    });
    const taken = new Set(stdout.match(/pool\d+/g));
    const refusals = (name: string): readonly string[] =>
      stderr.split("\n").filter((line) => line.includes(`"${name}"`));
    const disagreements = resources.flatMap((resource) => {
      const { name } = resource.metadata;
      const findings = validateDocuments("-", JSON.stringify(resource)).map(
        ({ field, message }) => `${field}: ${message}`,
      );
      if ((findings.length === 0) === taken.has(name)) return [];
      return [{ spec: JSON.stringify(resource.spec), findings, server: taken.has(name) ? "takes it" : refusals(name) }];
    });
    console.log(`validate: ${COUNT} generated resources with seed ${SEED}, ${taken.size} of them taken by the server`);
    expect(disagreements).toEqual([]);
  });
});
