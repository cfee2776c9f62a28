import { Counter, type Registry } from "prom-client";
import { readGauge } from "./read-gauge.ts";

/** Whether this replica has the lease. */
export interface LeaderStatus {
  /** Of the lease. */
  readonly name: string;
  readonly isLeader: boolean;
}

/** For how long the API server has told nothing to a watch. */
export interface QuietWatch {
  /** What is watched, in the plural. */
  readonly resource: string;
  /** Empty for all namespaces. */
  readonly namespace: string;
  readonly ms: number;
}

/** What dashboards for controllers show of Kubernetes: calls to the API server, who leads, what the watches hear, and events that were not written. */
export class KubernetesMetrics {
  readonly #requests: Counter<"code" | "method" | "host">;
  readonly #slowPath: Counter<"name">;
  readonly #eventsDropped: Counter;
  readonly #leader: () => LeaderStatus | undefined;
  readonly #host: string;
  #watches: () => readonly QuietWatch[] = () => [];

  /**
   * @param host of the API server
   * @param leader undefined without leader election
   */
  constructor(registry: Registry, host: string, leader: () => LeaderStatus | undefined) {
    this.#host = host;
    this.#leader = leader;
    this.#slowPath = new Counter({
      name: "leader_election_slowpath_total",
      help: "Renewals of the lease for which it had to be read first.",
      labelNames: ["name"],
      registers: [registry],
      collect: () => this.#countSlowPath(0),
    });
    this.#requests = new Counter({
      name: "rest_client_requests_total",
      help: "Calls to the API server by method and HTTP status; <error> where no answer came.",
      labelNames: ["code", "method", "host"],
      registers: [registry],
    });
    this.#eventsDropped = new Counter({
      name: "sessionpool_events_dropped_total",
      help: "What happened and no event tells of: too much at once, or the API server was away or refused it.",
      registers: [registry],
    });
    readGauge(registry, {
      name: "leader_election_master_status",
      help: "1 while this replica leads, 0 while it stands by.",
      labelNames: ["name"],
      read: () => {
        const status = leader();
        return status && [{ labels: { name: status.name }, value: status.isLeader ? 1 : 0 }];
      },
      merge: Math.max,
    });
    readGauge(registry, {
      name: "sessionpool_watch_blind_seconds",
      help: "How long ago the API server last told a watch anything: a whole list, an event or a bookmark.",
      labelNames: ["resource", "namespace"],
      read: () => this.#watches().map(({ ms, ...labels }) => ({ labels, value: ms / 1_000 })),
      merge: Math.max,
    });
  }

  /** @param read called when Prometheus asks: each watch that runs */
  watches(read: () => readonly QuietWatch[]): void {
    this.#watches = read;
  }

  /** Counts a renewal of the lease for which it had to be read first. */
  readonly slowPath = (): void => this.#countSlowPath(1);

  /** Counts what no event tells of. */
  readonly eventsDropped = (count: number): void => this.#eventsDropped.inc(count);

  #countSlowPath(count: number): void {
    const status = this.#leader();
    if (status) this.#slowPath.inc({ name: status.name }, count);
  }

  /** Counts a call to the API server. @param code HTTP status; `<error>` when no answer came */
  readonly called = ({ method, code }: { readonly method: string; readonly code: string }): void =>
    this.#requests.inc({ code, method, host: this.#host });
}
