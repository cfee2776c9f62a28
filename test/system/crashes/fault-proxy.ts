import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from "node:http";
import { Agent, createServer, request } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { certificate } from "../../emulator/certificate.ts";

/** A request that the operator sent. */
export interface ProxiedCall {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly body: string;
}

/** Which call is meant: the n-th with this method and a path that matches. */
export interface Aim {
  readonly method: string;
  readonly path: RegExp;
  readonly nth: number;
}

/** What happens to one call. */
export type Trouble =
  /** The server never sees it, and the operator gets this. */
  | { readonly kind: "instead"; readonly status: number; readonly headers: OutgoingHttpHeaders; readonly body: string }
  /** The connection breaks, or the operator dies: before the server sees the call, or after it has answered. */
  | { readonly kind: "reset" | "kill"; readonly when: "before" | "after" }
  /** The server answers, and half of that arrives. */
  | { readonly kind: "truncate" };

export interface FaultProxyOptions {
  /** Base URL of the real server. */
  readonly upstream: string;
  /** Certificate of the real server. */
  readonly upstreamCaFile: string;
  /** Asks the real server for another path. */
  readonly rewrite?: (path: string) => string;
  /** Kills the operator; resolves when it is dead. */
  readonly kill: () => Promise<void>;
}

/** A TLS reverse proxy that does harm to one call. */
export interface FaultProxy {
  readonly url: string;
  /** Certificate to trust; removed on close. */
  readonly caFile: string;
  /** The calls so far, in order. */
  readonly calls: readonly ProxiedCall[];
  /** Calls that failed though no trouble was meant for them. */
  readonly accidents: readonly string[];
  /** Whether the trouble has come. */
  readonly hasStruck: boolean;
  /** Lets trouble come to the call that is meant. */
  strike(aim: Aim, trouble: Trouble): void;
  close(): Promise<void>;
}

/** Whether a call is one of those that an aim counts. */
export function isAimedAt({ method, path }: Omit<Aim, "nth">, call: ProxiedCall): boolean {
  return call.method === method && path.test(call.path);
}

/** Starts a proxy on a free port of 127.0.0.1. The Host header passes as it came, since Azure's poll URLs are made from it. */
export async function startFaultProxy(options: FaultProxyOptions): Promise<FaultProxy> {
  const { upstream, kill, rewrite = (path) => path } = options;
  // Both servers keep idle connections longer than a story lasts, so that none breaks but those that shall.
  const agent = new Agent({ keepAlive: true, ca: await readFile(options.upstreamCaFile) });
  const dir = await mkdtemp(join(tmpdir(), "sessionpool-proxy-"));
  const caFile = join(dir, "ca.pem");
  const tls = await certificate("sessionpool fault proxy");
  await writeFile(caFile, tls.cert);
  const calls: ProxiedCall[] = [];
  const accidents: string[] = [];
  const sockets = new Map<number, Socket>();
  let plan: { readonly aim: Aim; readonly trouble: Trouble; left: number } | undefined;
  let hasStruck = false;

  const troubleFor = (call: ProxiedCall): Trouble | undefined => {
    if (!plan || hasStruck || !isAimedAt(plan.aim, call)) return undefined;
    plan.left -= 1;
    hasStruck = plan.left === 0;
    return hasStruck ? plan.trouble : undefined;
  };

  const harm = async (what: "reset" | "kill", client: Socket): Promise<void> => {
    if (what === "kill") await kill();
    // A reset at the level of TCP: closing TLS in order would tell the operator more than a broken line does.
    sockets.get(client.remotePort ?? 0)?.resetAndDestroy();
  };

  const send = (incoming: IncomingMessage, call: ProxiedCall): Promise<IncomingMessage> =>
    new Promise((resolve, reject) => {
      const to = { method: call.method, path: rewrite(call.path), headers: incoming.headers, agent };
      const sent = request(upstream, to, resolve);
      sent.once("error", reject);
      sent.end(call.body);
    });

  const serve = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const body = await readAll(incoming);
    const call = { method: incoming.method ?? "", path: incoming.url ?? "", body: body.toString("utf8") };
    calls.push(call);
    const trouble = troubleFor(call);
    if (trouble?.kind === "instead") {
      outgoing.writeHead(trouble.status, trouble.headers).end(trouble.body);
      return;
    }
    const breaks = trouble?.kind === "reset" || trouble?.kind === "kill" ? trouble : undefined;
    if (breaks?.when === "before") return await harm(breaks.kind, incoming.socket);
    const answer = await send(incoming, call);
    const { connection: _hop, "transfer-encoding": _framing, "content-length": _length, ...headers } = answer.headers;
    // A watch does not end by itself: its answer has come with the headers.
    if (/[?&]watch=true/.test(call.path)) {
      if (breaks) {
        answer.destroy();
        return await harm(breaks.kind, incoming.socket);
      }
      outgoing.writeHead(answer.statusCode ?? 502, headers).flushHeaders();
      await pipeline(trouble ? firstHalf(answer) : answer, outgoing);
      return;
    }
    const content = await readAll(answer);
    if (breaks) return await harm(breaks.kind, incoming.socket);
    if (trouble && content.length === 0) throw new Error("there is no answer to send half of");
    outgoing
      .writeHead(answer.statusCode ?? 502, headers)
      .end(trouble ? content.subarray(0, content.length / 2) : content);
  };

  const server = createServer(tls, (incoming, outgoing) => {
    serve(incoming, outgoing).catch((error: unknown) => {
      // An operator that has died or hung up leaves its calls unfinished; anything else is a fault that nobody asked for.
      if (!incoming.socket.destroyed) accidents.push(`${incoming.method} ${incoming.url}: ${String(error)}`);
      outgoing.destroy();
    });
  });
  server.on("connection", (socket: Socket) => {
    const port = socket.remotePort ?? 0;
    sockets.set(port, socket);
    socket.once("close", () => sockets.delete(port));
  });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once("error", reject);
  server.listen(0, "127.0.0.1", resolve);
  await promise;
  return {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    caFile,
    calls,
    accidents,
    get hasStruck() {
      return hasStruck;
    },
    strike: (aim, trouble) => {
      plan = { aim, trouble, left: aim.nth };
    },
    close: async () => {
      agent.destroy();
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
      await rm(dir, { recursive: true, force: true });
    },
  };
}

/** The first half of the first piece of a stream, then its end. */
async function* firstHalf(stream: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  for await (const piece of stream) {
    yield piece.subarray(0, piece.length / 2);
    return;
  }
}

async function readAll(stream: IncomingMessage): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of stream) pieces.push(piece as Buffer);
  return Buffer.concat(pieces);
}
