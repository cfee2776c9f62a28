import { createServer } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { pipeline } from "node:stream/promises";
import { setImmediate, setTimeout } from "node:timers/promises";
import type { SessionPool } from "../api/session-pool.ts";
import type { Metrics } from "./metrics.ts";
import { followFiles, type TlsFiles } from "./tls-files.ts";

/** How long somebody may read nothing of an answer, in milliseconds; Node gives as much again after a write of which a part went out. */
const READER_SILENCE_MS = 30_000;

/** An HTTP server for people's and machines' questions about the operator. */
export interface StatusServer {
  /** The port it listens on. */
  readonly port: number;
  close(): Promise<void>;
}

/** What is answered; the text in parts, between which the event loop can turn. */
export interface Answer {
  readonly status: number;
  readonly text: Iterable<string> | AsyncIterable<string>;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What a path answers. @param authorization that header of the request */
export type Page = (authorization?: string) => Answer | Promise<Answer>;

/** Answers by path. */
export type Pages = Readonly<Record<string, Page>>;

/**
 * `/livez` (nothing hangs; a hundred resources that are never looked at again must not pass for health) and `/readyz` (what is to be known before the
 * first decision has been listed, and the API server still tells of it). The API server being away does not change the first, and Azure neither:
 * restarting the operator would not bring them back.
 *
 * @param unready what has not been listed yet, or is not told of any more
 * @param problems what does not move, see Vital
 */
export function healthPages(unready: () => readonly string[], problems: () => readonly string[]): Pages {
  const page = (why: readonly string[]): Answer =>
    why.length === 0 ? { status: 200, text: ["ok\n"] } : { status: 503, text: why.map((line) => `${line}\n`) };
  return { "/livez": () => page(problems()), "/readyz": () => page(unready()) };
}

/** `/metrics`. @param refusal what is answered to who may not read them; left out: whoever reaches the port may */
export function metricsPages(
  metrics: Metrics,
  resources: () => Iterable<SessionPool>,
  refusal?: (authorization: string | undefined) => Promise<Answer | undefined>,
): Pages {
  return {
    "/metrics": async (authorization) =>
      (await refusal?.(authorization)) ?? {
        status: 200,
        text: metrics.text(resources),
        headers: { "content-type": "text/plain; version=0.0.4; charset=utf-8" },
      },
  };
}

/** Serves pages on a port (0 for any free one), over HTTPS when there are files for it; a simulation puts its own in place of {@link listen}. */
export type Listen = (port: number, pages: Pages, tls?: TlsFiles) => Promise<StatusServer>;

/** Serves pages. @throws Error when the port is taken, or the files of a certificate cannot be used */
export const listen: Listen = async (port, pages, tls) => {
  const server = tls ? createTlsServer() : createServer();
  if (tls && "setSecureContext" in server) followFiles(server, tls);
  server.on("request", (request, response) => {
    const page =
      pages[(request.url ?? "").split("?")[0] ?? ""] ?? ((): Answer => ({ status: 404, text: ["not found\n"] }));
    const answer = async (): Promise<void> => {
      // Answered by a timer: every retry and every deadline hangs on timers, so a process without them must not seem alive.
      await setTimeout(0);
      const { status, text, headers } = await page(request.headers.authorization);
      response.writeHead(status, { "content-type": "text/plain; charset=utf-8", ...headers });
      // Who does not read gets no more, since what waits for him is kept here, and is sent away in the end.
      response.setTimeout(READER_SILENCE_MS);
      await pipeline(inTurns(text), response);
    };
    answer().catch(() => {
      if (response.headersSent) response.destroy();
      else response.writeHead(500).end("internal error\n");
    });
  });
  // What connects and says nothing has no request, and over TLS not even a handshake: the server itself closes only what has.
  const open = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    open.add(socket);
    socket.once("close", () => open.delete(socket));
  });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  // Later ones are of a connection that could not be accepted, for want of descriptors say: a probe that fails tells it, and the others are served.
  server.on("error", ({ code }: NodeJS.ErrnoException) =>
    reject(new Error(`port ${port} cannot be listened on (${code}): set another with --health-port or --metrics-port`)),
  );
  server.listen(port, resolve);
  await promise;
  return {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      const closed = new Promise((done) => server.close(done));
      for (const socket of open) socket.destroy();
      await closed;
    },
  };
};

/** The parts of a text, each in a turn of the event loop of its own. */
async function* inTurns(text: Answer["text"]): AsyncGenerator<string> {
  for await (const part of text) {
    yield part;
    await setImmediate();
  }
}
