import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { connectToAzure, readSettings } from "./connect.ts";
import { type Documents, InputError, readDocuments } from "./documents.ts";
import { importCommand } from "./import/command.ts";
import { findLive, readLiveFile } from "./live-file.ts";
import { secretsFrom } from "./offline.ts";
import { type PlanSources, reportOf } from "./plan.ts";
import { jsonOf, textOf } from "./print-plan.ts";
import { formatFinding, isHarmless, validateDocuments } from "./validate/validate.ts";

const HELP = `kubectl-sessionpool looks at SessionPool manifests, and makes them of pools. It never writes anything, neither to Azure nor to the cluster.

Usage:
  kubectl-sessionpool plan -f FILE... [--live LIVE.json] [-o text|json]
  kubectl-sessionpool validate -f FILE...
  kubectl-sessionpool import --subscription UUID [--resource-group GROUP [--name NAME]] | --from FILE.json

plan says what the operator would do in Azure, with the operator's own code. FILE may hold many documents, Secrets among them.
  -f, --filename FILE          YAML or JSON; - for standard input; may be given again
  --live FILE                  body of an ARM GET or LIST to compare with, offline; secret values that no FILE holds count as unchanged.
                               Without it the cluster and Azure are read, signed in as kubectl and az are: of the Secret with the operator's
                               credential for a namespace only AZURE_SUBSCRIPTION_ID is used.
  -o, --output text|json       default text
  -n, --namespace NAME         namespace of documents that name none; default: the kubeconfig's, else default
  --subscription-id UUID       subscription of resources that name none (AZURE_SUBSCRIPTION_ID)
  --kubeconfig FILE            as kubectl's
  --operator-namespace NAME    where the operator runs; default sessionpool-system
  Exit code: 0 no changes, 2 changes, 1 an error.

validate checks manifests as the API server and the operator do, offline: the schema, its rules, and the limits of the service.
  One line per finding: FILE:LINE: FIELD: MESSAGE. Exit code: 0 valid, 1 findings or an error.

import prints manifests for pools that exist, as YAML ready to be committed; what to know and to do goes to standard error.
  Then: create the Secrets that it names, look with plan, and apply. Nothing is written to the pools.
  --subscription UUID          all pools of a subscription (AZURE_SUBSCRIPTION_ID), signed in as az is
  --resource-group GROUP       those of one resource group
  --name NAME                  one pool of the resource group
  --from FILE                  body of an ARM GET or LIST, offline; - for standard input
  -n, --namespace NAME         namespace of the manifests; default: they name none
  --adoption HOW               spec.policy.adoption: IfUnowned (default), Always (also of pools that another cluster owns), or Never
  Exit code: 0 all imported, 1 some pool cannot be, or an error.
`;

interface Flags {
  readonly filename: readonly string[];
  readonly live?: string;
  readonly output: string;
  readonly namespace?: string;
  readonly subscriptionId?: string;
  readonly kubeconfig?: string;
  readonly operatorNamespace: string;
}

/** Where the command speaks, and what it is told besides its arguments. */
export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly isTerminal: boolean;
  readonly print: (text: string) => void;
  readonly complain: (text: string) => void;
}

/**
 * Runs one command.
 *
 * @returns the exit code
 */
export async function run(args: readonly string[], around: Surroundings): Promise<number> {
  try {
    return await dispatch(args, around);
  } catch (error) {
    around.complain(error instanceof Error ? error.message : String(error));
    return 1;
  }
}

async function dispatch(args: readonly string[], around: Surroundings): Promise<number> {
  const [command, ...rest] = args;
  if (
    command === undefined ||
    command === "help" ||
    command === "--help" ||
    command === "-h" ||
    rest.includes("--help")
  ) {
    around.print(HELP);
    return command === undefined ? 1 : 0;
  }
  if (command === "import") return await importCommand(rest, { ...around, readFile });
  const flags = readFlags(rest);
  switch (command) {
    case "plan":
      return await planCommand(flags, around);
    case "validate":
      return validateCommand(flags, around);
    default:
      throw new InputError(`there is no command "${command}": it is plan, validate or import; --help says more`);
  }
}

async function planCommand(flags: Flags, around: Surroundings): Promise<number> {
  const files = readFiles(flags.filename);
  const findings = [...files].flatMap(([file, text]) => validateDocuments(file, text));
  // GitOps tools apply what has a field too many, and az prints numbers in quotes: what is meant is plain. Anything else the server refuses.
  for (const finding of findings.filter(isHarmless)) around.complain(`warning: ${formatFinding(finding)}`);
  const refused = findings.filter((finding) => !isHarmless(finding));
  if (refused.length > 0) throw new InputError(refused.map(formatFinding).join("\n"));
  const documents = readDocuments(files, flags.namespace ?? "default");
  const sources =
    flags.live === undefined ? await online(flags, documents, around) : offline(flags, documents, flags.live, around);
  const plans = sources.map(reportOf);
  const colours = around.isTerminal && around.env.NO_COLOR === undefined;
  const clusterId = sources[0]?.clusterId;
  around.print(`${flags.output === "json" ? jsonOf(plans, clusterId) : textOf(plans, clusterId, colours)}\n`);
  return plans.some(({ action }) => action !== "None") ? 2 : 0;
}

function validateCommand(flags: Flags, around: Surroundings): number {
  const findings = [...readFiles(flags.filename)].flatMap(([file, text]) => validateDocuments(file, text));
  for (const finding of findings) around.print(`${formatFinding(finding)}\n`);
  return findings.length > 0 ? 1 : 0;
}

function offline(flags: Flags, documents: Documents, file: string, around: Surroundings): readonly PlanSources[] {
  const pools = readLiveFile(file, readFile(file));
  const { AZURE_SUBSCRIPTION_ID: subscriptionId } = around.env;
  // A variable that is set to nothing is one that is not set.
  const defaultSubscriptionId = flags.subscriptionId ?? (subscriptionId === "" ? undefined : subscriptionId);
  return documents.pools.map((resource) => {
    const observation = findLive(pools, resource, defaultSubscriptionId);
    return {
      resource,
      observation,
      ...secretsFrom(documents, resource, observation),
      clusterId: undefined,
      defaultSubscriptionId,
    };
  });
}

/** Loads the SDKs only when they are needed. */
async function online(flags: Flags, documents: Documents, around: Surroundings): Promise<readonly PlanSources[]> {
  const [{ KubernetesClient }, transports, { steadyClock }, { readOnline }] = await Promise.all([
    import("../kubernetes/client.ts"),
    import("../kubernetes/transport.ts"),
    import("../time/clock.ts"),
    import("./online.ts"),
  ]);
  const config = readSettings(
    [
      ...(flags.kubeconfig === undefined ? [] : [`--kubeconfig=${flags.kubeconfig}`]),
      ...(flags.subscriptionId === undefined ? [] : [`--subscription-id=${flags.subscriptionId}`]),
    ],
    around.env,
  );
  const kubeConfig = transports.loadKubeConfig(config.kubeconfig);
  const namespace = flags.namespace ?? transports.namespaceOf(kubeConfig);
  const transport = transports.createTransport(kubeConfig);
  try {
    return await readOnline({
      documents: flags.namespace === undefined ? readDocuments(readFiles(flags.filename), namespace) : documents,
      kubernetes: new KubernetesClient(transport, steadyClock),
      arm: await connectToAzure(config),
      operatorNamespace: flags.operatorNamespace,
      clusterId: config.clusterId,
      defaultSubscriptionId: config.subscriptionId,
      signal: AbortSignal.timeout(120_000),
    });
  } finally {
    await transport.close();
  }
}

function readFlags(args: readonly string[]): Flags {
  let values;
  let positionals;
  try {
    ({ values, positionals } = parseArgs({
      args: [...args],
      strict: true,
      allowPositionals: true,
      options: {
        filename: { type: "string", short: "f", multiple: true, default: [] },
        live: { type: "string" },
        output: { type: "string", short: "o", default: "text" },
        namespace: { type: "string", short: "n" },
        "subscription-id": { type: "string" },
        kubeconfig: { type: "string" },
        "operator-namespace": { type: "string", default: "sessionpool-system" },
      },
    }));
  } catch (error) {
    throw new InputError(`${error instanceof Error ? error.message : String(error)}; --help says more`);
  }
  // A shell makes `-f *.yaml` one flag and many names.
  const filename = [...values.filename, ...positionals];
  if (filename.length === 0) throw new InputError("no manifests: name them with -f FILE");
  if (values.output !== "text" && values.output !== "json")
    throw new InputError(`-o ${values.output}: must be text or json`);
  const { "subscription-id": subscriptionId, "operator-namespace": operatorNamespace, ...rest } = values;
  return { ...rest, filename, operatorNamespace, ...(subscriptionId === undefined ? {} : { subscriptionId }) };
}

const standardInput: { text?: string } = {};

function readFiles(names: readonly string[]): ReadonlyMap<string, string> {
  return new Map(names.map((name) => [name, readFile(name)]));
}

function readFile(name: string): string {
  try {
    return name === "-" ? (standardInput.text ??= readFileSync(0, "utf8")) : readFileSync(name, "utf8");
  } catch (error) {
    throw new InputError(`${name}: cannot be read (${error instanceof Error ? error.message : String(error)})`);
  }
}
