import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { startChild } from "./processes.ts";

/** A program that Go builds once for this machine. */
export interface GoBuild {
  /** What is built, for people. */
  readonly what: string;
  /** How long that takes on 2 cores, for people. */
  readonly takes: string;
  /** Name of its folder in the cache: another one for each version. */
  readonly folder: string;
  /** Name of the program. */
  readonly binary: string;
  /** Arguments of `go`, to write the program to a path whose last part is {@link binary}. */
  readonly go: (path: string) => readonly string[];
  readonly cwd?: string;
  /** What to do when there is no Go, besides installing it. */
  readonly otherwise?: string;
  readonly progress: (line: string) => void;
  /** Gives up, also half way through. */
  readonly signal?: AbortSignal;
}

const OLDEST_GO = [1, 26] as const;
/** A lock older than this belongs to a build that died. */
const STALE_LOCK_MS = 30 * 60_000;

/**
 * The path of a program, built now if the cache outside the tree does not hold it.
 *
 * @throws Error that says what to install when there is no Go, or why the build failed
 */
export async function builtOnce(options: GoBuild): Promise<string> {
  const dir = join(cacheDir(), options.folder);
  const binary = join(dir, options.binary);
  if (existsSync(binary)) return binary;
  checkGo(options);
  mkdirSync(dir, { recursive: true });
  const unlock = await lock(join(dir, "lock"), binary, options);
  try {
    if (!existsSync(binary)) await build(dir, binary, options);
  } finally {
    unlock();
  }
  return binary;
}

/** Where builds are kept between runs. */
function cacheDir(): string {
  return (
    process.env.SESSIONPOOL_CACHE_DIR ??
    join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "sessionpool-operator")
  );
}

function checkGo({ what, otherwise }: GoBuild): void {
  const or = otherwise === undefined ? "" : `, or ${otherwise}`;
  const install = `install Go ${OLDEST_GO.join(".")} or newer (https://go.dev/dl)${or}`;
  let version: string;
  try {
    version = execFileSync("go", ["env", "GOVERSION"], { encoding: "utf8" }).trim();
  } catch {
    throw new Error(`${what} is built with Go, and there is no "go" on the PATH: ${install}`);
  }
  const [major = 0, minor = 0] = (/go(\d+)\.(\d+)/.exec(version) ?? []).slice(1).map(Number);
  if (major < OLDEST_GO[0] || (major === OLDEST_GO[0] && minor < OLDEST_GO[1])) {
    throw new Error(`${what} is built with Go, and this is ${version}: ${install}`);
  }
}

/** Takes the lock, waiting for another process that builds the same; its work may make ours needless. */
async function lock(file: string, binary: string, { what, progress, signal }: GoBuild): Promise<() => void> {
  let told = false;
  for (;;) {
    signal?.throwIfAborted();
    try {
      writeFileSync(file, String(process.pid), { flag: "wx" });
      return () => rmSync(file, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      if (existsSync(binary)) return () => {};
      if (holderIsGone(file)) {
        rmSync(file, { force: true });
        continue;
      }
      if (!told) progress(`another process is building ${what}; waiting for it`);
      told = true;
      await new Promise((resolve) => setTimeout(resolve, 1000));
    }
  }
}

function holderIsGone(file: string): boolean {
  try {
    const pid = Number(readFileSync(file, "utf8"));
    if (Date.now() - statSync(file).mtimeMs > STALE_LOCK_MS) return true;
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ESRCH";
  }
}

async function build(dir: string, binary: string, options: GoBuild): Promise<void> {
  const { what, takes, cwd, progress, signal } = options;
  const started = Date.now();
  // In a folder of its own: it has its name before it is whole.
  const unfinished = join(dir, `unfinished.${process.pid}`);
  const temporary = join(unfinished, options.binary);
  progress(`building ${what} from Go modules, once for this machine: ${takes} on 2 cores`);
  let packages = 0;
  let downloads = 0;
  const go = startChild({
    name: "go build",
    command: "sh",
    // One stream, so that every line is counted.
    args: ["-c", 'exec go "$@" 2>&1', "sh", ...options.go(temporary)],
    ...(cwd === undefined ? {} : { cwd }),
    env: { CGO_ENABLED: "0", GOFLAGS: "", GOWORK: "off", GOBIN: unfinished },
    onLine: (line) => {
      if (line.startsWith("go: downloading")) downloads += 1;
      else packages += 1;
    },
  });
  const giveUp = (): void => void go.stop();
  signal?.addEventListener("abort", giveUp, { once: true });
  const report = setInterval(() => {
    const seconds = Math.round((Date.now() - started) / 1000);
    progress(`  ${seconds} s: ${downloads} modules downloaded, ${packages} packages compiled`);
  }, 10_000);
  try {
    const code = await go.ended;
    signal?.throwIfAborted();
    if (code !== 0) throw new Error(`${what} could not be built:\n${go.tail()}`);
    renameSync(temporary, binary);
    progress(`built in ${Math.round((Date.now() - started) / 1000)} s`);
  } finally {
    clearInterval(report);
    signal?.removeEventListener("abort", giveUp);
    rmSync(unfinished, { recursive: true, force: true });
  }
}
