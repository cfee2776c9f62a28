import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { run as command } from "../../../src/cli/command.ts";
import { hashKeyOf } from "../../../src/reconcile/hash-key.ts";
import { secretsTag, sentSecrets } from "../../../src/sessionpool/secrets-tag.ts";
import { recordedPairs, resourceFrom } from "../../conformance/recorded-pairs.ts";
import { livePool } from "../sessionpool/bodies.ts";
import { live, manifest, more, withSecret, secret } from "./manifests.ts";

const CLI = join(import.meta.dirname, "..", "..", "..", "bin", "kubectl-sessionpool.js");
const MAX = "/properties/scaleConfiguration/maxConcurrentSessions";
const KEY = Buffer.alloc(32, 3).toString("base64url");
let dir: string;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "sessionpool-cli-"));
});

afterAll(async () => {
  await rm(dir, { recursive: true, force: true });
});

interface Result {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function run(...args: readonly string[]): Promise<Result> {
  const said = { stdout: "", stderr: "" };
  const code = await command(args, {
    // A variable that is set to nothing is one that is not set.
    env: { AZURE_SUBSCRIPTION_ID: "" },
    isTerminal: false,
    print: (text) => void (said.stdout += text),
    complain: (text) => void (said.stderr += `${text}\n`),
  });
  return { code, ...said };
}

/** Plans these documents against a body of Azure, offline. */
async function plan(documents: readonly object[], azure: object, ...args: readonly string[]) {
  const [file, body] = [join(dir, "pools.yaml"), join(dir, "live.json")];
  await writeFile(file, documents.map((document) => JSON.stringify(document)).join("\n---\n"));
  await writeFile(body, JSON.stringify(azure));
  const result = await run("plan", "-f", file, "--live", body, "-o", "json", ...args);
  const { plans } = JSON.parse(result.stdout === "" ? '{"plans":[]}' : result.stdout) as { plans: readonly object[] };
  return { ...result, plans };
}

describe("plan --live", () => {
  it.each(recordedPairs().map((pair) => [pair.name, pair] as const))(
    "shows no change for what Azure was asked for: %s",
    async (_name, { request, live: body }) => {
      const { metadata, spec } = resourceFrom(request, typeof body.id === "string" ? body.id : "");
      const values = Object.fromEntries((spec.secrets ?? []).map(({ name }) => [name, "recorded value"]));
      const document = { ...manifest({}, { name: metadata.name, namespace: undefined }), spec };
      const { code, plans, stdout } = await plan([document, secret("recorded", values, "default")], body);
      expect(plans).toMatchObject([{ namespace: "default", name: metadata.name, action: "None", changes: [] }]);
      expect(code).toBe(0);
      expect(stdout).not.toContain("recorded value");
    },
  );

  it.each<[story: string, documents: readonly object[], azure: object, code: number, plans: readonly object[]]>([
    ["what matches", [manifest()], live(), 0, [{ namespace: "ns", name: "alpha", action: "None", changes: [] }]],
    [
      "an edit, against a LIST",
      [manifest(more)],
      { value: [live({ body: { id: "/other" } }), live()] },
      2,
      [{ action: "Update", changes: [{ path: MAX, desired: 20, observed: 10 }] }],
    ],
    [
      "a pool that is not there",
      [manifest()],
      { value: [] },
      2,
      [{ action: "Create", changes: expect.arrayContaining([{ path: "/location", desired: "westus3" }]) as object }],
    ],
    [
      "two pools and a List of them",
      [{ apiVersion: "v1", kind: "List", items: [manifest(), manifest({ azureName: "beta" }, { name: "b" })] }],
      live({ body: { id: (livePool().id as string).toUpperCase() } }),
      2,
      [
        { name: "alpha", action: "None" },
        { name: "b", action: "Create" },
      ],
    ],
    [
      "another subscription",
      [manifest({ subscriptionId: "11111111-0000-0000-0000-000000000000" })],
      live(),
      2,
      [{ action: "Create" }],
    ],
    [
      "a pool without an owner: what would change, and what is in the way",
      [manifest(more)],
      live({ body: { tags: {} } }),
      2,
      [{ action: "Update", changes: [{ path: MAX }], blocked: { reason: "AlreadyExists" } }],
    ],
    [
      "somebody else's pool",
      [manifest()],
      live({ body: { tags: { "appcontainers.dev.owner": "c1/ns/beta/u" } } }),
      0,
      [{ action: "None", blocked: { reason: "OwnedByOther" } }],
    ],
    [
      "a pool that failed is updated again",
      [manifest()],
      live({ properties: { provisioningState: "Failed" } }),
      2,
      [{ action: "Update", changes: [] }],
    ],
    [
      "a difference that is known",
      [
        {
          ...manifest(more),
          status: { applied: { generation: 1, differences: [{ path: MAX, desired: 20, observed: 10 }] } },
        },
      ],
      live(),
      0,
      [{ action: "None" }],
    ],
    [
      "an edit of a pool whose drift is only reported",
      [manifest({ ...more, policy: { drift: "Report" } })],
      live(),
      2,
      [{ action: "Update" }],
    ],
    ["what is ignored", [manifest({ ...more, policy: { ignore: [MAX] } })], live(), 0, [{ action: "None" }]],
    [
      "what is only observed",
      [manifest({ ...more, policy: { mode: "Observe" } })],
      live(),
      2,
      [{ action: "Update", blocked: { reason: "ChangesPlanned" } }],
    ],
  ])("%s", async (_story, documents, azure, code, plans) => {
    const result = await plan(documents, azure);
    expect(result.stderr).toBe("");
    expect(result.plans).toMatchObject(plans);
    expect(result.code).toBe(code);
  });

  it("shows the hash that the operator asks for, also for a pool that failed", async () => {
    const failed = live({ properties: { provisioningState: "Failed" } });
    const { plans } = await plan([manifest({ policy: { mode: "Approve" } })], failed);
    const [shown] = plans as readonly { readonly hash: string; readonly blocked: { readonly message: string } }[];
    expect(shown?.blocked.message).toContain(`approved-plan=${shown?.hash}`);
  });

  describe("secret values", () => {
    const id = livePool().id as string;
    const key = secret("sessionpool-hash-key", { key: KEY }, "sessionpool-system");
    const tagged = (value: string): object => {
      const tag = secretsTag(sentSecrets(hashKeyOf(KEY), id, new Map([["password", value]])));
      return { ...livePool(), tags: { "appcontainers.dev.owner": "c1/ns/alpha/u", "appcontainers.dev.secrets": tag } };
    };

    it.each<[story: string, documents: readonly object[], changes: readonly string[]]>([
      ["that no document holds count as unchanged", [], []],
      ["count as unchanged without the hash key", [secret("creds", { p: "new-value" })], []],
      ["are compared with it: the same", [secret("creds", { p: "old-value" }), key], []],
      ["are compared with it: another", [secret("creds", { p: "new-value" }), key], ["/properties/secrets"]],
    ])("%s", async (_story, documents, changes) => {
      const { plans, stdout, stderr } = await plan([manifest(withSecret), ...documents], tagged("old-value"));
      expect(plans).toMatchObject([{ changes: changes.map((path) => ({ path })) }]);
      expect(stdout + stderr).not.toMatch(/(old|new)-value/);
    });
  });

  it("says in words what it would do", async () => {
    const file = join(dir, "words.json");
    const body = join(dir, "words-live.json");
    await writeFile(file, JSON.stringify(manifest({ ...more, tags: { team: "a" } })));
    await writeFile(body, JSON.stringify(live()));
    const { stdout } = await run("plan", "-f", file, "--live", body);
    expect(stdout).toBe(`~ ns/alpha: update
    + /tags/team: "a"
    ~ ${MAX}: 10 -> 20

Plan: 0 to create, 1 to update, 0 without changes.
`);
  });
});

describe("a wrong call", () => {
  it.each<[story: string, args: readonly string[], words: string]>([
    ["without a command", [], ""],
    ["with an unknown command", ["apply", "-f", "x"], 'there is no command "apply"'],
    ["with an unknown flag", ["plan", "--lve", "x"], "--lve"],
    ["without a file", ["plan"], "name them with -f FILE"],
    [
      "with a file that is not there",
      ["plan", "-f", "/none.yaml", "--live", "/none.json"],
      "/none.yaml: cannot be read",
    ],
    ["with an output that there is not", ["plan", "-f", "x", "-o", "yaml"], "must be text or json"],
  ])("%s ends 1 and says what to do", async (_story, args, words) => {
    const { code, stderr } = await run(...args);
    expect(code).toBe(1);
    expect(stderr).toContain(words);
    expect(stderr).not.toContain("    at ");
  });

  it.each<[story: string, text: string, azure: string, words: string]>([
    [
      "no resource of ours",
      '{"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "x"}}',
      "{}",
      "no document of kind SessionPool",
    ],
    ["no YAML", "a: [1", "{}", "words.txt:1:"],
    ["no JSON from Azure", JSON.stringify(manifest()), "{", "live.json: not JSON"],
    ["no pool from Azure", JSON.stringify(manifest()), '{"a": 1}', 'a pool has no "id"'],
    [
      "secrets that are no list",
      JSON.stringify(manifest({ secrets: {} })),
      '{"value": []}',
      "words.txt:1: spec.secrets",
    ],
    ["a place that cannot be", JSON.stringify(manifest()), '{"value": []}', 'the subscription "foo" is not a UUID'],
    [
      "a resource that the API server refuses",
      JSON.stringify(manifest({ containerType: "Shell" })),
      '{"value": []}',
      "words.txt:1: spec.containerType",
    ],
  ])("%s ends 1 and says where", async (_story, text, azure, words) => {
    const [file, body] = [join(dir, "words.txt"), join(dir, "live.json")];
    await writeFile(file, text);
    await writeFile(body, azure);
    const place = words.includes("foo") ? ["--subscription-id", "foo"] : [];
    const { code, stderr } = await run("plan", "-f", file, "--live", body, ...place);
    expect(stderr).toContain(words);
    expect(code).toBe(1);
  });

  it("validate prints one line for each finding, and nothing when all is well", async () => {
    const file = join(dir, "valid.json");
    await writeFile(file, JSON.stringify(manifest()));
    expect(await run("validate", "-f", file)).toMatchObject({ code: 0, stdout: "" });
    const bad = join(dir, "bad.json");
    await writeFile(bad, JSON.stringify(manifest({ location: "a/b" })));
    const { code, stdout } = await run("validate", "-f", file, bad);
    expect(code).toBe(1);
    expect(stdout).toMatch(/^\S+bad\.json:1: spec\.location: .*\n$/);
  });

  it("is told by the program itself, on the Node that the project brings", async () => {
    const program = promisify(execFile)(process.execPath, [CLI, "plan"]);
    await expect(program).rejects.toMatchObject({ code: 1, stderr: "no manifests: name them with -f FILE\n" });
    const { stdout } = await promisify(execFile)(process.execPath, [CLI, "--help"]);
    expect(stdout).toContain("kubectl-sessionpool plan -f FILE... [--live LIVE.json] [-o text|json]");
  });

  it("is shown in colours on a terminal, unless NO_COLOR says no", async () => {
    const [file, body] = [join(dir, "colour.json"), join(dir, "colour-live.json")];
    await writeFile(file, JSON.stringify(manifest(more)));
    await writeFile(body, JSON.stringify(live()));
    const shown = async (env: Record<string, string>): Promise<string> => {
      let text = "";
      const around = { env, isTerminal: true, print: (part: string) => void (text += part), complain: () => undefined };
      await command(["plan", "-f", file, "--live", body], around);
      return text;
    };
    expect(await shown({})).toContain("\u001B[33m~\u001B[0m");
    expect(await shown({ NO_COLOR: "1" })).not.toContain("\u001B");
  });
});
