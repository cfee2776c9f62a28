import { describe, expect, it } from "vitest";
import { soakCommand } from "../../soak/command.ts";

async function run(...args: readonly string[]): Promise<{ code: number; printed: string; told: string }> {
  let [printed, told] = ["", ""];
  const code = await soakCommand(args, {
    print: (text) => (printed += text),
    tell: (text) => (told += text),
    // Whoever begins to start something all the same gives up at once.
    signal: AbortSignal.abort(),
  });
  return { code, printed, told };
}

describe("the soak's command line", () => {
  it.each<[args: string, message: string]>([
    ["", "--minutes is missing"],
    ["--minutes 1", '--minutes is "1": it must be a whole number from 2 to 1440'],
    ["--minutes 1441", '--minutes is "1441"'],
    ["--minutes 2h", '--minutes is "2h"'],
    ["--minutes 2 --resources 19", '--resources is "19": it must be a whole number from 20 to 10000'],
    ["--minutes 2 --seed x", '--seed is "x"'],
    ["--minutes 2 --color", "Unknown option '--color'"],
    ["2", "Unexpected argument '2'"],
    ["--minutes 2 -- --concurrency 0", '--concurrency: "0" is not a number from 1 to 1000'],
  ])("refuses %j", async (args, message) => {
    const { code, printed, told } = await run(...args.split(" ").filter((arg) => arg !== ""));
    expect({ code, printed }).toEqual({ code: 2, printed: "" });
    expect(told).toContain(message);
    expect(told).toContain("npm run soak -- --help");
  });

  it.each(["--help", "-h"])("explains itself with %s", async (flag) => {
    const { code, printed } = await run(flag);
    expect(code).toBe(0);
    expect(printed).toContain("--minutes M");
  });
});
