import { randomBytes } from "node:crypto";
import { rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Cluster, tokenFileKubeconfig } from "./cluster.ts";
import { waitUntil } from "./processes.ts";

/** A ServiceAccount's token in a file, which is put anew as the kubelet does in a pod. */
export interface RotatingToken {
  /** Signs in with what is in the file. */
  readonly kubeconfig: string;
  /** Puts a new token into the file and makes the API server refuse the one before, which it remembers for 10 s; resolves when it does. */
  rotate(): Promise<void>;
}

/** @param server what stands before the API server, such as a proxy */
export async function startRotatingToken(
  cluster: Cluster,
  namespace: string,
  name: string,
  server = cluster.server,
): Promise<RotatingToken> {
  const tokenFile = join(cluster.dir, `${namespace}-${name}-${randomBytes(4).toString("hex")}.token`);
  /** Puts a new one there. @returns what makes it be refused: it is good for as long as the object is there that it is bound to */
  const put = async (): Promise<() => Promise<void>> => {
    const bound = `token-${randomBytes(4).toString("hex")}`;
    await cluster.kubectl(["create", "secret", "generic", bound, "-n", namespace]);
    const args = ["--duration=1h", "--bound-object-kind=Secret", `--bound-object-name=${bound}`];
    const { stdout } = await cluster.kubectl(["create", "token", name, "-n", namespace, ...args]);
    const token = stdout.trim();
    await writeFile(`${tokenFile}.new`, token, { mode: 0o600 });
    // Whoever reads sees the old or the new one, never a part.
    await rename(`${tokenFile}.new`, tokenFile);
    return async () => {
      await cluster.kubectl(["delete", "secret", bound, "-n", namespace]);
      await waitUntil("the former token is refused", 30_000, [], async () => {
        const { code } = await cluster.kubectl(["get", "--raw", "/api", "--token", token], { allowFailure: true });
        return code !== 0;
      });
    };
  };
  let refuse = await put();
  return {
    kubeconfig: await tokenFileKubeconfig(cluster, tokenFile, server),
    rotate: async () => {
      const before = refuse;
      refuse = await put();
      await before();
    },
  };
}
