import type { Answer, Call } from "./calls.ts";

/** What goes wrong with one call. */
export type Fault =
  /** The operator is killed: before the call leaves it, or once the server has done what was asked. */
  | { readonly kind: "crash"; readonly when: "before" | "after" }
  /** Another answer than the server's; `before`: the server never sees the call. */
  | {
      readonly kind: "answer";
      readonly when: "before" | "after";
      readonly change: (answer: Answer, call: Call) => Answer;
    }
  /** The connection breaks. */
  | { readonly kind: "reset"; readonly when: "before" | "after" }
  /** Nothing comes back, ever. */
  | { readonly kind: "silence"; readonly when: "before" | "after" }
  /** The answer takes so long, in milliseconds; meanwhile something may happen in the world. */
  | { readonly kind: "slow"; readonly ms: number; readonly meanwhile?: () => void }
  /** The call takes so long to the server, in milliseconds. */
  | { readonly kind: "late"; readonly ms: number }
  /** The process does not get to run for so long, in milliseconds: with the call about to leave it, or just sent. */
  | { readonly kind: "stall"; readonly when: "before" | "after"; readonly ms: number }
  /** Something happens in the world just before the call leaves. */
  | { readonly kind: "meanwhile"; readonly happens: () => void };

/** Decides what goes wrong with a call; asked once for each. */
export type Injector = (call: Call) => Fault | undefined;

/** A refusal as each side words it, which says nothing untrue about what exists. */
function refusal(status: number, headers: Readonly<Record<string, string>> = {}): Fault {
  return { kind: "answer", when: "before", change: (_answer, call) => refused(call, status, headers) };
}

function refused({ side }: Call, status: number, headers: Readonly<Record<string, string>>): Answer {
  const json = { "content-type": "application/json" };
  const message = `injected ${status}`;
  const reasons: Readonly<Record<number, string>> = {
    401: "Unauthorized",
    403: "Forbidden",
    404: "NotFound",
    409: "Conflict",
    429: "TooManyRequests",
    503: "ServiceUnavailable",
  };
  if (side === "kubernetes") {
    // A 404 of a path, as a server says that does not serve the kind (yet): no word about the object.
    if (status === 404)
      return { status, headers: { "content-type": "text/plain", ...headers }, body: "404 page not found\n" };
    const body = {
      kind: "Status",
      apiVersion: "v1",
      metadata: {},
      status: "Failure",
      reason: reasons[status] ?? "InternalError",
      message,
      code: status,
    };
    return { status, headers: { ...json, ...headers }, body: JSON.stringify(body) };
  }
  if (side === "entra") {
    const body = {
      error: status === 401 ? "invalid_client" : "temporarily_unavailable",
      error_description: `AADSTS90033: ${message}`,
    };
    return { status, headers: { ...json, ...headers }, body: JSON.stringify(body) };
  }
  const code = status === 404 ? "SubscriptionNotFound" : `Injected${status}`;
  return { status, headers: { ...json, ...headers }, body: JSON.stringify({ error: { code, message } }) };
}

/** The server does what was asked, and its answer arrives changed. */
function spoiled(change: (answer: Answer, call: Call) => Answer): Fault {
  return { kind: "answer", when: "after", change };
}

/** Azure quotes what it was sent: a secret's value must not get from there to anywhere. */
const quoting: Fault = {
  kind: "answer",
  when: "before",
  change: (_answer, call) => {
    const message = `The request content was invalid: ${call.body ?? call.path}`;
    const answer = refused(call, 400, {});
    return {
      ...answer,
      body: answer.body
        .replace('"injected 400"', JSON.stringify(message))
        .replace("AADSTS90033: injected 400", message.slice(0, 20)),
    };
  },
};

/** Every fault of campaign R3, by name. */
export const FAULTS: Readonly<Record<string, Fault>> = {
  "400": refusal(400),
  "400 quoting": quoting,
  "401": refusal(401),
  "403": refusal(403),
  "404": refusal(404),
  "409": refusal(409),
  "412": refusal(412),
  "429": refusal(429),
  "429 for 40 s": refusal(429, { "retry-after": "40" }),
  "500": refusal(500),
  "502": refusal(502),
  "503 for 20 s": refusal(503, { "retry-after": "20" }),
  "504": refusal(504),
  "reset before": { kind: "reset", when: "before" },
  "reset after": { kind: "reset", when: "after" },
  "timeout before": { kind: "silence", when: "before" },
  "timeout after": { kind: "silence", when: "after" },
  slow: { kind: "slow", ms: 9_000 },
  truncated: spoiled((answer) => ({ ...answer, body: answer.body.slice(0, Math.floor(answer.body.length / 2)) })),
  html: {
    kind: "answer",
    when: "before",
    change: () => ({
      status: 200,
      headers: { "content-type": "text/html" },
      body: "<html><body>Sign in to the network</body></html>",
    }),
  },
  "wrong content type": spoiled((answer) => ({
    ...answer,
    headers: { ...answer.headers, "content-type": "text/plain" },
  })),
  "empty body": spoiled((answer) => ({ ...answer, status: 200, body: "" })),
};

/** A fault in a few words, for the trace. */
export function faultText(fault: Fault): string {
  switch (fault.kind) {
    case "crash":
      return fault.when === "before"
        ? "the operator is killed before the call leaves"
        : "the operator is killed once the server has done it";
    case "answer":
      return fault.when === "before"
        ? "another answer; the server never sees the call"
        : "the server does it, and another answer arrives";
    case "reset":
      return fault.when === "before"
        ? "the connection breaks before the server sees the call"
        : "the server does it, and the connection breaks";
    case "silence":
      return fault.when === "before"
        ? "the call is lost, and nothing comes back"
        : "the server does it, and nothing comes back";
    case "slow":
      return `the answer takes ${fault.ms} ms`;
    case "late":
      return `the call takes ${fault.ms} ms to the server`;
    case "stall":
      return `the process stands still for ${fault.ms} ms, ${fault.when === "before" ? "with the call about to leave" : "the call just sent"}`;
    case "meanwhile":
      return "something else happens first";
  }
}
