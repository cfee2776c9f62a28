import { mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer, type Server } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { KubeConfig } from "@kubernetes/client-node";
import { afterEach, beforeEach, expect, it } from "vitest";
import { createTransport, type KubernetesTransport } from "../../../src/kubernetes/transport.ts";
import { certificate } from "../../emulator/certificate.ts";
import { FakeClock } from "../../time/fake-clock.ts";

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

let dir: string;
let server: Server | undefined;
let transport: KubernetesTransport | undefined;
/** Connections that the server had, in order. */
const connections: Socket[] = [];
const clock = new FakeClock();

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "sessionpool-transport-"));
});

afterEach(async () => {
  await transport?.close();
  await stopServer();
  connections.length = 0;
  await rm(dir, { recursive: true });
});

async function stopServer(): Promise<void> {
  for (const socket of connections) socket.destroy();
  await new Promise<void>((resolve) => (server ? server.close(() => resolve()) : resolve()));
  server = undefined;
}

/** Replaces a file as the kubelet does. */
async function put(name: string, text: string): Promise<string> {
  const file = join(dir, name);
  await writeFile(`${file}.new`, text);
  await rename(`${file}.new`, file);
  return file;
}

/** Serves HTTPS with a new certificate, whose file is the CA. @param port the one it had before */
async function serve(handler: Handler, port = 0): Promise<number> {
  const { key, cert } = await certificate("kube-apiserver");
  await put("ca.crt", cert);
  const started = createServer({ key, cert }, handler).on("connection", (socket: Socket) => connections.push(socket));
  server = started;
  await new Promise<void>((resolve) => started.listen(port, "127.0.0.1", resolve));
  return (started.address() as AddressInfo).port;
}

/** A transport that signs in with the file `token`. */
function connect(port: number, path = ""): KubernetesTransport {
  const config = new KubeConfig();
  config.loadFromOptions({
    clusters: [
      { name: "c", server: `https://127.0.0.1:${port}${path}`, caFile: join(dir, "ca.crt"), skipTLSVerify: false },
    ],
    users: [{ name: "u", authProvider: { name: "tokenFile", config: { tokenFile: join(dir, "token") } } }],
    contexts: [{ name: "x", cluster: "c", user: "u" }],
    currentContext: "x",
  });
  transport = createTransport(config, clock);
  return transport;
}

async function get(from: KubernetesTransport): Promise<number> {
  const { status, body } = await from.send({ method: "GET", path: "/api" });
  for await (const chunk of body) expect(chunk).toBeDefined();
  // A connection is free again in the turn after its answer.
  await setImmediate();
  return status;
}

/** Accepts one token only, and writes down those that came. */
function guarded(state: { token: string; readonly came: string[] }): Handler {
  return ({ headers }, response) => {
    state.came.push((headers.authorization ?? "").replace("Bearer ", ""));
    response.writeHead(headers.authorization === `Bearer ${state.token}` ? 200 : 401).end();
  };
}

it("a token that is refused is read anew for the next request, not a minute later", async () => {
  const state = { token: "one", came: [] as string[] };
  await put("token", "one\n");
  const api = connect(await serve(guarded(state)));
  expect(await get(api)).toBe(200);
  await put("token", "two\n");
  state.token = "two";
  expect([await get(api), await get(api)]).toEqual([401, 200]);
  expect(state.came).toEqual(["one", "one", "two"]);
});

it("a token that is good is read again after a minute, and the one before is used while the file cannot be read", async () => {
  const state = { token: "one", came: [] as string[] };
  const file = await put("token", "one");
  const api = connect(await serve(guarded(state)));
  await get(api);
  await put("token", "two");
  await clock.advance(59_999);
  await get(api);
  await clock.advance(1);
  await get(api);
  await rm(file);
  await clock.advance(60_000);
  await get(api);
  await put("token", "");
  await get(api);
  expect(state.came).toEqual(["one", "one", "two", "two", "two"]);
});

it("there is no request without a token, when there never was one", async () => {
  const state = { token: "one", came: [] as string[] };
  const api = connect(await serve(guarded(state)));
  await expect(get(api)).rejects.toThrow("ENOENT");
  expect(state.came).toEqual([]);
});

it("a certificate authority that changes is followed: nobody has to start the operator anew", async () => {
  await put("token", "one");
  const ok: Handler = (_request, response) => response.end();
  const port = await serve(ok);
  const api = connect(port);
  expect(await get(api)).toBe(200);
  await stopServer();
  await serve(ok, port);
  expect(await get(api)).toBe(200);
});

it("connections are kept for the next request, and a request that is given up closes its own", async () => {
  await put("token", "one");
  let silent = false;
  const api = connect(await serve((_request, response) => (silent ? undefined : response.end())));
  await get(api);
  await get(api);
  expect(connections).toHaveLength(1);
  silent = true;
  const closed = new Promise((resolve) => connections[0]?.once("close", resolve));
  const stop = new AbortController();
  const given = api.send({ method: "GET", path: "/api", signal: stop.signal });
  stop.abort(new Error("enough"));
  await expect(given).rejects.toThrow("enough");
  await closed;
  silent = false;
  await get(api);
  expect(connections).toHaveLength(2);
});

it("watches have connections of their own", async () => {
  await put("token", "one");
  const api = connect(await serve((_request, response) => void response.write("{}\n")));
  const stop = new AbortController();
  const watch = await api.send({ method: "GET", path: "/api?watch=true", streaming: true, signal: stop.signal });
  for await (const chunk of watch.body) {
    expect(Buffer.from(chunk).toString()).toBe("{}\n");
    break;
  }
  expect(connections).toHaveLength(1);
  stop.abort();
});

it.each([
  ["/k8s/clusters/c-m-1", "/k8s/clusters/c-m-1/api"],
  ["/k8s/clusters/c-m-1/", "/k8s/clusters/c-m-1/api"],
  // As a URL of its own it would name another host, which would get the token.
  ["//", "/api"],
  ["//c-m-1", "//c-m-1/api"],
])("a server whose URL has the path %s is asked below it", async (path, expected) => {
  await put("token", "one");
  const asked: (string | undefined)[] = [];
  const api = connect(
    await serve(({ url }, response) => {
      asked.push(url);
      response.end();
    }),
    path,
  );
  expect(await get(api)).toBe(200);
  expect(asked).toEqual([expected]);
});
