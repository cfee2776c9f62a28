import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { inject } from "vitest";
import { attachCluster, type Cluster } from "../cluster/cluster.ts";
import { type OperatorOptions, type RunningOperator, startOperator } from "../cluster/operator.ts";
import { waitUntil } from "../cluster/processes.ts";
import { type Emulator, type EmulatorOptions, startEmulator } from "../emulator/start.ts";
import {
  checkGuarded,
  guardAnswers,
  guardErrors,
  guardProofs,
  leaksIn,
  leaksOfOperator,
  refuseLeaks,
  startWitness,
} from "./canaries.ts";

/** A resource as kubectl prints it. */
export interface Shown {
  readonly metadata: {
    readonly name: string;
    readonly uid: string;
    readonly generation: number;
    readonly finalizers?: readonly string[];
    readonly deletionTimestamp?: string;
  };
  readonly spec: Readonly<Record<string, unknown>>;
  readonly status?: {
    readonly observedGeneration?: number;
    readonly id?: string;
    readonly provisioningState?: string;
    readonly endpoint?: string;
    readonly readySessionInstances?: number;
    readonly plan?: {
      readonly action: string;
      readonly hash: string;
      readonly changes?: readonly { readonly path: string; readonly desired?: unknown; readonly observed?: unknown }[];
    };
    readonly conditions?: readonly {
      readonly type: string;
      readonly status: string;
      readonly reason: string;
      readonly message: string;
      readonly observedGeneration: number;
    }[];
  };
}

/** How a command ended, and what it printed. */
export interface Printed {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Operator, cluster and emulator for one test file, with a namespace of its own. */
export interface World {
  readonly cluster: Cluster;
  readonly emulator: Emulator;
  readonly namespace: string;
  operator: RunningOperator;
  /** Applies manifests, given as objects, in the world's namespace. */
  apply(...objects: readonly object[]): Promise<void>;
  /** Edits the spec as `kubectl patch` does. */
  edit(name: string, spec: object): Promise<void>;
  /** Deletes the resource and waits until it is gone. */
  remove(name: string): Promise<void>;
  /** @param of the namespace; the world's own when left out */
  get(name: string, of?: string): Promise<Shown | undefined>;
  /** Waits until the resource satisfies `when`; the error shows what it was instead. @param of the namespace; the world's own when left out */
  until(name: string, what: string, when: (shown: Shown | undefined) => boolean, of?: string): Promise<Shown>;
  /** Calls that Azure served, `METHOD status` for the pool in question. */
  azureCalls(method: string, name?: string): readonly number[];
  /** Reasons of the events about a resource. */
  events(name: string): Promise<readonly { readonly type: string; readonly reason: string; readonly note: string }[]>;
  restartOperator(signal?: NodeJS.Signals): Promise<void>;
  /** Runs kubectl-sessionpool as somebody who may read the cluster and Azure. @param env further environment, which wins */
  commandLine(args: readonly string[], env?: Readonly<Record<string, string>>): Promise<Printed>;
  /** @throws Error when a secret of the tests was shown to anybody, after everything is stopped */
  stop(): Promise<void>;
}

const ROOT = join(import.meta.dirname, "..", "..");
const CLI = join(ROOT, "bin", "kubectl-sessionpool.js");
/** How long anything may take before a test gives up, in milliseconds; nothing waits this long when all is well. */
const PATIENCE_MS = 60_000;

export async function startWorld(
  options: {
    /** The control plane, which may be restarted, so that nobody watches it for secrets; left out: the one that all files share. */
    readonly cluster?: Cluster;
    readonly emulator?: EmulatorOptions;
    readonly args?: OperatorOptions["args"];
    readonly env?: OperatorOptions["env"];
    /** Files of manifests that the operator needs besides deploy/; deleted at the end. */
    readonly manifests?: readonly string[];
  } = {},
): Promise<World> {
  const cluster = guardErrors(options.cluster ?? attachCluster(inject("cluster")));
  const emulator = await startEmulator({ provisioningSeconds: 1, ...options.emulator });
  guardAnswers(emulator.model);
  /** Where secrets were seen. */
  const leaks: string[] = [];
  const namespace = `test-${randomBytes(4).toString("hex")}`;
  await nothingLeft(cluster);
  await cluster.kubectl(["create", "namespace", namespace]);
  const witness = options.cluster ? undefined : startWitness(cluster);
  const start = async (): Promise<RunningOperator> => {
    const operator = await startOperator({
      cluster,
      emulator,
      args: ["--drift-interval=2s", ...(options.args ?? [])],
      ...(options.env ? { env: options.env } : {}),
    });
    guardProofs(operator);
    return operator;
  };
  /** Its metrics end with it, its last lines of log come at its end. */
  const stopOperator = async (signal?: NodeJS.Signals): Promise<void> => {
    leaks.push(...(await leaksOfOperator(world.operator)));
    await world.operator.stop(signal);
    leaks.push(...(await leaksOfOperator(world.operator)));
  };
  const manifests = (options.manifests ?? []).map((file) => `--filename=${join(ROOT, file)}`);
  if (manifests.length > 0) await cluster.kubectl(["apply", ...manifests]);
  const world: World = {
    cluster,
    emulator,
    namespace,
    operator: await start(),
    apply: async (...objects) => {
      await cluster.kubectl(["apply", "-n", namespace, "-f", "-"], {
        input: JSON.stringify({ apiVersion: "v1", kind: "List", items: objects }),
      });
    },
    edit: async (name, spec) => {
      const patch = JSON.stringify({ spec });
      await cluster.kubectl(["patch", "sessionpool", name, "-n", namespace, "--type=merge", "-p", patch]);
    },
    remove: async (name) => {
      await cluster.kubectl(["delete", "sessionpool", name, "-n", namespace, "--timeout=30s"]);
    },
    get: async (name, of = namespace) => {
      const { code, stdout } = await cluster.kubectl(["get", "sessionpool", name, "-n", of, "-o", "json"], {
        allowFailure: true,
      });
      return code === 0 ? (JSON.parse(stdout) as Shown) : undefined;
    },
    until: async (name, what, when, of) => {
      const deadline = Date.now() + PATIENCE_MS;
      for (;;) {
        const shown = await world.get(name, of);
        if (when(shown)) return shown as Shown;
        if (Date.now() > deadline) {
          const log = world.operator
            .logs()
            .slice(-15)
            .map((line) => JSON.stringify(line));
          refuseLeaks(leaksIn(`the log or the status of ${name}`, [JSON.stringify(shown?.status), ...log].join("\n")));
          throw new Error(
            `${name}: not ${what} within ${PATIENCE_MS / 1000} s; status ${JSON.stringify(shown?.status)}\n${log.join("\n")}`,
          );
        }
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    },
    azureCalls: (method, name = "") =>
      emulator.model.calls
        .filter((call) => call.method === method && call.path.includes("/sessionPools") && call.path.includes(name))
        .map((call) => call.status),
    events: async (name) => {
      const { stdout } = await cluster.kubectl(["get", "events.events.k8s.io", "-n", namespace, "-o", "json"]);
      const { items } = JSON.parse(stdout) as {
        items: { type: string; reason: string; note: string; regarding: { name: string } }[];
      };
      return items.filter((item) => item.regarding.name === name);
    },
    restartOperator: async (signal) => {
      await stopOperator(signal);
      // Nobody waits here until the lease of one that was killed runs out.
      if (signal === "SIGKILL")
        await cluster.kubectl(["delete", "lease", "sessionpool-operator", "-n", "sessionpool-system"]);
      world.operator = await start();
    },
    commandLine: async (args, env) => {
      const all = { ...world.operator.env, KUBECONFIG: cluster.adminKubeconfig, ...env };
      const printed = await run([CLI, ...args], all);
      leaks.push(...leaksIn(`what kubectl-sessionpool ${args[0]} prints`, printed.stdout + printed.stderr));
      return printed;
    },
    stop: async () => {
      await cluster.kubectl(["delete", "sessionpools", "--all", "-n", namespace, "--timeout=60s"], {
        allowFailure: true,
      });
      await cluster.kubectl(["delete", "namespace", namespace, "--wait=false"], { allowFailure: true });
      await stopOperator();
      leaks.push(...((await witness?.end()) ?? []));
      if (manifests.length > 0) await cluster.kubectl(["delete", ...manifests]);
      await emulator.close();
      refuseLeaks(leaks);
    },
  };
  return world;
}

/** Runs a program of this project. */
async function run(args: readonly string[], env: NodeJS.ProcessEnv): Promise<Printed> {
  return await new Promise((resolve) => {
    execFile(process.execPath, args, { env, maxBuffer: 16 * 1024 * 1024 }, (error, stdout, stderr) =>
      resolve({ stdout, stderr, code: error ? (typeof error.code === "number" ? error.code : 1) : 0 }),
    );
  });
}

/** Waits until the resources of earlier tests are gone with their namespaces: this world's operator would work on them too. */
async function nothingLeft(cluster: Cluster): Promise<void> {
  await waitUntil("resources of earlier tests are gone", PATIENCE_MS, [], async () => {
    const { stdout } = await cluster.kubectl(["get", "sessionpools", "--all-namespaces", "-o", "name"]);
    return stdout.trim() === "";
  });
}

/** Whether the resource is Ready at its current generation. */
export function isReady(shown: Shown | undefined): boolean {
  return (
    conditionOf(shown, "Ready")?.status === "True" && shown?.status?.observedGeneration === shown?.metadata.generation
  );
}

export function conditionOf(
  shown: Shown | undefined,
  type: string,
): { readonly status: string; readonly reason: string; readonly message: string } | undefined {
  return shown?.status?.conditions?.find((condition) => condition.type === type);
}

/** A Kubernetes Secret; its values are canaries. */
export function secret(name: string, stringData: Readonly<Record<string, string>>, labels = {}): object {
  checkGuarded(name, stringData);
  return { apiVersion: "v1", kind: "Secret", metadata: { name, labels }, stringData };
}

/** A custom pool that Azure accepts. */
export function customPool(name: string, spec: object = {}): object {
  return sessionPool(name, {
    environmentId:
      "/subscriptions/34adfa4f-cedf-4dc0-ba29-b6d1a69ab345/resourceGroups/rg/providers/Microsoft.App/managedEnvironments/demokube",
    containerType: "CustomContainer",
    poolManagementType: "Dynamic",
    scaleConfiguration: { maxConcurrentSessions: 10, readySessionInstances: 2 },
    customContainerTemplate: {
      containers: [
        { name: "main", image: "mcr.microsoft.com/k8se/quickstart:latest", resources: { cpu: 0.5, memory: "1Gi" } },
      ],
      ingress: { targetPort: 80 },
    },
    ...spec,
  });
}

/** A built-in pool that Azure accepts. */
export function pythonPool(name: string, spec: object = {}): object {
  return sessionPool(name, { containerType: "PythonLTS", scaleConfiguration: { maxConcurrentSessions: 10 }, ...spec });
}

/** What every pool of these tests has. */
function sessionPool(name: string, spec: object): object {
  const lifecycleConfiguration = { lifecycleType: "Timed", cooldownPeriodInSeconds: 300 };
  return {
    apiVersion: "appcontainers.dev/v1alpha1",
    kind: "SessionPool",
    metadata: { name },
    spec: { resourceGroup: "rg", location: "westus3", dynamicPoolConfiguration: { lifecycleConfiguration }, ...spec },
  };
}
