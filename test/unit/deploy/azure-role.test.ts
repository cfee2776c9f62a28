import { describe, expect, it } from "vitest";
import { AZURE_ACTIONS } from "../../../tools/generate/azure-role.ts";
import { readText } from "./manifests.ts";
import { apply, startWorld } from "../reconcile/world.ts";

const SUBSCRIPTION = "/subscriptions/34adfa4f-cedf-4dc0-ba29-b6d1a69ab345";
const VERBS: Readonly<Record<string, string>> = { GET: "read", PUT: "write", PATCH: "write", DELETE: "delete" };

/** The action that ARM asks for a call: the provider, the types of the path, and what the method does (Azure RBAC, "Understand Azure role definitions"). */
function actionOf(method: string, path: string): string {
  const [, provider = "", rest = ""] = /\/providers\/([^/]+)\/(.+)$/.exec(path) ?? [];
  const types = rest.split("/").filter((_segment, index) => index % 2 === 0);
  return [provider, ...types, VERBS[method] ?? "action"].join("/");
}

/** What the operator does to a pool in its life: create, wait, compare, correct, delete. */
async function lifeOfAPool(): Promise<ReadonlySet<string>> {
  const world = startWorld();
  apply(world);
  await world.run(5);
  apply(world, { scaleConfiguration: { maxConcurrentSessions: 20, readySessionInstances: 2 } });
  await world.run(5);
  const { live } = world;
  if (!live) throw new Error("the resource is gone");
  world.live = { ...live, metadata: { ...live.metadata, deletionTimestamp: "2026-01-01T00:00:00Z" } };
  world.cached = world.live;
  await world.run(5);
  expect(new Set(world.calls())).toEqual(new Set(["GET", "PUT", "DELETE"]));
  return new Set(world.model.calls.map(({ method, path }) => actionOf(method, path)));
}

describe("the role in Azure", () => {
  const role = JSON.parse(readText("deploy/azure/role.json")) as {
    readonly Actions: readonly string[];
    readonly AssignableScopes: readonly string[];
  };

  it("is in the form of az, without data actions and wildcards", () => {
    expect(role).toMatchObject({ IsCustom: true, NotActions: [], DataActions: [], NotDataActions: [] });
    expect(role.AssignableScopes).toHaveLength(1);
    for (const action of role.Actions) expect(action).toMatch(/^Microsoft\.(App|ManagedIdentity)(\/[A-Za-z]+)+$/);
    expect(role.Actions.filter((action) => /sessions\/|mcp|auth|secret/i.test(action))).toEqual([]);
  });

  it("covers what the operator calls, and each action that is there for a call is used", async () => {
    // The operator LISTs what is cheaper, and so does the command line, for an import.
    const lists = [SUBSCRIPTION, `${SUBSCRIPTION}/resourceGroups/rg`].map((scope) =>
      actionOf("GET", `${scope}/providers/Microsoft.App/sessionPools`),
    );
    const called = new Set([...(await lifeOfAPool()), ...lists]);
    const forCalls = AZURE_ACTIONS.filter(({ asked }) => asked === "by a call of the operator");
    expect(called).toEqual(new Set(forCalls.map(({ action }) => action)));
    expect(role.Actions.filter((action) => !called.has(action))).toEqual(
      AZURE_ACTIONS.filter(({ asked }) => asked === "by Azure, for a PUT").map(({ action }) => action),
    );
  });

  it("is explained action by action", () => {
    const doc = readText("docs/rbac.md");
    for (const action of role.Actions) expect(doc).toContain(`| \`${action}\` | by `);
  });
});
