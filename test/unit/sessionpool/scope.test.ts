import { describe, expect, it } from "vitest";
import type { SessionPoolSpec } from "../../../src/api/session-pool.ts";
import type { Placement } from "../../../src/sessionpool/placement.ts";
import {
  keptOutOfScope,
  type Scope,
  scopeProblem,
  type ScopedNamespace,
  type ScopeTable,
  thingsNamed,
  usesLabels,
} from "../../../src/sessionpool/scope.ts";
import { decide, type Given } from "./decide.ts";

const SUB = "34adfa4f-cedf-4dc0-ba29-b6d1a69ab345";
const OTHER = "1111aaaa-2222-4333-8444-555555555555";
const at = (subscriptionId: string, resourceGroup: string): Placement => ({
  subscriptionId,
  resourceGroup,
  name: "alpha",
});
const environment = (name: string): string =>
  `/subscriptions/${SUB}/resourceGroups/rg/providers/Microsoft.App/managedEnvironments/${name}`;
const identity = (name: string): string =>
  `/subscriptions/${SUB}/resourceGroups/rg/providers/Microsoft.ManagedIdentity/userAssignedIdentities/${name}`;
const spec: SessionPoolSpec = {
  resourceGroup: "rg",
  location: "westus3",
  containerType: "CustomContainer",
  dynamicPoolConfiguration: { lifecycleConfiguration: { lifecycleType: "Timed" } },
};
const scope = (changes: Partial<Scope> = {}): Scope => ({
  namespaces: ["team-a"],
  matchLabels: undefined,
  subscriptions: [SUB],
  resourceGroups: ["rg"],
  environments: [],
  identities: [],
  ...changes,
});
const deny = (...scopes: Scope[]): ScopeTable => ({ default: "Deny", scopes });
const allow = (...scopes: Scope[]): ScopeTable => ({ default: "Allow", scopes });
const TEAM_A: ScopedNamespace = { name: "team-a", labels: {} };
const named = (changes: Partial<SessionPoolSpec> = {}, where = at(SUB, "rg")): ReturnType<typeof thingsNamed> =>
  thingsNamed({ spec: { ...spec, ...changes } }, where);
const assigned = (...ids: string[]): Partial<SessionPoolSpec> => ({
  identity: { type: "UserAssigned", userAssignedIdentities: Object.fromEntries(ids.map((id) => [id, {}])) },
});

const ASK = "ask whoever runs the operator to add it to the scope table, or name another";
const ABSENT = "the operator's scope table allows nothing to namespace team-a: ask whoever runs the operator to add it";
const UNKNOWN =
  "the labels of namespace team-a, which decide what it may name, are not known yet: this goes on by itself when they are; if it lasts, look at the operator's log";

describe("a namespace may name", () => {
  it.each<[story: string, table: ScopeTable, things: ReturnType<typeof named>]>([
    ["what its entry allows", deny(scope()), named()],
    ["the same in another casing", deny(scope({ resourceGroups: ["RG"] })), named({}, at(SUB.toUpperCase(), "Rg"))],
    [
      "anything where the entry says so",
      deny(scope({ subscriptions: "any", resourceGroups: "any", environments: "any", identities: "any" })),
      named({ environmentId: environment("e"), ...assigned(identity("one")) }, at(OTHER, "x")),
    ],
    [
      "an environment that is listed",
      deny(scope({ environments: [environment("e")] })),
      named({ environmentId: environment("E").replace("resourceGroups", "resourcegroups") }),
    ],
    [
      "identities that are listed",
      deny(scope({ identities: [identity("one"), identity("two")] })),
      named(assigned(identity("two"), identity("one"))),
    ],
    [
      "the pool's own identity",
      deny(scope()),
      named({ identity: { type: "SystemAssigned" }, managedIdentitySettings: [{ identity: "system" }] }),
    ],
    ["what the second of its entries allows", deny(scope({ resourceGroups: ["other"] }), scope()), named()],
    [
      "anything, when no entry means it and the default is to allow",
      allow(scope({ namespaces: ["team-b"] })),
      named({}, at(OTHER, "x")),
    ],
    ["anything, when the table is empty", allow(), named()],
  ])("%s", (_story, table, things) => {
    expect(scopeProblem(table, TEAM_A, things)).toBeUndefined();
  });

  it.each<[story: string, table: ScopeTable, things: ReturnType<typeof named>, message: string]>([
    ["anything, when no entry means it", deny(scope({ namespaces: ["team-b"] })), named(), ABSENT],
    ["anything, when the table is empty", deny(), named(), ABSENT],
    [
      "another subscription",
      deny(scope()),
      named({}, at(OTHER, "rg")),
      `namespace team-a may not use the subscription ${OTHER}: ${ASK}`,
    ],
    [
      "another group, also when the default is to allow",
      allow(scope()),
      named({}, at(SUB, "rg2")),
      `namespace team-a may not use the resource group rg2: ${ASK}`,
    ],
    [
      "a group whose k only looks like one",
      deny(scope({ resourceGroups: ["rg-k"] })),
      named({}, at(SUB, "rg-\u212a")),
      `namespace team-a may not use the resource group rg-\u212a: ${ASK}`,
    ],
    [
      "a group that begins as one that it may name",
      deny(scope()),
      named({}, at(SUB, "rg-prod")),
      `namespace team-a may not use the resource group rg-prod: ${ASK}`,
    ],
    [
      "an environment, where the entry says nothing of them",
      deny(scope()),
      named({ environmentId: environment("e") }),
      `namespace team-a may not use the environment ${environment("e")}: ${ASK}`,
    ],
    [
      "an environment of the same name elsewhere",
      deny(scope({ environments: [environment("e")] })),
      named({ environmentId: environment("e").replace("/rg/", "/rg2/") }),
      `namespace team-a may not use the environment ${environment("e").replace("/rg/", "/rg2/")}: ${ASK}`,
    ],
    [
      "one identity of two",
      deny(scope({ identities: [identity("one")] })),
      named(assigned(identity("one"), identity("two"))),
      `namespace team-a may not use the identity ${identity("two")}: ${ASK}`,
    ],
    [
      "an identity in a setting",
      deny(scope()),
      named({ managedIdentitySettings: [{ identity: identity("one") }] }),
      `namespace team-a may not use the identity ${identity("one")}: ${ASK}`,
    ],
    [
      "an identity that pulls images",
      deny(scope()),
      named({ customContainerTemplate: { containers: [], registryCredentials: { identity: identity("one") } } }),
      `namespace team-a may not use the identity ${identity("one")}: ${ASK}`,
    ],
    [
      "an identity that the type says is not used",
      deny(scope()),
      named({ identity: { type: "None", userAssignedIdentities: { [identity("one")]: {} } } }),
      `namespace team-a may not use the identity ${identity("one")}: ${ASK}`,
    ],
    [
      "two things at once",
      deny(scope()),
      named({ environmentId: environment("e") }, at(OTHER, "rg")),
      `namespace team-a may not use the subscription ${OTHER}, the environment ${environment("e")}: ${ASK}`,
    ],
    [
      "anything, where an entry allows nothing",
      allow(scope({ subscriptions: [], resourceGroups: [] })),
      named(),
      `namespace team-a may not use the subscription ${SUB}, the resource group rg: ${ASK}`,
    ],
    [
      "the group of one entry in the subscription of another",
      deny(scope(), scope({ subscriptions: [OTHER], resourceGroups: ["rg2"] })),
      named({}, at(SUB, "rg2")),
      `namespace team-a may use the subscription ${SUB}, the resource group rg2, but not together: ask whoever runs the operator to allow them in one entry of the scope table, or name others`,
    ],
  ])("not %s", (_story, table, things, message) => {
    expect(scopeProblem(table, TEAM_A, things)).toBe(message);
  });

  it("nothing that the message tells of other namespaces or entries", () => {
    const table = deny(
      scope(),
      scope({ namespaces: ["secretive-b"], subscriptions: [OTHER], resourceGroups: ["secret-group"] }),
      scope({ subscriptions: [OTHER] }),
    );
    const message = scopeProblem(table, TEAM_A, named({ environmentId: environment("e") }, at(SUB, "x"))) ?? "";
    expect(message).toContain("may not use");
    for (const secret of ["secretive-b", OTHER, "secret-group"]) expect(message).not.toContain(secret);
  });
});

describe("an entry by labels", () => {
  const sandbox = scope({ namespaces: [], matchLabels: { tier: "sandbox", region: "eu" } });
  const labels = { tier: "sandbox", region: "eu", more: "x" };

  it.each<[story: string, table: ScopeTable, labels: ScopedNamespace["labels"], message: string | undefined]>([
    ["means a namespace that has them all", deny(sandbox), labels, undefined],
    ["does not mean one that lacks one", deny(sandbox), { tier: "sandbox" }, ABSENT],
    ["does not mean one with another value", deny(sandbox), { ...labels, region: "us" }, ABSENT],
    ["does not mean one without labels", deny(sandbox), {}, ABSENT],
    [
      "does not mean one by what every object has",
      deny(scope({ namespaces: [], matchLabels: { constructor: "x" } })),
      {},
      ABSENT,
    ],
    ["leaves the others to the default", allow(sandbox), {}, undefined],
    ["allows nothing while the labels are not known", deny(sandbox), undefined, UNKNOWN],
    ["nor does the default then", allow(sandbox), undefined, UNKNOWN],
    ["or by name means both", deny({ ...sandbox, namespaces: ["team-a"] }), {}, undefined],
    ["does not matter where an entry by name allows it", deny(sandbox, scope()), undefined, undefined],
    [
      "could still allow what an entry by name does not",
      deny(sandbox, scope({ resourceGroups: [] })),
      undefined,
      UNKNOWN,
    ],
    [
      "restricts whom it means, when the default is to allow",
      allow({ ...sandbox, resourceGroups: [] }),
      labels,
      `namespace team-a may not use the resource group rg: ${ASK}`,
    ],
  ])("%s", (_story, table, known, message) => {
    expect(usesLabels(table)).toBe(true);
    expect(scopeProblem(table, { name: "team-a", labels: known }, named())).toBe(message);
  });

  it("is what makes labels matter", () => {
    expect(usesLabels(deny(scope()))).toBe(false);
    expect(scopeProblem(deny(), { name: "team-a", labels: undefined }, named())).toBe(ABSENT);
  });
});

describe("a resource out of scope", () => {
  const out = { scopeProblem: "not here" };
  const deleted = { deletionTimestamp: "2026-01-01T00:00:00Z" };
  const ID = `/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg/providers/Microsoft.App/sessionPools/alpha`;
  const hold = (message: string): object => ({
    kind: "hold",
    condition: "Stalled",
    reason: "ScopeNotAllowed",
    message,
  });

  it.each<[story: string, given: Given, action: object]>([
    ["waits for a person", { live: "unknown" }, hold("not here")],
    ["also when Azure would be read next, or the pool is in sync", {}, hold("not here")],
    ["gets no finalizer", { metadata: { finalizers: [] }, live: "unknown" }, hold("not here")],
    ["is told so before its spec is looked at", { input: { ...out, violations: ["wrong"] } }, hold("not here")],
    [
      "is told so before its Secrets are",
      { input: { ...out, secrets: { kind: "missing", reason: "SecretNotFound", message: "m" } } },
      hold("not here"),
    ],
    ["may be suspended", { spec: { suspend: true } }, { reason: "Suspended" }],
    ["is held in every mode", { spec: { policy: { mode: "Observe" } } }, hold("not here")],
    ["is not deleted in Azure", { metadata: deleted }, hold(keptOutOfScope(ID, "not here"))],
    [
      "is not looked at in Azure when it is deleted",
      { metadata: deleted, live: "unknown" },
      hold(keptOutOfScope(ID, "not here")),
    ],
    [
      "is not followed while Azure deletes",
      { metadata: deleted, input: { ...out, operation: { kind: "running", what: "delete" } } },
      hold(keptOutOfScope(ID, "not here")),
    ],
    [
      "is let go when its policy says so",
      { metadata: deleted, spec: { policy: { deletion: "Orphan" } } },
      { kind: "release", reason: "PoolOrphaned" },
    ],
    ["without our finalizer is left to others", { metadata: { ...deleted, finalizers: [] } }, { kind: "wait" }],
    [
      "that never had a pool is let go",
      { metadata: deleted, input: { ...out, placement: { ok: false, message: "m" } } },
      { kind: "release", reason: "NoPool" },
    ],
  ])("%s", (_story, given, action) => {
    expect(decide({ input: out, ...given })).toMatchObject(action);
  });

  it("that is deleted is told both ways out", () => {
    expect(keptOutOfScope(ID, "not here")).toBe(
      `the pool is neither read nor deleted: not here; or set spec.policy.deletion to Orphan, which lets go of it and leaves it in Azure: ${ID}`,
    );
  });
});
