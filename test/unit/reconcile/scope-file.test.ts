import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { parseScopes } from "../../../src/reconcile/scope-file.ts";

const SUB = "34adfa4f-cedf-4dc0-ba29-b6d1a69ab345";
const GROUP = `/subscriptions/${SUB}/resourceGroups/rg/providers`;
const ENVIRONMENT = `${GROUP}/Microsoft.App/managedEnvironments/env`;
const IDENTITY = `${GROUP}/Microsoft.ManagedIdentity/userAssignedIdentities/one`;
const problemsOf = (text: string): readonly string[] => {
  const parsed = parseScopes(text);
  return parsed.ok ? [] : parsed.problems;
};

describe("a scope table", () => {
  it("is YAML, and what it leaves out is not allowed", () => {
    const text = `
default: Deny
scopes:
  - namespaces: [team-a, team-b]
    namespaceSelector: { matchLabels: { tier: sandbox } }
    subscriptions: [${SUB}]
    resourceGroups: [rg-a, "*"]
    environments: ["*"]
    identities: [${IDENTITY.toLowerCase()}]
  - namespaces: [team-c]
    subscriptions: []
    resourceGroups: [rg-c]
`;
    expect(parseScopes(text)).toEqual({
      ok: true,
      table: {
        default: "Deny",
        scopes: [
          {
            namespaces: ["team-a", "team-b"],
            matchLabels: { tier: "sandbox" },
            subscriptions: [SUB],
            resourceGroups: "any",
            environments: "any",
            identities: [IDENTITY],
          },
          {
            namespaces: ["team-c"],
            matchLabels: undefined,
            subscriptions: [],
            resourceGroups: ["rg-c"],
            environments: [],
            identities: [],
          },
        ],
      },
    });
  });

  it.each<[story: string, text: string, table: object]>([
    ["JSON", '{"default": "Deny"}', { default: "Deny", scopes: [] }],
    ["entries alone: the default is to allow", "scopes: []", { default: "Allow", scopes: [] }],
    ["nothing in particular", "{}", { default: "Allow", scopes: [] }],
  ])("may be %s", (_story, text, table) => {
    expect(parseScopes(text)).toEqual({ ok: true, table });
  });

  const entry = (line: string): string =>
    `scopes:\n- ${line}\n  namespaces: [a]\n  subscriptions: ["*"]\n  resourceGroups: ["*"]`;

  it.each<[story: string, text: string, problems: readonly string[]]>([
    ["nothing at all", "", ["must be a mapping"]],
    ["a list", "[]", ["must be a mapping"]],
    ["no YAML", "{", ["Flow map must end with a } at line 1, column 2"]],
    ["two documents", "{}\n---\n{}", [expect.stringMatching(/^Source contains multiple documents/) as string]],
    ["a key twice", "default: Deny\ndefault: Allow", ["Map keys must be unique at line 2, column 1"]],
    ["a tag that nobody knows", "default: !x Deny", ["Unresolved tag: !x at line 1, column 10"]],
    [
      "a star without quotes",
      "scopes: [{subscriptions: [*]}]",
      [expect.stringMatching(/^Alias .*: write "\*" in quotes$/) as string],
    ],
    ["a billion laughs", bomb(), ["Excessive alias count indicates a resource exhaustion attack"]],
    ["an unknown key", "Default: Deny", ['unknown key "Default"']],
    ["another default", "default: deny", ["default: must be Allow or Deny"]],
    ["entries that are all comments", "scopes:\n  # - namespaces: [a]", ["scopes: must be a list"]],
    ["an unknown key in an entry", entry("environment: []"), ['scopes[0]: unknown key "environment"']],
    [
      "an unknown key in a selector",
      entry("namespaceSelector: {matchExpressions: [], matchLabels: {a: b}}"),
      ['scopes[0].namespaceSelector: unknown key "matchExpressions"'],
    ],
    [
      "a selector of every namespace",
      entry("namespaceSelector: {matchLabels: {}}"),
      ["scopes[0].namespaceSelector.matchLabels: must not be empty"],
    ],
    [
      "a selector without labels",
      entry("namespaceSelector: {}"),
      ["scopes[0].namespaceSelector: matchLabels is missing"],
    ],
    [
      "a label that is no text",
      entry("namespaceSelector: {matchLabels: {a: true}}"),
      ["scopes[0].namespaceSelector.matchLabels.a: must be a text"],
    ],
    [
      "for nobody",
      `scopes: [{subscriptions: ["*"], resourceGroups: ["*"]}]`,
      ["scopes[0]: needs namespaces or namespaceSelector"],
    ],
    [
      "for nobody, by an empty list",
      `scopes: [{namespaces: [], subscriptions: ["*"], resourceGroups: ["*"]}]`,
      ["scopes[0].namespaces: must not be empty"],
    ],
    [
      "without where",
      "scopes: [{namespaces: [a]}]",
      ["scopes[0]: subscriptions is missing", "scopes[0]: resourceGroups is missing"],
    ],
    [
      "a pattern for namespaces",
      `scopes: [{namespaces: ["team-*"], subscriptions: ["*"], resourceGroups: ["*"]}]`,
      ['scopes[0].namespaces[0]: "team-*" is not the name of a namespace'],
    ],
    [
      "any namespace",
      `scopes: [{namespaces: ["*"], subscriptions: ["*"], resourceGroups: ["*"]}]`,
      ['scopes[0].namespaces[0]: "*" is not the name of a namespace'],
    ],
    [
      "a subscription by its display name",
      "scopes: [{namespaces: [a], subscriptions: [prod], resourceGroups: []}]",
      [`scopes[0].subscriptions[0]: "prod" is not a subscription's UUID, or "*"`],
    ],
    [
      "a pattern for groups",
      `scopes: [{namespaces: [a], subscriptions: [], resourceGroups: ["rg-*"]}]`,
      ['scopes[0].resourceGroups[0]: "rg-*" is not the name of a resource group, or "*"'],
    ],
    [
      "a group by its number",
      "scopes: [{namespaces: [a], subscriptions: [], resourceGroups: [1]}]",
      ["scopes[0].resourceGroups[0]: must be a text"],
    ],
    [
      "an environment by its name",
      entry("environments: [env]"),
      [
        `scopes[0].environments[0]: "env" is not the ARM id of a Container Apps environment: ${ENVIRONMENT.replace(SUB, "<uuid>").replace("/rg/", "/<group>/").replace(/env$/, "<name>")}, or "*"`,
      ],
    ],
    [
      "an identity among the environments",
      entry(`environments: [${IDENTITY}]`),
      [expect.stringContaining("scopes[0].environments[0]: ") as string],
    ],
    [
      "an identity's path trick",
      entry(`identities: [${IDENTITY}/..]`),
      [expect.stringContaining("scopes[0].identities[0]: ") as string],
    ],
    [
      "many mistakes: a line for each",
      "x: 1\ndefault: 2\nscopes: [{}]",
      [
        'unknown key "x"',
        "default: must be Allow or Deny",
        "scopes[0]: subscriptions is missing",
        "scopes[0]: resourceGroups is missing",
        "scopes[0]: needs namespaces or namespaceSelector",
      ],
    ],
  ])("is refused when it is %s", (_story, text, problems) => {
    expect(problemsOf(text)).toEqual(problems);
  });
});

/** A small text that means a very large one. */
function bomb(): string {
  const many = (name: string): string => `[${Array.from({ length: 20 }, () => `*${name}`).join(", ")}]`;
  return `a: &a [x]\nb: &b ${many("a")}\nc: &c ${many("b")}\nd: ${many("c")}`;
}

describe("the table of deploy/tenants", () => {
  const file = join(import.meta.dirname, "../../../deploy/tenants/configmap.yaml");
  const { data } = parse(readFileSync(file, "utf8")) as { data: Record<string, string> };
  const text = data["scopes.yaml"] ?? "";

  it("denies everything", () => {
    expect(parseScopes(text)).toEqual({ ok: true, table: { default: "Deny", scopes: [] } });
  });

  it("is right when its example is taken out of the comment", () => {
    const example = text.replaceAll(/^# (?=scopes:| )/gm, "");
    expect(parseScopes(example)).toMatchObject({
      ok: true,
      table: { scopes: [{ namespaces: ["team-a", "team-b"], matchLabels: { tier: "sandbox" }, environments: "any" }] },
    });
  });
});
