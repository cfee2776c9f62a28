import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout } from "node:timers/promises";
import type { Metrics } from "./metrics.ts";

/** An HTTP server for people's and machines' questions about the operator. */
export interface StatusServer {
  /** The port it listens on. */
  readonly port: number;
  close(): Promise<void>;
}

/** What a path answers. */
export type Page = () => { readonly status: number; readonly text: string } | Promise<{ status: number; text: string }>;

/** Answers by path. */
export type Pages = Readonly<Record<string, Page>>;

/**
 * `/livez` (nothing hangs; a hundred resources that are never looked at again must not pass for health) and `/readyz` (what is to be known before the
 * first decision has been listed). The API server or Azure being away changes neither: restarting the operator would not bring them back.
 *
 * @param unready what has not been listed yet
 * @param problems what does not move, see Vital
 */
export function healthPages(unready: () => readonly string[], problems: () => readonly string[]): Pages {
  const page = (why: readonly string[]): ReturnType<Page> =>
    why.length === 0 ? { status: 200, text: "ok\n" } : { status: 503, text: `${why.join("\n")}\n` };
  return { "/livez": () => page(problems()), "/readyz": () => page(unready()) };
}

/** `/metrics`. */
export function metricsPages(metrics: Metrics): Pages {
  return { "/metrics": async () => ({ status: 200, text: await metrics.text() }) };
}

/** Serves pages on a port (0 for any free one); a simulation puts its own in place of {@link listen}. */
export type Listen = (port: number, pages: Pages) => Promise<StatusServer>;

/** Serves pages over HTTP. @throws Error when the port is taken */
export async function listen(port: number, pages: Pages): Promise<StatusServer> {
  const server = createServer((request, response) => {
    const page =
      pages[request.url ?? ""] ?? ((): { status: number; text: string } => ({ status: 404, text: "not found\n" }));
    const answer = async (): Promise<void> => {
      // Answered by a timer: every retry and every deadline hangs on timers, so a process without them must not seem alive.
      await setTimeout(0);
      const { status, text } = await page();
      response.writeHead(status, { "content-type": "text/plain; charset=utf-8" }).end(text);
    };
    void answer();
  });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once("error", ({ code }: NodeJS.ErrnoException) =>
    reject(new Error(`port ${port} cannot be listened on (${code}): set another with --health-port or --metrics-port`)),
  );
  server.listen(port, resolve);
  await promise;
  return {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}
