import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";

/** A child process that ends when it is told to, or with this process. */
export interface Child {
  readonly name: string;
  readonly pid: number;
  /** The last lines that it wrote, both streams. */
  tail(): string;
  /** Exit code, or `undefined` while it runs; a signal counts as 128. */
  readonly exitCode: number | undefined;
  /** Resolves with the exit code when it has ended. */
  readonly ended: Promise<number>;
  /** Sends `signal`, and SIGKILL when it has not ended `graceMs` later; resolves with the exit code. */
  stop(signal?: NodeJS.Signals, graceMs?: number): Promise<number>;
}

export interface ChildOptions {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  /** Writes both streams to this file instead of to us, so that the child can outlive this process. */
  readonly logFile?: string;
  /** Only `env`, PATH and HOME, nothing else of this process's environment. */
  readonly bareEnv?: boolean;
  /** Called with each line of standard output, unless there is a log file. */
  readonly onLine?: (line: string) => void;
}

const TAIL_LINES = 40;
const running = new Set<ChildProcess>();
let guarded = false;

/** Starts a child in a process group of its own, so that Ctrl-C reaches only the parent, which then stops its children in order. */
export function startChild(options: ChildOptions): Child {
  guard();
  const lines: string[] = [];
  const { logFile, bareEnv = false } = options;
  const output = logFile === undefined ? "pipe" : openSync(logFile, "a");
  const { PATH, HOME } = process.env;
  const child = spawn(options.command, [...options.args], {
    detached: true,
    stdio: ["ignore", output, output],
    env: { ...(bareEnv ? { PATH, HOME } : process.env), ...options.env },
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  });
  if (typeof output === "number") closeSync(output);
  running.add(child);
  const keep = (line: string): void => {
    lines.push(line);
    if (lines.length > TAIL_LINES) lines.shift();
  };
  eachLine(child.stdout, (line) => {
    keep(line);
    options.onLine?.(line);
  });
  eachLine(child.stderr, keep);
  let exitCode: number | undefined;
  const ended = new Promise<number>((resolve) => {
    const finish = (code: number): void => {
      exitCode = code;
      running.delete(child);
      resolve(code);
    };
    child.once("error", (error) => {
      keep(error.message);
      finish(127);
    });
    child.once("close", (code, signal) => finish(code ?? (signal ? 128 : 1)));
  });
  return {
    name: options.name,
    pid: child.pid ?? 0,
    tail: () =>
      (logFile === undefined ? lines : readFileSync(logFile, "utf8").trimEnd().split("\n").slice(-TAIL_LINES)).join(
        "\n",
      ),
    get exitCode() {
      return exitCode;
    },
    ended,
    stop: async (signal = "SIGTERM", graceMs = 10_000) => {
      if (exitCode === undefined) signalGroup(child, signal);
      const kill = setTimeout(() => signalGroup(child, "SIGKILL"), graceMs);
      const code = await ended;
      clearTimeout(kill);
      return code;
    },
  };
}

/** Lets the children started so far, which write to log files, outlive this process. */
export function releaseChildren(): void {
  for (const child of running) child.unref();
  running.clear();
}

/**
 * Calls `probe` until it returns true.
 *
 * @throws Error when a child that is needed for it ends, or after `timeoutMs`
 */
export async function waitUntil(
  what: string,
  timeoutMs: number,
  children: readonly Child[],
  probe: () => Promise<boolean>,
  signal?: AbortSignal,
): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!(await probe())) {
    signal?.throwIfAborted();
    const dead = children.find((child) => child.exitCode !== undefined);
    if (dead) throw new Error(`${dead.name} ended with code ${dead.exitCode}:\n${dead.tail()}`);
    if (Date.now() > deadline)
      throw new Error(`${what}: not within ${timeoutMs / 1000} s\n${children.map((child) => child.tail()).join("\n")}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, signal);
  } catch {
    // It has just ended.
  }
}

/** However this process ends, no child is left behind. */
function guard(): void {
  if (guarded) return;
  guarded = true;
  process.once("exit", () => {
    for (const child of running) signalGroup(child, "SIGKILL");
  });
  // A signal that nobody else handles ends the process without an exit event.
  for (const [name, code] of [
    ["SIGINT", 130],
    ["SIGTERM", 143],
    ["SIGHUP", 129],
  ] as const) {
    process.on(name, () => {
      if (process.listenerCount(name) === 1) process.exit(code);
    });
  }
}

function eachLine(stream: NodeJS.ReadableStream | null, take: (line: string) => void): void {
  let rest = "";
  stream?.setEncoding("utf8");
  stream?.on("data", (chunk: string) => {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) take(line);
  });
}
