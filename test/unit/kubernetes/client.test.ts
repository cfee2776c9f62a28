import { describe, expect, it } from "vitest";
import { type CallEnd, KubernetesClient } from "../../../src/kubernetes/client.ts";
import { lookUpSecret } from "../../../src/kubernetes/core.ts";
import { KubernetesError } from "../../../src/kubernetes/errors.ts";
import type { KubernetesResponse } from "../../../src/kubernetes/transport.ts";
import { withDeadline } from "../../../src/time/clock.ts";
import { FakeClock } from "../../time/fake-clock.ts";

const PATH = "/api/v1/namespaces/ns/secrets/creds";

async function* bytes(text: string): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(Buffer.from(text));
}

/** A client, and a server that gives these answers in turn, then 200 with an empty object. */
function client(
  ...answers: readonly (Partial<KubernetesResponse> & {
    readonly text?: string;
    readonly error?: Error;
    readonly hangs?: boolean;
  })[]
) {
  const clock = new FakeClock();
  const paths: string[] = [];
  const left = [...answers];
  const transport = {
    send: ({ path }: { readonly path: string }) => {
      paths.push(path);
      const { text = "{}", error, hangs = false, ...answer } = left.shift() ?? {};
      if (hangs) return new Promise<never>(() => undefined);
      if (error) return Promise.reject(error);
      return Promise.resolve({ status: 200, retryAfter: undefined, ...answer, body: bytes(text) });
    },
    close: () => Promise.resolve(),
  };
  const ends: string[] = [];
  const onCall = ({ method, code }: CallEnd): void => void ends.push(`${method} ${code}`);
  return { clock, paths, ends, client: new KubernetesClient(transport, clock, () => undefined, onCall) };
}

describe("the Kubernetes client", () => {
  it("tells how each call ended, and nothing of one that did not leave", async () => {
    const refused = { status: 429, retryAfter: "40" };
    const { client: kubernetes, ends } = client({}, refused, { error: new Error("reset") }, { status: 201 });
    await kubernetes.get("/a");
    for (const _twice of [1, 2]) await expect(kubernetes.get(PATH)).rejects.toMatchObject({ status: 429 });
    await expect(kubernetes.patch("/b", [])).rejects.toThrow("could not be reached: reset");
    await kubernetes.create("/c", {});
    expect(ends).toEqual(["GET 200", "GET 429", "PATCH <error>", "POST 201"]);
  });

  it("sends nothing to a path before the time that the server named, and says how long that is", async () => {
    const { client: kubernetes, clock, paths } = client({ status: 429, retryAfter: "40" });
    await expect(kubernetes.get(PATH)).rejects.toMatchObject({ status: 429, retryAfterMs: 40_000 });
    await clock.advance(15_000);
    await expect(kubernetes.get(PATH)).rejects.toMatchObject({ status: 429, retryAfterMs: 25_000 });
    expect(paths).toHaveLength(1);
    await expect(kubernetes.get("/api/v1/namespaces/ns/secrets/other")).resolves.toEqual({});
    await clock.advance(25_000);
    await expect(kubernetes.get(PATH)).resolves.toEqual({});
    expect(paths).toHaveLength(3);
  });

  it.each([
    ["a proxy's day counts as two minutes", "86400", 120_000],
    ["so does for ever", "Infinity", 120_000],
    ["what is no number is none", "Fri, 27 Nov 2026 00:00:00 GMT", undefined],
    ["what is over already is none", "-1", undefined],
  ])("Retry-After: %s", async (_story, retryAfter, retryAfterMs) => {
    const { client: kubernetes, clock, paths } = client({ status: 503, retryAfter });
    await expect(kubernetes.get(PATH)).rejects.toMatchObject({ status: 503, retryAfterMs });
    await clock.advance(120_000);
    await expect(kubernetes.get(PATH)).resolves.toEqual({});
    expect(paths).toHaveLength(2);
  });

  it("gives up a call without an answer after 30 s, and says so", async () => {
    const { client: kubernetes, clock } = client({ hangs: true });
    const asked = kubernetes.patch(PATH, []).catch((error: unknown) => error);
    await clock.advance(30_000);
    expect(await asked).toBeInstanceOf(KubernetesError);
    expect(await asked).toMatchObject({ status: 0, message: "the API server gave no answer within 30000 ms" });
  });

  it("leaves it to who has a shorter limit to say so", async () => {
    const { client: kubernetes, clock } = client({ hangs: true });
    const asked = withDeadline(clock, 5_000, undefined, (signal) => kubernetes.get(PATH, signal)).catch(String);
    await clock.advance(5_000);
    expect(await asked).toBe("DeadlineError: no answer within 5000 ms");
  });

  it("says that an answer is unreadable without a word of it", async () => {
    const { client: kubernetes } = client({ text: '{"data":{"password":"aHVudGVyMg==' });
    await expect(kubernetes.get(PATH)).rejects.toMatchObject({
      reason: "UnreadableAnswer",
      message: "the API server's answer was not readable JSON",
    });
  });

  it("says that the server could not be reached", async () => {
    const { client: kubernetes } = client({ error: new Error("read ECONNRESET") });
    await expect(kubernetes.get(PATH)).rejects.toMatchObject({
      status: 0,
      message: "the API server could not be reached: read ECONNRESET",
    });
  });
});

describe("a look at a Secret without which something else would be done", () => {
  const never = new AbortController().signal;
  const status = (reason: string): string => JSON.stringify({ kind: "Status", reason, message: "no", code: 404 });

  it("says what is in it, and that it is not there when the API server itself says so", async () => {
    const { client: kubernetes, paths } = client(
      { text: '{"data":{"a":"Yg=="}}' },
      { status: 404, text: status("NotFound") },
    );
    expect(await lookUpSecret(kubernetes, "ns", "creds", never)).toEqual(new Map([["a", "b"]]));
    expect(await lookUpSecret(kubernetes, "ns", "creds", never)).toBeUndefined();
    expect(paths).toEqual([PATH, PATH]);
  });

  it.each(["404 page not found", status("")])("takes no other 404 for that: %s", async (text) => {
    const { client: kubernetes } = client({ status: 404, text });
    await expect(lookUpSecret(kubernetes, "ns", "creds", never)).rejects.toMatchObject({ status: 404 });
  });
});
