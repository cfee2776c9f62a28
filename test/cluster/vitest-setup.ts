import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { type ClusterAccess, startCluster } from "./cluster.ts";
import { waitUntil } from "./processes.ts";

declare module "vitest" {
  export interface ProvidedContext {
    cluster: ClusterAccess;
  }
}

/** One control plane for all system tests, with the shipped manifests applied, so that a missing permission fails a test. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const cluster = await startCluster({ progress: (line) => console.error(line) });
  try {
    await cluster.kubectl(["apply", "-k", join(import.meta.dirname, "..", "..", "deploy")]);
    await cluster.kubectl([
      "wait",
      "--for=condition=Established",
      "crd/sessionpools.appcontainers.dev",
      "--timeout=30s",
    ]);
    // Until its schema is published, kubectl checks by rules of its own instead of asking the server.
    await waitUntil(
      "the schema is published",
      30_000,
      cluster.children,
      async () => (await cluster.kubectl(["explain", "sessionpool.spec.location"], { allowFailure: true })).code === 0,
    );
  } catch (error) {
    await cluster.stop();
    throw error;
  }
  const { dir, server, caFile, adminKubeconfig, kubectlCommand } = cluster;
  project.provide("cluster", { dir, server, caFile, adminKubeconfig, kubectlCommand });
  return () => cluster.stop();
}
