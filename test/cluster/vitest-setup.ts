import type { TestProject } from "vitest/node";
import { type ClusterAccess, startCluster } from "./cluster.ts";
import { installManifests } from "./install.ts";

declare module "vitest" {
  export interface ProvidedContext {
    cluster: ClusterAccess;
  }
}

/** One control plane for all system tests, with the shipped manifests applied, so that a missing permission fails a test. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const cluster = await startCluster({ progress: (line) => console.error(line) });
  try {
    await installManifests(cluster);
  } catch (error) {
    await cluster.stop();
    throw error;
  }
  const { dir, server, caFile, adminKubeconfig, kubectlCommand } = cluster;
  project.provide("cluster", { dir, server, caFile, adminKubeconfig, kubectlCommand });
  return () => cluster.stop();
}
