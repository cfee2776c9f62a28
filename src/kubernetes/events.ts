import type { Logger } from "pino";
import { GROUP, KIND, type SessionPool, VERSION } from "../api/session-pool.ts";
import { backoff } from "../time/backoff.ts";
import { type Clock, type Random, sleep, type WallClock } from "../time/clock.ts";
import { NotLeading } from "../time/permit.ts";
import { Recent } from "../time/recent.ts";
import type { KubernetesClient } from "./client.ts";
import { isConflict, isNotFound, KubernetesError } from "./errors.ts";

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
  readonly clock: Clock;
  readonly wallClock: WallClock;
  readonly random: Random;
  readonly log: Logger;
  /** Which replica speaks, e.g. the pod's name. */
  readonly instance: string;
  /** Told how many times something happened that no event tells of. */
  readonly onDropped?: (count: number) => void;
}

/** Longest note, reason and action that the API server takes (k/k pkg/apis/core/validation/events.go). */
const MAX_NOTE_BYTES = 1024;
const MAX_WORD = 128;
/** The same again within this time after the last is told in the same Event, in milliseconds (client-go tools/events: finishTime). */
const SERIES_MS = 6 * 60_000;
/** Events to be written; more are dropped, since telling must never hold up doing (client-go tools/events: maxQueuedEvents). */
const MAX_QUEUED = 1000;
/** Writes at the same time. */
const CONCURRENCY = 10;
/** Tries of one write, and the wait between two, in milliseconds: an API server may be away for some minutes (client-go: 12 tries, 10 s apart). */
const MAX_TRIES = 12;
const RETRY = { baseMs: 1_000, maxMs: 30_000 };
/** Writes about one object: so many at once, then one in this time, in milliseconds (client-go tools/record/events_cache.go). */
const BURST = 25;
const REFILL_MS = 300_000;
/** So many of them are for what has no Event yet: counts of what goes on for hours must not take the place of a first word. */
const KEPT_FOR_NEW = 10;
/** Series and objects that are remembered (client-go tools/record/events_cache.go: maxLruCacheEntries). */
const MAX_REMEMBERED = 4096;
/** How long the end waits for what is not written yet, in milliseconds. */
const FLUSH_MS = 1_500;

/** One Event, and what has happened since it was written. */
interface Series {
  readonly key: string;
  /** UID of the object that it is about. */
  readonly uid: string;
  readonly collection: string;
  readonly name: string;
  /** The Event as it was first, without `series`. */
  readonly event: object;
  /** How often it happened. */
  count: number;
  /** When it happened last, as the Event says it. */
  lastTime: string;
  /** The count that the API server has; 0 while it has no Event. */
  written: number;
  /** Tries in a row that failed. */
  failures: number;
  state: "written" | "queued" | "writing" | "waiting";
  /** Ends the wait. */
  cancel?: () => void;
}

/**
 * Writes events.k8s.io/v1 events in the background; a failure is counted and forgotten. What happens again is told by the `series` of the Event
 * that is there. The key is that of client-go's tools/events (type, reason, action, regarding) and the note: the API server lets no note change, so
 * one Event for different notes would go on telling the first.
 */
export class EventRecorder {
  readonly #options: EventRecorderOptions;
  /** By key. */
  readonly #series: Recent<Series>;
  /** By UID: when the writes are paid that were made, in milliseconds by our clock. */
  readonly #paidUntil: Recent<number>;
  /** What is not written yet, whatever its state. */
  readonly #unwritten = new Set<Series>();
  readonly #queue: Series[] = [];
  readonly #stop = new AbortController();
  #writing = 0;
  #isClosing = false;
  #onIdle: () => void = () => undefined;

  constructor(options: EventRecorderOptions) {
    this.#options = options;
    this.#series = new Recent(options.clock, { keepMs: SERIES_MS, most: MAX_REMEMBERED });
    this.#paidUntil = new Recent(options.clock, { keepMs: BURST * REFILL_MS, most: MAX_REMEMBERED });
  }

  /** Tells of something that happened. Never throws, and never waits. */
  record(about: SessionPool, event: EventNote): void {
    if (this.#isClosing) return this.#dropped(1);
    const time = this.#options.wallClock.time();
    const series = this.#series.get(keyOf(about.metadata.uid, event)) ?? this.#begin(about, event, time);
    series.count += 1;
    series.lastTime = microTime(time);
    this.#series.note(series.key, series);
    if (series.state === "written") this.#enqueue(series);
  }

  /** Resolves when every event recorded so far is written or given up; takes no more, and gives up what takes long, or longer than `grace`. */
  async flush(grace: Promise<void>): Promise<void> {
    this.#isClosing = true;
    for (const series of this.#unwritten) if (series.state === "waiting") this.#toQueue(series);
    const idle = new AbortController();
    this.#onIdle = () => idle.abort();
    this.#pump();
    await Promise.race([sleep(this.#options.clock, FLUSH_MS, idle.signal), grace]);
    this.#stop.abort(new Error("the operator is stopping"));
    for (const series of this.#unwritten) this.#give(series);
  }

  #begin({ metadata }: SessionPool, event: EventNote, time: number): Series {
    const { namespace, uid } = metadata;
    const { type, reason, action, note } = event;
    const suffix = Math.floor(this.#options.random() * 0x1_0000_0000);
    const name = `${metadata.name}.${time.toString(16)}${suffix.toString(16).padStart(8, "0")}`;
    return {
      key: keyOf(uid, event),
      uid,
      collection: `/apis/events.k8s.io/v1/namespaces/${encodeURIComponent(namespace)}/events`,
      name,
      event: {
        apiVersion: "events.k8s.io/v1",
        kind: "Event",
        metadata: { namespace, name },
        eventTime: microTime(time),
        reportingController: `${GROUP}/sessionpool-operator`,
        reportingInstance: this.#options.instance.slice(0, MAX_WORD),
        type,
        reason: reason.slice(0, MAX_WORD),
        action: action.slice(0, MAX_WORD),
        note: firstBytes(note, MAX_NOTE_BYTES),
        regarding: { apiVersion: `${GROUP}/${VERSION}`, kind: KIND, namespace, name: metadata.name, uid },
      },
      count: 0,
      lastTime: "",
      written: 0,
      failures: 0,
      state: "written",
    };
  }

  /** What happened has to be written: now, or what only happened again, when too much was written about the object, with the end of the series. */
  #enqueue(series: Series): void {
    const isPaid = this.#isClosing || this.#pay(series.uid, series.written === 0 ? 0 : KEPT_FOR_NEW);
    if (this.#unwritten.size >= MAX_QUEUED || (!isPaid && series.written === 0)) return this.#give(series);
    this.#unwritten.add(series);
    if (!isPaid) return this.#waitFor(series, SERIES_MS);
    this.#toQueue(series);
    this.#pump();
  }

  /** A bucket of {@link BURST} writes, as the time at which it is full again. @param kept writes that must be left */
  #pay(uid: string, kept: number): boolean {
    const now = this.#options.clock.now();
    const paidUntil = Math.max(this.#paidUntil.get(uid) ?? now, now) + REFILL_MS;
    if (paidUntil > now + (BURST - kept) * REFILL_MS) return false;
    this.#paidUntil.note(uid, paidUntil);
    return true;
  }

  #waitFor(series: Series, ms: number): void {
    series.state = "waiting";
    series.cancel = this.#options.clock.timer(ms, () => {
      this.#toQueue(series);
      this.#pump();
    });
  }

  #toQueue(series: Series): void {
    series.cancel?.();
    series.state = "queued";
    this.#queue.push(series);
  }

  #pump(): void {
    while (this.#writing < CONCURRENCY && !this.#stop.signal.aborted) {
      const series = this.#queue.shift();
      if (!series) break;
      this.#writing += 1;
      series.state = "writing";
      void this.#write(series).finally(() => {
        this.#writing -= 1;
        this.#pump();
      });
    }
    if (this.#unwritten.size === 0) this.#onIdle();
  }

  async #write(series: Series): Promise<void> {
    const { count } = series;
    try {
      await this.#send(series);
      series.written = count;
      series.failures = 0;
    } catch (error) {
      if (this.#stop.signal.aborted) return;
      // It has expired, or somebody deleted it.
      if (series.written > 0 && isNotFound(error)) series.written = 0;
      // A try whose answer never came made it.
      else if (series.written === 0 && isConflict(error)) series.written = 1;
      else return this.#failed(series, error);
      if (series.written < count) return this.#toQueue(series);
    }
    series.state = "written";
    this.#unwritten.delete(series);
    if (series.written < series.count) this.#enqueue(series);
  }

  async #send({ collection, name, event, count, lastTime, written }: Series): Promise<void> {
    const { client } = this.#options;
    const repeats = { count, lastObservedTime: lastTime };
    if (written > 0)
      await client.patch(`${collection}/${name}`, [{ op: "add", path: "/series", value: repeats }], this.#stop.signal);
    // A series has at least two (k/k pkg/apis/core/validation/events.go).
    else await client.create(collection, count > 1 ? { ...event, series: repeats } : event, this.#stop.signal);
  }

  #failed(series: Series, error: unknown): void {
    const { log, random } = this.#options;
    series.failures += 1;
    log.debug({ err: error, event: series.name, tries: series.failures }, "an event could not be written");
    if (this.#isClosing || series.failures >= MAX_TRIES || !mayPass(error)) return this.#give(series);
    const asked = error instanceof KubernetesError ? (error.retryAfterMs ?? 0) : 0;
    this.#waitFor(series, Math.max(backoff(RETRY, series.failures, random), asked));
  }

  /** Gives up what is not written of a series; what comes next begins a new one. */
  #give(series: Series): void {
    series.cancel?.();
    this.#unwritten.delete(series);
    if (this.#series.get(series.key) === series) this.#series.forget(series.key);
    this.#dropped(series.count - series.written);
  }

  #dropped(count: number): void {
    this.#options.onDropped?.(count);
  }
}

/** Who reports is always the same. */
function keyOf(uid: string, { type, reason, action, note }: EventNote): string {
  return JSON.stringify([uid, type, reason, action, note]);
}

/** Whether the API server may take later what it did not take now. */
function mayPass(error: unknown): boolean {
  // The lease is renewed late, or lost, and then the flush ends all tries.
  if (!(error instanceof KubernetesError)) return error instanceof NotLeading;
  return error.status === 0 || error.status === 429 || error.status >= 500;
}

/** metav1.MicroTime. */
function microTime(ms: number): string {
  return new Date(ms).toISOString().replace("Z", "000Z");
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
