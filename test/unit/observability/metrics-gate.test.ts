import { describe, expect, it } from "vitest";
import { type Finding, type Identity, MetricsGate, refusalOf } from "../../../src/observability/metrics-gate.ts";

const READER: Identity = { username: "system:serviceaccount:monitoring:prometheus", groups: ["system:authenticated"] };
const OTHER: Identity = { username: "system:serviceaccount:team-a:default" };

/** An API server that knows some tokens and lets some people in. */
class Server {
  readonly asked: string[] = [];
  readonly tokens = new Map<string, Identity>([
    ["reader-token", READER],
    ["other-token", OTHER],
  ]);
  readonly readers = new Set([READER.username]);
  isDown = false;
  /** While set, answers wait for it. */
  holdUp: Promise<void> | undefined;
  now = 0;
  readonly problems: unknown[] = [];
  readonly gate = new MetricsGate({
    reviews: {
      identify: async (token) => await this.#answer(`who is ${token}`, () => this.tokens.get(token)),
      mayRead: async ({ username }) =>
        await this.#answer(`may ${username.split(":").at(-1)}`, () => this.readers.has(username)),
    },
    now: () => this.now,
    hash: (token) => `hash of ${token.length} ${token.slice(0, 1)}${token.slice(-4)}`,
    onProblem: (error) => this.problems.push(error),
  });

  /** The status of an answer to a request with this header. */
  async get(authorization: string | undefined): Promise<number> {
    return (await this.gate.refusal(authorization))?.status ?? 200;
  }

  async #answer<T>(question: string, answer: () => T): Promise<T> {
    this.asked.push(question);
    await this.holdUp;
    if (this.isDown) throw new Error("connection refused");
    return answer();
  }
}

describe("what is answered instead of the metrics", () => {
  it.each<[finding: Finding, status: number | undefined, challenge: string | undefined]>([
    [{ kind: "allowed" }, undefined, undefined],
    [{ kind: "no token" }, 401, "Bearer"],
    [{ kind: "unknown token" }, 401, 'Bearer error="invalid_token"'],
    [{ kind: "denied", username: "anna" }, 403, undefined],
    [{ kind: "unavailable" }, 503, undefined],
  ])("%j", (finding, status, challenge) => {
    const refusal = refusalOf(finding);
    expect([refusal?.status, refusal?.headers?.["www-authenticate"]]).toEqual([status, challenge]);
  });
});

describe("who may read the metrics", () => {
  it.each<[who: string, authorization: string | undefined, status: number]>([
    ["nobody in particular", undefined, 401],
    ["somebody with a password", "Basic YTpi", 401],
    ["somebody with an empty token", "Bearer ", 401],
    ["somebody with two tokens", "Bearer reader-token reader-token", 401],
    ["somebody with a made-up token", "Bearer made-up", 401],
    ["somebody whom nobody allowed it", "Bearer other-token", 403],
    ["somebody who may", "Bearer reader-token", 200],
    ["the same with the scheme in other letters", "bearer  reader-token", 200],
  ])("%s", async (_who, authorization, status) => {
    expect(await new Server().get(authorization)).toBe(status);
  });

  it("is asked once a minute for a token, and every five for who may; in between the answer counts", async () => {
    const server = new Server();
    const reader = async (): Promise<number> => await server.get("Bearer reader-token");
    expect([await reader(), await reader()]).toEqual([200, 200]);
    expect(server.asked).toEqual(["who is reader-token", "may prometheus"]);
    server.now = 59_999;
    await reader();
    expect(server.asked).toHaveLength(2);
    server.now = 60_000;
    await reader();
    expect(server.asked.slice(2)).toEqual(["who is reader-token"]);
    server.readers.clear();
    server.now = 299_999;
    expect(await reader()).toBe(200);
    server.now = 300_000;
    expect(await reader()).toBe(403);
  });

  it("who is refused may be allowed it, and is let in half a minute later", async () => {
    const server = new Server();
    expect(await server.get("Bearer other-token")).toBe(403);
    server.readers.add(OTHER.username);
    server.now = 29_999;
    expect(await server.get("Bearer other-token")).toBe(403);
    server.now = 30_000;
    expect(await server.get("Bearer other-token")).toBe(200);
  });

  it("a token that is not valid is asked about once a minute too, and one that ended is refused then", async () => {
    const server = new Server();
    expect([await server.get("Bearer made-up"), await server.get("Bearer made-up")]).toEqual([401, 401]);
    expect(server.asked).toEqual(["who is made-up"]);
    await server.get("Bearer reader-token");
    server.tokens.clear();
    server.now = 60_000;
    expect(await server.get("Bearer reader-token")).toBe(401);
  });

  it("while the API server cannot be asked nobody new gets in, and who got in does; the fault is told, and not remembered", async () => {
    const server = new Server();
    await server.get("Bearer reader-token");
    server.isDown = true;
    expect([await server.get("Bearer other-token"), await server.get("Bearer reader-token")]).toEqual([503, 200]);
    expect(server.problems).toHaveLength(1);
    server.isDown = false;
    expect(await server.get("Bearer other-token")).toBe(403);
  });

  it("the same token is asked about once however many ask; of many made-up ones ten at once, and the others have to wait", async () => {
    const server = new Server();
    const { promise, resolve } = Promise.withResolvers<void>();
    server.holdUp = promise;
    const same = Array.from({ length: 5 }, () => server.get("Bearer reader-token"));
    const others = Array.from({ length: 20 }, (_, index) => server.get(`Bearer made-up-${index}`));
    expect(server.asked).toHaveLength(10);
    resolve();
    expect(await Promise.all(same)).toEqual([200, 200, 200, 200, 200]);
    const counts = Map.groupBy(await Promise.all(others), (status) => status);
    expect([counts.get(401)?.length, counts.get(503)?.length]).toEqual([9, 11]);
  });

  it("who got in before gets in while made-up tokens hold all turns, also when the token has to be asked about again", async () => {
    const server = new Server();
    await server.get("Bearer reader-token");
    for (let index = 0; index < 1_001; index += 1) await server.get(`Bearer ${String(index).padStart(4, "0")}`);
    const { promise, resolve } = Promise.withResolvers<void>();
    server.holdUp = promise;
    const others = Array.from({ length: 20 }, (_, index) => server.get(`Bearer made-up-${index}`));
    expect(await server.get("Bearer reader-token")).toBe(200);
    server.now = 60_000;
    const reader = server.get("Bearer reader-token");
    resolve();
    expect(await reader).toBe(200);
    await Promise.all(others);
  });

  it("a token that is valid no more waits its turn as any other", async () => {
    const server = new Server();
    await server.get("Bearer reader-token");
    server.tokens.clear();
    for (const now of [60_000, 120_000]) {
      server.now = now;
      expect(await server.get("Bearer reader-token")).toBe(401);
    }
    const { promise, resolve } = Promise.withResolvers<void>();
    server.holdUp = promise;
    const others = Array.from({ length: 10 }, (_, index) => server.get(`Bearer made-up-${index}`));
    server.now = 180_000;
    expect(await server.get("Bearer reader-token")).toBe(503);
    resolve();
    await Promise.all(others);
  });

  it("made-up tokens are forgotten, the oldest first: what is kept stays small", async () => {
    const server = new Server();
    for (let index = 0; index < 1_001; index += 1) await server.get(`Bearer ${String(index).padStart(4, "0")}`);
    const before = server.asked.length;
    await server.get("Bearer 1000");
    expect(server.asked).toHaveLength(before);
    await server.get("Bearer 0000");
    expect(server.asked).toHaveLength(before + 1);
  });
});
