import { execFile, spawn } from "node:child_process";
import { cp, mkdtemp, readdir, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const ROOT = join(import.meta.dirname, "..", "..");
const PATCHES = join(import.meta.dirname, "mutants");
/** What a run needs of the tree. */
const PARTS = ["src", "test", "crds", "package.json", "tsconfig.json"];
const run = promisify(execFile);

/** Whether a mutant of the operator was noticed. */
export interface MutantResult {
  readonly name: string;
  readonly caught: boolean;
}

/** Applies each patch to a copy of the tree and runs the simulation there until something breaks. */
export async function tryMutants(progress: (line: string) => void): Promise<readonly MutantResult[]> {
  const patches = (await readdir(PATCHES)).filter((file) => file.endsWith(".patch")).sort();
  const results: MutantResult[] = [];
  for (const patch of patches) {
    const dir = await mkdtemp(join(tmpdir(), "sessionpool-mutant-"));
    try {
      for (const part of PARTS) await cp(join(ROOT, part), join(dir, part), { recursive: true });
      await symlink(join(ROOT, "node_modules"), join(dir, "node_modules"));
      await run("git", ["apply", join(PATCHES, patch)], {
        cwd: dir,
        env: { ...process.env, GIT_CEILING_DIRECTORIES: tmpdir() },
      });
      const { code, broken } = await simulate(dir);
      // Another end than "a promise was broken" catches nothing: the mutant may not even run.
      const caught = code === 1 && broken.length > 0;
      results.push({ name: patch, caught });
      progress(`${caught ? "caught  " : "MISSED  "} ${patch}: ${broken[0] ?? `ended with ${code}`}`);
    } finally {
      await rm(dir, { recursive: true, force: true });
    }
  }
  return results;
}

function simulate(dir: string): Promise<{ readonly code: number | null; readonly broken: readonly string[] }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ["test/simulation/main.ts", "--first", "--seeds", "60"], {
      cwd: dir,
      stdio: ["ignore", "ignore", "pipe"],
    });
    let text = "";
    child.stderr.on("data", (chunk: Buffer) => (text += chunk.toString("utf8")));
    child.once("error", reject);
    child.once("close", (code) =>
      resolve({ code, broken: text.split("\n").filter((line) => /^BROKEN P\d/.test(line)) }),
    );
  });
}
