import { parseArgs } from "node:util";
import { findBinaries } from "./binaries.ts";
import { startCluster } from "./cluster.ts";

const HELP = `A real Kubernetes control plane on this machine: etcd, kube-apiserver, kube-controller-manager.

Usage: npm run cluster [-- --build-only]

Runs until Ctrl-C and prints the KUBECONFIG line. --build-only builds the programs and ends.`;

const { values } = parseArgs({ options: { "build-only": { type: "boolean" }, help: { type: "boolean", short: "h" } } });
const progress = (line: string): void => console.error(line);
try {
  if (values.help) console.log(HELP);
  else if (values["build-only"]) await findBinaries(progress);
  else {
    const cluster = await startCluster({ progress });
    console.log(`export KUBECONFIG=${cluster.adminKubeconfig}\nalias kubectl="${cluster.kubectlCommand.join(" ")}"`);
    progress("running; Ctrl-C stops it");
    const { promise, resolve } = Promise.withResolvers<void>();
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => resolve());
    await promise;
    await cluster.stop();
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
