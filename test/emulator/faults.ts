import { ArmFault, type EmulatorResponse, answer } from "./http.ts";
import { type Fields, fields } from "./json.ts";

/** An answer to give instead of the real one. */
export interface Fault {
  readonly method: string;
  /** Source of a regular expression over the path; case does not matter. */
  readonly pathPattern: string;
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** JSON body. */
  readonly body?: unknown;
  /** How many calls it hits. */
  readonly times: number;
  /** `before` (when left out): the call has no effect; `after`: it has, and only its answer is lost. */
  readonly phase?: "before" | "after";
}

/** Faults that tests put in; each is used up by the calls that it hits, the oldest first. */
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

/** What each member of a fault must be; `body` may be anything. */
const CHECKS: Readonly<Record<string, (value: unknown) => boolean>> = {
  method: (value) => typeof value === "string",
  pathPattern: isPattern,
  status: (value) => Number.isInteger(value) && Number(value) >= 200 && Number(value) <= 599,
  times: (value) => Number.isInteger(value) && Number(value) > 0,
  headers: (value) => value === undefined || Object.values(fields(value)).every((entry) => typeof entry === "string"),
  phase: (value) => value === undefined || value === "before" || value === "after",
};

/** @throws ArmFault 400 that names the members that are missing or wrong */
export function parseFault(body: Fields): Fault {
  const wrong = Object.entries(CHECKS).filter(([key, check]) => !check(body[key]));
  if (wrong.length > 0) {
    throw new ArmFault(
      400,
      "InvalidFault",
      `a fault is {method, pathPattern, status, times, headers?, body?, phase?: before | after}; missing or wrong: ${wrong.map(([key]) => key).join(", ")}`,
    );
  }
  return body as unknown as Fault;
}

function isPattern(value: unknown): boolean {
  if (typeof value !== "string") return false;
  try {
    return new RegExp(value, "i") instanceof RegExp;
  } catch {
    return false;
  }
}
