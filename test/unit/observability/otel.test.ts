import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createLogger } from "../../../src/observability/logger.ts";
import { type Sampling, startTracer } from "../../../src/observability/otel.ts";
import type { Tracer } from "../../../src/observability/tracing.ts";
import { type ReceivedSpan, type Receiver, startReceiver } from "../../otlp/receiver.ts";

let receiver: Receiver;

beforeEach(async () => {
  receiver = await startReceiver();
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await receiver.close();
});

const ALL: Sampling = { sampler: "parentbased_always_on", ratio: 1 };

/** A tracer, and the lines of its log. */
function start(
  sampling = ALL,
  endpoint = `${receiver.url}/v1/traces`,
): { readonly tracer: Tracer; readonly lines: readonly Record<string, unknown>[] } {
  const lines: Record<string, unknown>[] = [];
  const write = (line: string): void => void lines.push(JSON.parse(line) as Record<string, unknown>);
  const log = createLogger("info", undefined, { write });
  return { tracer: startTracer({ endpoint, sampling, log, instance: "one" }), lines };
}

/** What was received by name. */
async function received(tracer: Tracer): Promise<Readonly<Record<string, ReceivedSpan>>> {
  await tracer.close();
  return Object.fromEntries(receiver.spans.map((span) => [span.name, span]));
}

const nothing = (): Promise<void> => Promise.resolve();

describe("a trace", () => {
  it("has the calls and waits of a piece of work as its children, with what was told of each", async () => {
    const { tracer } = start();
    await tracer.work("reconcile", { "k8s.namespace.name": "team-a", leading: true, left: undefined }, async (note) => {
      const done = tracer.wait("wait for a turn", {});
      await tracer.call("PUT sessionPools", { "server.port": 443 }, (more) => {
        more({ "http.response.status_code": 429, retry: ["40"] });
        return nothing();
      });
      done();
      note({ result: "parked" });
    });
    await tracer.work("another", {}, nothing);
    const { reconcile, another, ...below } = await received(tracer);
    expect(reconcile).toMatchObject({
      parentId: "",
      kind: 1,
      isError: false,
      attributes: { "k8s.namespace.name": "team-a", leading: true, result: "parked" },
      resource: { "service.name": "sessionpool-operator", "service.instance.id": "one" },
    });
    expect(reconcile?.attributes).not.toHaveProperty("left");
    const child = { traceId: reconcile?.traceId, parentId: reconcile?.spanId };
    expect(below["PUT sessionPools"]).toMatchObject({
      ...child,
      kind: 3,
      isError: true,
      attributes: { "server.port": 443, "http.response.status_code": 429, "error.type": "429", retry: ["40"] },
    });
    expect(below["wait for a turn"]).toMatchObject({ ...child, kind: 1, isError: false });
    expect(another?.traceId).not.toBe(reconcile?.traceId);
  });

  it("ends with its work: who goes on after it, as an observer that it woke, is in no trace", async () => {
    const { tracer } = start();
    const over = Promise.withResolvers<void>();
    let observing: Promise<void> = Promise.resolve();
    let idsLater: object = {};
    await tracer.work("reconcile", {}, () => {
      observing = (async () => {
        await tracer.call("at once", {}, nothing);
        await over.promise;
        idsLater = tracer.ids();
        await tracer.call("later", {}, nothing);
      })();
      return nothing();
    });
    over.resolve();
    await observing;
    const { later, "at once": atOnce, reconcile } = await received(tracer);
    expect([atOnce?.parentId, later?.parentId, idsLater]).toEqual([reconcile?.spanId, "", {}]);
  });

  it("is named in the log lines of its work", async () => {
    const { tracer } = start();
    let ids = {};
    await tracer.work("reconcile", {}, async () => {
      await nothing();
      ids = tracer.ids();
    });
    const { reconcile } = await received(tracer);
    expect(ids).toEqual({ trace_id: reconcile?.traceId, span_id: reconcile?.spanId });
    expect(tracer.ids()).toEqual({});
  });

  it("tells of a failure by its kind, never in its words, and passes it on", async () => {
    const { tracer } = start();
    const errors = [
      Object.assign(new Error("the password is hunter2"), { code: "ECONNRESET" }),
      new TypeError("the password is hunter2"),
    ];
    for (const [index, error] of errors.entries())
      await expect(tracer.call(`call ${index}`, {}, () => Promise.reject(error))).rejects.toBe(error);
    const calls = await received(tracer);
    expect(calls["call 0"]).toMatchObject({ isError: true, attributes: { "error.type": "ECONNRESET" } });
    expect(calls["call 1"]).toMatchObject({ isError: true, attributes: { "error.type": "TypeError" } });
    expect(receiver.text).not.toContain("hunter2");
  });
});

describe("the standard variables", () => {
  it("name the service and describe the resource, and bring headers for the collector", async () => {
    vi.stubEnv("OTEL_SERVICE_NAME", "pools");
    vi.stubEnv("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=prod,service.name=other");
    vi.stubEnv("OTEL_EXPORTER_OTLP_HEADERS", "x-api-key=k1");
    const { tracer } = start();
    await tracer.work("reconcile", {}, nothing);
    const { reconcile } = await received(tracer);
    expect(reconcile?.resource).toMatchObject({ "service.name": "pools", "deployment.environment.name": "prod" });
    expect(receiver.headers[0]).toMatchObject({ "x-api-key": "k1", "content-type": "application/x-protobuf" });
  });

  it.each<[sampler: string, ratio: number, sent: readonly string[]]>([
    ["always_on", 1, ["call", "reconcile"]],
    ["always_off", 1, []],
    ["traceidratio", 1, ["call", "reconcile"]],
    ["traceidratio", 0, []],
    ["parentbased_traceidratio", 1, ["call", "reconcile"]],
    ["parentbased_traceidratio", 0, []],
    ["parentbased_always_off", 1, []],
  ])("sample: %s with %d", async (sampler, ratio, sent) => {
    const { tracer } = start({ sampler, ratio });
    await tracer.work("reconcile", {}, async () => await tracer.call("call", {}, nothing));
    expect(Object.keys(await received(tracer))).toEqual(sent);
  });
});

describe("a collector", () => {
  it("gets traces at its URL as it is, with the user of it", async () => {
    const url = new URL("/v1/traces?tenant=a", receiver.url);
    [url.username, url.password] = ["user", "hunter2"];
    const { tracer } = start(ALL, url.href);
    await tracer.work("reconcile", {}, nothing);
    await tracer.close();
    expect([receiver.paths, receiver.headers[0]?.authorization]).toEqual([
      ["/v1/traces?tenant=a"],
      `Basic ${Buffer.from("user:hunter2").toString("base64")}`,
    ]);
  });

  it("that is away fails nothing", async () => {
    await receiver.close();
    const { tracer } = start();
    await expect(tracer.work("reconcile", {}, () => Promise.resolve("done"))).resolves.toBe("done");
    await tracer.close();
    receiver = await startReceiver();
  });

  it("that does not answer holds up no end", async () => {
    receiver.status = undefined;
    const { tracer } = start();
    await tracer.work("reconcile", {}, nothing);
    await tracer.close();
    expect(receiver.headers).toHaveLength(1);
  });

  it("that refuses is told of once, without what it said", async () => {
    receiver.status = 401;
    const { tracer, lines } = start();
    await tracer.work("reconcile", {}, nothing);
    await tracer.close();
    expect(lines).toMatchObject([{ level: 40, msg: "traces cannot be sent; the operator goes on without" }]);
  });
});
