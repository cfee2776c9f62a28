import { describe, expect, it } from "vitest";
import { bench } from "../../bench/command.ts";

async function run(...args: readonly string[]): Promise<{ code: number; printed: string; told: string }> {
  let [printed, told] = ["", ""];
  const code = await bench(args, { print: (text) => (printed += text), tell: (text) => (told += text) });
  return { code, printed, told };
}

describe("the bench's command line", () => {
  it.each<[args: string, message: string]>([
    ["", "what is to be measured is missing: scale or footprint"],
    ["scales --pools 100", '"scales" cannot be measured: there are only scale or footprint'],
    ["toString", '"toString" cannot be measured'],
    ["--json scale", '"--json" cannot be measured'],
    ["scale more --pools 100", "Unexpected argument 'more'"],
    ["scale", "--pools is missing"],
    ["scale --pools 9", '--pools is "9": it must be a whole number from 10 to 100000'],
    ["scale --pools 100001", '--pools is "100001"'],
    ["scale --pools 1e3", '--pools is "1e3"'],
    ["scale --pools=-5", '--pools is "-5"'],
    ["scale --pools 100 --seed x", '--seed is "x"'],
    ["scale --pools 100 --page-size 0", '--page-size is "0"'],
    ["scale --pools 100 --storm-pools 1", '--storm-pools is "1"'],
    ["scale --pools 100 --color", "Unknown option '--color'"],
    ["footprint --many 99", '--many is "99": it must be a whole number from 100 to 100000'],
    ["footprint --starts 0", '--starts is "0"'],
    ["footprint --rounds x", '--rounds is "x"'],
    ["footprint --pools 100", "Unknown option '--pools'"],
    ["footprint -- --concurrency 0", '--concurrency: "0" is not a number from 1 to 1000'],
    ["scale --pools 100 -- --concurrency 0", '--concurrency: "0" is not a number from 1 to 100'],
  ])("refuses %j", async (args, message) => {
    const { code, printed, told } = await run(...args.split(" ").filter((arg) => arg !== ""));
    expect({ code, printed }).toEqual({ code: 2, printed: "" });
    expect(told).toContain(message);
    expect(told).toContain("npm run bench -- --help");
  });

  it.each<[args: string, text: string]>([
    ["--help", "npm run bench -- footprint ..."],
    ["-h", "npm run bench -- footprint ..."],
    ["scale --help", "--pools N"],
    ["scale --pools 100 -h", "--pools N"],
    ["footprint --help", "--many N"],
  ])("explains itself with %j", async (args, text) => {
    const { code, printed } = await run(...args.split(" "));
    expect(code).toBe(0);
    expect(printed).toContain(text);
  });
});
