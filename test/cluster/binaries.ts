import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { builtOnce } from "./go-build.ts";

/** The programs of a control plane: command and leading arguments of each. */
export type Component = "etcd" | "kube-apiserver" | "kube-controller-manager" | "kubectl";
export type Binaries = Readonly<Record<Component, readonly [command: string, ...args: string[]]>>;

const COMPONENTS: readonly Component[] = ["etcd", "kube-apiserver", "kube-controller-manager", "kubectl"];
const MODULE = join(import.meta.dirname, "kube");
const KUBERNETES = "v1.36.3";

/**
 * Finds the control plane's programs: in $KUBEBUILDER_ASSETS when it is set, the rest from one binary that is built once from Go modules
 * and kept in a cache outside the tree.
 *
 * @throws Error that says what to install when there is no Go, or why the build failed
 */
export async function findBinaries(progress: (line: string) => void, signal?: AbortSignal): Promise<Binaries> {
  const assets = process.env.KUBEBUILDER_ASSETS;
  const given = new Map<Component, string>();
  if (assets !== undefined && assets !== "") {
    for (const component of COMPONENTS)
      if (existsSync(join(assets, component))) given.set(component, join(assets, component));
    if (given.size === 0)
      throw new Error(`KUBEBUILDER_ASSETS is ${assets}, but none of ${COMPONENTS.join(", ")} is there`);
  }
  const lacking = COMPONENTS.filter((component) => !given.has(component));
  if (given.size > 0 && lacking.length > 0)
    progress(`KUBEBUILDER_ASSETS has no ${lacking.join(", ")}: taken from our own build`);
  const built = lacking.length > 0 ? await builtBinary(progress, signal) : "";
  return Object.fromEntries(
    COMPONENTS.map((component) => {
      const path = given.get(component);
      return [component, path === undefined ? [built, component] : [path]];
    }),
  ) as unknown as Binaries;
}

/** The one binary, built now if the cache does not hold it. */
async function builtBinary(progress: (line: string) => void, signal: AbortSignal | undefined): Promise<string> {
  const hash = createHash("sha256");
  for (const file of ["go.mod", "go.sum", "main.go"]) hash.update(readFileSync(join(MODULE, file)));
  const version = `-X k8s.io/component-base/version.gitVersion=${KUBERNETES} -X k8s.io/component-base/version.gitMajor=1 -X k8s.io/component-base/version.gitMinor=36`;
  return builtOnce({
    what: `etcd and Kubernetes ${KUBERNETES}`,
    takes: "about 5 minutes",
    folder: `kube-${KUBERNETES}-${hash.digest("hex").slice(0, 12)}`,
    binary: "kube",
    // -v names each package as it is done; no inlining halves the time and is fast enough for tests.
    go: (binary) => ["build", "-v", "-trimpath", "-gcflags=all=-l", "-ldflags", `-s -w ${version}`, "-o", binary, "."],
    cwd: MODULE,
    otherwise: `set KUBEBUILDER_ASSETS to a folder with ${COMPONENTS.join(", ")}`,
    progress,
    ...(signal ? { signal } : {}),
  });
}
