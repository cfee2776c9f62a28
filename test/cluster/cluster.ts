import { execFile } from "node:child_process";
import { randomBytes, generateKeyPairSync } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { request } from "node:https";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findBinaries } from "./binaries.ts";
import { compactEtcd, startApiServer, startControllerManager, startEtcd } from "./components.ts";
import { type Child, waitUntil } from "./processes.ts";

/** An entry of the API server's audit log, as far as tests read it. */
export interface AuditEvent {
  readonly verb: string;
  readonly user: { readonly username: string };
  readonly objectRef?: {
    readonly resource?: string;
    readonly namespace?: string;
    readonly name?: string;
    readonly subresource?: string;
  };
  readonly responseStatus?: { readonly code?: number };
  readonly requestReceivedTimestamp: string;
}

/** What a command printed. */
export interface KubectlResult {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number;
}

/** How to reach a running control plane; plain data, so that it can cross processes. */
export interface ClusterAccess {
  readonly dir: string;
  readonly server: string;
  readonly caFile: string;
  readonly adminKubeconfig: string;
  readonly kubectlCommand: readonly string[];
}

/** A running control plane as its users see it. */
export interface Cluster extends ClusterAccess {
  /** @throws Error with what kubectl printed, unless failure is allowed */
  kubectl(
    args: readonly string[],
    options?: { readonly input?: string; readonly allowFailure?: boolean },
  ): Promise<KubectlResult>;
  /** A token of a ServiceAccount (TokenRequest), for the API server or for another audience. */
  serviceAccountToken(namespace: string, name: string, audience?: string): Promise<string>;
  /** A kubeconfig file that signs in as the ServiceAccount, with RBAC applied. @param server what stands before the API server, such as a proxy */
  serviceAccountKubeconfig(namespace: string, name: string, server?: string): Promise<string>;
  /** Finished requests, in order. */
  auditEvents(): readonly AuditEvent[];
}

export interface StartOptions {
  readonly progress: (line: string) => void;
  /** Gives up, also half way through a build. */
  readonly signal?: AbortSignal;
}

/** A control plane that this process started. */
export interface OwnCluster extends Cluster {
  readonly children: readonly Child[];
  /**
   * Ends kube-apiserver and starts it anew on the same port, with the same certificate and data; resolves when it is ready.
   *
   * @param whileDown what happens while there is none
   */
  restartApiServer(options?: {
    readonly signal?: NodeJS.Signals;
    readonly whileDown?: () => Promise<void>;
  }): Promise<void>;
  /** Forgets all history of etcd, as it does by itself every five minutes; a watch cannot begin from before now. */
  compact(): Promise<void>;
  stop(): Promise<void>;
}

const AUDIT_POLICY = `apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived, ResponseStarted]
rules: [{level: Metadata}]
`;

/** Starts etcd, kube-apiserver with RBAC, and kube-controller-manager on free ports of 127.0.0.1, in a folder of their own. */
export async function startCluster(options: StartOptions): Promise<OwnCluster> {
  const binaries = await findBinaries(options.progress, options.signal);
  const dir = await mkdtemp(join(tmpdir(), "sessionpool-cluster-"));
  const children: Child[] = [];
  const stop = async (): Promise<void> => {
    for (const child of children.toReversed()) await child.stop();
    await rm(dir, { recursive: true, force: true });
  };
  try {
    options.signal?.throwIfAborted();
    const [etcdPort, peerPort, apiPort] = await Promise.all([freePort(), freePort(), freePort()]);
    options.progress("starting etcd");
    children.push(startEtcd(binaries, dir, etcdPort, peerPort));
    const token = randomBytes(24).toString("hex");
    await writeCredentials(dir, token);
    options.progress("starting kube-apiserver");
    const server = `https://127.0.0.1:${apiPort}`;
    const caFile = join(dir, "certs", "apiserver.crt");
    const openApiServer = async (): Promise<void> => {
      children.splice(1, 1, startApiServer(binaries, dir, etcdPort, apiPort));
      await waitUntil(
        "kube-apiserver is ready",
        120_000,
        children,
        () => answers(`${server}/readyz`, caFile, token),
        options.signal,
      );
    };
    await openApiServer();
    const adminKubeconfig = join(dir, "admin.kubeconfig");
    await writeFile(adminKubeconfig, kubeconfig(server, caFile, { token }), { mode: 0o600 });
    options.progress("starting kube-controller-manager");
    children.push(startControllerManager(binaries, dir, adminKubeconfig));
    const access: ClusterAccess = { dir, server, caFile, adminKubeconfig, kubectlCommand: binaries.kubectl };
    const cluster = attachCluster(access);
    // ServiceAccounts are made by the controller manager: once the first is there, it works.
    await waitUntil(
      "the default ServiceAccount appears",
      60_000,
      children,
      async () => (await cluster.kubectl(["get", "serviceaccount", "default"], { allowFailure: true })).code === 0,
      options.signal,
    );
    const restartApiServer: OwnCluster["restartApiServer"] = async ({ signal = "SIGKILL", whileDown } = {}) => {
      await children[1]?.stop(signal, 30_000);
      await whileDown?.();
      await openApiServer();
    };
    return { ...cluster, children, restartApiServer, compact: () => compactEtcd(etcdPort), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** A cluster that another process started. */
export function attachCluster(access: ClusterAccess): Cluster {
  const kubectl: Cluster["kubectl"] = async (args, { input, allowFailure = false } = {}) => {
    const result = await run(access, args, input);
    if (result.code !== 0 && !allowFailure)
      throw new Error(`kubectl ${args.join(" ")}: ${result.stderr || result.stdout}`);
    return result;
  };
  const serviceAccountToken: Cluster["serviceAccountToken"] = async (namespace, name, audience) => {
    const { stdout } = await kubectl([
      "create",
      "token",
      name,
      "-n",
      namespace,
      "--duration=1h",
      ...(audience === undefined ? [] : [`--audience=${audience}`]),
    ]);
    return stdout.trim();
  };
  return {
    ...access,
    kubectl,
    serviceAccountToken,
    serviceAccountKubeconfig: async (namespace, name, server = access.server) => {
      const suffix = randomBytes(4).toString("hex");
      const tokenFile = join(access.dir, `${namespace}-${name}-${suffix}.token`);
      await writeFile(tokenFile, await serviceAccountToken(namespace, name), { mode: 0o600 });
      return await tokenFileKubeconfig(access, tokenFile, server);
    },
    auditEvents: () => {
      const file = join(access.dir, "audit.log");
      const lines = existsSync(file) ? readFileSync(file, "utf8").split("\n") : [];
      return lines.filter((line) => line.endsWith("}")).map((line) => JSON.parse(line) as AuditEvent);
    },
  };
}

/** A TCP port of 127.0.0.1 that is free now. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => server.once("error", reject).listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === "object" && address !== null ? address.port : 0;
}

async function writeCredentials(dir: string, token: string): Promise<void> {
  await mkdir(join(dir, "certs"));
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  await writeFile(join(dir, "sa.key"), privateKey.export({ type: "pkcs1", format: "pem" }), { mode: 0o600 });
  await writeFile(join(dir, "tokens.csv"), `${token},admin,admin,system:masters\n`, { mode: 0o600 });
  await writeFile(join(dir, "audit-policy.yaml"), AUDIT_POLICY);
}

/** A kubeconfig that signs in with what is in a file, which is read again and again as in a pod; beside that file. */
export async function tokenFileKubeconfig(
  { caFile }: ClusterAccess,
  tokenFile: string,
  server: string,
): Promise<string> {
  const file = `${tokenFile}.kubeconfig`;
  const user = { "auth-provider": { name: "tokenFile", config: { tokenFile } } };
  await writeFile(file, kubeconfig(server, caFile, user), { mode: 0o600 });
  return file;
}

function kubeconfig(server: string, caFile: string, user: object): string {
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "test", cluster: { server, "certificate-authority": caFile } }],
    users: [{ name: "test", user }],
    contexts: [{ name: "test", context: { cluster: "test", user: "test" } }],
    "current-context": "test",
  });
}

async function answers(url: string, caFile: string, token: string): Promise<boolean> {
  if (!existsSync(caFile)) return false;
  return new Promise((resolve) => {
    const call = request(
      url,
      { ca: readFileSync(caFile), headers: { authorization: `Bearer ${token}` }, timeout: 2000 },
      (response) => {
        response.resume();
        resolve(response.statusCode === 200);
      },
    );
    call.once("error", () => resolve(false));
    call.end();
  });
}

function run(access: ClusterAccess, args: readonly string[], input: string | undefined): Promise<KubectlResult> {
  const [command = "kubectl", ...leading] = access.kubectlCommand;
  return new Promise((resolve) => {
    const child = execFile(
      command,
      [...leading, ...args],
      { env: { ...process.env, KUBECONFIG: access.adminKubeconfig, HOME: access.dir }, maxBuffer: 64 * 1024 * 1024 },
      (error, stdout, stderr) =>
        resolve({ stdout, stderr, code: error ? (typeof error.code === "number" ? error.code : 1) : 0 }),
    );
    child.stdin?.end(input ?? "");
  });
}
