import { rename, writeFile } from "node:fs/promises";
import { setTimeout } from "node:timers/promises";
import type { OwnCluster } from "../cluster/cluster.ts";
import type { TcpProxy } from "../cluster/proxy.ts";
import type { RotatingToken } from "../cluster/rotating-token.ts";
import type { ArmModel } from "../emulator/model.ts";
import type { Life } from "./life.ts";

/** How long a fault of Azure's lasts at most, in milliseconds, and how many calls of each kind it meets at most. */
const FAULT_MS = 8_000;
const FAULT_CALLS = 30;
/** How long connections are refused, or swallowed, in milliseconds: less than the 10 s after which the lease is lost. */
const OUTAGE_MS = 3_000;
/** The client secret is another in every so many rounds: the operator keeps a credential for an hour after its last use. */
const CREDENTIAL_ROUNDS = 4;

export interface TroubleParts {
  readonly cluster: OwnCluster;
  /** Before the API server, and before Azure. */
  readonly kubernetes: TcpProxy;
  readonly azure: TcpProxy;
  readonly model: ArmModel;
  readonly token: RotatingToken;
  /** Puts a new token for Entra into its file. */
  readonly rotateFederatedToken: () => Promise<void>;
  readonly life: Life;
}

/** What goes wrong around the operator, in this order, again and again; each is over when it resolves. */
const TROUBLES: Readonly<Record<string, (parts: TroubleParts, round: number) => Promise<void>>> = {
  "Azure answers 429": ({ model }) => refuse(model, 429, { "retry-after": "5" }),
  "the ServiceAccount's token is rotated": ({ token }) => token.rotate(),
  "the API server is started anew": ({ cluster }, round) =>
    cluster.restartApiServer({ signal: round % 2 === 0 ? "SIGKILL" : "SIGTERM" }),
  "Azure answers 503": ({ model }) => refuse(model, 503, {}),
  "etcd is compacted while the watch is cut": async ({ cluster, kubernetes }) => {
    kubernetes.disconnect();
    try {
      await cluster.compact();
    } finally {
      kubernetes.restore();
    }
  },
  "the token for Entra is rotated": async ({ rotateFederatedToken, life }, round) => {
    await rotateFederatedToken();
    if (round % CREDENTIAL_ROUNDS === 0) await life.credential();
  },
  "Azure drops all connections": ({ azure }) => during(azure, () => azure.disconnect()),
  "connections to the API server go dead": ({ kubernetes }) => during(kubernetes, () => kubernetes.blackHole()),
};

/** How many there are in a round. */
export const TROUBLE_COUNT = Object.keys(TROUBLES).length;

/** Makes the next trouble of an endless row each time. */
export class Troubles {
  /** How often there was each. */
  readonly done: Record<string, number> = {};
  readonly #parts: TroubleParts;
  #count = 0;

  constructor(parts: TroubleParts) {
    this.#parts = parts;
  }

  /** @returns what it was, which is over; a busy machine may have failed to make it */
  async next(): Promise<string> {
    const all = Object.entries(TROUBLES);
    const [name, make] = all[this.#count % all.length] ?? ["", async (): Promise<void> => undefined];
    const round = Math.floor(this.#count / all.length);
    this.#count += 1;
    const [outcome, problem] = await make(this.#parts, round).then(
      () => [name, ""] as const,
      (error: unknown) =>
        [`could not be made: ${name}`, `: ${error instanceof Error ? error.message : String(error)}`] as const,
    );
    this.done[outcome] = (this.done[outcome] ?? 0) + 1;
    return `${outcome}${problem}`;
  }
}

/** Azure refuses calls of each kind, as long as there are some. */
async function refuse(model: ArmModel, status: number, headers: Readonly<Record<string, string>>): Promise<void> {
  const body = {
    error: { code: status === 429 ? "SubscriptionRequestsThrottled" : "ServiceUnavailable", message: "Later." },
  };
  for (const method of ["GET", "PUT", "DELETE"])
    model.faults.add({ method, pathPattern: "/Microsoft.App/", status, headers, body, times: FAULT_CALLS });
  await setTimeout(FAULT_MS);
  model.faults.clear();
}

async function during(proxy: TcpProxy, break_: () => void): Promise<void> {
  break_();
  await setTimeout(OUTAGE_MS);
  proxy.restore();
}

/** Replaces a file's content at once, as the kubelet does: who reads sees the old or the new. */
export async function replaceFile(file: string, content: string): Promise<void> {
  await writeFile(`${file}.new`, content, { mode: 0o600 });
  await rename(`${file}.new`, file);
}
