import type { Registry } from "prom-client";
import type { SessionPool } from "./api/session-pool.ts";
import type { ArmHttpClient } from "./azure/pipeline.ts";
import type { Config } from "./config.ts";
import type { KubernetesTransport } from "./kubernetes/transport.ts";
import type { Listen } from "./observability/servers.ts";
import type { Tracer } from "./observability/tracing.ts";
import type { StartUpParts } from "./start-up.ts";
import type { WallClock } from "./time/clock.ts";
import type { OwnTurns, Turns } from "./time/turns.ts";

/** The operator's parts that touch the outside world, as arguments: production wires the real ones, a simulation its own. */
export interface OperatorParts extends StartUpParts {
  readonly config: Config;
  readonly turns: Turns & OwnTurns;
  /** Of the operator. */
  readonly version: string;
  /** What else Prometheus is told, such as of the process; absent: nothing. */
  readonly registry?: Registry;
  /** What people call the time; it may be set at any moment. */
  readonly wallClock: WallClock;
  readonly randomBytes: (count: number) => Uint8Array;
  readonly validate: (resource: SessionPool) => readonly string[];
  /** The operator's own namespace. */
  readonly namespace: string;
  /** Where bytes leave the process for Kubernetes. */
  readonly transport: KubernetesTransport;
  /** Where bytes leave the process for Azure and Entra; undefined: the SDK's own. */
  readonly httpClient?: ArmHttpClient;
  /** Traces what is done; left out: nothing does. */
  readonly tracer?: Tracer;
  /** Serves health and metrics. */
  readonly listen: Listen;
  /** Name of this replica. */
  readonly instance: string;
  /** Aborts to stop the operator. */
  readonly signal: AbortSignal;
}
