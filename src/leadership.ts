import type { Logger } from "pino";
import type { Config } from "./config.ts";
import type { CallEnd } from "./kubernetes/client.ts";
import { Lease } from "./kubernetes/lease.ts";
import type { KubernetesTransport } from "./kubernetes/transport.ts";
import type { LeaderStatus } from "./observability/kubernetes-metrics.ts";
import type { Vital } from "./observability/vitals.ts";
import type { Clock, Random, WallClock } from "./time/clock.ts";
import type { Permit } from "./time/permit.ts";

export interface LeadershipParts {
  readonly config: Pick<Config, "leaderElect" | "leaseName">;
  readonly log: Logger;
  readonly clock: Clock;
  readonly wallClock: WallClock;
  readonly random: Random;
  readonly randomBytes: (count: number) => Uint8Array;
  readonly namespace: string;
  readonly transport: KubernetesTransport;
  readonly instance: string;
  readonly signal: AbortSignal;
  /** Told of each call about the lease. */
  readonly onCall: (end: CallEnd) => void;
  /** Called when the lease could not be renewed without reading it first. */
  readonly onSlowPath: () => void;
}

/** A process that has not ended so long after it lost the lease hangs, in milliseconds: client-go's HealthzAdaptor, as controller-runtime sets it. */
const HANGS_MS = 20_000;
/** Looks at the lease are seconds apart, and each has a deadline of seconds: so long without one, in milliseconds, and nobody looks any more. */
const IDLE_MS = 60_000;

/** Whether this replica works or stands by; without leader election it works from the start to the end. */
export class Leadership {
  /** Asked just before each write. */
  readonly permit: Permit = () => this.#lease?.check();
  /** Resolves when the lease is lost: every write must end. */
  readonly lost: Promise<void>;
  readonly #name: string;
  readonly #lease: Lease | undefined;
  readonly #stop = new AbortController();
  readonly #renewals = new AbortController();
  #seeking: Promise<void> = Promise.resolve();

  constructor(parts: LeadershipParts) {
    const { config, clock, wallClock, random, log, transport, namespace, signal } = parts;
    this.#name = config.leaseName;
    const stop = (): void => this.#stop.abort(signal.reason);
    if (signal.aborted) stop();
    signal.addEventListener("abort", stop, { once: true });
    const lost = Promise.withResolvers<void>();
    this.lost = lost.promise;
    if (!config.leaderElect) return;
    const lease = new Lease({
      transport,
      onCall: parts.onCall,
      namespace,
      name: config.leaseName,
      identity: `${parts.instance}_${uuid(parts.randomBytes(16))}`,
      clock,
      wallClock,
      random,
      log,
      onSlowPath: parts.onSlowPath,
    });
    lease.lost.addEventListener("abort", () => {
      log.error({ err: lease.lost.reason as unknown }, "the operator ends with an error, to be started anew");
      lost.resolve();
      this.#stop.abort(lease.lost.reason);
    });
    this.#lease = lease;
  }

  /** Aborts when the operator is to stop: it was told to, or the lease is lost. */
  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  get isLeading(): boolean {
    return this.#lease?.isHeld ?? true;
  }

  /** For the liveness probe: the process has not ended although the lease is lost for long, or it has stopped to seek the lease. */
  readonly problem: Vital = () => {
    const { overdueMs = 0, idleMs = 0 } = this.#lease ?? {};
    if (overdueMs > HANGS_MS) return "the lease is lost, and the process has not ended";
    return idleMs > IDLE_MS ? `the lease has not been looked at for ${Math.round(idleMs / 1_000)} s` : undefined;
  };

  /** For Prometheus; undefined without leader election. */
  status(): LeaderStatus | undefined {
    return this.#lease && { name: this.#name, isLeader: this.#lease.isHeld };
  }

  /** Begins to wait for the lease, until it is ours or the operator is to stop: who stops makes way for others. @param onLeading called once, when this replica leads */
  seek(onLeading: () => void): void {
    // That it is lost is known from the signal.
    const run = this.#lease?.run(this.#stop.signal, this.#renewals.signal, onLeading);
    this.#seeking = run?.catch(() => undefined) ?? Promise.resolve();
  }

  /** Everything that writes has ended: the next may lead at once. */
  async end(): Promise<void> {
    this.#renewals.abort();
    await this.#seeking;
    await this.#lease?.release();
  }

  /** @throws LeaseLost when that is why the operator ends */
  throwIfLost(): void {
    this.#lease?.lost.throwIfAborted();
  }
}

/** A random UUID (RFC 9562, version 4) of 16 random bytes. */
function uuid(bytes: Uint8Array): string {
  const hex = Buffer.from(bytes).toString("hex");
  const variant = ((Number.parseInt(hex.slice(16, 17), 16) & 0x3) | 0x8).toString(16);
  return [hex.slice(0, 8), hex.slice(8, 12), `4${hex.slice(13, 16)}`, variant + hex.slice(17, 20), hex.slice(20)].join(
    "-",
  );
}
