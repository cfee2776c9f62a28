import { randomBytes } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Cluster } from "../../cluster/cluster.ts";
import { waitUntil } from "../../cluster/processes.ts";
import { startEmulator } from "../../emulator/start.ts";
import { callAzure } from "../azure.ts";
import { canary, guardAnswers, guardProofs, leaksIn, refuseLeaks } from "../canaries.ts";
import { isReady, type Shown } from "../world.ts";
import { AzureClock } from "./azure-clock.ts";
import { type FaultProxy, type ProxiedCall, startFaultProxy, type Trouble } from "./fault-proxy.ts";
import type { Point } from "./points.ts";
import { Operators } from "./operators.ts";
import { userOf } from "./user.ts";

/** What one story has left behind. */
export interface Ending {
  /** What the world is like: with and without trouble it must be the same. */
  readonly world: {
    /** The pool as Azure had it after the edit, without what differs between two runs of the same story. */
    readonly edited: object;
    /** Whether Azure had the value that the Kubernetes Secret has. */
    readonly hasSecretValue: boolean;
    /** Pools in Azure when the resource was gone. */
    readonly left: number;
    /** Which secrets the operator told, and where: log, or what it wrote to Kubernetes. */
    readonly leaks: readonly string[];
  };
  /** Writes that Azure served. */
  readonly puts: number;
  readonly deletes: number;
  /** Whether the trouble came, and what else went wrong on the way to Kubernetes and Azure. */
  readonly hasStruck: boolean;
  readonly accidents: readonly string[];
  readonly calls: Readonly<Record<Point["world"], readonly ProxiedCall[]>>;
}

/** Trouble that comes to one call of a story. */
export interface Strike {
  readonly point: Point;
  readonly trouble: Trouble;
}

/** What all stories of a file share. */
export interface Stage {
  readonly cluster: Cluster;
  /** Credentials of the operator's ServiceAccount: for Kubernetes, and for Entra. */
  readonly kubeconfig: string;
  readonly federatedTokenFile: string;
}

const SESSION_POOLS = "/apis/appcontainers.dev/v1alpha1/sessionpools";
/** How long a step may take before the story is given up, in milliseconds. */
const PATIENCE_MS = 40_000;

/**
 * Tells the story of one pool: created and Ready, edited and Ready again, deleted and gone, by an operator process that reaches Kubernetes and
 * Azure through proxies. One that is killed is started again with empty memory. Each story has a namespace, which is the operator's own too, and an
 * Azure of its own, so that several can be told side by side.
 */
export async function tellStory(stage: Stage, strike?: Strike): Promise<Ending> {
  const { cluster } = stage;
  const namespace = `story-${randomBytes(4).toString("hex")}`;
  const value = canary("story");
  await using ends = new AsyncDisposableStack();
  const clock = new AzureClock();
  const emulator = ends.adopt(await startEmulator({ provisioningSeconds: 1, clock: () => clock.now() }), (it) =>
    it.close(),
  );
  const { model } = emulator;
  guardAnswers(model);
  guardProofs({ env: { AZURE_FEDERATED_TOKEN_FILE: stage.federatedTokenFile, KUBECONFIG: stage.kubeconfig } });
  const rewrite = (path: string): string => inNamespace(namespace, path);
  const proxyTo = async (upstream: string, upstreamCaFile: string): Promise<FaultProxy> =>
    ends.adopt(
      await startFaultProxy({ upstream, upstreamCaFile, rewrite, kill: () => operators.kill() }),
      async (proxy) => await proxy.close(),
    );
  const azure = await proxyTo(emulator.url, emulator.caFile);
  const kubernetes = await proxyTo(cluster.server, cluster.caFile);
  const arm = (from: Point["from"]): void => {
    if (strike?.point.from !== from) return;
    (strike.point.world === "azure" ? azure : kubernetes).strike(strike.point, strike.trouble);
  };
  const operators = new Operators({
    operator: {
      cluster,
      emulator: { url: azure.url, tokenUrl: azure.url, caFile: azure.caFile },
      // LISTs must not be quicker than the polls that are to be broken.
      // The next process need not wait until the lease of one that was killed runs out.
      args: ["--drift-interval=1m", "--log-level=debug", "--leader-elect=false"],
      env: {
        KUBECONFIG: await kubeconfigFor(stage, kubernetes, namespace),
        AZURE_FEDERATED_TOKEN_FILE: stage.federatedTokenFile,
        POD_NAMESPACE: namespace,
      },
    },
    // Killed after a call: the next process finds Azure at work. Killed before one: Azure has finished by then.
    onDead: () => (strike && isAfter(strike.trouble) ? clock.stop() : undefined),
    onReady: () => clock.goOn(),
  });
  const user = ends.adopt(userOf(cluster, namespace), (it) => it.leave());
  const until = async (what: string, when: (shown: Shown | undefined) => boolean): Promise<Shown | undefined> => {
    let shown: Shown | undefined;
    try {
      await waitUntil(what, PATIENCE_MS, [], async () => {
        if (operators.failure) throw operators.failure as Error;
        shown = await user.get();
        return when(shown);
      });
      return shown;
    } catch (error) {
      const log = operators.logs().slice(-30).join("\n");
      refuseLeaks(leaksIn("the log", log));
      throw new Error(`${String(error)}\nstatus ${JSON.stringify(shown?.status)}\n${log}`, { cause: error });
    }
  };
  ends.defer(() => operators.stop());

  arm("start");
  await user.create(value);
  await operators.start();
  await until("Ready", isReady);

  await user.edit("/spec/scaleConfiguration/maxConcurrentSessions", 12);
  const ready = await until("Ready after the edit", isReady);
  const { systemData: _times, tags = {}, ...pool } = callAzure(model, "GET", "pool").json;
  const edited = { ...pool, tags: Object.keys(tags) };
  const hasSecretValue = model.secretValues(ready?.status?.id ?? "").get("api-key") === value;

  arm("deletion");
  await user.remove();
  await until("gone", (shown) => shown === undefined);
  // The list as it is at this moment: a pool that goes later was let go of too early.
  const { value: pools } = callAzure(model, "GET", "").json as unknown as { readonly value: readonly object[] };
  // A process that was killed at the very last call has a successor, whose log counts too.
  await operators.stop();
  const calls = { azure: azure.calls, kubernetes: kubernetes.calls };
  const served = (method: string): number => model.calls.filter((call) => call.method === method).length;
  // What goes to Kubernetes is each status and each event, also those that got lost.
  const leaks = [
    ...operators.logs().flatMap((line) => leaksIn("the log", line)),
    ...calls.kubernetes.flatMap((call) => leaksIn(`${call.method} of Kubernetes`, JSON.stringify(call))),
  ];
  return {
    world: { edited, hasSecretValue, left: pools.length, leaks },
    puts: served("PUT"),
    deletes: served("DELETE"),
    accidents: [...azure.accidents, ...kubernetes.accidents],
    hasStruck: azure.hasStruck || kubernetes.hasStruck,
    calls,
  };
}

function isAfter(trouble: Trouble): boolean {
  return "when" in trouble && trouble.when === "after";
}

/** Lists and watches of all namespaces become those of the story's: the operator cannot tell, and stories do not meet. */
function inNamespace(namespace: string, path: string): string {
  return path.startsWith(`${SESSION_POOLS}?`) ? `${path}&fieldSelector=metadata.namespace%3D${namespace}` : path;
}

/** The operator's kubeconfig with the proxy in the place of the API server. */
async function kubeconfigFor(stage: Stage, proxy: FaultProxy, namespace: string): Promise<string> {
  const config = JSON.parse(await readFile(stage.kubeconfig, "utf8")) as { clusters: { cluster: object }[] };
  const authority = (await readFile(proxy.caFile)).toString("base64");
  for (const entry of config.clusters) entry.cluster = { server: proxy.url, "certificate-authority-data": authority };
  const file = join(stage.cluster.dir, `${namespace}.kubeconfig`);
  await writeFile(file, JSON.stringify(config), { mode: 0o600 });
  return file;
}
