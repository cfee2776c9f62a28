import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect, it } from "vitest";

/** Runs in the operator's process: sends a signal when the first module after start.ts is looked for. */
const TELL = `import{registerHooks as r}from"node:module";let s=false;r({load(u,c,n){if(!s&&u.includes("/main-")){s=true;process.kill(process.pid,process.env.SEND)}return n(u,c)}})`;

it.each(["SIGTERM", "SIGINT"])(
  "a %s while the operator is still loaded is not lost, and ends nothing by force",
  (SEND) => {
    const preload = `--import=data:text/javascript,${encodeURIComponent(TELL)}`;
    const bundle = join(import.meta.dirname, "../../dist/operator.js");
    const { status, signal } = spawnSync(process.execPath, [preload, bundle, "--help"], { env: { SEND } });
    expect([status, signal]).toEqual([0, null]);
  },
);
