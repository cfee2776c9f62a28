import { pino } from "pino";
import { KubernetesClient } from "../../../src/kubernetes/client.ts";
import type { Reflected } from "../../../src/kubernetes/object-store.ts";
import { Reflector, type ReflectorOptions } from "../../../src/kubernetes/reflector.ts";
import type { KubernetesRequest, KubernetesResponse } from "../../../src/kubernetes/transport.ts";
import { AT_ONCE } from "../../time/at-once.ts";
import { FakeClock } from "../../time/fake-clock.ts";

/** What the API server does with one request of the story. */
export type Step =
  /** A page of a LIST: objects as `name@version`, and how long it takes in milliseconds. */
  | { readonly page: readonly string[]; readonly rv: string; readonly next?: string; readonly takes?: number }
  /** A watch or a streaming list: events, or milliseconds that pass. */
  | { readonly tells: readonly (object | number)[]; readonly ending?: "end" | "break" | "hang" | "deaf" }
  | { readonly status: number; readonly reason?: string; readonly retryAfter?: string }
  | { readonly fails: string; readonly takes?: number };

const encoder = new TextEncoder();

function object(name: string, rv: string): Reflected {
  const metadata = {
    name,
    namespace: "ns",
    uid: `u-${name}`,
    resourceVersion: rv,
    managedFields: [{}],
    annotations: { "kubectl.kubernetes.io/last-applied-configuration": "{}", keep: "1" },
  };
  return { metadata };
}

export const event = (type: string, name: string, rv: string): object => ({ type, object: object(name, rv) });
export const bookmark = (rv: string, annotations?: object): object => ({
  type: "BOOKMARK",
  object: { metadata: { resourceVersion: rv, ...(annotations ? { annotations } : {}) } },
});
export const endOfList = (rv: string): object => bookmark(rv, { "k8s.io/initial-events-end": "true" });
/** A whole streaming list: objects as `name@version`, then its end. */
export const streamed = (rv: string, ...objects: readonly string[]): readonly object[] => [
  ...objects.map((text) => event("ADDED", nameOf(text), versionOf(text) ?? rv)),
  endOfList(rv),
];
export const failure = (code: number, reason: string): object => ({
  type: "ERROR",
  object: { code, reason, message: "m" },
});

/** What became of a story. */
export interface Told {
  /** Each request: `stream`, `page`, `page TOKEN`, `page of N` where it is not 100, or `watch VERSION`. */
  readonly asked: readonly string[];
  /** When each was sent, in milliseconds from the start. */
  readonly times: readonly number[];
  /** What was reported: `+ns/a`, `~ns/a`, `-ns/a`. */
  readonly changes: readonly string[];
  readonly logged: readonly string[];
  readonly reflector: Reflector<Reflected>;
  readonly clock: FakeClock;
  readonly stop: () => Promise<void>;
}

/** Begins a story; the requests after its last step hang. */
export function begin(steps: readonly Step[], options: Partial<ReflectorOptions<Reflected>> = {}): Told {
  const clock = new FakeClock();
  const asked: string[] = [];
  const changes: string[] = [];
  const times: number[] = [];
  const logged: string[] = [];
  const stop = new AbortController();
  const transport = {
    send: ({ path, signal }: KubernetesRequest): Promise<KubernetesResponse> => {
      const step = steps[asked.length] ?? { tells: [] };
      asked.push(titleOf(path));
      times.push(clock.now());
      if ("fails" in step) return wait(clock, step.takes).then(() => Promise.reject(new Error(step.fails)));
      return Promise.resolve(answerTo(step, clock, signal));
    },
    close: () => Promise.resolve(),
  };
  const reflector = new Reflector<Reflected>({
    client: new KubernetesClient(transport, clock),
    path: "/things",
    clock,
    turns: AT_ONCE,
    random: () => 0,
    log: pino({}, { write: (line: string) => void logged.push(line) }),
    onChange: (key, previous, current) => changes.push(`${previous ? (current ? "~" : "-") : "+"}${key}`),
    ...options,
  });
  const running = reflector.run(stop.signal);
  return {
    asked,
    times,
    changes,
    logged,
    reflector,
    clock,
    stop: async () => {
      stop.abort();
      await running;
    },
  };
}

/** Plays a story for so long. */
export async function play(
  steps: readonly Step[],
  forMs: number,
  options: Partial<ReflectorOptions<Reflected>> = {},
): Promise<Told> {
  const told = begin(steps, options);
  await told.clock.advance(forMs);
  await told.stop();
  return told;
}

function titleOf(path: string): string {
  const { searchParams: query } = new URL(path, "https://api.invalid");
  if (query.get("watch") !== "true") {
    const limit = query.get("limit");
    return [limit === "100" ? "page" : `page of ${limit}`, query.get("continue") ?? ""].join(" ").trim();
  }
  if (query.get("allowWatchBookmarks") !== "true") return `no bookmarks: ${path}`;
  if (query.get("sendInitialEvents") === "true" && query.get("resourceVersionMatch") === "NotOlderThan")
    return "stream";
  return `watch ${query.get("resourceVersion")}`;
}

function nameOf(text: string): string {
  return text.split("@")[0] ?? "";
}

function versionOf(text: string): string | undefined {
  return text.split("@")[1];
}

function answerTo(
  step: Exclude<Step, { readonly fails: string }>,
  clock: FakeClock,
  signal: AbortSignal | undefined,
): KubernetesResponse {
  if ("status" in step) {
    const reason = step.reason ?? (step.status === 410 ? "Expired" : "X");
    return {
      status: step.status,
      retryAfter: step.retryAfter,
      body: text({ code: step.status, reason, message: "m" }),
    };
  }
  if ("page" in step) {
    const metadata = { resourceVersion: step.rv, ...(step.next ? { continue: step.next } : {}) };
    const items = step.page.map((item) => object(nameOf(item), versionOf(item) ?? step.rv));
    return { status: 200, retryAfter: undefined, body: text({ metadata, items }, wait(clock, step.takes)) };
  }
  return { status: 200, retryAfter: undefined, body: watchBody(step, clock, signal) };
}

function wait(clock: FakeClock, ms = 0): Promise<void> {
  return ms === 0 ? Promise.resolve() : new Promise((go) => clock.timer(ms, go));
}

async function* text(value: object, after?: Promise<void>): AsyncGenerator<Uint8Array> {
  await after;
  yield encoder.encode(JSON.stringify(value));
}

async function* watchBody(
  { tells, ending }: Extract<Step, { readonly tells: unknown }>,
  clock: FakeClock,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  const aborted = new Promise<never>((_resolve, reject) =>
    signal?.addEventListener("abort", () => ending !== "deaf" && reject(signal.reason as Error)),
  );
  aborted.catch(() => undefined);
  for (const told of tells) {
    if (typeof told === "number") await Promise.race([aborted, wait(clock, told)]);
    else yield encoder.encode(`${JSON.stringify(told)}\n`);
  }
  if (ending === "break") throw new Error("connection reset");
  if (ending !== "end") await aborted;
}
