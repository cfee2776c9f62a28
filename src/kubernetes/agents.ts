import { isDeepStrictEqual } from "node:util";
import { Agent } from "undici";
import type { Tls } from "./credentials.ts";

/** How long the API server may take to answer with headers, and to pause within the body of an ordinary request, in milliseconds. */
const ANSWER_TIMEOUT_MS = 15_000;
/** How long TCP and TLS may take together, in milliseconds. */
const CONNECT_TIMEOUT_MS = 10_000;

/** Pooled connections for one set of certificates: watches apart, since they stay open. */
interface Pools {
  readonly tls: Tls;
  readonly requests: Agent;
  readonly watches: Agent;
}

/** The agents of a transport. They follow certificates that change: new requests get new connections, what is under way ends on the old ones. */
export class Agents {
  #pools: Pools | undefined;
  /** Those with former certificates whose last request is still under way. */
  readonly #retired = new Set<Agent>();

  /** @param streaming for a watch: no limit between two pieces of the body */
  get(streaming: boolean, tls: Tls): Agent {
    if (!this.#pools || !isDeepStrictEqual(this.#pools.tls, tls)) {
      this.#retire();
      this.#pools = { tls, requests: agentWith(tls, ANSWER_TIMEOUT_MS), watches: agentWith(tls, 0) };
    }
    return streaming ? this.#pools.watches : this.#pools.requests;
  }

  /** Ends all connections at once. */
  async destroy(): Promise<void> {
    this.#retire();
    await Promise.all([...this.#retired].map((agent) => agent.destroy()));
  }

  #retire(): void {
    for (const agent of this.#pools ? [this.#pools.requests, this.#pools.watches] : []) {
      this.#retired.add(agent);
      void agent.close().finally(() => this.#retired.delete(agent));
    }
    this.#pools = undefined;
  }
}

/** A request that is given up on, by its signal or by a limit here, closes its connection, so that a dead one is never used again. */
function agentWith(tls: Tls, bodyTimeout: number): Agent {
  return new Agent({
    allowH2: false,
    headersTimeout: ANSWER_TIMEOUT_MS,
    bodyTimeout,
    connect: {
      timeout: CONNECT_TIMEOUT_MS,
      keepAliveInitialDelay: 30_000,
      ...(tls.ca ? { ca: tls.ca as Buffer } : {}),
      ...(tls.cert ? { cert: tls.cert as Buffer } : {}),
      ...(tls.key ? { key: tls.key as Buffer } : {}),
      ...(tls.servername ? { servername: tls.servername } : {}),
      ...(tls.rejectUnauthorized === undefined ? {} : { rejectUnauthorized: tls.rejectUnauthorized }),
    },
  });
}
