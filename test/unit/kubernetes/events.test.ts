import { pino } from "pino";
import { describe, expect, it } from "vitest";
import type { SessionPool } from "../../../src/api/session-pool.ts";
import { KubernetesClient } from "../../../src/kubernetes/client.ts";
import { type EventNote, EventRecorder } from "../../../src/kubernetes/events.ts";
import type { KubernetesRequest, KubernetesTransport } from "../../../src/kubernetes/transport.ts";
import { directTransport } from "../../simulation/api-server/transport.ts";
import { ApiServer } from "../../simulation/api-server/server.ts";
import { NotLeading } from "../../../src/time/permit.ts";
import { FakeClock } from "../../time/fake-clock.ts";

const MINUTE_MS = 60_000;
const STUCK: EventNote = { type: "Warning", reason: "InvalidSpec", action: "Reconcile", note: "spec.x is wrong" };

function about(name: string, uid = `uid-of-${name}`): SessionPool {
  return { metadata: { namespace: "default", name, uid, resourceVersion: "1" }, spec: {} } as unknown as SessionPool;
}
const POOL = about("alpha");

interface StoredEvent {
  readonly metadata: { readonly name: string };
  readonly note: string;
  readonly regarding: { readonly name: string };
  readonly series?: { readonly count: number; readonly lastObservedTime: string };
}

/** What the network does to a request: an error, an answer in place of the server's, or nothing. */
type Fault = (
  request: KubernetesRequest,
) => Error | { readonly status: number; readonly retryAfter?: string } | "hang" | "lost" | undefined;

/** A recorder over an API server in memory, behind a network that can fail. */
function stage(permit?: () => void) {
  const clock = new FakeClock(Date.UTC(2026, 0, 1));
  const server = new ApiServer(clock);
  const direct = directTransport(server);
  const state: { fault: Fault; dropped: number } = { fault: () => undefined, dropped: 0 };
  const writes: string[] = [];
  let randoms = 0;
  const transport: KubernetesTransport = {
    send: async (request) => {
      writes.push(request.method);
      const fault = state.fault(request);
      if (fault === "hang") return await new Promise(() => undefined);
      if (fault instanceof Error) throw fault;
      if (fault === "lost") {
        await direct.send(request);
        throw new Error("read ECONNRESET");
      }
      if (fault) return { retryAfter: undefined, ...fault, body: (async function* () {})() };
      return await direct.send(request);
    },
    close: () => Promise.resolve(),
  };
  const recorder = new EventRecorder({
    client: new KubernetesClient(transport, clock, permit),
    clock,
    wallClock: clock,
    random: () => (randoms += 1) / 1_000_000,
    log: pino({ level: "silent" }),
    instance: "one",
    onDropped: (count) => (state.dropped += count),
  });
  const stored = (): readonly StoredEvent[] => {
    const { body } = server.handle({ method: "GET", path: "/apis/events.k8s.io/v1/namespaces/default/events" });
    return (JSON.parse(body) as { items: StoredEvent[] }).items;
  };
  const deleteAll = (): void => {
    for (const { metadata } of stored())
      server.handle({ method: "DELETE", path: `/apis/events.k8s.io/v1/namespaces/default/events/${metadata.name}` });
  };
  const told = (): readonly (readonly [note: string, count: number])[] =>
    stored().map(({ note, series }) => [note, series?.count ?? 1]);
  /** Records the same some times, some time apart. */
  const repeat = async (times: number, apartMs: number, event = STUCK): Promise<void> => {
    for (let time = 0; time < times; time += 1) {
      recorder.record(POOL, event);
      await clock.advance(apartMs);
    }
  };
  return { clock, state, writes, recorder, stored, told, repeat, deleteAll };
}

describe("what happens again", () => {
  it("is counted in the event that is there", async () => {
    const { told, stored, repeat } = stage();
    await repeat(5, MINUTE_MS);
    expect(told()).toEqual([["spec.x is wrong", 5]]);
    expect(stored()[0]?.series?.lastObservedTime).toBe("2026-01-01T00:04:00.000000Z");
  });

  it("at the same time is written with what came before it", async () => {
    const { clock, recorder, told, writes } = stage();
    for (let time = 0; time < 50; time += 1) recorder.record(POOL, STUCK);
    await clock.advance(0);
    expect([told(), writes]).toEqual([[["spec.x is wrong", 50]], ["POST", "PATCH"]]);
  });

  it("after six minutes of quiet is a new event", async () => {
    const { told, repeat } = stage();
    await repeat(2, 6 * MINUTE_MS - 1);
    await repeat(1, 6 * MINUTE_MS);
    await repeat(1, 0);
    expect(told()).toEqual([
      ["spec.x is wrong", 3],
      ["spec.x is wrong", 1],
    ]);
  });

  it.each<[what: string, other: Partial<EventNote>, who: SessionPool]>([
    ["another note, which an event that is there cannot take", { note: "spec.y is wrong" }, POOL],
    ["another reason", { reason: "Failed" }, POOL],
    ["another action", { action: "Put" }, POOL],
    ["another type", { type: "Normal" }, POOL],
    ["another resource", {}, about("beta")],
    ["the next resource of the same name", {}, about("alpha", "another-uid")],
  ])("is not %s", async (_what, other, who) => {
    const { clock, recorder, told } = stage();
    recorder.record(POOL, STUCK);
    recorder.record(who, { ...STUCK, ...other });
    recorder.record(POOL, STUCK);
    await clock.advance(0);
    expect(told().map(([, count]) => count)).toEqual([2, 1]);
  });

  it("is told anew when the event was deleted or has expired", async () => {
    const { clock, recorder, told, deleteAll } = stage();
    recorder.record(POOL, STUCK);
    await clock.advance(0);
    deleteAll();
    recorder.record(POOL, STUCK);
    await clock.advance(0);
    expect(told()).toEqual([["spec.x is wrong", 2]]);
  });
});

describe("too many events about one resource", () => {
  it("are dropped after the 25th, but for one in five minutes; those of others are not", async () => {
    const { clock, recorder, state, stored } = stage();
    for (let each = 0; each < 40; each += 1) recorder.record(POOL, { ...STUCK, note: `note ${each}` });
    recorder.record(about("beta"), STUCK);
    await clock.advance(5 * MINUTE_MS);
    expect([stored().length, state.dropped]).toEqual([26, 15]);
    recorder.record(POOL, { ...STUCK, note: "one more" });
    recorder.record(POOL, { ...STUCK, note: "and another" });
    await clock.advance(0);
    expect([stored().length, state.dropped]).toEqual([27, 16]);
  });

  it("are counted all the same when they only happen again, and the count is right six minutes later", async () => {
    const { clock, told, repeat, state, writes } = stage();
    await repeat(200, 1_000);
    expect(writes.length).toBeLessThan(30);
    await clock.advance(6 * MINUTE_MS);
    expect([told(), state.dropped]).toEqual([[["spec.x is wrong", 200]], 0]);
    expect(writes.length).toBeLessThan(30);
  });
});

describe("an API server that is away", () => {
  it("loses no event when the lease is renewed just in time: until then nothing may be written", async () => {
    let isSure = false;
    const { clock, recorder, told, state } = stage(() => {
      if (!isSure) throw new NotLeading();
    });
    recorder.record(POOL, STUCK);
    await clock.advance(500);
    isSure = true;
    await clock.advance(2_000);
    expect([told(), state.dropped]).toEqual([[["spec.x is wrong", 1]], 0]);
  });

  it("gets the event when it is back, once, also when its answer was lost", async () => {
    const { clock, recorder, state, told } = stage();
    state.fault = () => new Error("connect ECONNREFUSED");
    recorder.record(POOL, STUCK);
    await clock.advance(MINUTE_MS);
    state.fault = () => "lost";
    recorder.record(POOL, STUCK);
    await clock.advance(MINUTE_MS);
    state.fault = () => undefined;
    await clock.advance(MINUTE_MS);
    expect([told(), state.dropped]).toEqual([[["spec.x is wrong", 2]], 0]);
  });

  it("is left alone for as long as it asks", async () => {
    const { clock, recorder, state, writes, told } = stage();
    state.fault = () => ({ status: 429, retryAfter: "100" });
    recorder.record(POOL, STUCK);
    await clock.advance(99_000);
    state.fault = () => undefined;
    expect(writes).toHaveLength(1);
    await clock.advance(2_000);
    expect(told()).toEqual([["spec.x is wrong", 1]]);
  });

  it("is tried twelve times, and what comes later begins anew", async () => {
    const { clock, recorder, state, writes, told } = stage();
    state.fault = () => ({ status: 503 });
    recorder.record(POOL, STUCK);
    await clock.advance(60 * MINUTE_MS);
    expect([writes.length, state.dropped]).toEqual([12, 1]);
    state.fault = () => undefined;
    recorder.record(POOL, STUCK);
    await clock.advance(0);
    expect(told()).toEqual([["spec.x is wrong", 1]]);
  });

  it("costs no more memory than 1000 events that wait", async () => {
    const { clock, recorder, state, stored } = stage();
    state.fault = () => new Error("connect ECONNREFUSED");
    for (let each = 0; each < 1_500; each += 1) recorder.record(about(`pool-${each}`), STUCK);
    await clock.advance(0);
    expect(state.dropped).toBe(500);
    state.fault = () => undefined;
    await clock.advance(MINUTE_MS);
    expect(stored()).toHaveLength(1_000);
  });

  it("gets no more than ten at the same time", async () => {
    const { clock, recorder, state, writes } = stage();
    state.fault = () => "hang";
    for (let each = 0; each < 50; each += 1) recorder.record(about(`pool-${each}`), STUCK);
    await clock.advance(1_000);
    expect(writes).toHaveLength(10);
  });
});

it.each([400, 403, 404, 422])("what the API server refuses with %i is dropped at once", async (status) => {
  const { clock, recorder, state, writes } = stage();
  state.fault = () => ({ status });
  recorder.record(POOL, STUCK);
  await clock.advance(60 * MINUTE_MS);
  expect([writes.length, state.dropped]).toEqual([1, 1]);
});

it("who does not lead writes no event", async () => {
  const { clock, recorder, state, writes } = stage(() => {
    throw new Error("not leading");
  });
  recorder.record(POOL, STUCK);
  await clock.advance(60 * MINUTE_MS);
  expect([writes.length, state.dropped]).toEqual([0, 1]);
});

describe("at the end", () => {
  /** How long the end takes, in milliseconds. */
  const endOf = async (
    { clock, recorder }: ReturnType<typeof stage>,
    grace: Promise<void> = new Promise(() => undefined),
  ): Promise<number> => {
    const from = clock.now();
    const end = { at: Number.NaN };
    void recorder.flush(grace).then(() => (end.at = clock.now()));
    await clock.advance(60 * MINUTE_MS, () => !Number.isNaN(end.at));
    return end.at - from;
  };

  it("everything is written, also what had to wait, and nothing is waited for that is not there", async () => {
    const world = stage();
    world.state.fault = () => ({ status: 503 });
    world.recorder.record(POOL, STUCK);
    await world.clock.advance(100);
    world.state.fault = () => undefined;
    world.recorder.record(about("beta"), STUCK);
    expect([await endOf(world), world.told().length]).toEqual([0, 2]);
    expect(await endOf(stage())).toBe(0);
  });

  it("who has lost the lease waits for nothing", async () => {
    const world = stage();
    world.state.fault = () => "hang";
    world.recorder.record(POOL, STUCK);
    expect([await endOf(world, Promise.resolve()), world.state.dropped]).toEqual([0, 1]);
  });

  it("an API server that is away costs no try more, and one that does not answer a second and a half", async () => {
    const away = stage();
    away.state.fault = () => new Error("connect ECONNREFUSED");
    away.recorder.record(POOL, STUCK);
    expect([await endOf(away), away.writes.length, away.state.dropped]).toEqual([0, 1, 1]);
    const silent = stage();
    silent.state.fault = () => "hang";
    for (let each = 0; each < 50; each += 1) silent.recorder.record(about(`pool-${each}`), STUCK);
    expect([await endOf(silent), silent.state.dropped]).toEqual([1_500, 50]);
    silent.recorder.record(POOL, STUCK);
    expect(silent.state.dropped).toBe(51);
  });
});

it("a note too long for the API server is cut inside no character", async () => {
  const { clock, recorder, stored } = stage();
  recorder.record(POOL, { ...STUCK, note: "é".repeat(1_000) });
  await clock.advance(0);
  expect(stored()[0]?.note).toMatch(/^é{500,}…$/);
});
