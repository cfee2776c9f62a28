import { parseArgs } from "node:util";
import { Ajv } from "ajv";
import { durationMs } from "./api/duration.ts";
import { OWN_SCHEMA } from "./api/own-schema.ts";
import { cloudOf } from "./azure/clouds.ts";
import { type Setting, SETTINGS } from "./settings.ts";

/** Everything that can be set, once at start. */
export interface Config {
  readonly kubeconfig: string | undefined;
  readonly subscriptionId: string | undefined;
  readonly clusterId: string | undefined;
  readonly driftIntervalMs: number;
  readonly concurrency: number;
  readonly logLevel: string;
  readonly healthPort: number;
  readonly metricsPort: number;
  /** Who may read the metrics: everybody, or whose token the API server allows it. */
  readonly metricsAuth: "none" | "token";
  /** Files of the metrics' certificate; undefined: plain HTTP. */
  readonly metricsTls: { readonly certFile: string; readonly keyFile: string } | undefined;
  readonly secretAccess: "get" | "watch";
  /** File with the scope table; undefined: every namespace may name everything. */
  readonly scopesFile: string | undefined;
  /** The namespaces whose resources are watched; undefined: all. */
  readonly watchNamespaces: readonly string[] | undefined;
  /** Labels of the resources that are this process's, as a Kubernetes label selector; undefined: all. */
  readonly watchLabelSelector: string | undefined;
  /** How much of Azure's limits this process may use, above 0 and at most 1. */
  readonly armBudgetShare: number;
  /** How many PUTs Azure may work on at the same time; Infinity for no cap. */
  readonly maxInFlightWrites: number;
  /** Share of a subscription's pools, 0 to 1, that may need a drift correction at once; when more do, none is made before a person has looked. */
  readonly maxDriftShare: number;
  /** Whether it works only while it has the lease, so that there may be several replicas. */
  readonly leaderElect: boolean;
  /** Name of the Lease, in the operator's own namespace. */
  readonly leaseName: string;
  /** Where the operator runs; undefined: where its credentials say. */
  readonly namespace: string | undefined;
  /** Name of this replica; undefined: the host's. */
  readonly instance: string | undefined;
  readonly armEndpoint: string;
  readonly armAudience: string;
  readonly authorityHost: string | undefined;
  readonly tenantId: string | undefined;
  readonly clientId: string | undefined;
  readonly federatedTokenFile: string | undefined;
  /** The URL that traces are sent to, and which are, by a name of OTEL_TRACES_SAMPLER and the share of them, 0 to 1; undefined: nothing is traced. */
  readonly traces: { readonly endpoint: string; readonly sampler: string; readonly ratio: number } | undefined;
}

/** A wrong value, a flag that does not exist, or a call for help: the text to print and the code to exit with. */
export class ConfigExit extends Error {
  override readonly name = "ConfigExit";
  readonly exitCode: number;
  constructor(text: string, exitCode: number) {
    super(text);
    this.exitCode = exitCode;
  }
}

type Name = keyof typeof SETTINGS;
const NAMES = Object.keys(SETTINGS) as Name[];
type Environment = Readonly<Record<string, string | undefined>>;

/** A file that a setting names. @property from the flag or variable that names it */
export interface NamedFile {
  readonly from: string;
  readonly path: string;
}

/** What is wrong with a PEM file of certificates and, if it is given, the one with the key of the first: one line each. */
export type CheckPem = (certificates: NamedFile, key?: NamedFile) => readonly string[];

/** The settings that name PEM files: of certificates, and of the key of the first, without which a certificate of one's own is of no use. */
const PEM_FILES = [
  ["metricsTlsCertFile", "metricsTlsKeyFile"],
  ["tracesCaFile"],
  ["tracesCertFile", "tracesKeyFile"],
] as const satisfies readonly (readonly [certificates: Name, key?: Name])[];

/**
 * Reads flags and environment.
 *
 * @param checkPem looks at the files of certificates and keys; left out: nobody does
 * @throws ConfigExit with one line per wrong value, or the help text
 */
export function readConfig(args: readonly string[], env: Environment, checkPem?: CheckPem): Config {
  const { flags, isHelp, problems } = parseFlags(args);
  if (isHelp) throw new ConfigExit(help(), 0);
  const isMistyped = problems.length > 0;
  const values: Partial<Record<Name, string>> = {};
  const tracesVariable = variableOf(SETTINGS.tracesEndpoint, env);
  const isTraced =
    tracesVariable !== undefined &&
    env[SETTINGS.tracesExporter.env] !== "none" &&
    env[SETTINGS.tracesOff.env]?.toLowerCase() !== "true";
  const given = NAMES.flatMap((name) => {
    const setting: Setting = SETTINGS[name];
    // Clusters set these for everybody: who traces nothing need not care.
    if (name.startsWith("traces") && !isTraced) return [];
    const fromFlag = setting.flag === undefined ? undefined : flags.get(setting.flag);
    const variable = variableOf(setting, env);
    const value = fromFlag ?? (variable && env[variable]) ?? setting.default;
    const from = fromFlag === undefined ? (variable ?? setting.env) : `--${setting.flag}`;
    return value === undefined ? [] : [{ name, setting, value, from }];
  });
  const misfits = misfitsOf(given);
  for (const { name, setting, value, from } of given) {
    const problem = misfits.has(name) ? "" : setting.problem?.(value, from);
    if (problem === undefined) values[name] = value;
    else {
      const shown = setting.secret ? value.replace(setting.secret, "…") : value;
      problems.push(`${from}: "${shown}" is not ${setting.expected}${problem === "" ? "" : `: ${problem}`}`);
    }
  }
  const hasClusterId = flags.has(SETTINGS.clusterId.flag) || (env[SETTINGS.clusterId.env] ?? "") !== "";
  if (values.watchNamespaces !== undefined && !hasClusterId)
    problems.push(
      "--namespaces: set --cluster-id too: without it the cluster's id is the UID of the kube-system namespace, which Roles alone cannot let the operator read",
    );
  if (values.healthPort !== undefined && values.healthPort === values.metricsPort && values.healthPort !== "0")
    problems.push(`--metrics-port: is ${values.metricsPort}, as --health-port is: each needs a port of its own`);
  const { metricsAuth, metricsTlsCertFile: certFile, metricsTlsKeyFile: keyFile } = values;
  const files = given.flatMap(({ name, from }) => {
    const path = values[name];
    return path === undefined || from === undefined ? [] : [[name, { from, path }] as const];
  });
  problems.push(...fileProblems(new Map(files), checkPem));
  if (metricsAuth === "token" && certFile === undefined && keyFile === undefined)
    problems.push(
      "--metrics-auth: set --metrics-tls-cert-file and --metrics-tls-key-file too: a token must not travel in clear text",
    );
  if (isMistyped) problems.push("Run with --help for all flags.");
  if (problems.length > 0) throw new ConfigExit(problems.join("\n"), 2);
  const cloud = cloudOf(values.environment);
  const armEndpoint = (values.armEndpoint ?? cloud.endpoint).replace(/\/$/, "");
  return Object.freeze({
    kubeconfig: values.kubeconfig,
    subscriptionId: values.subscriptionId?.toLowerCase(),
    clusterId: values.clusterId,
    driftIntervalMs: durationMs(values.driftInterval ?? "") ?? 0,
    concurrency: Number(values.concurrency),
    armBudgetShare: Number(values.armBudgetShare) / 100,
    maxInFlightWrites: values.maxInFlightWrites === "0" ? Infinity : Number(values.maxInFlightWrites),
    maxDriftShare: Number(values.maxDriftCorrections) / 100,
    logLevel: values.logLevel ?? "",
    healthPort: Number(values.healthPort),
    metricsPort: Number(values.metricsPort),
    metricsAuth: metricsAuth === "token" ? "token" : "none",
    metricsTls: certFile === undefined || keyFile === undefined ? undefined : { certFile, keyFile },
    secretAccess: values.secretAccess === "watch" ? "watch" : "get",
    scopesFile: values.scopesFile,
    watchNamespaces: values.watchNamespaces === undefined ? undefined : [...new Set(values.watchNamespaces.split(","))],
    watchLabelSelector: values.watchLabelSelector,
    leaderElect: values.leaderElect !== "false",
    leaseName: values.leaseName ?? "",
    namespace: values.namespace,
    instance: values.instance,
    armEndpoint,
    armAudience: values.armAudience ?? (values.environment === undefined ? armEndpoint : cloud.audience),
    authorityHost: values.authorityHost ?? (values.environment === undefined ? undefined : cloud.authorityHost),
    tenantId: values.tenantId,
    clientId: values.clientId,
    federatedTokenFile: values.federatedTokenFile,
    traces: isTraced
      ? {
          endpoint: tracesUrl(values.tracesEndpoint ?? "", tracesVariable),
          sampler: values.tracesSampler ?? "",
          ratio: Number(values.tracesSamplerArg),
        }
      : undefined,
  });
}

/** What is wrong with the PEM files, among what is given. */
function fileProblems(given: ReadonlyMap<Name, NamedFile>, check: CheckPem = () => []): readonly string[] {
  return PEM_FILES.flatMap(([certName, keyName]) => {
    const [certificates, key] = [given.get(certName), keyName && given.get(keyName)];
    if (keyName && !certificates !== !key)
      return [`${nameOf(certName)}, ${nameOf(keyName)}: set both: a certificate is of no use without its key`];
    return certificates ? check(certificates, key) : [];
  });
}

/** The variable of a setting that is set: the one for its use alone wins. One that is set to nothing is how manifests leave one out. */
function variableOf({ env, envFirst }: Setting, environment: Environment): string | undefined {
  return [envFirst, env].find((name) => name !== undefined && (environment[name] ?? "") !== "");
}

/** Where traces go: the variable for traces alone names the whole URL, the general one what all signals begin with (OpenTelemetry's protocol/exporter.md). */
function tracesUrl(value: string, variable: string): string {
  return variable === SETTINGS.tracesEndpoint.envFirst ? value : value.replace(/\/?$/, "/v1/traces");
}

/** The name by which people know a setting. */
function nameOf(name: Name): string | undefined {
  const { flag, env }: Setting = SETTINGS[name];
  return flag === undefined ? env : `--${flag}`;
}

/** The settings whose value does not fit their schema. In one check, since each would be compiled by itself. */
function misfitsOf(
  given: readonly { readonly name: string; readonly setting: Setting; readonly value: string }[],
): ReadonlySet<string> {
  const properties = Object.fromEntries(
    given.map(({ name, setting }) => [name, { type: "string", ...setting.schema }]),
  );
  const validate = new Ajv({ ...OWN_SCHEMA, allErrors: true }).compile({ type: "object", properties });
  validate(Object.fromEntries(given.map(({ name, value }) => [name, value])));
  return new Set(validate.errors?.map(({ instancePath }) => instancePath.slice(1)));
}

/** What was said on the command line: the last value of each flag, whether help was asked for, and a line for everything else. */
function parseFlags(args: readonly string[]): {
  readonly flags: ReadonlyMap<string, string>;
  readonly isHelp: boolean;
  readonly problems: string[];
} {
  const names = NAMES.map((name) => (SETTINGS[name] as Setting).flag).filter((flag) => flag !== undefined);
  const options: Record<string, { type: "string" | "boolean"; short?: string }> = {
    help: { type: "boolean", short: "h" },
    ...Object.fromEntries(names.map((flag) => [flag, { type: "string" }])),
  };
  const flags = new Map<string, string>();
  const problems: string[] = [];
  let isHelp = false;
  // Not strict, since it would stop at the first mistake.
  for (const token of parseArgs({ args: [...args], options, strict: false, tokens: true }).tokens) {
    if (token.kind === "positional")
      problems.push(`"${token.value}": is no flag; a value follows its flag as --flag=value`);
    if (token.kind !== "option") continue;
    const { name, rawName, value } = token;
    if (name === "help") isHelp = true;
    else if (!names.includes(name)) problems.push(`${rawName}: there is no such flag${nearest(name, names)}`);
    else if (value === undefined) problems.push(`${rawName}: has no value; write ${rawName}=value`);
    else flags.set(name, value);
  }
  return { flags, isHelp, problems };
}

/** The flag that was probably meant: the same but for how its words are joined, one that has the word, or one that the word has. */
function nearest(word: string, names: readonly string[]): string {
  const plain = (text: string): string => text.replace(/^no-/, "").replaceAll(/[-_]/g, "").toLowerCase();
  const sought = plain(word);
  const meant =
    names.find((name) => plain(name) === sought) ??
    names.find((name) => sought.length > 2 && (plain(name).includes(sought) || sought.includes(plain(name))));
  return meant === undefined ? "" : `; is --${meant} meant?`;
}

function help(): string {
  const rows = NAMES.map((name): readonly [names: string, text: string] => {
    const { flag, env, envFirst, default: initial, help: text }: Setting = SETTINGS[name];
    const names = [flag === undefined ? undefined : `--${flag}`, env].filter((part) => part !== undefined).join(", ");
    const rest = `${initial === undefined ? "" : ` (default ${initial})`}${envFirst === undefined ? "" : `; ${envFirst} wins`}`;
    return [names, `${text}${rest}`];
  });
  rows.push(["--help, -h", "this text"]);
  const width = Math.max(...rows.map(([names]) => names.length));
  return [
    "Operator for Azure Container Apps session pools.",
    "",
    "Usage: operator [--flag=value ...]; a flag wins over its environment variable, and a variable that is empty counts as not set.",
    "",
    ...rows.map(([names, text]) => `  ${names.padEnd(width)} ${text}`),
  ].join("\n");
}
