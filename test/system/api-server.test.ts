import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import { afterAll, describe, expect, inject, it } from "vitest";
import { createTransport, loadKubeConfig } from "../../src/kubernetes/transport.ts";
import { attachCluster } from "../cluster/cluster.ts";
import { apiOver, type Said } from "../simulation/api-server/conformance/api.ts";
import { CASES } from "../simulation/api-server/conformance/more-cases.ts";
import { readRecorded, RECORDED_FILE, runOnMemory } from "../simulation/api-server/conformance/run.ts";

const cluster = attachCluster(inject("cluster"));
const transport = createTransport(loadKubeConfig(cluster.adminKubeconfig));
const recorded: Record<string, readonly Said[]> = {};

afterAll(async () => {
  await transport.close();
  if (process.env.UPDATE_RECORDED === "1") writeFileSync(RECORDED_FILE, `${JSON.stringify(recorded, undefined, 1)}\n`);
});

describe("the simulation's API server and the real one", () => {
  for (const { name, run } of CASES)
    it(`say the same: ${name}`, async () => {
      const namespace = `conformance-${randomBytes(4).toString("hex")}`;
      await cluster.kubectl(["create", "namespace", namespace]);
      try {
        // Only a watch is waited for: whatever comes, comes by itself.
        const api = apiOver(transport, namespace, () => setTimeout(10));
        await run(api);
        recorded[name] = api.said;
      } finally {
        await cluster.kubectl(["delete", "namespace", namespace, "--wait=false"], { allowFailure: true });
      }
      if (process.env.UPDATE_RECORDED === "1") return;
      expect(recorded[name]).toEqual(readRecorded()[name]);
      expect(await runOnMemory(run)).toEqual(recorded[name]);
    });
});
