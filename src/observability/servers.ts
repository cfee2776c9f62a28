import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
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
 * `/livez` (the event loop answers, and the process does not hang after its lease) and `/readyz` (the resources have been listed). Azure being
 * away changes neither: restarting the operator would not bring it back.
 */
export function healthPages(isReady: () => boolean, isAlive: () => boolean): Pages {
  return {
    "/livez": () =>
      isAlive()
        ? { status: 200, text: "ok\n" }
        : { status: 503, text: "the lease is lost, and the process has not ended\n" },
    "/readyz": () =>
      isReady() ? { status: 200, text: "ok\n" } : { status: 503, text: "the resources have not been listed yet\n" },
  };
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
      const { status, text } = await page();
      response.writeHead(status, { "content-type": "text/plain; charset=utf-8" }).end(text);
    };
    void answer();
  });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once("error", reject);
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
