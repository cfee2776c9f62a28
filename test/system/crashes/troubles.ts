import type { Trouble } from "./fault-proxy.ts";
import type { Point } from "./points.ts";

/** A trouble as test titles name it. */
type Named = readonly [name: string, trouble: (point: Point) => Trouble];

/** The operator dies of SIGKILL around a call. */
export const CRASHES: readonly Named[] = [
  ["before", () => ({ kind: "kill", when: "before" })],
  ["after", () => ({ kind: "kill", when: "after" })],
];

const HTML = "<!DOCTYPE html><html><body><h1>Sign in to the network</h1></body></html>";

/** What servers, proxies and lines do to one call. */
export const FAULTS: readonly Named[] = [
  ["500", (point) => refusal(point, 500, "InternalServerError")],
  ["503 with Retry-After", (point) => refusal(point, 503, "ServiceUnavailable", { "retry-after": "1" })],
  ["429 with Retry-After", (point) => refusal(point, 429, "TooManyRequests", { "retry-after": "1" })],
  ["403", (point) => refusal(point, 403, "Forbidden")],
  ["a reset before the server saw it", () => ({ kind: "reset", when: "before" })],
  ["a reset after the server answered", () => ({ kind: "reset", when: "after" })],
  ["half an answer", () => ({ kind: "truncate" })],
  // With 200, as a captive portal does it: a client that looks at the status alone takes it for success.
  ["HTML", () => ({ kind: "instead", status: 200, headers: { "content-type": "text/html" }, body: HTML })],
];

/** A refusal in the words of the server that is asked. */
function refusal({ world }: Point, status: number, code: string, headers = {}): Trouble {
  const message = "not now";
  const body =
    world === "azure"
      ? { error: { code, message } }
      : { kind: "Status", apiVersion: "v1", status: "Failure", reason: code, message, code: status };
  return {
    kind: "instead",
    status,
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(body),
  };
}
