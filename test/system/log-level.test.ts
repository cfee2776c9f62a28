import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { type LogLine, startOperator } from "../cluster/operator.ts";
import { waitUntil } from "../cluster/processes.ts";
import { isReady, customPool, startWorld } from "./world.ts";

const DEBUG = 20;
const SIGUSR1_BIT = 1n << 9n;

/** Waits, without letting anything else happen, until the process does something with SIGUSR1 itself: else it would end it. */
function untilItCatches(pid: number): void {
  for (;;) {
    const [, caught = "0"] = /^SigCgt:\s*([0-9a-f]+)$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
    if ((BigInt(`0x${caught}`) & SIGUSR1_BIT) !== 0n) return;
  }
}

it("kill -USR1 shows what the operator does, until the next", async () => {
  const world = await startWorld({ args: ["--log-level=info"] });
  try {
    const { operator } = world;
    const logs = (): readonly LogLine[] => operator.logs();
    const debugLines = (): number => logs().filter(({ level }) => level === DEBUG).length;
    const signal = async (to: string): Promise<void> => {
      process.kill(operator.pid, "SIGUSR1");
      await waitUntil(`the level is ${to}`, 10_000, [], async () =>
        Promise.resolve(logs().findLast(({ logLevel }) => logLevel !== undefined)?.logLevel === to),
      );
    };
    const live = async (name: string): Promise<void> => {
      await world.apply(customPool(name));
      await world.until(name, "Ready", isReady);
    };
    await live("quiet");
    expect(debugLines()).toBe(0);
    await signal("debug");
    await live("shown");
    expect(logs()).toContainEqual(expect.objectContaining({ level: DEBUG, key: `${world.namespace}/shown` }));
    await signal("info");
    const before = debugLines();
    await live("quiet-again");
    expect(debugLines()).toBe(before);
  } finally {
    await world.stop();
  }
});

it("a signal while the operator starts opens no debugger, and ends nothing", async () => {
  const world = await startWorld();
  try {
    const replica = await startOperator({
      cluster: world.cluster,
      emulator: world.emulator,
      onSpawn: ({ pid }) => {
        untilItCatches(pid);
        process.kill(pid, "SIGUSR1");
      },
    });
    await replica.stop();
    expect(replica.logs().map(({ msg }) => msg)).toContain(
      "Starting inspector on 192.0.2.1:9229 failed: address not available",
    );
    expect(replica.logs().filter(({ msg }) => msg?.startsWith("Debugger listening"))).toEqual([]);
  } finally {
    await world.stop();
  }
});
