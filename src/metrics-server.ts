import { createHmac } from "node:crypto";
import type { Logger } from "pino";
import type { SessionPool } from "./api/session-pool.ts";
import type { Config } from "./config.ts";
import { AccessReviews } from "./kubernetes/access-reviews.ts";
import { KubernetesClient } from "./kubernetes/client.ts";
import { KubernetesError } from "./kubernetes/errors.ts";
import type { KubernetesTransport } from "./kubernetes/transport.ts";
import type { Metrics } from "./observability/metrics.ts";
import { MetricsGate } from "./observability/metrics-gate.ts";
import { type Listen, metricsPages, type StatusServer } from "./observability/servers.ts";
import type { Clock } from "./time/clock.ts";

export interface MetricsServerParts {
  readonly config: Pick<Config, "metricsPort" | "metricsAuth" | "metricsTls">;
  readonly log: Logger;
  readonly clock: Clock;
  readonly randomBytes: (count: number) => Uint8Array;
  readonly transport: KubernetesTransport;
  readonly listen: Listen;
}

/**
 * Serves the metrics to who may read them.
 *
 * @param resources that this replica works on
 * @throws Error when the port is taken, or the certificate cannot be used
 */
export async function serveMetrics(
  parts: MetricsServerParts,
  metrics: Metrics,
  resources: () => Iterable<SessionPool>,
): Promise<StatusServer> {
  const { config, log, listen } = parts;
  const gate = config.metricsAuth === "token" ? openGate(parts, metrics) : undefined;
  const tls = config.metricsTls && {
    ...config.metricsTls,
    onProblem: (error: unknown) =>
      log.error({ err: error }, "the new certificate of the metrics cannot be used; the one from before still counts"),
  };
  return await listen(
    config.metricsPort,
    metricsPages(metrics, resources, gate && ((token) => gate.refusal(token))),
    tls,
  );
}

function openGate({ log, clock, randomBytes, transport }: MetricsServerParts, metrics: Metrics): MetricsGate {
  // A replica that stands by is asked for its metrics too: a review needs no lease.
  const client = new KubernetesClient(transport, clock, () => undefined, metrics.kubernetes.called);
  const reviews = new AccessReviews(client, clock);
  const key = randomBytes(32);
  return new MetricsGate({
    reviews: {
      identify: (token) => reviews.identify(token),
      mayRead: (identity) => reviews.mayGet("/metrics", identity),
    },
    now: () => clock.now(),
    hash: (token) => createHmac("sha256", key).update(token).digest("base64"),
    onProblem: (error) => {
      // Not the message: it is the server's, and the token was in the request.
      const { status, reason } = error instanceof KubernetesError ? error : { status: 0, reason: "NoAnswer" };
      log.warn({ status, reason }, "the API server could not be asked who may read the metrics");
    },
  });
}
