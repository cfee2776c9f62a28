import { join } from "node:path";
import { request } from "node:https";
import { readFileSync } from "node:fs";
import { type OwnCluster, startCluster } from "../cluster/cluster.ts";
import { type RunningOperator, startOperator } from "../cluster/operator.ts";
import { type Child, startChild, waitUntil } from "../cluster/processes.ts";
import { command, green, heading, type Row, say, watchTable } from "./screen.ts";

const ROOT = join(import.meta.dirname, "..", "..");
const SAMPLES = ["on-container-exit", "timed", "python-lts"];
const NAMESPACE = "default";
const EDITED = "testsessionpool";
const READY_WITHIN_MS = 45_000;

interface EmulatorAddress {
  readonly url: string;
  readonly caFile: string;
  readonly tokenUrl: string;
}

interface PoolObject {
  readonly metadata: { readonly name: string; readonly generation: number };
  readonly spec: { readonly azureName?: string };
  readonly status?: {
    readonly id?: string;
    readonly observedGeneration?: number;
    readonly provisioningState?: string;
    readonly endpoint?: string;
    readonly conditions?: readonly { readonly type: string; readonly status: string; readonly reason: string }[];
  };
}

/** The story that the demo tells, step by step. */
export class Demo {
  readonly #signal: AbortSignal;
  #cluster: OwnCluster | undefined;
  #emulatorChild: Child | undefined;
  #emulator: EmulatorAddress | undefined;
  #operator: RunningOperator | undefined;

  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  async run(): Promise<void> {
    const started = Date.now();
    await this.#startParts();
    await this.#applySamples();
    await this.#edit();
    await this.#drift();
    await this.#delete();
    say(green(`\nThat was all of it, in ${Math.round((Date.now() - started) / 1000)} s.`));
  }

  /** Stops what was started, in the opposite order. */
  async stop(): Promise<void> {
    await this.#operator?.stop();
    await this.#emulatorChild?.stop();
    await this.#cluster?.stop();
  }

  printOperatorLog(): void {
    const lines = this.#operator?.logs().slice(-20) ?? [];
    if (lines.length > 0)
      console.error(`The operator's last lines:\n${lines.map((line) => `  ${JSON.stringify(line)}`).join("\n")}`);
  }

  printHowToUse(): void {
    const pids = [
      this.#operator?.pid,
      this.#emulatorChild?.pid,
      ...(this.#cluster?.children ?? []).toReversed().map(({ pid }) => pid),
    ];
    heading("Left running");
    say(`export KUBECONFIG=${this.#cluster?.adminKubeconfig}`);
    say(`alias kubectl="${this.#cluster?.kubectlCommand.join(" ")}"`);
    say(`the stand-in for Azure is ${this.#emulator?.url} (certificate ${this.#emulator?.caFile})`);
    say(`to stop everything: kill -9 ${pids.join(" ")}; rm -r ${this.#cluster?.dir}`);
  }

  async #startParts(): Promise<void> {
    heading("1. Start a Kubernetes control plane, a stand-in for Azure, and the operator");
    command("npm run build");
    const build = startChild({ name: "build", command: process.execPath, args: ["tools/build.ts"], cwd: ROOT });
    if ((await build.ended) !== 0) throw new Error(`the bundle could not be built:\n${build.tail()}`);
    this.#signal.throwIfAborted();
    this.#cluster = await startCluster({ progress: (line) => say(line), signal: this.#signal });
    this.#signal.throwIfAborted();
    command("kubectl apply -k deploy");
    await this.#cluster.kubectl(["apply", "-k", join(ROOT, "deploy")]);
    await this.#cluster.kubectl([
      "wait",
      "--for=condition=Established",
      "crd/sessionpools.appcontainers.dev",
      "--timeout=30s",
    ]);
    say("custom resource, ServiceAccount and its Roles are in place (nothing runs the Deployment here)");
    command("npm run emulator -- --port 0 --provisioning-seconds 3");
    await this.#startEmulator();
    say(`Azure's stand-in listens on ${this.#emulator?.url}`);
    command("node operator.js --drift-interval=2s    # as its ServiceAccount, with workload identity");
    if (!this.#emulator) throw new Error("the emulator is not there");
    this.#operator = await startOperator({
      cluster: this.#cluster,
      emulator: this.#emulator,
      args: ["--drift-interval=2s"],
    });
    say("the operator is ready");
    this.#signal.throwIfAborted();
  }

  async #startEmulator(): Promise<void> {
    const logFile = join(this.#cluster?.dir ?? "", "emulator.log");
    this.#emulatorChild = startChild({
      name: "emulator",
      command: process.execPath,
      args: [join(ROOT, "test", "emulator", "main.ts"), "--port", "0", "--provisioning-seconds", "3"],
      logFile,
    });
    await waitUntil(
      "the emulator is ready",
      15_000,
      [this.#emulatorChild],
      () => {
        const line = readFileSync(logFile, "utf8")
          .split("\n")
          .find((text) => text.startsWith("{") && text.endsWith("}"));
        if (line !== undefined) this.#emulator = JSON.parse(line) as EmulatorAddress;
        return Promise.resolve(line !== undefined);
      },
      this.#signal,
    );
  }

  async #applySamples(): Promise<void> {
    heading("2. Apply three session pools");
    for (const sample of SAMPLES) {
      command(`kubectl apply -f crds/samples/${sample}.yaml`);
      await this.#kubectl(["apply", "-f", join(ROOT, "crds", "samples", `${sample}.yaml`)]);
    }
    await this.#watch((rows) => rows.length === SAMPLES.length && rows.every(({ ready }) => ready === "True"));
    say(green("each is Ready with the endpoint that Azure gave it"));
  }

  async #edit(): Promise<void> {
    heading("3. Change one: a single PUT");
    const pool = await this.#edited();
    const puts = await this.#puts();
    const patch = '{"spec":{"scaleConfiguration":{"maxConcurrentSessions":400}}}';
    command(`kubectl patch sessionpool ${pool.metadata.name} --type=merge -p '${patch}'`);
    await this.#kubectl(["patch", "sessionpool", pool.metadata.name, "-n", NAMESPACE, "--type=merge", "-p", patch]);
    await this.#watch((rows) => rows.every(({ ready }) => ready === "True"));
    await this.#expectPuts(puts, 1, "the edit");
  }

  async #drift(): Promise<void> {
    heading("4. Change the pool in Azure, behind the operator's back: it is put right");
    const id = (await this.#edited()).status?.id ?? "";
    const puts = await this.#puts();
    const body = { properties: { scaleConfiguration: { maxConcurrentSessions: 123 } } };
    command(`az rest --method patch --url ${id} --body '${JSON.stringify(body)}'`);
    const response = await this.#azure("PATCH", `${id}?api-version=2025-07-01`, body);
    if (response.status !== 200 && response.status !== 202)
      throw new Error(`Azure answered the change with ${response.status}: ${response.text}`);
    await this.#until("the operator put the pool right", async () => (await this.#maxSessions(id)) === 400);
    await this.#watch((rows) => rows.every(({ ready }) => ready === "True"));
    await this.#expectPuts(puts, 1, "the correction");
    say(green("maxConcurrentSessions is what the resource says again: 400"));
  }

  async #delete(): Promise<void> {
    heading("5. Delete the pools");
    command(`kubectl delete sessionpools --all`);
    const deleted = this.#kubectl(["delete", "sessionpools", "--all", "-n", NAMESPACE, "--timeout=45s"]);
    await this.#watch((rows) => rows.length === 0);
    await deleted;
    const subscription = "34adfa4f-cedf-4dc0-ba29-b6d1a69ab345";
    const { text } = await this.#azure(
      "GET",
      `/subscriptions/${subscription}/providers/Microsoft.App/sessionPools?api-version=2025-07-01`,
    );
    const left = (JSON.parse(text) as { value: unknown[] }).value.length;
    if (left !== 0) throw new Error(`${left} pools are left in Azure`);
    say(green("Kubernetes has no SessionPool, and Azure has no session pool"));
  }

  async #expectPuts(before: number, expected: number, what: string): Promise<void> {
    const made = (await this.#puts()) - before;
    if (made !== expected) throw new Error(`${what} took ${made} PUTs instead of ${expected}`);
    say(green(`PUTs that Azure served for ${what}: ${made}`));
  }

  async #puts(): Promise<number> {
    const { text } = await this.#azure("GET", "/_emulator/calls");
    return (JSON.parse(text) as { calls: { method: string }[] }).calls.filter(({ method }) => method === "PUT").length;
  }

  async #maxSessions(id: string): Promise<unknown> {
    const { text } = await this.#azure("GET", `${id}?api-version=2025-07-01`);
    const { properties } = JSON.parse(text) as {
      properties: { provisioningState: string; scaleConfiguration: { maxConcurrentSessions: number } };
    };
    return properties.provisioningState === "Succeeded"
      ? properties.scaleConfiguration.maxConcurrentSessions
      : undefined;
  }

  async #watch(done: (rows: readonly Row[]) => boolean): Promise<void> {
    const deadline = Date.now() + READY_WITHIN_MS;
    await watchTable(
      async () => (await this.#pools()).map(rowOf),
      (rows) => {
        if (Date.now() > deadline) throw new Error(`not reached within ${READY_WITHIN_MS / 1000} s`);
        return done(rows);
      },
      this.#signal,
    );
  }

  async #until(what: string, probe: () => Promise<boolean>): Promise<void> {
    const deadline = Date.now() + READY_WITHIN_MS;
    while (!(await probe())) {
      this.#signal.throwIfAborted();
      if (Date.now() > deadline) throw new Error(`${what}: not within ${READY_WITHIN_MS / 1000} s`);
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
  }

  /** The pool that the steps after the first one change. */
  async #edited(): Promise<PoolObject> {
    const pool = (await this.#pools()).find(({ metadata }) => metadata.name === EDITED);
    if (!pool) throw new Error(`there is no SessionPool ${EDITED}`);
    return pool;
  }

  async #pools(): Promise<readonly PoolObject[]> {
    const { stdout } = await this.#kubectl(["get", "sessionpools", "-n", NAMESPACE, "-o", "json"]);
    return (JSON.parse(stdout) as { items: PoolObject[] }).items;
  }

  async #kubectl(args: readonly string[]): Promise<{ stdout: string }> {
    if (!this.#cluster) throw new Error("the control plane is not there");
    return this.#cluster.kubectl(args);
  }

  /** A call to Azure as somebody other than the operator. */
  async #azure(method: string, path: string, body?: object): Promise<{ status: number; text: string }> {
    if (!this.#emulator) throw new Error("the emulator is not there");
    const { url, tokenUrl, caFile } = this.#emulator;
    const ca = readFileSync(caFile, "utf8");
    const form =
      "grant_type=client_credentials&client_id=portal&client_secret=demo&scope=https://management.azure.com/.default";
    const token = await send(`${tokenUrl}/common/oauth2/v2.0/token`, "POST", ca, {}, form);
    const { access_token: bearer } = JSON.parse(token.text) as { access_token: string };
    return send(
      `${url}${path}`,
      method,
      ca,
      { authorization: `Bearer ${bearer}`, "content-type": "application/json" },
      body && JSON.stringify(body),
    );
  }
}

function rowOf({ metadata, status }: PoolObject): Row {
  const ready = status?.conditions?.find(({ type }) => type === "Ready");
  const current = status?.observedGeneration === metadata.generation;
  return {
    name: metadata.name,
    ready: current ? (ready?.status ?? "") : "",
    state: status?.provisioningState ?? "",
    endpoint: current && ready?.status === "True" ? (status?.endpoint ?? "") : "",
    note: (current && ready?.reason) || "waiting for the operator",
  };
}

function send(
  url: string,
  method: string,
  ca: string,
  headers: Record<string, string>,
  body?: string,
): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const call = request(url, { method, ca, headers }, (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => (text += chunk));
      response.on("end", () => resolve({ status: response.statusCode ?? 0, text }));
    });
    call.once("error", reject);
    call.end(body);
  });
}
