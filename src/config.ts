import { parseArgs } from "node:util";
import { Ajv } from "ajv";
import { CLOUD_NAMES, cloudOf } from "./azure/clouds.ts";

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
  readonly secretAccess: "get" | "watch";
  /** File with the scope table; undefined: every namespace may name everything. */
  readonly scopesFile: string | undefined;
  /** The namespaces whose resources are watched; undefined: all. */
  readonly watchNamespaces: readonly string[] | undefined;
  /** Where the operator runs; undefined: where its credentials say. */
  readonly namespace: string | undefined;
  readonly armEndpoint: string;
  readonly armAudience: string;
  readonly authorityHost: string | undefined;
  readonly tenantId: string | undefined;
  readonly clientId: string | undefined;
  readonly federatedTokenFile: string | undefined;
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

interface Setting {
  /** Command-line flag; absent for what only the environment sets. */
  readonly flag?: string;
  readonly env?: string;
  readonly default?: string;
  readonly help: string;
  readonly schema: object;
  /** What a legal value looks like, for the message. */
  readonly expected: string;
}

const UUID = "^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$";
const PORT = {
  pattern: "^([0-9]|[1-9][0-9]{1,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])$",
};
const NAMESPACE = "[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?";
const HTTPS = "^https://[^/?#@ ]+/?$";

/** Every setting with its flag, its environment variable and its default. A flag wins over the environment, a later flag over an earlier one. */
const SETTINGS = {
  kubeconfig: {
    flag: "kubeconfig",
    help: "kubeconfig file; unset: $KUBECONFIG, else the pod's ServiceAccount",
    schema: { minLength: 1 },
    expected: "a path",
  },
  subscriptionId: {
    flag: "subscription-id",
    env: "AZURE_SUBSCRIPTION_ID",
    help: "subscription for resources that name none",
    schema: { pattern: UUID },
    expected: "a UUID",
  },
  clusterId: {
    flag: "cluster-id",
    env: "CLUSTER_ID",
    help: "this cluster's name in owner tags; unset: UID of the kube-system namespace",
    schema: { pattern: "^[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$" },
    expected: "1 to 63 letters, digits, '.', '_' or '-'",
  },
  driftInterval: {
    flag: "drift-interval",
    env: "DRIFT_INTERVAL",
    default: "5m",
    help: "how often a pool at rest is compared with Azure",
    schema: { pattern: "^[1-9][0-9]{0,6}(s|m|h)$" },
    expected: "a whole number with s, m or h, e.g. 90s, 5m",
  },
  concurrency: {
    flag: "concurrency",
    env: "CONCURRENCY",
    default: "10",
    help: "resources worked on at the same time",
    schema: { pattern: "^([1-9]|[1-9][0-9]|100)$" },
    expected: "a number from 1 to 100",
  },
  logLevel: {
    flag: "log-level",
    env: "LOG_LEVEL",
    default: "info",
    help: "trace, debug, info, warn, error or fatal",
    schema: { enum: ["trace", "debug", "info", "warn", "error", "fatal"] },
    expected: "trace, debug, info, warn, error or fatal",
  },
  secretAccess: {
    flag: "secret-access",
    env: "SECRET_ACCESS",
    default: "get",
    help: "get: sees new values of Secrets within a minute; watch: at once, by watching all Secrets",
    schema: { enum: ["get", "watch"] },
    expected: "get or watch",
  },
  scopesFile: {
    flag: "scopes-file",
    env: "SCOPES_FILE",
    help: "file that says what each namespace may name in Azure; unset: everything",
    schema: { minLength: 1 },
    expected: "a path",
  },
  watchNamespaces: {
    flag: "namespaces",
    env: "WATCH_NAMESPACES",
    help: "comma-separated namespaces to watch, with Roles there instead of a ClusterRole; needs --cluster-id; unset: all",
    schema: { pattern: `^${NAMESPACE}(,${NAMESPACE})*$` },
    expected: "a list of namespaces, separated by commas",
  },
  namespace: {
    env: "POD_NAMESPACE",
    help: "namespace of the operator's own Secret; unset: the ServiceAccount's or the kubeconfig's, else default",
    schema: { pattern: `^${NAMESPACE}$` },
    expected: "the name of a namespace",
  },
  healthPort: {
    flag: "health-port",
    env: "HEALTH_PORT",
    default: "8081",
    help: "port of /livez and /readyz; 0 for any free one",
    schema: PORT,
    expected: "a port from 0 to 65535",
  },
  metricsPort: {
    flag: "metrics-port",
    env: "METRICS_PORT",
    default: "8080",
    help: "port of /metrics, for Prometheus; 0 for any free one",
    schema: PORT,
    expected: "a port from 0 to 65535",
  },
  environment: {
    env: "AZURE_ENVIRONMENT",
    help: "cloud, which sets the next three: AzurePublicCloud, AzureUSGovernment or AzureChinaCloud",
    schema: { pattern: `^(?i:${CLOUD_NAMES.join("|")})$` },
    expected: `the name of a cloud: ${CLOUD_NAMES.join(", ")}`,
  },
  armEndpoint: {
    env: "AZURE_RESOURCE_MANAGER_ENDPOINT",
    help: "Azure Resource Manager; unset: the cloud's, https://management.azure.com",
    schema: { pattern: HTTPS },
    expected: "an https URL without a path",
  },
  armAudience: {
    env: "AZURE_RESOURCE_MANAGER_AUDIENCE",
    help: "audience of the token; unset: the cloud's, without a cloud the endpoint",
    schema: { pattern: "^https://[^?# ]+$" },
    expected: "an https URL",
  },
  authorityHost: {
    env: "AZURE_AUTHORITY_HOST",
    help: "Entra's host; unset: the cloud's, without a cloud the public one's",
    schema: { pattern: HTTPS },
    expected: "an https URL without a path",
  },
  tenantId: {
    env: "AZURE_TENANT_ID",
    help: "tenant to sign in to",
    schema: { pattern: "^[A-Za-z0-9.-]+$" },
    expected: "a UUID or a domain",
  },
  clientId: { env: "AZURE_CLIENT_ID", help: "client to sign in as", schema: { pattern: UUID }, expected: "a UUID" },
  federatedTokenFile: {
    env: "AZURE_FEDERATED_TOKEN_FILE",
    help: "file with the token for workload identity",
    schema: { minLength: 1 },
    expected: "a path",
  },
} as const satisfies Record<string, Setting>;

type Name = keyof typeof SETTINGS;
const NAMES = Object.keys(SETTINGS) as Name[];
const UNIT_MS = { s: 1000, m: 60_000, h: 3_600_000 } as const;

/**
 * Reads flags and environment.
 *
 * @throws ConfigExit with one line per wrong value, or the help text
 */
export function readConfig(args: readonly string[], env: Readonly<Record<string, string | undefined>>): Config {
  const flags = parseFlags(args);
  if (flags.help === true) throw new ConfigExit(help(), 0);
  const values: Partial<Record<Name, string>> = {};
  const problems: string[] = [];
  const ajv = new Ajv();
  for (const name of NAMES) {
    const setting: Setting = SETTINGS[name];
    const fromFlag = setting.flag === undefined ? undefined : flags[setting.flag];
    // A variable that is set to nothing is how manifests leave one out.
    const fromEnv = setting.env === undefined || env[setting.env] === "" ? undefined : env[setting.env];
    const value = typeof fromFlag === "string" ? fromFlag : (fromEnv ?? setting.default);
    if (value === undefined) continue;
    if (ajv.validate({ type: "string", ...setting.schema }, value)) values[name] = value;
    else
      problems.push(
        `${typeof fromFlag === "string" ? `--${setting.flag}` : setting.env}: "${value}" is not ${setting.expected}`,
      );
  }
  if (values.watchNamespaces !== undefined && values.clusterId === undefined)
    problems.push(
      "--namespaces: set --cluster-id too: without it the cluster's id is the UID of the kube-system namespace, which Roles alone cannot let the operator read",
    );
  if (problems.length > 0) throw new ConfigExit(problems.join("\n"), 2);
  const cloud = cloudOf(values.environment);
  const armEndpoint = (values.armEndpoint ?? cloud.endpoint).replace(/\/$/, "");
  return Object.freeze({
    kubeconfig: values.kubeconfig,
    subscriptionId: values.subscriptionId?.toLowerCase(),
    clusterId: values.clusterId,
    driftIntervalMs: milliseconds(values.driftInterval ?? ""),
    concurrency: Number(values.concurrency),
    logLevel: values.logLevel ?? "",
    healthPort: Number(values.healthPort),
    metricsPort: Number(values.metricsPort),
    secretAccess: values.secretAccess === "watch" ? "watch" : "get",
    scopesFile: values.scopesFile,
    watchNamespaces: values.watchNamespaces === undefined ? undefined : [...new Set(values.watchNamespaces.split(","))],
    namespace: values.namespace,
    armEndpoint,
    armAudience: values.armAudience ?? (values.environment === undefined ? armEndpoint : cloud.audience),
    authorityHost: values.authorityHost ?? (values.environment === undefined ? undefined : cloud.authorityHost),
    tenantId: values.tenantId,
    clientId: values.clientId,
    federatedTokenFile: values.federatedTokenFile,
  });
}

function parseFlags(args: readonly string[]): Record<string, string | boolean | undefined> {
  const options: Record<string, { type: "string" | "boolean"; short?: string }> = {
    help: { type: "boolean", short: "h" },
  };
  for (const name of NAMES) {
    const { flag }: Setting = SETTINGS[name];
    if (flag !== undefined) options[flag] = { type: "string" };
  }
  try {
    return parseArgs({ args: [...args], options, strict: true }).values;
  } catch (error) {
    throw new ConfigExit(
      `${error instanceof Error ? error.message : String(error)}\nRun with --help for all flags.`,
      2,
    );
  }
}

function milliseconds(duration: string): number {
  return Number(duration.slice(0, -1)) * UNIT_MS[duration.slice(-1) as keyof typeof UNIT_MS];
}

function help(): string {
  const lines = NAMES.map((name) => {
    const { flag, env, default: initial, help: text }: Setting = SETTINGS[name];
    const names = [flag === undefined ? undefined : `--${flag}`, env].filter((part) => part !== undefined).join(", ");
    return `  ${names.padEnd(44)} ${text}${initial === undefined ? "" : ` (default ${initial})`}`;
  });
  return [
    "Operator for Azure Container Apps session pools.",
    "",
    "Usage: operator [flag ...]",
    "",
    ...lines,
    `  ${"--help, -h".padEnd(44)} this text`,
  ].join("\n");
}
