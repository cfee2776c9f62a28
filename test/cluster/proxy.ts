import { connect, createServer, type AddressInfo, type Socket } from "node:net";

/** What stands between the operator and the API server, and passes bytes on as they are: TLS is between those two. */
export interface TcpProxy {
  /** To use in place of the API server's URL; its certificate is good for it. */
  readonly url: string;
  /** How many connections there were. */
  readonly accepted: number;
  /** How many of them are open on the operator's side. */
  readonly open: number;
  /** Passes nothing on, and says so to nobody: what is open stays open and silent for ever, what is new too. */
  blackHole(): void;
  /** Closes all connections at once and refuses new ones. */
  disconnect(): void;
  /** Serves new connections again; those that fell into the hole are not brought back, as after a firewall forgot them. */
  restore(): void;
  close(): Promise<void>;
}

/** @param target URL of the API server */
export async function startProxy(target: string): Promise<TcpProxy> {
  const { hostname, port } = new URL(target);
  const sockets = new Set<Socket>();
  const clients = new Set<Socket>();
  /** Those that fell into the hole: neither side ever hears of the other again. */
  const lost = new WeakSet<Socket>();
  let mode: "pass" | "hole" | "refuse" = "pass";
  let accepted = 0;
  const keep = (socket: Socket): void => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    // The other side hears of it by the close that follows.
    socket.on("error", () => undefined);
  };
  const server = createServer((client) => {
    if (mode === "refuse") return client.destroy();
    accepted += 1;
    keep(client);
    clients.add(client);
    client.once("close", () => clients.delete(client));
    if (mode === "hole") return swallow(client);
    const upstream = connect(Number(port), hostname);
    keep(upstream);
    client.pipe(upstream).pipe(client);
    client.once("close", () => {
      if (!lost.has(client)) upstream.destroy();
    });
    upstream.once("close", () => {
      if (!lost.has(upstream)) client.destroy();
    });
  });
  const swallow = (socket: Socket): void => {
    lost.add(socket);
    socket.unpipe();
    socket.on("data", () => undefined);
    socket.resume();
  };
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once("error", reject);
  server.listen(0, "127.0.0.1", resolve);
  await promise;
  const disconnect = (): void => {
    mode = "refuse";
    for (const socket of sockets) socket.destroy();
  };
  return {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get accepted() {
      return accepted;
    },
    get open() {
      return clients.size;
    },
    blackHole: () => {
      mode = "hole";
      for (const socket of sockets) swallow(socket);
    },
    disconnect,
    restore: () => {
      mode = "pass";
    },
    close: async () => {
      disconnect();
      await new Promise((done) => server.close(done));
    },
  };
}
