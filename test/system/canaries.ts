import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Cluster } from "../cluster/cluster.ts";
import type { RunningOperator } from "../cluster/operator.ts";
import { startChild } from "../cluster/processes.ts";
import type { ArmModel } from "../emulator/model.ts";

/** Texts that must be shown nowhere, in each form that they may take, with what they are. */
const forbidden = new Map<string, string>();
/** Shorter texts occur by chance. */
const MIN_LENGTH = 8;
/** Keys of a Secret that say who signs in, which messages may name. */
const NOT_SECRET: ReadonlySet<string> = new Set(["AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_SUBSCRIPTION_ID"]);
/** What is secret whoever made it: tokens, keys, and the signed part of a URL. */
const PATTERNS: readonly (readonly [what: string, pattern: RegExp])[] = [
  ["a token", /\beyJ[\w-]{8,}\.[\w-]*/],
  ["a private key", /-----BEGIN [A-Z ]*PRIVATE KEY/],
  ["a signed URL", /[?&](?:t|c|s|h)=[\w%-]{6,}&(?:t|c|s|h)=/],
];

/** A secret value for a test, which occurs nowhere else. */
export function canary(what: string): string {
  const value = `canary-${what}-${randomBytes(8).toString("hex")}`;
  guard(what, value);
  return value;
}

/** From now on nobody may be shown the text; of one with several lines, as of a key, any of them. */
export function guard(what: string, text: string): void {
  const lines = text.includes("\n") ? text.split("\n").filter((line) => !line.startsWith("-----")) : [];
  for (const part of [text, ...lines.map((line) => line.trim())]) {
    if (part.length < MIN_LENGTH) continue;
    const forms = [
      part,
      JSON.stringify(part).slice(1, -1),
      encodeURIComponent(part),
      Buffer.from(part).toString("base64"),
    ];
    for (const form of forms) forbidden.set(form, what);
  }
}

/** @throws Error when a Secret has a value that {@link guard} does not know: it would be looked for nowhere */
export function checkGuarded(name: string, data: Readonly<Record<string, string>>): void {
  for (const [key, value] of Object.entries(data))
    if (!NOT_SECRET.has(key) && !forbidden.has(value))
      throw new Error(
        `the value of ${key} in the Secret ${name} is no canary: make it with canary(), or name it to guard()`,
      );
}

/** What of it is in a text, and where, never the value itself; empty when nothing is. */
export function leaksIn(place: string, text: string): readonly string[] {
  const known = [...forbidden].filter(([form]) => text.includes(form)).map(([, what]) => what);
  const looks = PATTERNS.filter(([, pattern]) => pattern.test(text)).map(([what]) => what);
  return [...new Set([...known, ...looks])].map((what) => `${what} is in ${place}`);
}

/** @throws Error that says what leaked where */
export function refuseLeaks(leaks: readonly string[]): void {
  if (leaks.length > 0) throw new Error(`secrets are shown:\n${[...new Set(leaks)].join("\n")}`);
}

/** Learns of all tokens and signed URLs that this Azure gives. */
export function guardAnswers(model: ArmModel): void {
  const handle = model.handle.bind(model);
  model.handle = (request) => {
    const response = handle(request);
    const { "azure-asyncoperation": statuses, location } = response.headers;
    for (const url of [statuses, location])
      guard("the signature of an operation's URL", /[?&]s=([^&]+)/.exec(url ?? "")?.[1] ?? "");
    if (request.method === "POST" && request.url.includes("/token"))
      guard("a bearer token", /"access_token":"([^"]+)"/.exec(response.body ?? "")?.[1] ?? "");
    return response;
  };
}

/** Guards what proves who the operator is, to Entra and to Kubernetes. */
export function guardProofs({ env }: Pick<RunningOperator, "env">): void {
  const { AZURE_FEDERATED_TOKEN_FILE, KUBECONFIG } = env;
  if (AZURE_FEDERATED_TOKEN_FILE) guard("the federated token", readFileSync(AZURE_FEDERATED_TOKEN_FILE, "utf8").trim());
  const [, tokenFile] = /"tokenFile":"([^"]+)"/.exec(KUBECONFIG ? readFileSync(KUBECONFIG, "utf8") : "") ?? [];
  if (tokenFile !== undefined) guard("the ServiceAccount's token", readFileSync(tokenFile, "utf8").trim());
}

/** A cluster whose errors show no secret. */
export function guardErrors(cluster: Cluster): Cluster {
  return {
    ...cluster,
    kubectl: async (args, options = {}) => {
      const result = await cluster.kubectl(args, { ...options, allowFailure: true });
      const { code, stdout, stderr } = result;
      if (code === 0) return result;
      refuseLeaks(leaksIn(`an error of kubectl ${args[0]}`, stderr + stdout));
      if (options.allowFailure !== true) throw new Error(`kubectl ${args.join(" ")}: ${stderr || stdout}`);
      return result;
    },
  };
}

/** Everything that anybody could have read in the cluster meanwhile. */
export interface Witness {
  /** Looks once more, and ends. @returns what of it no one should have read */
  end(): Promise<readonly string[]>;
}

/** What is looked at of each kind: of a SessionPool not what its user wrote. */
const SHOWN: Readonly<Record<string, string>> = {
  sessionpools: "the SessionPool {.metadata.name} {.metadata.finalizers} {.status}",
  "events.events.k8s.io": "the event {.reason} of {.regarding.name} {.note} {@}",
};

/** Watches all SessionPools and all events of the cluster, so that what is gone by the end of the tests counts too. */
export function startWitness(cluster: Cluster): Witness {
  const [command = "kubectl", ...leading] = cluster.kubectlCommand;
  const watches = Object.entries(SHOWN).map(([kind, shown]) => {
    const args = ["get", kind, "--all-namespaces", "-o", `jsonpath=${shown}{"\\n"}`];
    const logFile = join(cluster.dir, `witness-${kind}-${randomBytes(4).toString("hex")}.log`);
    const child = startChild({
      name: `kubectl get ${kind} --watch`,
      command,
      args: [...leading, ...args, "--watch"],
      env: { KUBECONFIG: cluster.adminKubeconfig, HOME: cluster.dir },
      logFile,
    });
    return { kind, shown, child, logFile };
  });
  return {
    end: async () => {
      const leaks: string[] = [];
      for (const { kind, shown, child, logFile } of watches) {
        if (child.exitCode !== undefined) leaks.push(`nobody knows: ${child.name} ended before the tests did`);
        await child.stop();
        const range = `jsonpath={range .items[*]}${shown}{"\\n"}{end}`;
        const now = await cluster.kubectl(["get", kind, "--all-namespaces", "-o", range]);
        const lines = `${readFileSync(logFile, "utf8")}\n${now.stdout}`.split("\n");
        leaks.push(...lines.flatMap((line) => leaksIn(line.split(" ").slice(0, 5).join(" "), line)));
      }
      return leaks;
    },
  };
}

/** What an operator says: its log, and its metrics while it runs. */
export async function leaksOfOperator(operator: RunningOperator): Promise<readonly string[]> {
  const metrics = await fetch(operator.metrics).then(
    async (response) => await response.text(),
    () => "",
  );
  const log = operator
    .logs()
    .flatMap((line) => leaksIn(`the log line "${line.msg?.slice(0, 40)}"`, JSON.stringify(line)));
  return [...log, ...leaksIn("the metrics", metrics)];
}
