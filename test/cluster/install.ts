import { join } from "node:path";
import type { OwnCluster } from "./cluster.ts";
import { waitUntil } from "./processes.ts";

/** Applies what is shipped (deploy/), and waits until the server knows the kind as users do. */
export async function installManifests(cluster: OwnCluster): Promise<void> {
  await cluster.kubectl(["apply", "-k", join(import.meta.dirname, "..", "..", "deploy")]);
  await cluster.kubectl(["wait", "--for=condition=Established", "crd/sessionpools.appcontainers.dev", "--timeout=30s"]);
  // Until its schema is published, kubectl checks by rules of its own instead of asking the server.
  await waitUntil(
    "the schema is published",
    30_000,
    cluster.children,
    async () => (await cluster.kubectl(["explain", "sessionpool.spec.location"], { allowFailure: true })).code === 0,
  );
}
