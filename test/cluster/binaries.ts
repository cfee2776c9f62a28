import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { startChild } from "./processes.ts";

/** The programs of a control plane: command and leading arguments of each. */
export type Component = "etcd" | "kube-apiserver" | "kube-controller-manager" | "kubectl";
export type Binaries = Readonly<Record<Component, readonly [command: string, ...args: string[]]>>;

const COMPONENTS: readonly Component[] = ["etcd", "kube-apiserver", "kube-controller-manager", "kubectl"];
const MODULE = join(import.meta.dirname, "kube");
const KUBERNETES = "v1.36.3";
const OLDEST_GO = [1, 26] as const;
/** A lock older than this belongs to a build that died. */
const STALE_LOCK_MS = 30 * 60_000;

/**
 * Finds the control plane's programs: in $KUBEBUILDER_ASSETS when it is set, the rest from one binary that is built once from Go modules
 * and kept in a cache outside the tree.
 *
 * @throws Error that says what to install when there is no Go, or why the build failed
 */
export async function findBinaries(progress: (line: string) => void, signal?: AbortSignal): Promise<Binaries> {
  const assets = process.env.KUBEBUILDER_ASSETS;
  const given = new Map<Component, string>();
  if (assets !== undefined && assets !== "") {
    for (const component of COMPONENTS)
      if (existsSync(join(assets, component))) given.set(component, join(assets, component));
    if (given.size === 0)
      throw new Error(`KUBEBUILDER_ASSETS is ${assets}, but none of ${COMPONENTS.join(", ")} is there`);
  }
  const lacking = COMPONENTS.filter((component) => !given.has(component));
  if (given.size > 0 && lacking.length > 0)
    progress(`KUBEBUILDER_ASSETS has no ${lacking.join(", ")}: taken from our own build`);
  const built = lacking.length > 0 ? await builtBinary(progress, signal) : "";
  return Object.fromEntries(
    COMPONENTS.map((component) => {
      const path = given.get(component);
      return [component, path === undefined ? [built, component] : [path]];
    }),
  ) as unknown as Binaries;
}

/** The one binary, built now if the cache does not hold it. */
async function builtBinary(progress: (line: string) => void, signal: AbortSignal | undefined): Promise<string> {
  const hash = createHash("sha256");
  for (const file of ["go.mod", "go.sum", "main.go"]) hash.update(readFileSync(join(MODULE, file)));
  const dir = join(cacheDir(), `kube-${KUBERNETES}-${hash.digest("hex").slice(0, 12)}`);
  const binary = join(dir, "kube");
  if (existsSync(binary)) return binary;
  checkGo();
  mkdirSync(dir, { recursive: true });
  const unlock = await lock(join(dir, "lock"), binary, progress, signal);
  try {
    if (!existsSync(binary)) await build(binary, progress, signal);
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

function checkGo(): void {
  const install = `install Go ${OLDEST_GO.join(".")} or newer (https://go.dev/dl), or set KUBEBUILDER_ASSETS to a folder with ${COMPONENTS.join(", ")}`;
  let version: string;
  try {
    version = execFileSync("go", ["env", "GOVERSION"], { encoding: "utf8" }).trim();
  } catch {
    throw new Error(`the test control plane is built with Go, and there is no "go" on the PATH: ${install}`);
  }
  const [major = 0, minor = 0] = (/go(\d+)\.(\d+)/.exec(version) ?? []).slice(1).map(Number);
  if (major < OLDEST_GO[0] || (major === OLDEST_GO[0] && minor < OLDEST_GO[1])) {
    throw new Error(`the test control plane is built with Go, and this is ${version}: ${install}`);
  }
}

/** Takes the lock, waiting for another process that builds the same; its work may make ours needless. */
async function lock(
  file: string,
  binary: string,
  progress: (line: string) => void,
  signal: AbortSignal | undefined,
): Promise<() => void> {
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
      if (!told) progress("another process is building the control plane; waiting for it");
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

async function build(binary: string, progress: (line: string) => void, signal: AbortSignal | undefined): Promise<void> {
  const started = Date.now();
  const temporary = `${binary}.${process.pid}`;
  progress(
    `building etcd and Kubernetes ${KUBERNETES} from Go modules, once for this machine: about 5 minutes on 2 cores`,
  );
  const version = `-X k8s.io/component-base/version.gitVersion=${KUBERNETES} -X k8s.io/component-base/version.gitMajor=1 -X k8s.io/component-base/version.gitMinor=36`;
  let packages = 0;
  let downloads = 0;
  // -v names each package as it is done; no inlining halves the time and is fast enough for tests.
  const go = startChild({
    name: "go build",
    command: "sh",
    args: [
      "-c",
      'exec go build -v -trimpath -gcflags=all=-l -ldflags "$1" -o "$2" . 2>&1',
      "sh",
      `-s -w ${version}`,
      temporary,
    ],
    cwd: MODULE,
    env: { CGO_ENABLED: "0", GOFLAGS: "", GOWORK: "off" },
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
    if (code !== 0) throw new Error(`the control plane could not be built:\n${go.tail()}`);
    renameSync(temporary, binary);
    progress(`built in ${Math.round((Date.now() - started) / 1000)} s`);
  } finally {
    clearInterval(report);
    signal?.removeEventListener("abort", giveUp);
    rmSync(temporary, { force: true });
  }
}
