import { rename, writeFile } from "node:fs/promises";
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
  /** Lets so many milliseconds pass. */
  readonly pause: (ms: number) => Promise<unknown>;
}

/** What goes wrong around the operator, in this order, again and again; each is over when it resolves. */
const TROUBLES: Readonly<Record<string, (parts: TroubleParts, round: number) => Promise<void>>> = {
  "Azure answers 429": (parts) => refuse(parts, 429, { "retry-after": "5" }),
  "the ServiceAccount's token is rotated": ({ token }) => token.rotate(),
  "the API server is started anew": ({ cluster }, round) =>
    cluster.restartApiServer({ signal: round % 2 === 0 ? "SIGKILL" : "SIGTERM" }),
  "Azure answers 503": (parts) => refuse(parts, 503, {}),
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
  "Azure drops all connections": ({ azure, pause }) => during(azure, pause, () => azure.disconnect()),
  "connections to the API server go dead": ({ kubernetes, pause }) =>
    during(kubernetes, pause, () => kubernetes.blackHole()),
};

/** How many there are in a round. */
const TROUBLE_COUNT = Object.keys(TROUBLES).length;
/** How far apart troubles begin at most, in milliseconds: then the API server is started anew every eight minutes. */
const TROUBLE_MS = 60_000;
/** From so many minutes on there must have been each, also on a busy machine, which takes longer for some and fails to make one now and then. */
const ALL_MINUTES = 15;

/** How far apart troubles begin in so many minutes, in milliseconds: in a short run so that there is each once. */
export function troublePeriodMs(minutes: number): number {
  return Math.min(TROUBLE_MS, (minutes * 60_000) / (TROUBLE_COUNT + 1));
}

/** Makes the next trouble of an endless row each time; one that could not be made is tried once more before the next. */
export class Troubles {
  /** How often there was each, and how often it could not be made. */
  readonly done: Record<string, number> = {};
  readonly #parts: TroubleParts;
  /** Why there was none of a kind the last time that it could not be made. */
  readonly #problems = new Map<string, string>();
  #count = 0;
  #isSecondTry = false;

  constructor(parts: TroubleParts) {
    this.#parts = parts;
  }

  /** @returns what it was, which is over; a busy machine may have failed to make it */
  async next(): Promise<string> {
    const all = Object.entries(TROUBLES);
    const [name, make] = all[this.#count % all.length] ?? ["", async (): Promise<void> => undefined];
    const round = Math.floor(this.#count / all.length);
    // What fails at once fails as what fails later does.
    const problem = await Promise.resolve()
      .then(() => make(this.#parts, round))
      .then(
        () => undefined,
        (error: unknown) => (error instanceof Error ? error.message : String(error)),
      );
    if (problem !== undefined) this.#problems.set(name, problem);
    this.#isSecondTry = problem !== undefined && !this.#isSecondTry;
    if (!this.#isSecondTry) this.#count += 1;
    const outcome = problem === undefined ? name : failed(name);
    this.done[outcome] = (this.done[outcome] ?? 0) + 1;
    return problem === undefined ? outcome : `${outcome}: ${problem}`;
  }

  /**
   * What did not happen in a run of so many minutes, though it was tried twice or there was time enough for all. One failure is none, when the trouble was made
   * before or after, or when the run was over: a busy machine does that.
   */
  faults(minutes: number): readonly string[] {
    const missing = Object.keys(TROUBLES).filter((name) => this.done[name] === undefined);
    return missing
      .filter((name) => minutes >= ALL_MINUTES || (this.done[failed(name)] ?? 0) > 1)
      .map((name) => `it never happened that ${name}: ${this.#problems.get(name) ?? "its turn did not come"}`);
  }
}

function failed(name: string): string {
  return `could not be made: ${name}`;
}

/** Azure refuses calls of each kind, as long as there are some. */
async function refuse(
  { model, pause }: TroubleParts,
  status: number,
  headers: Readonly<Record<string, string>>,
): Promise<void> {
  const body = {
    error: { code: status === 429 ? "SubscriptionRequestsThrottled" : "ServiceUnavailable", message: "Later." },
  };
  for (const method of ["GET", "PUT", "DELETE"])
    model.faults.add({ method, pathPattern: "/Microsoft.App/", status, headers, body, times: FAULT_CALLS });
  await pause(FAULT_MS);
  model.faults.clear();
}

async function during(proxy: TcpProxy, pause: TroubleParts["pause"], break_: () => void): Promise<void> {
  break_();
  await pause(OUTAGE_MS);
  proxy.restore();
}

/** Replaces a file's content at once, as the kubelet does: who reads sees the old or the new. */
export async function replaceFile(file: string, content: string): Promise<void> {
  await writeFile(`${file}.new`, content, { mode: 0o600 });
  await rename(`${file}.new`, file);
}
