import { join } from "node:path";
import type { Config } from "../../src/config.ts";
import { OPERATOR_TENANT } from "./credentials.ts";
import { OPERATOR_NAMESPACE } from "./process.ts";

export const SUBSCRIPTION = "34adfa4f-cedf-4dc0-ba29-b6d1a69ab345";
export const ARM = "https://management.example";
export const ENTRA = "https://login.example";
/** The operator's own application. */
export const OPERATOR_CLIENT = "bce8c037-3d10-44a4-a970-25f799611fc6";
/** How often a pool at rest is compared with Azure, in milliseconds; short, so that rest is seen soon. */
export const DRIFT_INTERVAL_MS = 60_000;

/** How an operator in a box is configured. */
export const CONFIG: Config = {
  kubeconfig: undefined,
  subscriptionId: SUBSCRIPTION,
  clusterId: undefined,
  driftIntervalMs: DRIFT_INTERVAL_MS,
  concurrency: 10,
  logLevel: "debug",
  healthPort: 8081,
  metricsPort: 8080,
  metricsAuth: "none",
  metricsTls: undefined,
  secretAccess: "get",
  scopesFile: undefined,
  watchNamespaces: undefined,
  watchLabelSelector: undefined,
  armBudgetShare: 1,
  maxInFlightWrites: Infinity,
  maxDriftShare: 1,
  leaderElect: false,
  leaseName: "sessionpool-operator",
  namespace: OPERATOR_NAMESPACE,
  armEndpoint: ARM,
  armAudience: ARM,
  authorityHost: ENTRA,
  tenantId: OPERATOR_TENANT,
  clientId: OPERATOR_CLIENT,
  // A projected ServiceAccount token, as far as anybody looks at it; a file, since the SDK reads one.
  federatedTokenFile: join(import.meta.dirname, "federated-token.jwt"),
  instance: undefined,
  traces: undefined,
};
