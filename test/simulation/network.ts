import type { ArmHttpClient } from "../../src/azure/pipeline.ts";
import type { KubernetesTransport } from "../../src/kubernetes/transport.ts";
import type { Random } from "../../src/time/clock.ts";
import type { FakeClock } from "../time/fake-clock.ts";
import type { ArmModel } from "../emulator/model.ts";
import type { ApiServer } from "./api-server/server.ts";
import { ByteStream } from "./api-server/transport.ts";
import type { Caller } from "./caller.ts";
import { type Answer, type Call, classify, principalOf, type Side } from "./calls.ts";
import { type Fault, faultText, type Injector } from "./faults.ts";
import type { History } from "./history.ts";
import type { TraceSink } from "./trace.ts";
import { openWatch, type WatchInjector } from "./watch-link.ts";

/** Told of everything that passes. */
export interface Observer {
  /** A call leaves the operator. */
  readonly onSend: (call: Call) => void;
  /** A server got a call and is about to do it. */
  readonly onArrive: (call: Call) => void;
  /** A server did it. */
  readonly onServed: (call: Call, answer: Answer) => void;
  /** An answer reached the operator. */
  readonly onAnswer: (call: Call, answer: Answer) => void;
  /** The operator gave up a call before its answer came; the server may do it all the same. */
  readonly onGivenUp?: (call: Call) => void;
  /** A watch has something to tell. */
  readonly onWatchEvent: () => void;
}

export interface NetworkOptions {
  readonly clock: FakeClock;
  readonly random: Random;
  readonly trace: TraceSink;
  readonly api: ApiServer;
  readonly azure: ArmModel;
  readonly history?: Pick<History, "note">;
  readonly observer: Observer;
  /** How long Azure works on a PUT at most, before it takes effect and from then to the answer, in milliseconds; left out: 3 s each. */
  readonly putWork?: readonly [before: number, after: number];
  /** Forgets each call once it is over; left out: keeps all. */
  readonly forgetsCalls?: boolean;
}

/** How long a caller waits for headers before it gives up, in milliseconds: undici's limit in src/kubernetes/transport.ts. */
const HEADERS_TIMEOUT_MS = 15_000;
/** Latency of one way, in milliseconds: from, and how much more at most. */
const LATENCY: Readonly<Record<Side, readonly [number, number]>> = {
  kubernetes: [1, 8],
  azure: [20, 150],
  entra: [20, 80],
};
/** Azure answers a PUT after up to 6 s (azure-session-pools §3.1). */
const PUT_WORK_MS = [3_000, 3_000] as const;

/** Where bytes leave the operator: every call gets a number, may meet a fault, and is written down. */
export class Network {
  readonly #options: NetworkOptions;
  /** What goes wrong; nothing unless a run says otherwise. */
  inject: Injector = () => undefined;
  /** What goes wrong on watches. */
  injectWatch: WatchInjector = () => undefined;
  /** Those made so far; none when the network forgets them. */
  readonly calls: Call[] = [];
  #made = 0;

  constructor(options: NetworkOptions) {
    this.#options = options;
  }

  /** Kubernetes as one process sees it. */
  kubernetes(caller: Caller): KubernetesTransport {
    const { api } = this.#options;
    return {
      send: async (request) => {
        const { method, path, body, signal } = request;
        if (request.streaming === true) {
          const link = {
            ...this.#options,
            caller,
            inject: (event: string) => {
              this.#options.observer.onWatchEvent();
              return this.injectWatch(event);
            },
          };
          const call = this.#call(caller, "kubernetes", method, path, body);
          const answer = await this.#exchange(caller, call, signal, () => ({ status: 200, headers: {}, body: "" }));
          if (answer.status !== 200) return responseOf(answer);
          return openWatch(link, request);
        }
        const call = this.#call(caller, "kubernetes", method, path, body);
        const answer = await this.#exchange(caller, call, signal, () => {
          const view = caller.oldView;
          const old = view && call.name.startsWith("LIST") && this.#options.clock.now() < view.until;
          return {
            headers: { "content-type": "application/json" },
            ...(old ? api.listAt(request, view.version) : api.handle(request)),
          };
        });
        return responseOf(answer);
      },
      close: () => Promise.resolve(),
    };
  }

  /** Azure and Entra as one process sees them. */
  azure(caller: Caller): ArmHttpClient {
    const { azure, history } = this.#options;
    return {
      sendRequest: async (request) => {
        const url = new URL(request.url);
        const side = url.host.startsWith("login.") ? "entra" : "azure";
        const body = typeof request.body === "string" ? request.body : undefined;
        const path = url.pathname + url.search;
        const principal = principalOf(request.headers.get("authorization"), body);
        const call = this.#call(caller, side, request.method, path, body, principal, `${url.protocol}//${url.host}`);
        const headers = { ...request.headers.toJSON(), host: url.host };
        const answer = await this.#exchange(caller, call, request.abortSignal, () => {
          history?.note();
          const given = azure.handle({ method: request.method, url: path, headers, body });
          return { status: given.status, headers: given.headers, body: given.body ?? "" };
        });
        const all = new Map(Object.entries(answer.headers));
        const found = {
          get: (name: string) => all.get(name.toLowerCase()),
          has: (name: string) => all.has(name.toLowerCase()),
          toJSON: () => Object.fromEntries(all),
          [Symbol.iterator]: () => all[Symbol.iterator](),
        };
        return { request, status: answer.status, headers: found, bodyAsText: answer.body } as never;
      },
    };
  }

  #call(
    caller: Caller,
    side: Side,
    method: string,
    path: string,
    body: string | undefined,
    principal = "",
    host = "",
  ): Call {
    const call: Call = {
      index: this.#made,
      process: caller.number,
      side,
      host,
      method,
      path,
      body,
      ...classify(side, method, path),
      at: this.#options.clock.now(),
      principal,
    };
    if (caller.isDead()) return call;
    this.#made += 1;
    if (this.#options.forgetsCalls !== true) this.calls.push(call);
    return call;
  }

  async #exchange(caller: Caller, call: Call, signal: AbortLike | undefined, serve: () => Answer): Promise<Answer> {
    const { trace, observer } = this.#options;
    if (caller.isDead()) return await never();
    const fault = this.inject(call);
    if (fault?.kind === "stall") {
      trace.injected(call, faultText(fault));
      caller.stall(fault.ms);
      if (fault.when === "before") {
        await new Promise<void>((resolve) => caller.arrive(resolve));
        if (caller.isDead()) return await never();
        if (signal?.aborted === true) throw reasonOf(signal);
        return await this.#exchange(caller, { ...call, at: this.#options.clock.now() }, signal, serve);
      }
    }
    observer.onSend(call);
    trace.sent(call);
    if (fault && fault.kind !== "stall") trace.injected(call, faultText(fault));
    if (fault?.kind === "meanwhile") fault.happens();
    if (fault?.kind === "crash" && fault.when === "before") {
      caller.kill();
      return await never();
    }
    return await abortable(signal, this.#carry(caller, call, fault, serve), () => observer.onGivenUp?.(call));
  }

  async #carry(caller: Caller, call: Call, fault: Fault | undefined, serve: () => Answer): Promise<Answer> {
    const { trace, observer } = this.#options;
    await (fault?.kind === "late" ? this.#wait(fault.ms) : this.#travel(call, 0));
    const lost = fault && "when" in fault && fault.when === "before";
    if (!lost) observer.onArrive(call);
    let answer: Answer = lost ? { status: 0, headers: {}, body: "" } : serve();
    if (!lost) {
      trace.served(call, answer);
      observer.onServed(call, answer);
    }
    if (fault?.kind === "crash") {
      caller.kill();
      return await never();
    }
    if (fault?.kind === "answer") answer = fault.change(answer, call);
    if (fault?.kind === "slow") fault.meanwhile?.();
    if (fault?.kind === "silence") {
      if (call.side !== "kubernetes") return await never();
      await this.#wait(HEADERS_TIMEOUT_MS);
      throw Object.assign(new Error("Headers Timeout Error"), { code: "UND_ERR_HEADERS_TIMEOUT" });
    }
    await (fault?.kind === "slow" ? this.#wait(fault.ms) : this.#travel(call, 1));
    await new Promise<void>((resolve) => caller.arrive(resolve));
    if (caller.isDead()) return await never();
    if (fault?.kind === "reset") throw Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET" });
    trace.answered(call, answer);
    observer.onAnswer(call, answer);
    return answer;
  }

  /** @param way 0: to the server; 1: back */
  #travel({ side, name }: Call, way: 0 | 1): Promise<void> {
    const [least, spread] = LATENCY[side];
    const { random, putWork = PUT_WORK_MS } = this.#options;
    const more = name === "PUT pool" ? putWork[way] * random() : 0;
    return this.#wait(least + spread * this.#options.random() + more);
  }

  #wait(ms: number): Promise<void> {
    return new Promise((resolve) => void this.#options.clock.timer(ms, resolve));
  }
}

/** What AbortSignal and the SDK's own have in common. */
interface AbortLike {
  readonly aborted: boolean;
  readonly reason?: unknown;
  addEventListener(type: "abort", listener: () => void): void;
  removeEventListener(type: "abort", listener: () => void): void;
}

function reasonOf({ reason }: AbortLike): Error {
  return reason instanceof Error
    ? reason
    : Object.assign(new Error("The operation was aborted."), { name: "AbortError" });
}

/** Gives up on an exchange when the caller does; what is on its way arrives all the same. */
async function abortable(
  signal: AbortLike | undefined,
  exchange: Promise<Answer>,
  onGivenUp: () => void,
): Promise<Answer> {
  if (!signal) return await exchange;
  exchange.catch(() => undefined);
  const { promise, reject } = Promise.withResolvers<never>();
  const abort = (): void => {
    onGivenUp();
    reject(reasonOf(signal));
  };
  if (signal.aborted) abort();
  signal.addEventListener("abort", abort);
  try {
    return await Promise.race([exchange, promise]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}

function responseOf({ status, headers, body }: Answer): Awaited<ReturnType<KubernetesTransport["send"]>> {
  const stream = new ByteStream();
  stream.push(body);
  stream.end();
  return { status, retryAfter: headers["retry-after"], body: stream };
}

/** What somebody waits for who is dead. */
function never(): Promise<never> {
  return new Promise(() => undefined);
}
