import { createHash } from "node:crypto";
import type { Answer, Call } from "./calls.ts";

/** Longest body that a line shows. */
const WIDTH = 220;

/** Everything that happened in a run, a line each, for a person who looks for what broke. */
export class Trace {
  readonly #now: () => number;
  readonly #start: number;
  readonly lines: string[] = [];

  /** @param now milliseconds since the epoch */
  constructor(now: () => number) {
    this.#now = now;
    this.#start = now();
  }

  /** A hash of all of it: two runs of a seed have the same. */
  get digest(): string {
    return createHash("sha256").update(this.lines.join("\n")).digest("hex");
  }

  sent(call: Call): void {
    this.#add(call.process, `#${call.index} → ${call.name} ${call.about}${bodyOf(call)}`);
  }

  served({ index, process }: Call, { status }: Answer): void {
    this.#add(process, `#${index} · done by the server: ${status}`);
  }

  answered({ index, process, name }: Call, { status, headers, body }: Answer): void {
    const wait = headers["retry-after"] === undefined ? "" : ` Retry-After ${headers["retry-after"]}`;
    this.#add(process, `#${index} ← ${status}${wait}${name === "POST token" ? "" : shown(body)}`);
  }

  injected({ index, process }: Call, what: string): void {
    this.#add(process, `#${index} ✗ injected: ${what}`);
  }

  watched(process: number, line: string): void {
    this.#add(process, `⇐ ${line.slice(0, 400).replace(/"managedFields".*/, "…")}`.slice(0, WIDTH));
  }

  /** The operator's log, or what happened to its process. */
  note(process: number, text: string): void {
    this.#add(process, text);
  }

  /** What somebody else did. */
  actor(who: string, text: string): void {
    this.lines.push(`${this.#time()} ${who.padEnd(6)} ${text}`);
  }

  /** A property that does not hold. */
  broken(property: string, text: string): void {
    this.lines.push(`${this.#time()} !!!!!! ${property}: ${text}`);
  }

  #add(process: number, text: string): void {
    this.lines.push(`${this.#time()} op${String(process).padEnd(4)} ${text}`);
  }

  #time(): string {
    return ((this.#now() - this.#start) / 1000).toFixed(3).padStart(10);
  }
}

/** What the parts of a world tell of what happens. */
export type TraceSink = Pick<Trace, "sent" | "served" | "answered" | "injected" | "watched" | "note">;

const nothing = (): void => undefined;

/** Keeps nothing, for worlds in which too much happens. */
export const silentTrace: TraceSink = {
  sent: nothing,
  served: nothing,
  answered: nothing,
  injected: nothing,
  watched: nothing,
  note: nothing,
};

function bodyOf({ name, body }: Call): string {
  if (body === undefined || name === "POST token") return "";
  return shown(body);
}

function shown(body: string): string {
  if (body === "") return "";
  const text = body.replaceAll(/\s+/g, " ");
  return ` ${text.length > WIDTH ? `${text.slice(0, WIDTH)}…(${text.length})` : text}`;
}
