import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect, it } from "vitest";

/** What a process says that listens to a signal, gets it while it is busy, and then has another listen. */
const BUSY = `
  const { listenInstead } = await import(${JSON.stringify(join(import.meta.dirname, "../../src/signals.ts"))});
  process.on(process.env.SEND, () => console.log("the first"));
  const wait = setTimeout(() => console.log("nobody is told"), 5_000);
  process.kill(process.pid, process.env.SEND);
  listenInstead(process.env.SEND, () => {
    clearTimeout(wait);
    console.log("the second,", process.listenerCount(process.env.SEND), "left");
  });
`;

it.each(["SIGTERM", "SIGINT"])(
  "a %s that comes while the process is busy is told to who listens then, once",
  (SEND) => {
    const { stdout, status } = spawnSync(process.execPath, ["--input-type=module", "--eval", BUSY], {
      env: { SEND },
      encoding: "utf8",
    });
    expect([stdout, status]).toEqual(["the second, 0 left\n", 0]);
  },
);
