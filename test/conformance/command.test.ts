import { existsSync, readFileSync } from "node:fs";
import { Agent, request } from "undici";
import { describe, expect, it } from "vitest";
import { runCommand, startCommand } from "./command.ts";

const LIST = "/subscriptions/34adfa4f-cedf-4dc0-ba29-b6d1a69ab345/providers/Microsoft.App/sessionPools";

describe("the emulator's command", () => {
  it.each<[flags: string[], status: number]>([
    [[], 401],
    [["--anonymous"], 200],
  ])("with %j answers a call without a token by %i, and counts it", async (flags, status) => {
    const command = await startCommand(...flags);
    const dispatcher = new Agent({ connect: { ca: readFileSync(command.caFile, "utf8") } });
    const response = await request(`${command.url}${LIST}?api-version=2025-07-01`, { dispatcher });
    await response.body.dump();
    const calls = await request(`${command.url}/_emulator/calls`, { dispatcher });
    expect([response.statusCode, await calls.body.json()]).toMatchObject([
      status,
      { calls: [{ seq: 1, method: "GET", path: LIST, status }] },
    ]);
    await dispatcher.close();
    await command.stop();
  });

  it.each(["SIGTERM", "SIGINT"] as const)("ends with 0 on %s and takes its certificate along", async (signal) => {
    const command = await startCommand();
    expect(existsSync(command.caFile)).toBe(true);
    expect(await command.stop(signal)).toBe(0);
    expect(existsSync(command.caFile)).toBe(false);
  });

  it.each<[flags: string[], told: string]>([
    [["--port", "http"], '--port: "http" is not a port'],
    [["--port", "70000"], '--port: "70000" is not a port'],
    [["--provisioning-seconds", "soon"], '"soon" is not a number of seconds'],
    [["--anonymus"], "--anonymus"],
  ])("%j ends with 2 and says why", async (flags, told) => {
    const { code, output } = await runCommand(...flags);
    expect([code, output]).toEqual([2, expect.stringContaining(told)]);
  });

  it("--help tells every flag", async () => {
    const { code, output } = await runCommand("--help");
    expect(code).toBe(0);
    for (const flag of ["--port", "--provisioning-seconds", "--anonymous"]) expect(output).toContain(flag);
  });
});
