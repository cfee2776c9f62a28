import { describe, expect, it } from "vitest";
import { importBody, runCommand } from "./import-run.ts";

const SUBSCRIPTION = "00000000-0000-0000-0000-000000000000";

describe("a wrong call", () => {
  it.each<[story: string, args: readonly string[], words: string]>([
    ["with nothing to read", [], "name a subscription with --subscription UUID, or a file with --from FILE"],
    ["with a subscription that is none", ["--subscription", "mine"], 'the subscription "mine" is not a UUID'],
    ["with a name alone", ["--subscription", SUBSCRIPTION, "--name", "alpha"], "--name alpha needs --resource-group"],
    [
      "with a group that is a path",
      ["--subscription", SUBSCRIPTION, "--resource-group", ".."],
      '--resource-group ".." is not',
    ],
    [
      "with a name that is a path",
      ["--subscription", SUBSCRIPTION, "--resource-group", "rg", "--name", "a/b"],
      '--name "a/b" is not',
    ],
    [
      "with a file and a subscription",
      ["--from", "x", "--subscription", SUBSCRIPTION],
      "--from reads a file and not Azure",
    ],
    ["with another adoption", ["--from", "x", "--adoption", "Yes"], "must be one of Never, IfUnowned, Always"],
    ["with a namespace that is none", ["--from", "x", "-n", "A b"], '--namespace "A b" is not the name of a namespace'],
    ["with an unknown flag", ["--from", "x", "--resourcegroup", "y"], "--resourcegroup"],
    ["with a stray word", ["--from", "x", "y"], "y"],
    ["with a file that is not there", ["--from", "/none.json"], "/none.json: cannot be read"],
  ])("%s ends 1 and says what to do", async (_story, args, words) => {
    const { code, stdout, stderr } = await runCommand("import", ...args);
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toContain(words);
    expect(stderr).not.toContain("    at ");
  });

  it.each([
    ["no JSON", "{ pa55word-canary", "live.json: not JSON"],
    ["no pool", "{}", 'a pool has no "id"'],
    ["an error of Azure", '{"error": {"code": "X"}}', "must be the body of an ARM GET or LIST"],
    ["a list of something else", '{"value": [1]}', 'a pool has no "id"'],
  ])("a file with %s ends 1 and says so", async (_story, text, words) => {
    const { code, stdout, stderr } = await importBody(text);
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toContain(words);
    expect(stderr).not.toContain("canary");
  });

  it("--help tells of it", async () => {
    for (const args of [["--help"], ["import", "--help"]]) {
      const { code, stdout } = await runCommand(...args);
      expect(code).toBe(0);
      for (const flag of ["--subscription", "--resource-group", "--name", "--from", "--namespace", "--adoption"])
        expect(stdout.slice(stdout.indexOf("import prints"))).toContain(flag);
    }
  });
});
