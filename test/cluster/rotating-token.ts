import { randomBytes } from "node:crypto";
import { rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Cluster, tokenFileKubeconfig } from "./cluster.ts";

/** A ServiceAccount's token in a file, which is put anew as the kubelet does in a pod. */
export interface RotatingToken {
  /** Signs in with what is in the file. */
  readonly kubeconfig: string;
  /** Puts a new token into the file, then makes the API server refuse the one before (which it may remember for 10 s). */
  rotate(): Promise<void>;
  /** Makes the API server refuse the present token; the file stays as it is. */
  revoke(): Promise<void>;
}

/** @param server what stands before the API server, such as a proxy */
export async function startRotatingToken(
  cluster: Cluster,
  namespace: string,
  name: string,
  server = cluster.server,
): Promise<RotatingToken> {
  const tokenFile = join(cluster.dir, `${namespace}-${name}-${randomBytes(4).toString("hex")}.token`);
  let bound = "";
  /** A token is good for as long as the object is there that it is bound to. */
  const put = async (): Promise<void> => {
    bound = `token-${randomBytes(4).toString("hex")}`;
    await cluster.kubectl(["create", "secret", "generic", bound, "-n", namespace]);
    const args = ["--duration=1h", "--bound-object-kind=Secret", `--bound-object-name=${bound}`];
    const { stdout } = await cluster.kubectl(["create", "token", name, "-n", namespace, ...args]);
    await writeFile(`${tokenFile}.new`, stdout.trim(), { mode: 0o600 });
    // Whoever reads sees the old or the new one, never a part.
    await rename(`${tokenFile}.new`, tokenFile);
  };
  const refuse = async (secret: string): Promise<void> => {
    await cluster.kubectl(["delete", "secret", secret, "-n", namespace]);
  };
  await put();
  return {
    kubeconfig: await tokenFileKubeconfig(cluster, tokenFile, server),
    rotate: async () => {
      const before = bound;
      await put();
      await refuse(before);
    },
    revoke: () => refuse(bound),
  };
}
