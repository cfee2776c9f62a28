import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Emulator, startEmulator } from "../../emulator/start.ts";
import { custom, python, SUBSCRIPTION } from "../emulator/model-azure.ts";

const CLI = join(import.meta.dirname, "..", "..", "..", "bin", "kubectl-sessionpool.js");
const idOf = (group: string, name: string): string =>
  `/subscriptions/${SUBSCRIPTION}/resourceGroups/${group}/providers/Microsoft.App/sessionPools/${name}`;
const CANARY = "canary-of-online-import-0d8e";

let emulator: Emulator;
let dir: string;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "sessionpool-online-"));
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  // The token that Kubernetes projects for workload identity; nobody checks its signature.
  await writeFile(join(dir, "token"), `${part({ alg: "RS256", kid: "k" })}.${part({ sub: "cli" })}.c2ln`);
  emulator = await startEmulator({ pageSize: 1, provisioningSeconds: 0 });
  const secrets = [{ name: "password", value: CANARY }];
  for (const [id, body] of [
    [idOf("b", "beta"), custom({ "properties.secrets": secrets })],
    [idOf("a", "alpha"), python()],
    [idOf("a", "gamma"), python({ "properties.containerType": "NodeLTS" })],
  ] as const)
    emulator.model.asSomebody("PUT", id, body);
});

afterAll(async () => {
  await emulator.close();
  await rm(dir, { recursive: true });
});

interface Result {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The program, signed in with a federated token, against the emulator. */
async function run(args: readonly string[], input = ""): Promise<Result> {
  const env = {
    PATH: process.env.PATH,
    AZURE_RESOURCE_MANAGER_ENDPOINT: emulator.url,
    AZURE_AUTHORITY_HOST: emulator.tokenUrl,
    AZURE_TENANT_ID: "72f988bf-86f1-41af-91ab-2d7cd011db47",
    AZURE_CLIENT_ID: "bce8c037-3d10-44a4-a970-25f799611fc6",
    AZURE_FEDERATED_TOKEN_FILE: join(dir, "token"),
    NODE_EXTRA_CA_CERTS: emulator.caFile,
    // What other programs of a person mean by names that the operator has too.
    LOG_LEVEL: "verbose",
    OTEL_EXPORTER_OTLP_ENDPOINT: "collector:4317",
  };
  const program = promisify(execFile)(process.execPath, [CLI, "import", ...args], { env });
  program.child.stdin?.end(input);
  return await program.then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    (error: unknown) => error as Result,
  );
}

const names = (stdout: string): readonly (string | undefined)[] =>
  [...stdout.matchAll(/^ {2}name: (.*)$/gm)].map(([, name]) => name);

describe("import from Azure", { timeout: 60_000 }, () => {
  it.each<[story: string, flags: readonly string[], expected: readonly string[], refused: number, calls: number]>([
    ["a subscription, page by page", [], ["alpha", "beta"], 1, 3],
    ["a resource group", ["--resource-group", "b"], ["beta"], 0, 1],
    ["one pool", ["--resource-group", "a", "--name", "alpha"], ["alpha"], 0, 1],
  ])("of %s", async (_story, flags, expected, refused, calls) => {
    const before = emulator.model.calls.length;
    const { code, stdout, stderr } = await run(["--subscription", SUBSCRIPTION, ...flags]);
    expect({ names: names(stdout), stderr }).toMatchObject({ names: expected });
    expect(code).toBe(refused > 0 ? 1 : 0);
    expect(stderr).toContain(`${refused} ${refused === 1 ? "pool" : "pools"} not imported.`);
    expect(stdout + stderr).not.toContain(CANARY);
    const made = emulator.model.calls.slice(before).filter(({ path }) => path.includes("/providers/Microsoft.App/"));
    expect(made.map(({ method }) => method)).toEqual(Array.from({ length: calls }, () => "GET"));
  });

  it.each<[story: string, flags: readonly string[], words: string]>([
    ["a pool that is not there", ["--resource-group", "a", "--name", "none"], "sessionPools/none"],
    ["a group that is not there", ["--resource-group", "missing-group"], "missing-group"],
  ])("says in Azure's words that %s", async (_story, flags, words) => {
    const { code, stdout, stderr } = await run(["--subscription", SUBSCRIPTION, ...flags]);
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toContain(words);
    expect(stderr).not.toContain("    at ");
  });

  it("reads a body from standard input, without Azure", async () => {
    const before = emulator.model.calls.length;
    const body = JSON.stringify(emulator.model.peek()[1]);
    const { code, stdout } = await run(["--from", "-"], body);
    expect([code, names(stdout), emulator.model.calls.length]).toEqual([0, ["alpha"], before]);
  });
});
