import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { type OwnCluster, startCluster } from "../cluster/cluster.ts";
import { installManifests } from "../cluster/install.ts";
import { startProxy, type TcpProxy } from "../cluster/proxy.ts";
import { type RotatingToken, startRotatingToken } from "../cluster/rotating-token.ts";
import type { Emulator } from "../emulator/start.ts";
import { startAzure } from "./azure.ts";
import { Keeper } from "./keeper.ts";
import { Ledger } from "./ledger.ts";
import { People } from "./people.ts";
import { replaceFile } from "./troubles.ts";

const NAMESPACE = "sessionpool-system";
const SERVICE_ACCOUNT = "sessionpool-operator";
/** What workload identity's tokens are for. */
const EXCHANGE_AUDIENCE = "api://AzureADTokenExchange";

export interface StageOptions {
  /** Flags of the operator. */
  readonly flags: readonly string[];
  readonly signal: AbortSignal;
  readonly tell: (text: string) => void;
}

/** Everything that runs: a control plane and Azure's stand-in, each behind a proxy, and the operator as the image runs it. */
export interface Stage {
  readonly cluster: OwnCluster;
  readonly emulator: Emulator;
  readonly kubernetes: TcpProxy;
  readonly azure: TcpProxy;
  readonly token: RotatingToken;
  readonly people: People;
  readonly ledger: Ledger;
  readonly keeper: Keeper;
  readonly rotateFederatedToken: () => Promise<void>;
  /** Stops everything, the operator first. @returns the operator's exit code; undefined when it does not run */
  stop(): Promise<number | undefined>;
}

/** Starts all of it on free ports and in folders of its own; what was started is stopped when something fails. */
export async function openStage({ flags, signal, tell }: StageOptions): Promise<Stage> {
  const closers: (() => Promise<unknown>)[] = [];
  const stop = async (): Promise<number | undefined> => {
    let code: number | undefined;
    for (const close of closers.splice(0).toReversed()) {
      const result = await close();
      if (typeof result === "number") code = result;
    }
    return code;
  };
  try {
    const cluster = await startCluster({ progress: tell, signal });
    closers.push(() => cluster.stop());
    await installManifests(cluster);
    const ledger = new Ledger();
    const emulator = await startAzure(ledger);
    closers.push(() => emulator.close());
    const kubernetes = await startProxy(cluster.server);
    closers.push(() => kubernetes.close());
    const azure = await startProxy(emulator.url);
    closers.push(() => azure.close());
    const people = new People(cluster.adminKubeconfig, signal);
    closers.push(() => people.leave());
    const token = await startRotatingToken(cluster, NAMESPACE, SERVICE_ACCOUNT, kubernetes.url);
    const federatedTokenFile = join(cluster.dir, "azure-identity-token");
    const rotateFederatedToken = async (): Promise<void> =>
      await replaceFile(
        federatedTokenFile,
        await cluster.serviceAccountToken(NAMESPACE, SERVICE_ACCOUNT, EXCHANGE_AUDIENCE),
      );
    await rotateFederatedToken();
    const keeper = new Keeper(
      {
        cluster,
        emulator: { url: azure.url, tokenUrl: azure.url, caFile: emulator.caFile },
        args: flags,
        env: {
          KUBECONFIG: token.kubeconfig,
          AZURE_FEDERATED_TOKEN_FILE: federatedTokenFile,
          NODE_OPTIONS: `--max-old-space-size=${heapMebibytes()}`,
        },
      },
      tell,
    );
    closers.push(() => keeper.stop());
    tell("starting the operator");
    await keeper.start();
    return { cluster, emulator, kubernetes, azure, token, people, ledger, keeper, rotateFederatedToken, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/**
 * The heap that Node takes in the Deployment's container: V8 gives it a quarter of the memory, times two on 64 bits. Outside of a container that is a
 * quarter of the machine's, and garbage may lie about for longer than a soak lasts.
 */
function heapMebibytes(): number {
  const file = join(import.meta.dirname, "..", "..", "deploy", "operator", "deployment.yaml");
  const manifest = parse(readFileSync(file, "utf8")) as {
    spec: { template: { spec: { containers: { resources: { limits: { memory: string } } }[] } } };
  };
  const limit = manifest.spec.template.spec.containers[0]?.resources.limits.memory ?? "";
  const mebibytes = /^(\d+)Mi$/.exec(limit)?.[1];
  if (mebibytes === undefined) throw new Error(`the Deployment's memory limit is "${limit}", not in Mi`);
  return Number(mebibytes) / 2;
}
