import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { customPool, isReady, startWorld } from "./world.ts";

/** Runs in the operator's process: writes at its end which of Node's modules were loaded. */
const TELL =
  'import{writeFileSync as w}from"node:fs";process.on("exit",()=>w(process.env.LOADED,process.moduleLoadList.join("\\n")))';

it("Node's own fetch, WebSockets and FormData are never loaded while pools are made, changed and deleted", async () => {
  const dir = mkdtempSync(join(tmpdir(), "left-out-"));
  const file = join(dir, "loaded");
  const preload = `--import=data:text/javascript,${encodeURIComponent(TELL)}`;
  const world = await startWorld({ env: { NODE_OPTIONS: preload, LOADED: file } });
  try {
    await world.apply(customPool("alpha"));
    await world.until("alpha", "Ready", isReady);
    await world.edit("alpha", { scaleConfiguration: { maxConcurrentSessions: 20 } });
    await world.until("alpha", "changed", (shown) => isReady(shown) && world.azureCalls("PUT", "alpha").length === 2);
    await world.remove("alpha");
    await world.restartOperator();
    const loaded = readFileSync(file, "utf8").split("\n");
    expect(loaded).toContain("NativeModule https");
    expect(loaded.filter((module) => module.includes("undici"))).toEqual([]);
  } finally {
    await world.stop();
    rmSync(dir, { recursive: true });
  }
});
