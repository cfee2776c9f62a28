import type { Logger } from "pino";
import { GROUP, KIND, type SessionPool, VERSION } from "../api/session-pool.ts";
import type { Random, WallClock } from "../time/clock.ts";
import type { KubernetesClient } from "./client.ts";

/** An event that a person should see in `kubectl describe`. */
export interface EventNote {
  readonly type: "Normal" | "Warning";
  /** CamelCase, e.g. `Creating`. */
  readonly reason: string;
  /** What the operator did or tried, CamelCase, e.g. `Put`. */
  readonly action: string;
  readonly note: string;
}

export interface EventRecorderOptions {
  readonly client: KubernetesClient;
  readonly wallClock: WallClock;
  readonly random: Random;
  readonly log: Logger;
  /** Which replica speaks, e.g. the pod's name. */
  readonly instance: string;
}

/** Longest note, reason and action that the API server takes (k/k pkg/apis/core/validation/events.go). */
const MAX_NOTE_BYTES = 1024;
const MAX_WORD = 128;
/** Events on their way; more are dropped, since telling must never hold up doing. */
const MAX_IN_FLIGHT = 100;

/** Writes events.k8s.io/v1 events in the background; a failure is logged and forgotten. */
export class EventRecorder {
  readonly #options: EventRecorderOptions;
  readonly #inFlight = new Set<Promise<void>>();
  readonly #stop = new AbortController();

  constructor(options: EventRecorderOptions) {
    this.#options = options;
  }

  record(about: SessionPool, event: EventNote): void {
    if (this.#inFlight.size >= MAX_IN_FLIGHT) return;
    const sent: Promise<void> = this.#send(about, event).finally(() => this.#inFlight.delete(sent));
    this.#inFlight.add(sent);
  }

  /** Resolves when every event recorded so far has been sent or given up, as all are once `grace` is over: telling holds up nobody who leads next. */
  async flush(grace: Promise<void>): Promise<void> {
    await Promise.race([Promise.all(this.#inFlight), grace]);
    this.#stop.abort(new Error("the operator is stopping"));
    await Promise.all(this.#inFlight);
  }

  async #send({ metadata }: SessionPool, { type, reason, action, note }: EventNote): Promise<void> {
    const { client, wallClock, random, log, instance } = this.#options;
    const now = wallClock.time();
    const suffix = `${now.toString(16)}${Math.floor(random() * 0x1_0000_0000)
      .toString(16)
      .padStart(8, "0")}`;
    try {
      const path = `/apis/events.k8s.io/v1/namespaces/${encodeURIComponent(metadata.namespace)}/events`;
      const sent = {
        apiVersion: "events.k8s.io/v1",
        kind: "Event",
        metadata: { namespace: metadata.namespace, name: `${metadata.name}.${suffix}` },
        eventTime: new Date(now).toISOString().replace("Z", "000Z"),
        reportingController: `${GROUP}/sessionpool-operator`,
        reportingInstance: instance.slice(0, MAX_WORD),
        type,
        reason: reason.slice(0, MAX_WORD),
        action: action.slice(0, MAX_WORD),
        note: firstBytes(note, MAX_NOTE_BYTES),
        regarding: {
          apiVersion: `${GROUP}/${VERSION}`,
          kind: KIND,
          namespace: metadata.namespace,
          name: metadata.name,
          uid: metadata.uid,
        },
      };
      await client.create(path, sent, this.#stop.signal);
    } catch (error) {
      log.debug({ err: error, reason }, "an event could not be written");
    }
  }
}

/** Cuts by bytes, never inside a character. */
function firstBytes(text: string, limit: number): string {
  const bytes = Buffer.from(text, "utf8");
  return bytes.length <= limit
    ? text
    : `${bytes
        .subarray(0, limit - 6)
        .toString("utf8")
        .replace(/\uFFFD+$/u, "")}…`;
}
