import { tmpdir } from "node:os";
import { builtOnce } from "./go-build.ts";

const HELM = "v4.1.4";

/** The path of helm, built once for this machine. */
export async function findHelm(progress: (line: string) => void): Promise<string> {
  return builtOnce({
    what: `helm ${HELM}`,
    takes: "about 100 s",
    folder: `helm-${HELM}`,
    binary: "helm",
    go: () => ["install", "-v", "-trimpath", "-gcflags=all=-l", "-ldflags=-s -w", `helm.sh/helm/v4/cmd/helm@${HELM}`],
    // A module of this tree must not decide on versions.
    cwd: tmpdir(),
    progress,
  });
}
