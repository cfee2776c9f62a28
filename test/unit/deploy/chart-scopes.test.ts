import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv } from "ajv";
import { describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { parseScopes } from "../../../src/reconcile/scope-file.ts";

const SCHEMA = join(import.meta.dirname, "..", "..", "..", "deploy", "chart", "values.schema.json");
const SUBSCRIPTION = "34adfa4f-cedf-4dc0-ba29-b6d1a69ab345";
const place = { subscriptions: [SUBSCRIPTION], resourceGroups: ["rg"] };
const namespaces = ["team-a"];
const namespaceSelector = { matchLabels: { tier: "sandbox" } };

describe("tenants in the chart's values", () => {
  const isLegal = new Ajv({ strict: false }).compile(JSON.parse(readFileSync(SCHEMA, "utf8")) as object);

  // The operator does not start with a table that it refuses, and the chart ends the old one first.
  it.each<[scope: object, legal: boolean]>([
    [{ namespaces, ...place }, true],
    [{ namespaceSelector, ...place }, true],
    [
      { namespaces, namespaceSelector, subscriptions: ["*"], resourceGroups: [], environments: [], identities: [] },
      true,
    ],
    [{ namespaces, subscriptions: [SUBSCRIPTION] }, false],
    [{ namespaces, resourceGroups: ["rg"] }, false],
    [place, false],
    [{ namespaces: [], ...place }, false],
    [{ namespaceSelector: { matchLabels: {} }, ...place }, false],
  ])("are refused by helm where the operator would not start with them: %j", (scope, legal) => {
    const tenants = { default: "Deny", scopes: [scope] };
    expect(isLegal({ tenants })).toBe(legal);
    expect(parseScopes(stringify(tenants)).ok).toBe(legal);
  });
});
