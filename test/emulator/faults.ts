import { ArmFault, type EmulatorResponse, answer } from "./http.ts";
import { type Fields, text } from "./json.ts";

/** An answer to give instead of the real one. */
export interface Fault {
  readonly method: string;
  /** Source of a regular expression over the path. */
  readonly pathPattern: string;
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** JSON body. */
  readonly body?: unknown;
  /** How many calls it hits. */
  readonly times: number;
  /** `before`: the call has no effect; `after`: it has, and only its answer is lost. */
  readonly phase?: "before" | "after";
}

/** Faults that tests put in; each is used up by the calls that it hits. */
export class Faults {
  #faults: (Fault & { left: number; readonly pattern: RegExp })[] = [];

  add(fault: Fault): void {
    this.#faults.push({ ...fault, left: fault.times, pattern: new RegExp(fault.pathPattern, "i") });
  }

  clear(): void {
    this.#faults = [];
  }

  /** The answer that replaces the real one for this call, if any. */
  hit(method: string, path: string, phase: "before" | "after"): EmulatorResponse | undefined {
    const fault = this.#faults.find(
      (candidate) =>
        candidate.left > 0 &&
        (candidate.phase ?? "before") === phase &&
        candidate.method === method &&
        candidate.pattern.test(path),
    );
    if (!fault) return undefined;
    fault.left -= 1;
    return answer(fault.status, fault.body, fault.headers);
  }
}

/** @throws ArmFault 400 when the JSON is not a fault */
export function parseFault(body: Fields): Fault {
  const { method, pathPattern, status, times } = body;
  if (
    text(method) === undefined ||
    text(pathPattern) === undefined ||
    typeof status !== "number" ||
    typeof times !== "number"
  ) {
    throw new ArmFault(400, "InvalidFault", "a fault needs method, pathPattern, status and times");
  }
  return body as unknown as Fault;
}
