import { CLOUD_NAMES } from "./azure/clouds.ts";
import { LabelSelectorError, parseLabelSelector } from "./kubernetes/label-selector.ts";
import { TRACE_SETTINGS } from "./trace-settings.ts";

/** A setting: where its value comes from, and what a legal one is. */
export interface Setting {
  /** Command-line flag; absent for what only the environment sets. */
  readonly flag?: string;
  readonly env?: string;
  /** A variable for this use alone, which wins over that one. */
  readonly envFirst?: string;
  readonly default?: string;
  readonly help: string;
  readonly schema: object;
  /** What a legal value looks like, for the message. */
  readonly expected: string;
  /** What else is wrong with a value that fits the schema; empty: it is not what is expected. @param from the flag or variable that it is of */
  readonly problem?: (value: string, from: string | undefined) => string | undefined;
  /** The parts of a wrong value that no message may show. */
  readonly secret?: RegExp;
}

const UUID = "^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$";
const PORT = {
  pattern: "^([0-9]|[1-9][0-9]{1,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])$",
};
const NAMESPACE = "[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?";
const HTTPS = "^https://[^/?#@\\s]+/?$";
/** What looks like a URL and is none, such as a port of 99999, would be found out by whoever calls it, who knows no setting's name. */
const parsedProblem = (value: string): string | undefined => (URL.canParse(value) ? undefined : "");

/** Every setting with its flag, its environment variable and its default. A flag wins over the environment, a later flag over an earlier one. */
export const SETTINGS = {
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
    expected: "1 to 63 letters, digits, '.', '_' or '-', with a letter or digit at both ends",
  },
  driftInterval: {
    flag: "drift-interval",
    env: "DRIFT_INTERVAL",
    default: "5m",
    help: "how often a pool at rest is compared with Azure; spec.policy.driftInterval wins",
    schema: { pattern: "^[1-9][0-9]{0,6}(s|m|h)$" },
    expected: "a whole number from 1 with s, m or h, e.g. 90s, 5m",
  },
  concurrency: {
    flag: "concurrency",
    env: "CONCURRENCY",
    default: "100",
    help: "resources worked on at the same time; Azure takes 10 PUTs a second, and up to 6 s to answer one",
    schema: { pattern: "^([1-9][0-9]{0,2}|1000)$" },
    expected: "a number from 1 to 1000",
  },
  armBudgetShare: {
    flag: "arm-budget-share",
    env: "ARM_BUDGET_SHARE",
    default: "100",
    help: "percent of Azure's limits on calls that this process may use, beside others with the same identity",
    schema: { pattern: "^([1-9][0-9]?|100)$" },
    expected: "a number from 1 to 100",
  },
  maxInFlightWrites: {
    flag: "max-in-flight-writes",
    env: "MAX_IN_FLIGHT_WRITES",
    default: "0",
    help: "PUTs that Azure works on at the same time, for minutes each; 0 for no cap",
    schema: { pattern: "^(0|[1-9][0-9]{0,5})$" },
    expected: "a number from 0 to 999999",
  },
  maxDriftCorrections: {
    flag: "max-drift-corrections",
    env: "MAX_DRIFT_CORRECTIONS",
    default: "25",
    help: "percent of a subscription's pools that drift may be corrected of at once; when more than that and than ten differ, a person must look first; 100 never stops",
    schema: { pattern: "^([0-9]|[1-9][0-9]|100)$" },
    expected: "a number from 0 to 100",
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
    expected: "a list of namespaces, separated by commas without spaces",
  },
  watchLabelSelector: {
    flag: "watch-label-selector",
    env: "WATCH_LABEL_SELECTOR",
    help: "label selector of this process's resources, where several share them (docs/shards.md); unset: all",
    schema: { minLength: 1 },
    expected: "a label selector, such as shard=a or shard notin (a, b)",
    problem: labelSelectorProblem,
  },
  leaderElect: {
    flag: "leader-elect",
    env: "LEADER_ELECT",
    default: "true",
    help: "true: of several replicas one works, and the others stand by; false: this is the only one",
    schema: { enum: ["true", "false"] },
    expected: "true or false",
  },
  leaseName: {
    flag: "lease-name",
    env: "LEASE_NAME",
    default: "sessionpool-operator",
    help: "name of the Lease that the replicas share, in the operator's namespace; each shard has its own",
    schema: { pattern: "^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$" },
    expected: "1 to 63 lower-case letters, digits or '-', with a letter or digit at both ends",
  },
  namespace: {
    env: "POD_NAMESPACE",
    help: "namespace of the operator's own Secret and Lease; unset: the ServiceAccount's or the kubeconfig's, else default",
    schema: { pattern: `^${NAMESPACE}$` },
    expected: "the name of a namespace: 1 to 63 lower-case letters, digits or '-'",
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
  instance: {
    env: "POD_NAME",
    help: "name of this replica, in the Lease and in events; unset: the host's",
    schema: { pattern: "^[A-Za-z0-9]([-A-Za-z0-9._]{0,251}[A-Za-z0-9])?$" },
    expected: "the name of a pod",
  },
  metricsAuth: {
    flag: "metrics-auth",
    env: "METRICS_AUTH",
    default: "none",
    help: "none: whoever reaches the port may read the metrics; token: whose bearer token the API server lets get /metrics, over HTTPS",
    schema: { enum: ["none", "token"] },
    expected: "none or token",
  },
  metricsTlsCertFile: {
    flag: "metrics-tls-cert-file",
    env: "METRICS_TLS_CERT_FILE",
    help: "PEM file with the certificate and its chain, to serve the metrics over HTTPS; read again when it is replaced",
    schema: { minLength: 1 },
    expected: "a path",
  },
  metricsTlsKeyFile: {
    flag: "metrics-tls-key-file",
    env: "METRICS_TLS_KEY_FILE",
    help: "PEM file with the key of that certificate",
    schema: { minLength: 1 },
    expected: "a path",
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
    problem: parsedProblem,
  },
  armAudience: {
    env: "AZURE_RESOURCE_MANAGER_AUDIENCE",
    help: "audience of the token; unset: the cloud's, without a cloud the endpoint",
    schema: { pattern: "^https://[^?#\\s]+$" },
    expected: "an https URL",
    problem: parsedProblem,
  },
  authorityHost: {
    env: "AZURE_AUTHORITY_HOST",
    help: "Entra's host; unset: the cloud's, without a cloud the public one's",
    schema: { pattern: HTTPS },
    expected: "an https URL without a path",
    problem: parsedProblem,
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
  ...TRACE_SETTINGS,
} as const satisfies Record<string, Setting>;

function labelSelectorProblem(text: string): string | undefined {
  try {
    parseLabelSelector(text);
    return undefined;
  } catch (error) {
    if (error instanceof LabelSelectorError) return error.message;
    throw error;
  }
}
