import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

export interface HealthServer {
  /** The port it listens on. */
  readonly port: number;
  close(): Promise<void>;
}

/**
 * Serves `/livez` (the event loop answers) and `/readyz` (the resources have been listed). Azure being away changes neither: restarting
 * the operator would not bring it back.
 *
 * @param port 0 for any free one
 */
export async function startHealthServer(port: number, isReady: () => boolean): Promise<HealthServer> {
  const server = createServer((request, response) => {
    const ok = request.url === "/livez" || (request.url === "/readyz" && isReady());
    const known = request.url === "/livez" || request.url === "/readyz";
    response.writeHead(ok ? 200 : known ? 503 : 404, { "content-type": "text/plain" });
    response.end(ok ? "ok\n" : known ? "the resources have not been listed yet\n" : "not found\n");
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
