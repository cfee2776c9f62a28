import { pino } from "pino";
import { Lease } from "../../../src/kubernetes/lease.ts";
import type { KubernetesRequest, KubernetesResponse, KubernetesTransport } from "../../../src/kubernetes/transport.ts";
import { type Clock, sleep } from "../../../src/time/clock.ts";
import type { ApiServer } from "../../simulation/api-server/server.ts";
import { ByteStream, directTransport } from "../../simulation/api-server/transport.ts";
import type { FakeClock } from "../../time/fake-clock.ts";
import { numbers } from "../../time/numbers.ts";

/** The namespace of the Lease. */
export const NAMESPACE = "sessionpool-system";
export const NAME = "sessionpool-operator";

/** What becomes of one request: how long it is under way, each way, in milliseconds, and whether it or its answer is lost. */
export interface Fate {
  readonly thereMs: number;
  readonly backMs: number;
  readonly lost?: "request" | "answer";
}

/** An answer other than success. */
export interface Refusal {
  readonly status: number;
  readonly reason: string;
  readonly message: string;
  readonly retryAfter?: string;
}

const AT_ONCE: Fate = { thereMs: 0, backMs: 0 };

/** A process that seeks the lease, which can be stopped for a while (SIGSTOP) and cut off from the API server. */
export class Replica {
  readonly lease: Lease;
  /** When it became leader. */
  heldSince: number | undefined;
  /** Why it ended, when it did. */
  error: unknown;
  /** How often it had to read the Lease to renew it. */
  slowPaths = 0;
  /** What becomes of the next request. */
  fate: () => Fate = () => AT_ONCE;
  /** What the API server answers in place of doing what is asked; undefined: it does it. */
  refuse: (request: KubernetesRequest) => Refusal | undefined = () => undefined;
  /** The requests that left it: when, and how. */
  readonly sent: { readonly at: number; readonly method: string }[] = [];
  readonly #clock: FakeClock;
  readonly #lines: string[] = [];
  readonly #stop = new AbortController();
  readonly #end = new AbortController();
  readonly #run: Promise<void>;
  #stoppedUntil = 0;
  #aheadMs: number;

  /** @param skewMs how far its wall clock is ahead of the others' */
  constructor(server: ApiServer, clock: FakeClock, identity: string, { skewMs = 0, random = numbers(1) } = {}) {
    this.#clock = clock;
    this.#aheadMs = skewMs;
    const own: Clock = { now: () => clock.now(), timer: (ms, fire) => this.#timer(ms, fire) };
    this.lease = new Lease({
      transport: this.#transport(directTransport(server)),
      namespace: NAMESPACE,
      name: NAME,
      identity,
      clock: own,
      wallClock: { time: () => clock.now() + this.#aheadMs },
      random,
      log: pino({}, { write: (line: string) => void this.#lines.push(line) }),
      onSlowPath: () => (this.slowPaths += 1),
    });
    this.#run = this.lease
      .run(this.#stop.signal, this.#end.signal, () => (this.heldSince = clock.now()))
      .catch((error: unknown) => {
        this.error = error;
      });
  }

  /** The messages of its log, with who leads where that is said. */
  get logged(): readonly string[] {
    return this.#lines.map((line) => {
      const { msg, holder, err } = JSON.parse(line) as { msg: string; holder?: string; err?: { message: string } };
      return [msg, holder ?? err?.message].filter((part) => part !== undefined).join(": ");
    });
  }

  get isHeld(): boolean {
    return this.lease.isHeld;
  }

  /** Nothing of it runs for so long, from now. */
  pause(ms: number): void {
    this.#stoppedUntil = Math.max(this.#stoppedUntil, this.#clock.now() + ms);
  }

  /** Its time of day goes on by so much, in milliseconds, and its own clock does not: the machine was suspended, or somebody set the time. */
  jump(ms: number): void {
    this.#aheadMs += ms;
  }

  /** SIGTERM, with work in hand, for which {@link stop} waits. */
  askToStop(): void {
    this.#stop.abort();
  }

  /** SIGTERM, with no work in hand. */
  async stop(): Promise<void> {
    this.askToStop();
    this.#end.abort();
    await this.#run;
    await this.lease.release();
  }

  #timer(ms: number, fire: () => void): () => void {
    let cancel = this.#clock.timer(ms, () => {
      const stoppedMs = this.#stoppedUntil - this.#clock.now();
      if (stoppedMs > 0) cancel = this.#timer(stoppedMs, fire);
      else fire();
    });
    return () => cancel();
  }

  #transport(direct: KubernetesTransport): KubernetesTransport {
    return {
      ...direct,
      send: async (request) => {
        this.sent.push({ at: this.#clock.now(), method: request.method });
        const { thereMs, backMs, lost } = this.fate();
        if (thereMs > 0) await sleep(this.#clock, thereMs);
        if (lost === "request") return await new Promise(() => undefined);
        // It is carried out although nobody may wait for it any more.
        const refusal = this.refuse(request);
        const response = refusal ? statusOf(refusal) : await direct.send(request);
        if (lost === "answer") return await new Promise(() => undefined);
        const stoppedMs = this.#stoppedUntil - this.#clock.now();
        if (backMs > 0 || stoppedMs > 0)
          await new Promise<void>((resolve) => void this.#timer(Math.max(backMs, stoppedMs), resolve));
        return response;
      },
    };
  }
}

function statusOf({ status, reason, message, retryAfter }: Refusal): KubernetesResponse {
  const body = new ByteStream();
  body.push(JSON.stringify({ kind: "Status", status: "Failure", code: status, reason, message }));
  body.end();
  return { status, retryAfter, body };
}
