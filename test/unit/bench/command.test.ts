import { describe, expect, it } from "vitest";
import { bench } from "../../bench/command.ts";

async function run(...args: readonly string[]): Promise<{ code: number; printed: string; told: string }> {
  let [printed, told] = ["", ""];
  const code = await bench(args, { print: (text) => (printed += text), tell: (text) => (told += text) });
  return { code, printed, told };
}

describe("the bench's command line", () => {
  it.each<[args: string, message: string]>([
    ["", "what is to be measured is missing: scale"],
    ["scales --pools 100", '"scales" cannot be measured: there is only scale'],
    ["scale more --pools 100", '"scale more" cannot be measured'],
    ["scale", "--pools is missing"],
    ["scale --pools 9", '--pools is "9": it must be a whole number from 10 to 100000'],
    ["scale --pools 100001", '--pools is "100001"'],
    ["scale --pools 1e3", '--pools is "1e3"'],
    ["scale --pools=-5", '--pools is "-5"'],
    ["scale --pools 100 --seed x", '--seed is "x"'],
    ["scale --pools 100 --page-size 0", '--page-size is "0"'],
    ["scale --pools 100 --storm-pools 1", '--storm-pools is "1"'],
    ["scale --pools 100 --color", "Unknown option '--color'"],
    ["scale --pools 100 -- --concurrency 0", '--concurrency: "0" is not a number from 1 to 100'],
  ])("refuses %j", async (args, message) => {
    const { code, printed, told } = await run(...args.split(" ").filter((arg) => arg !== ""));
    expect({ code, printed }).toEqual({ code: 2, printed: "" });
    expect(told).toContain(message);
    expect(told).toContain("npm run bench -- --help");
  });

  it.each(["--help", "-h"])("explains itself with %s", async (flag) => {
    const { code, printed } = await run(flag);
    expect(code).toBe(0);
    expect(printed).toContain("--pools N");
  });
});
