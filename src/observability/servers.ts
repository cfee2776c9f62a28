import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Metrics } from "./metrics.ts";

/** An HTTP server for people's and machines' questions about the operator. */
export interface StatusServer {
  /** The port it listens on. */
  readonly port: number;
  close(): Promise<void>;
}

type Page = () => { readonly status: number; readonly text: string } | Promise<{ status: number; text: string }>;

/**
 * Serves `/livez` (the event loop answers) and `/readyz` (the resources have been listed). Azure being away changes neither: restarting
 * the operator would not bring it back.
 *
 * @param port 0 for any free one
 */
export function startHealthServer(port: number, isReady: () => boolean): Promise<StatusServer> {
  return start(port, {
    "/livez": () => ({ status: 200, text: "ok\n" }),
    "/readyz": () =>
      isReady() ? { status: 200, text: "ok\n" } : { status: 503, text: "the resources have not been listed yet\n" },
  });
}

/**
 * Serves `/metrics`.
 *
 * @param port 0 for any free one
 */
export function startMetricsServer(port: number, metrics: Metrics): Promise<StatusServer> {
  return start(port, { "/metrics": async () => ({ status: 200, text: await metrics.text() }) });
}

/** @throws Error when the port is taken */
async function start(port: number, pages: Readonly<Record<string, Page>>): Promise<StatusServer> {
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
