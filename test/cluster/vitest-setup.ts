import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { type ClusterAccess, startCluster } from "./cluster.ts";

declare module "vitest" {
  export interface ProvidedContext {
    cluster: ClusterAccess;
  }
}

/** One control plane for all system tests, with the shipped manifests applied, so that a missing permission fails a test. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const cluster = await startCluster({ progress: (line) => console.error(line) });
  await cluster.kubectl(["apply", "-k", join(import.meta.dirname, "..", "..", "deploy")]);
  await cluster.kubectl(["wait", "--for=condition=Established", "crd/sessionpools.appcontainers.dev", "--timeout=30s"]);
  const { dir, server, caFile, adminKubeconfig, kubectlCommand } = cluster;
  project.provide("cluster", { dir, server, caFile, adminKubeconfig, kubectlCommand });
  return () => cluster.stop();
}
