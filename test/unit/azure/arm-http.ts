import type { ArmHttpClient } from "../../../src/azure/pipeline.ts";

/** A call as it would leave the process. */
export interface Seen {
  readonly url: string;
  readonly method: string;
}

/** An answer to it. */
export interface Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
}

/** The SDK's way out of the process, which ends in `reply` instead of a socket. */
export function httpClientOf(reply: (seen: Seen) => Reply): ArmHttpClient {
  return {
    sendRequest: (request) => {
      const { status, headers = {}, body } = reply({ url: request.url, method: request.method });
      const all = new Map(Object.entries({ "content-type": "application/json", ...headers }));
      const view = {
        get: (name: string) => all.get(name.toLowerCase()),
        has: (name: string) => all.has(name),
        toJSON: () => Object.fromEntries(all),
        [Symbol.iterator]: () => all[Symbol.iterator](),
      };
      return Promise.resolve({ request, status, headers: view, bodyAsText: body ?? "" } as never);
    },
  };
}
