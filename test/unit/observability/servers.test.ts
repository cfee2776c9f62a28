import { rename, writeFile, mkdtemp, rm, symlink } from "node:fs/promises";
import { get } from "node:https";
import { connect, Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { listen, type StatusServer } from "../../../src/observability/servers.ts";
import { certificate } from "../../emulator/certificate.ts";

const PAGES = {
  "/parts": (): { status: number; text: readonly string[] } => ({ status: 200, text: ["one\n", "two\n"] }),
  "/whose": (authorization?: string): { status: number; text: readonly string[] } => ({
    status: 403,
    text: [authorization ?? "nobody's"],
  }),
  "/broken": (): never => {
    throw new Error("bug");
  },
};
let server: StatusServer | undefined;
let dir: string;
const problems: unknown[] = [];

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "servers-"));
  problems.length = 0;
});

afterEach(async () => {
  await server?.close();
  server = undefined;
  await rm(dir, { recursive: true });
});

describe("the server for metrics and health", () => {
  it("answers by path, with all parts, and tells the page what the request is authorized by", async () => {
    server = await listen(0, PAGES);
    const url = `http://127.0.0.1:${server.port}`;
    const answer = await fetch(`${url}/parts`);
    expect([answer.status, await answer.text()]).toEqual([200, "one\ntwo\n"]);
    const whose = await fetch(`${url}/whose`, { headers: { authorization: "Bearer x" } });
    expect([whose.status, await whose.text()]).toEqual([403, "Bearer x"]);
    expect((await fetch(`${url}/other`)).status).toBe(404);
  });

  it("answers a path also with a query, as scrapes and probes may have one", async () => {
    server = await listen(0, PAGES);
    expect(await (await fetch(`http://127.0.0.1:${server.port}/parts?verbose`)).text()).toBe("one\ntwo\n");
  });

  it("keeps little of what nobody reads, and closes in the middle of it", async () => {
    const taken: number[] = [];
    const text = function* (): Generator<string> {
      while (taken.push(1) < 1_000) yield "x".repeat(65_536);
    };
    server = await listen(0, { "/much": () => ({ status: 200, text: text() }) });
    const socket = await connected(server.port);
    socket.pause();
    socket.write("GET /much HTTP/1.1\r\nhost: x\r\n\r\n");
    // Until it gets no further.
    let before: number;
    do {
      before = taken.length;
      for (let turn = 0; turn < 200; turn += 1) await setImmediate();
    } while (before === 0 || taken.length > before);
    await server.close();
    expect(taken.length).toBeLessThan(500);
  });

  it("goes on after a page that fails", async () => {
    server = await listen(0, PAGES);
    const url = `http://127.0.0.1:${server.port}`;
    expect((await fetch(`${url}/broken`)).status).toBe(500);
    expect((await fetch(`${url}/parts`)).status).toBe(200);
  });
});

describe("a server that cannot accept connections, for want of descriptors", () => {
  it("serves the next", async () => {
    const listening = vi.spyOn(Server.prototype, "listen");
    server = await listen(0, PAGES);
    const [inner] = listening.mock.contexts;
    listening.mockRestore();
    for (const _each of [1, 2])
      (inner as Server).emit("error", Object.assign(new Error("accept EMFILE"), { code: "EMFILE" }));
    expect((await fetch(`http://127.0.0.1:${server.port}/parts`)).status).toBe(200);
  });
});

describe("the server with a certificate in files", () => {
  it("shows the new one from the next connection on, once both files are replaced; plain HTTP gets nothing", async () => {
    const [old, next] = [await certificate("old"), await certificate("next")];
    await replace("tls.crt", old.cert);
    await replace("tls.key", old.key);
    server = await start();
    expect(await textFrom(old.cert)).toBe("one\ntwo\n");
    await expect(fetch(`http://127.0.0.1:${server.port}/parts`)).rejects.toThrow("fetch failed");

    await replace("tls.crt", next.cert);
    // Between the two files the one from before counts.
    expect(await textFrom(old.cert)).toBe("one\ntwo\n");
    await replace("tls.key", next.key);
    expect(await textFrom(next.cert)).toBe("one\ntwo\n");
    await expect(textFrom(old.cert)).rejects.toThrow(/self-signed|unable to verify/i);
  });

  it("keeps the one from before while the new one cannot be used, and complains once", async () => {
    const old = await certificate("old");
    await replace("tls.crt", old.cert);
    await replace("tls.key", old.key);
    server = await start();
    await replace("tls.crt", "no certificate");
    expect([await textFrom(old.cert), await textFrom(old.cert)]).toEqual(["one\ntwo\n", "one\ntwo\n"]);
    expect(problems).toHaveLength(1);
    await rm(join(dir, "tls.key"));
    expect(await textFrom(old.cert)).toBe("one\ntwo\n");
    expect(problems).toHaveLength(2);
  });

  it("goes on while the files cannot even be looked at", async () => {
    const old = await certificate("old");
    await replace("tls.crt", old.cert);
    await replace("tls.key", old.key);
    server = await start();
    await rm(join(dir, "tls.crt"));
    await symlink("tls.crt", join(dir, "tls.crt"));
    expect(await textFrom(old.cert)).toBe("one\ntwo\n");
    expect(String(problems[0])).toContain("ELOOP");
  });

  it("closes although somebody has connected and says nothing", async () => {
    const old = await certificate("old");
    await replace("tls.crt", old.cert);
    await replace("tls.key", old.key);
    server = await start();
    const socket = await connected(server.port);
    const ended = new Promise((resolve) => socket.once("close", resolve));
    // It would be waited for until the handshake has taken 120 s.
    await server.close();
    await ended;
    expect(socket.destroyed).toBe(true);
  });

  it("does not start without one", async () => {
    await expect(start()).rejects.toThrow("ENOENT");
  });
});

async function start(): Promise<StatusServer> {
  return await listen(0, PAGES, {
    certFile: join(dir, "tls.crt"),
    keyFile: join(dir, "tls.key"),
    onProblem: (error) => problems.push(error),
  });
}

async function connected(port: number): Promise<Socket> {
  const socket = connect(port, "127.0.0.1").on("error", () => undefined);
  await new Promise<void>((resolve) => socket.once("connect", resolve));
  return socket;
}

/** As a mounted Secret is replaced: another file under the same name. */
async function replace(name: string, text: string): Promise<void> {
  await writeFile(join(dir, "new"), text);
  await rename(join(dir, "new"), join(dir, name));
}

/** Asks over a connection of its own, and trusts this certificate only. */
async function textFrom(ca: string): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  get({ host: "127.0.0.1", port: server?.port, path: "/parts", ca, agent: false }, (response) => {
    const chunks: Buffer[] = [];
    response.on("data", (chunk: Buffer) => chunks.push(chunk));
    response.on("end", () => resolve(Buffer.concat(chunks).toString()));
  }).once("error", reject);
  return await promise;
}
