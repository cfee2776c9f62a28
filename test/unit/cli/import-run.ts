import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "../../../src/cli/command.ts";
import type { LivePool } from "../../../src/cli/live-file.ts";
import { readText } from "../../../src/cli/validate/yaml-text.ts";
import type { JsonObject } from "../../../src/sessionpool/json.ts";
import { livePool } from "../sessionpool/bodies.ts";

const SUBSCRIPTION = "00000000-0000-0000-0000-000000000000";
export const GROUP = `/subscriptions/${SUBSCRIPTION}/resourceGroups/rg`;

/** The id of a pool. */
export function idOf(name: string, group = "rg", subscription = SUBSCRIPTION): string {
  return `/subscriptions/${subscription}/resourceGroups/${group}/providers/Microsoft.App/sessionPools/${name}`;
}

/** A pool in Azure without an owner and without secrets, with changes to its properties and its top. */
export function pool(properties: JsonObject = {}, body: JsonObject = {}): LivePool {
  const template = { containers: [{ name: "main", image: "img:1" }] };
  const live = livePool({
    properties: { secrets: null, customContainerTemplate: template, ...properties },
    body: { tags: { team: "a" }, ...body },
  });
  return { ...live, id: typeof live.id === "string" ? live.id : "" };
}

/** Properties that make it a Python pool. */
export const PYTHON = { containerType: "PythonLTS", environmentId: null, customContainerTemplate: null };

/** A manifest as the tests look at it. */
export interface Printed {
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly spec: Readonly<Record<string, unknown>> & { readonly policy?: object };
}

export interface ImportRun {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly manifests: readonly Printed[];
}

/** What the plan of an imported manifest shows. */
export interface PlanRun {
  readonly name: string;
  readonly action: string;
  readonly changes: readonly object[];
}

/** Runs the command as its program does. */
export async function runCommand(...args: readonly string[]): Promise<Omit<ImportRun, "manifests">> {
  const said = { stdout: "", stderr: "" };
  const code = await run(args, {
    env: {},
    isTerminal: false,
    print: (text) => void (said.stdout += text),
    complain: (text) => void (said.stderr += `${text}\n`),
  });
  return { code, ...said };
}

/** Calls with a new folder, and the folder is gone after it. */
async function inFolder<T>(call: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "sessionpool-import-"));
  try {
    return await call(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Imports the body of a GET or LIST. */
export async function importBody(body: unknown, ...args: readonly string[]): Promise<ImportRun> {
  return await inFolder(async (folder) => {
    const file = join(folder, "live.json");
    writeFileSync(file, typeof body === "string" ? body : JSON.stringify(body));
    const result = await runCommand("import", "--from", file, ...args);
    const { documents, mistakes } = readText(result.stdout);
    if (mistakes.length > 0) throw new Error(`not YAML: ${JSON.stringify(mistakes)}\n${result.stdout}`);
    return { ...result, manifests: documents.flatMap(({ value }) => (value === null ? [] : [value as Printed])) };
  });
}

/** Plans printed manifests against a body of Azure, offline. */
export async function planAgainst(yaml: string, body: unknown): Promise<readonly PlanRun[]> {
  return await inFolder(async (folder) => {
    const [file, live] = [join(folder, "pools.yaml"), join(folder, "live.json")];
    writeFileSync(file, yaml);
    writeFileSync(live, JSON.stringify(body));
    const { stdout, stderr } = await runCommand("plan", "-f", file, "--live", live, "-o", "json");
    if (stderr !== "") throw new Error(stderr);
    return (JSON.parse(stdout) as { plans: readonly PlanRun[] }).plans;
  });
}
