import { spawnSync, type SpawnSyncReturns } from "node:child_process";
import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";

const DIST = join(import.meta.dirname, "../../dist");
const dir = mkdtempSync(join(tmpdir(), "compile-cache-"));

/** Starts a copy of the bundle as the image's build does. @returns what it says, and what Node says of its cache */
function start(): { readonly code: number | null; readonly help: string; readonly complaints: string; cache: string } {
  const args = ["--optimize-for-size", "--enable-source-maps", join(dir, "operator.js"), "--help"];
  const run = (env: NodeJS.ProcessEnv): SpawnSyncReturns<string> =>
    spawnSync(process.execPath, args, { encoding: "utf8", env: { PATH: process.env.PATH, ...env } });
  const { status, stdout, stderr } = run({});
  const { stderr: cache } = run({ NODE_DEBUG_NATIVE: "COMPILE_CACHE" });
  return { code: status, help: stdout, complaints: stderr, cache };
}

describe("what Node compiled", () => {
  cpSync(DIST, dir, { recursive: true, filter: (source) => !source.includes("compile-cache") });
  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  it("is found at the next start", () => {
    const { code, help, complaints, cache } = start();
    expect([code, complaints]).toEqual([0, ""]);
    expect(help).toContain("Operator for Azure Container Apps session pools.");
    expect(cache).toMatch(/V8 code cache for ESM \S+main-\w+\.js was accepted/);
  });

  it("is not missed where nothing can be written", () => {
    rmSync(join(dir, "compile-cache"), { recursive: true });
    writeFileSync(join(dir, "compile-cache"), "a file where the folder would be");
    const { code, help, complaints } = start();
    expect([code, complaints]).toEqual([0, ""]);
    expect(help).toContain("Operator for Azure Container Apps session pools.");
  });
});
