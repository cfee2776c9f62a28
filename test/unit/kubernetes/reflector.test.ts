import { pino } from "pino";
import { describe, expect, it } from "vitest";
import { KubernetesClient } from "../../../src/kubernetes/client.ts";
import { type Reflected, Reflector } from "../../../src/kubernetes/reflector.ts";
import type { KubernetesRequest, KubernetesResponse } from "../../../src/kubernetes/transport.ts";
import { FakeClock } from "../../time/fake-clock.ts";

/** What the API server does with one request of the story. */
type Step =
  | { readonly list: readonly string[]; readonly rv: string; readonly next?: string }
  | { readonly watch: readonly object[]; readonly ending?: "end" | "break" | "hang" }
  | { readonly status: number; readonly retryAfter?: string };

const encoder = new TextEncoder();

function object(name: string, rv: string, extra: object = {}): object {
  return {
    metadata: {
      name,
      namespace: "ns",
      uid: `u-${name}`,
      resourceVersion: rv,
      managedFields: [{}],
      annotations: { "kubectl.kubernetes.io/last-applied-configuration": "{}", keep: "1" },
      ...extra,
    },
  };
}

/** Plays a story of answers and tells what the reflector asked and what it reported. */
async function play(
  steps: readonly Step[],
  advanceMs: number,
): Promise<{ asked: string[]; changes: string[]; times: number[]; reflector: Reflector<Reflected> }> {
  const clock = new FakeClock();
  const asked: string[] = [];
  const changes: string[] = [];
  const times: number[] = [];
  const stop = new AbortController();
  const transport = {
    send: ({ path, signal }: KubernetesRequest): Promise<KubernetesResponse> => {
      const step = steps[asked.length] ?? { watch: [], ending: "hang" as const };
      asked.push(
        path
          .replace("/things?", "")
          .replaceAll(/&?(allowWatchBookmarks|timeoutSeconds|limit)=\w+/g, "")
          .replace(/^&/, ""),
      );
      times.push(clock.now());
      return Promise.resolve(answerTo(step, signal));
    },
    close: () => Promise.resolve(),
  };
  const reflector = new Reflector<Reflected>({
    client: new KubernetesClient(transport, clock),
    path: "/things",
    clock,
    random: () => 0,
    log: pino({ enabled: false }),
    onChange: (key, previous, current) => changes.push(`${previous ? (current ? "~" : "-") : "+"}${key}`),
  });
  const running = reflector.run(stop.signal);
  await clock.advance(advanceMs);
  stop.abort();
  await running;
  return { asked, changes, times, reflector };
}

function answerTo(step: Step, signal: AbortSignal | undefined): KubernetesResponse {
  if ("status" in step)
    return {
      status: step.status,
      retryAfter: step.retryAfter,
      body: bytes([JSON.stringify({ code: step.status, reason: step.status === 410 ? "Expired" : "X", message: "m" })]),
    };
  if ("list" in step) {
    const items = step.list.map((name) => object(name.split("@")[0] ?? "", name.split("@")[1] ?? step.rv));
    return {
      status: 200,
      retryAfter: undefined,
      body: bytes([
        JSON.stringify({
          metadata: { resourceVersion: step.rv, ...(step.next ? { continue: step.next } : {}) },
          items,
        }),
      ]),
    };
  }
  return { status: 200, retryAfter: undefined, body: watchBody(step, signal) };
}

async function* bytes(texts: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield encoder.encode(text);
}

async function* watchBody(
  step: Extract<Step, { readonly watch: unknown }>,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  // A line may arrive in two pieces.
  for (const event of step.watch) {
    const line = `${JSON.stringify(event)}\n`;
    yield encoder.encode(line.slice(0, 10));
    yield encoder.encode(line.slice(10));
  }
  if (step.ending === "break") throw new Error("connection reset");
  if (step.ending === "end") return;
  await new Promise((_resolve, reject) => signal?.addEventListener("abort", () => reject(signal.reason as Error)));
}

const event = (type: string, name: string, rv: string): object => ({ type, object: object(name, rv) });
const bookmark = (rv: string): object => ({ type: "BOOKMARK", object: { metadata: { resourceVersion: rv } } });

describe("the reflector", () => {
  it("lists in pages, then watches from there, and drops what nobody reads", async () => {
    const { asked, changes, reflector } = await play(
      [
        { list: ["a", "b"], rv: "10", next: "p2" },
        { list: ["c"], rv: "10" },
        {
          watch: [event("MODIFIED", "a", "11"), event("DELETED", "b", "12"), event("ADDED", "d", "13")],
          ending: "hang",
        },
      ],
      0,
    );
    expect(asked).toEqual(["", "continue=p2", "watch=true&resourceVersion=10"]);
    expect(changes).toEqual(["+ns/a", "+ns/b", "+ns/c", "~ns/a", "-ns/b", "+ns/d"]);
    expect(reflector.isSynced).toBe(true);
    expect(JSON.stringify(reflector.get("ns/a"))).not.toMatch(/managedFields|last-applied/);
    expect(reflector.get("ns/a")?.metadata.annotations).toEqual({ keep: "1" });
  });

  it("goes on from the last bookmark when a watch ends or breaks, without a list", async () => {
    const { asked } = await play(
      [
        { list: [], rv: "10" },
        { watch: [bookmark("20")], ending: "end" },
        { watch: [event("ADDED", "a", "21")], ending: "break" },
        { watch: [], ending: "hang" },
      ],
      1_000,
    );
    expect(asked).toEqual([
      "",
      "watch=true&resourceVersion=10",
      "watch=true&resourceVersion=20",
      "watch=true&resourceVersion=21",
    ]);
  });

  it.each<[story: string, step: Step]>([
    ["410 at the start of a watch", { status: 410 }],
    [
      "410 within a watch",
      { watch: [{ type: "ERROR", object: { code: 410, reason: "Expired", message: "too old" } }], ending: "end" },
    ],
  ])("%s: lists again and reports only what changed meanwhile", async (_story, step) => {
    const { asked, changes } = await play(
      [{ list: ["a@1", "b@2"], rv: "10" }, step, { list: ["a@1", "c@30"], rv: "30" }],
      1_000,
    );
    expect(asked.slice(2)).toEqual(["", "watch=true&resourceVersion=30"]);
    expect(changes).toEqual(["+ns/a", "+ns/b", "+ns/c", "-ns/b"]);
  });

  it.each([429, 500, 401, 403])("a watch refused with %i backs off and goes on from where it was", async (status) => {
    const { asked, times } = await play([{ list: [], rv: "10" }, { status }, { status }, { status }], 10_000);
    expect(asked.slice(1)).toEqual(Array.from({ length: 4 }, () => "watch=true&resourceVersion=10"));
    expect(times.slice(2)).toEqual([800, 2_400, 5_600]);
  });

  it("keeps Retry-After", async () => {
    const { times } = await play(
      [
        { status: 429, retryAfter: "7" },
        { list: [], rv: "1" },
      ],
      10_000,
    );
    expect(times[1]).toBe(7_000);
  });

  it("a list that fails half way removes nothing", async () => {
    const { changes } = await play(
      [{ list: ["a@1", "b@2"], rv: "10" }, { status: 410 }, { list: ["a@1"], rv: "30", next: "p2" }, { status: 500 }],
      2_000,
    );
    expect(changes).toEqual(["+ns/a", "+ns/b"]);
  });

  it("a silent connection is cut after its announced end, and a watch that ends at once is a failure", async () => {
    const { asked, times } = await play(
      [
        { list: [], rv: "10" },
        { watch: [], ending: "hang" },
        { watch: [], ending: "end" },
        { watch: [], ending: "hang" },
      ],
      320_000,
    );
    expect(asked).toHaveLength(4);
    expect(times.slice(2)).toEqual([315_800, 317_400]);
  });
});
