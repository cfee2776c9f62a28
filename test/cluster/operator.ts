import { readFileSync } from "node:fs";
import { mkdtemp, writeFile } from "node:fs/promises";
import { get } from "node:http";
import { join } from "node:path";
import { parse } from "yaml";
import type { Cluster } from "./cluster.ts";
import { type Child, type ChildOptions, startChild, waitUntil } from "./processes.ts";

/** Where the operator runs in a cluster (deploy/). */
const NAMESPACE = "sessionpool-system";
const SERVICE_ACCOUNT = "sessionpool-operator";
/** The subscription that resources get when they name none. */
const DEFAULT_SUBSCRIPTION = "34adfa4f-cedf-4dc0-ba29-b6d1a69ab345";

const ROOT = join(import.meta.dirname, "..", "..");
const BUNDLE = join(ROOT, "dist", "operator.js");

/** One line of the operator's log. */
export type LogLine = Readonly<Record<string, unknown>> & { readonly msg?: string };

/** The operator's process, ready or not. */
export interface OperatorProcess {
  readonly pid: number;
  /** Resolves with the exit code when it has ended, whoever ended it. */
  readonly ended: Promise<number>;
  /** The log so far, parsed; a line that is not JSON is `{msg: line}`. */
  logs(): readonly LogLine[];
  /** Sends SIGTERM (or `signal`) and resolves with the exit code. */
  stop(signal?: NodeJS.Signals): Promise<number>;
}

export interface RunningOperator extends OperatorProcess {
  /** Base URL of /livez and /readyz. */
  readonly health: string;
  /** Its environment: where Azure is, and how to sign in. */
  readonly env: Readonly<Record<string, string>>;
  /** URL of the metrics. */
  readonly metrics: string;
}

export interface OperatorOptions {
  readonly cluster: Cluster;
  readonly emulator: { readonly url: string; readonly caFile: string; readonly tokenUrl: string };
  /** Further flags; a later one wins over those of the Deployment. */
  readonly args?: readonly string[];
  /** Further environment, which wins; credentials that it has are not made anew. */
  readonly env?: Readonly<Record<string, string>>;
  /** Called once the process runs and before it is ready, so that a test may kill it while it starts. */
  readonly onSpawn?: (operator: OperatorProcess) => void;
}

/**
 * Runs what the image runs, as the ServiceAccount of deploy/: the entrypoint of the Dockerfile with the arguments and environment of the
 * Deployment, so that image, manifest and tests cannot drift apart. Only the addresses of this place are added.
 */
export async function startOperator(options: OperatorOptions): Promise<RunningOperator> {
  const { args, env, dir } = await operatorProgram(options);
  const logFile = join(dir, "operator.log");
  const child = startProgram({ args, env }, { logFile });
  const spawned: OperatorProcess = {
    pid: child.pid,
    ended: child.ended,
    logs: () =>
      readFileSync(logFile, "utf8")
        .split("\n")
        .filter((line) => line !== "")
        .map(parseLine),
    stop: (signal) => child.stop(signal, 40_000),
  };
  options.onSpawn?.(spawned);
  // It takes free ports by itself and says which: one looked for here could be another's by the time it starts.
  const urlOf = (port: unknown): string => `http://127.0.0.1:${String(port)}`;
  let ready: LogLine | undefined;
  try {
    await waitUntil("the operator is ready", 30_000, [child], async () => {
      ready = spawned.logs().find(({ msg }) => msg === "ready");
      return ready !== undefined && (await isReady(urlOf(ready.healthPort)));
    });
  } catch (error) {
    await child.stop("SIGKILL");
    throw error;
  }
  return { ...spawned, env, health: urlOf(ready?.healthPort), metrics: `${urlOf(ready?.metricsPort)}/metrics` };
}

/** Starts the process of {@link operatorProgram}; nothing of this machine's environment reaches a pod. */
export function startProgram(
  program: Pick<ChildOptions, "args" | "env">,
  output: Pick<ChildOptions, "logFile" | "onLine">,
): Child {
  return startChild({ name: "operator", command: process.execPath, ...program, bareEnv: true, ...output });
}

/** How the process is started: see {@link startOperator}. */
export async function operatorProgram(options: Omit<OperatorOptions, "onSpawn">): Promise<{
  /** For Node. */
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Its own folder. */
  readonly dir: string;
}> {
  const { cluster, emulator } = options;
  const dir = await mkdtemp(join(cluster.dir, "operator-"));
  const { KUBECONFIG, AZURE_FEDERATED_TOKEN_FILE } = options.env ?? {};
  const pod = readPod({ "metadata.name": "sessionpool-operator-0", "metadata.namespace": NAMESPACE });
  const env = {
    ...pod.env,
    KUBECONFIG: KUBECONFIG ?? (await cluster.serviceAccountKubeconfig(NAMESPACE, SERVICE_ACCOUNT)),
    AZURE_RESOURCE_MANAGER_ENDPOINT: emulator.url,
    AZURE_RESOURCE_MANAGER_AUDIENCE: "https://management.azure.com",
    AZURE_AUTHORITY_HOST: emulator.tokenUrl,
    AZURE_TENANT_ID: "72f988bf-86f1-41af-91ab-2d7cd011db47",
    AZURE_CLIENT_ID: "bce8c037-3d10-44a4-a970-25f799611fc6",
    AZURE_FEDERATED_TOKEN_FILE: AZURE_FEDERATED_TOKEN_FILE ?? (await writeFederatedToken(cluster, dir)),
    AZURE_SUBSCRIPTION_ID: DEFAULT_SUBSCRIPTION,
    NODE_EXTRA_CA_CERTS: emulator.caFile,
    ...options.env,
  };
  return { args: [...pod.args, "--health-port=0", "--metrics-port=0", ...(options.args ?? [])], env, dir };
}

/** The token that the workload identity webhook would mount, in a file. */
async function writeFederatedToken(cluster: Cluster, dir: string): Promise<string> {
  const file = join(dir, "azure-identity-token");
  const token = await cluster.serviceAccountToken(NAMESPACE, SERVICE_ACCOUNT, "api://AzureADTokenExchange");
  await writeFile(file, token, { mode: 0o600 });
  return file;
}

/** What runs in the pod: the image's entrypoint with the container's args (they would replace a CMD), and the environment of both. */
function readPod(fields: Readonly<Record<string, string>>): {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
} {
  const dockerfile = readFileSync(join(ROOT, "Dockerfile"), "utf8").split("\n");
  const entrypoint = JSON.parse(
    dockerfile.find((line) => line.startsWith("ENTRYPOINT "))?.slice("ENTRYPOINT ".length) ?? "[]",
  ) as string[];
  const [node, ...image] = entrypoint;
  if (node !== "/nodejs/bin/node" || !image.includes("/app/operator.js"))
    throw new Error("the Dockerfile's ENTRYPOINT does not run /app/operator.js with node");
  if (dockerfile.some((line) => line.startsWith("CMD")))
    throw new Error("the Dockerfile has a CMD, which the Deployment's args replace");
  const variables = dockerfile
    .filter((line) => line.startsWith("ENV "))
    .map((line) => line.slice("ENV ".length).split("=") as [string, string]);
  const manifest = parse(readFileSync(join(ROOT, "deploy", "operator", "deployment.yaml"), "utf8")) as {
    spec: { template: { spec: { containers: Container[] } } };
  };
  const [container] = manifest.spec.template.spec.containers;
  if (!container || container.command)
    throw new Error("deploy/operator/deployment.yaml has no container, or one that replaces the image's entrypoint");
  return {
    args: [...image.map((part) => (part === "/app/operator.js" ? BUNDLE : part)), ...container.args],
    env: {
      ...Object.fromEntries(variables),
      ...Object.fromEntries(
        container.env.map(({ name, value, valueFrom }) => [
          name,
          value ?? fields[valueFrom?.fieldRef.fieldPath ?? ""] ?? "",
        ]),
      ),
    },
  };
}

/** What is read of the Deployment's container. */
interface Container {
  readonly command?: readonly string[];
  readonly args: readonly string[];
  readonly env: readonly {
    readonly name: string;
    readonly value?: string;
    readonly valueFrom?: { readonly fieldRef: { readonly fieldPath: string } };
  }[];
}

function parseLine(line: string): LogLine {
  try {
    return JSON.parse(line) as LogLine;
  } catch {
    return { msg: line };
  }
}

function isReady(health: string): Promise<boolean> {
  return new Promise((resolve) => {
    get(`${health}/readyz`, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    }).once("error", () => resolve(false));
  });
}
