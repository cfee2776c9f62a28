import type { KubernetesRequest, KubernetesResponse } from "../../src/kubernetes/transport.ts";
import type { Random } from "../../src/time/clock.ts";
import type { FakeClock } from "../time/fake-clock.ts";
import type { ApiServer } from "./api-server/server.ts";
import { ByteStream } from "./api-server/transport.ts";
import type { Caller } from "./caller.ts";
import type { TraceSink } from "./trace.ts";

/** What goes wrong with one event of a watch. */
export type WatchFault =
  /** The server ends the stream, as it may at any time. */
  | "end"
  /** The connection breaks in the middle of the event. */
  | "reset"
  /** Half open: nothing comes any more, and nobody says so. */
  | "silence"
  /** In place of the event, ERROR 410: too old to go on. */
  | "gone"
  /** In place of the event, ERROR 500. */
  | "error"
  /** In place of the event, a line that is no JSON. */
  | "garbage"
  /** The event comes twice. */
  | "twice"
  /** The event is held back until the next, or for half a minute: what came between is never seen. */
  | "skip"
  /** The event comes late. */
  | "late"
  /** The event is larger than any buffer. */
  | "huge"
  /** A bookmark comes in front of it. */
  | "bookmark";

/** Every fault of campaign R7, with what it is. */
export const WATCH_FAULTS: readonly WatchFault[] = [
  "end",
  "reset",
  "silence",
  "gone",
  "error",
  "garbage",
  "twice",
  "skip",
  "late",
  "huge",
  "bookmark",
];

/** Decides what goes wrong with an event, given as `TYPE namespace/name`; asked once for each. */
export type WatchInjector = (event: string) => WatchFault | undefined;

interface Link {
  readonly clock: FakeClock;
  readonly random: Random;
  readonly trace: TraceSink;
  readonly api: ApiServer;
  readonly caller: Caller;
  readonly inject: WatchInjector;
}

/** How late an event comes at most that is held back, in milliseconds. */
const HELD_MS = 30_000;
const LATE_MS = 5_000;
const HUGE = "x".repeat(6 * 1024 * 1024);

/** Opens a watch for one process and carries its lines, in order. */
export function openWatch(
  { clock, random, trace, api, caller, inject }: Link,
  request: KubernetesRequest,
): KubernetesResponse {
  const stream = new ByteStream();
  let free = 0;
  let isSilent = false;
  let held: { readonly line: string; readonly release: () => void } | undefined;

  /** Events keep their order, however long each takes. */
  const deliver = (after: number, act: () => void): void => {
    free = Math.max(free, clock.now() + after);
    clock.timer(free - clock.now(), () =>
      caller.arrive(() => {
        if (!isSilent && !caller.isDead()) act();
      }),
    );
  };
  const pass = (line: string, after: number): void =>
    deliver(after, () => {
      trace.watched(caller.number, line);
      stream.push(`${line}\n`);
    });
  const release = (): void => {
    const last = held;
    held = undefined;
    if (last) pass(last.line, 0);
  };
  const carry = (line: string): void => {
    const event = JSON.parse(line) as {
      readonly type: string;
      readonly object: {
        readonly metadata?: { readonly namespace?: string; readonly name?: string; readonly resourceVersion?: string };
      };
    };
    const { namespace = "", name = "" } = event.object.metadata ?? {};
    const title = `${event.type} ${namespace}/${name}`;
    if (held) {
      // A later event of the same object makes the one held back one that is never seen.
      const same = held.line.includes(`"name":"${name}"`);
      held.release();
      if (same) held = undefined;
      else release();
    }
    const fault = event.type === "BOOKMARK" ? undefined : inject(title);
    const latency = 1 + 20 * random();
    const fail = (code: number, reason: string): void => {
      const status = { kind: "Status", status: "Failure", reason, message: `injected ${code}`, code };
      pass(JSON.stringify({ type: "ERROR", object: status }), latency);
      deliver(0, () => end());
    };
    if (fault) trace.note(caller.number, `injected into the watch at ${title}: ${fault}`);
    switch (fault) {
      case undefined:
        return pass(line, latency);
      case "end":
        return deliver(latency, () => end());
      case "reset":
        return deliver(latency, () => {
          stream.push(line.slice(0, 40));
          stop();
          stream.fail(Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET" }));
        });
      case "silence":
        isSilent = true;
        return;
      case "gone":
        // The server's history is really gone: going on from where the operator was cannot work.
        api.compact();
        return fail(410, "Expired");
      case "error":
        return fail(500, "InternalError");
      case "garbage":
        return pass('{"type":"MODIFIED","object":{"metadata', latency);
      case "twice":
        pass(line, latency);
        return pass(line, latency);
      case "skip": {
        const cancel = clock.timer(HELD_MS, release);
        held = { line, release: cancel };
        return;
      }
      case "late":
        return pass(line, LATE_MS);
      case "huge":
        return pass(
          JSON.stringify({
            ...event,
            object: { ...event.object, metadata: { ...event.object.metadata, managedFields: [{ manager: HUGE }] } },
          }),
          latency,
        );
      case "bookmark":
        pass(
          JSON.stringify({
            type: "BOOKMARK",
            object: { metadata: { resourceVersion: String(Number(event.object.metadata?.resourceVersion) - 1) } },
          }),
          latency,
        );
        return pass(line, latency);
    }
  };
  const view = caller.oldView;
  const begin = (path = request.path): (() => void) => {
    const opened = api.watch({ ...request, path }, { line: carry, end: () => deliver(1, () => end()) });
    if (typeof opened === "function") return opened;
    pass(JSON.stringify({ type: "ERROR", object: JSON.parse(opened.body) as unknown }), 1);
    deliver(0, () => end());
    return () => undefined;
  };
  let stop = (): void => undefined;
  const end = (): void => {
    stop();
    stream.end();
  };
  if (view && clock.now() < view.until) {
    // A server that lags behind has no news yet; a list it streams as it knows it, and goes on from there.
    const list = api.streamedListAt(request, view.version);
    list?.lines.forEach(carry);
    clock.timer(view.until - clock.now(), () => (stop = begin(list?.next)));
  } else stop = begin();
  request.signal?.addEventListener("abort", () => {
    stop();
    stream.fail(new Error("aborted"));
  });
  caller.onDeath(() => stop());
  return { status: 200, retryAfter: undefined, body: stream };
}
