import { describe, expect, it } from "vitest";
import { fieldsTags } from "../../../src/sessionpool/fields-tag.ts";
import type { JsonObject } from "../../../src/sessionpool/json.ts";
import { sentSecrets, secretsTag } from "../../../src/sessionpool/secrets-tag.ts";
import { livePool } from "./bodies.ts";
import { decide, type Given, pool } from "./decide.ts";

const MAX = "/properties/scaleConfiguration/maxConcurrentSessions";
const ID =
  "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg/providers/Microsoft.App/sessionPools/alpha";
const edited = { scaleConfiguration: { maxConcurrentSessions: 11 } };
const change = { path: MAX, desired: 11, observed: 10 };
const changedBy = { lastModifiedBy: "ann", lastModifiedByType: "User", lastModifiedAt: "2026-01-02T03:04:05.6" };
const drifted = pool({
  properties: { scaleConfiguration: { maxConcurrentSessions: 50 } },
  body: { systemData: changedBy },
});
describe("policy.drift", () => {
  it("Correct, and left out: a PUT that says what was changed and by whom", () => {
    for (const policy of [undefined, { drift: "Correct" as const }]) {
      expect(decide({ spec: policy ? { policy } : {}, synced: true, live: drifted })).toMatchObject({
        kind: "put",
        reason: "DriftCorrected",
        changes: [{ path: MAX, desired: 10, observed: 50 }],
        drift: {
          paths: [MAX],
          message: `the pool was changed in Azure at ${MAX}; last changed by ann (User) at 2026-01-02T03:04:05Z`,
        },
      });
    }
  });

  it("Report: nothing is written, and the change is named", () => {
    expect(decide({ spec: { policy: { drift: "Report" } }, synced: true, live: drifted })).toMatchObject({
      kind: "hold",
      condition: "Stalled",
      reason: "Drifted",
      message: expect.stringMatching(
        /^the pool was changed in Azure at .*; spec\.policy\.drift is Report, so nothing is written/,
      ) as unknown,
      drift: { paths: [MAX] },
      plan: { action: "Update", changes: [{ path: MAX, desired: 10, observed: 50 }] },
    });
  });

  it.each<[story: string, given: Given, action: object]>([
    [
      "an edit is written all the same",
      { status: { syncedHash: "an earlier spec" }, live: drifted },
      { kind: "put", reason: "SpecChanged" },
    ],
    [
      "a pool deleted in Azure is not made again",
      { synced: true, live: "absent" },
      { kind: "hold", reason: "Drifted", drift: { paths: [""], message: "the pool was deleted in Azure" } },
    ],
    [
      "a pool that was never in sync is made",
      { status: { syncedHash: "an earlier spec" }, live: "absent" },
      { kind: "put", reason: "Create" },
    ],
    [
      "a change that failed is reported too",
      {
        synced: true,
        live: pool({ properties: { provisioningState: "Failed", scaleConfiguration: { maxConcurrentSessions: 50 } } }),
        input: { retryDue: true },
      },
      { kind: "hold", reason: "Drifted" },
    ],
    [
      "a pool that failed with what the spec says is tried again",
      { synced: true, live: pool({ properties: { provisioningState: "Failed" } }), input: { retryDue: true } },
      { kind: "put", reason: "RetryAfterFailure" },
    ],
    [
      "without a resource group that is said",
      { synced: true, live: "group missing" },
      { reason: "ResourceGroupNotFound" },
    ],
  ])("Report: %s", (_story, given, action) => {
    expect(decide({ ...given, spec: { policy: { drift: "Report" } } })).toMatchObject(action);
  });

  it("Correct: a pool deleted in Azure is made again", () => {
    expect(decide({ synced: true, live: "absent" })).toMatchObject({ kind: "put", reason: "Create" });
  });
});

describe("secrets", () => {
  const KEY = { id: "key-1", bytes: Buffer.alloc(32, 1) };
  const sent = (value: string) => sentSecrets(KEY, ID, new Map([["password", value]]));
  const reference = { secretKeyRef: { name: "s", key: "k" } };
  const spec = { secrets: [{ name: "password", valueFrom: reference }] };
  const live = (tags: JsonObject): JsonObject => ({
    ...livePool(),
    tags: { ...(livePool().tags as JsonObject), ...tags },
  });
  const ours = live({ "appcontainers.dev.secrets": secretsTag(sent("v")) });
  const resolved = (value: string) => ({ secrets: { kind: "resolved" as const, sent: sent(value) } });

  it.each<[story: string, given: Given, action: object]>([
    ["the same values: nothing", { spec, live: ours, input: resolved("v") }, { kind: "ready" }],
    [
      "another value: a PUT that says so",
      { spec, live: ours, input: resolved("w") },
      { kind: "put", reason: "SecretsChanged", body: { tags: { "appcontainers.dev.secrets": secretsTag(sent("w")) } } },
    ],
    [
      "nobody can tell: a PUT that says so",
      { spec, live: livePool(), input: resolved("v") },
      { kind: "put", reason: "SecretsUnverified" },
    ],
    [
      "another value and an edit: an edit",
      { spec: { ...spec, ...edited }, live: ours, input: resolved("w") },
      { kind: "put", reason: "SpecChanged", changes: [{ path: MAX }, { path: "/properties/secrets" }] },
    ],
    [
      "another value while drift is only reported: the drift is told, and without the secrets",
      {
        spec: { ...spec, ...edited, policy: { drift: "Report" } },
        synced: true,
        live: ours,
        input: resolved("w"),
      },
      { kind: "hold", reason: "Drifted", drift: { paths: [MAX] } },
    ],
    [
      "somebody else's in Azure: nothing is written, and they are named",
      { spec: edited, live: livePool() },
      {
        kind: "hold",
        reason: "SecretsWouldBeRemoved",
        message: `the pool has secrets that spec.secrets does not list, and an update (${MAX}) would remove them: password; list them, or set spec.policy.unlistedSecrets to Remove`,
        plan: { action: "Update" },
      },
    ],
    [
      "somebody else's, and the user wants them gone",
      { spec: { ...edited, policy: { unlistedSecrets: "Remove" } }, live: livePool() },
      { kind: "put" },
    ],
    ["somebody else's are no reason for a PUT", { live: livePool() }, { kind: "ready" }],
  ])("%s", (_story, given, action) => {
    expect(decide(given)).toMatchObject(action);
  });
});

describe("the same PUT without effect", () => {
  const stuck = (updates: number, generation = 3) => ({
    applied: { generation, differences: [{ path: MAX, desired: 11, observed: 9, updates }] },
  });
  it.each<[story: string, given: Given, action: object]>([
    ["twice: tried again", { spec: edited, input: stuck(2) }, { kind: "put" }],
    [
      "three times: no more, with the path",
      { spec: edited, input: stuck(3) },
      {
        kind: "hold",
        reason: "NotConverging",
        message: expect.stringContaining(`3 updates in a row succeeded, and Azure still has something else at ${MAX}:`),
        plan: { changes: [change] },
      },
    ],
    ["three times, of another generation: tried again", { spec: edited, input: stuck(3, 2) }, { kind: "put" }],
  ])("%s", (_story, given, action) => {
    expect(decide(given)).toMatchObject(action);
  });

  it("what only looks otherwise is forgotten when all else is well", () => {
    expect(decide({ input: stuck(1) })).toMatchObject({ kind: "ready", known: undefined });
  });
});

describe("the PUT", () => {
  it("carries the owner, what it sets, and not what the user has taken out", () => {
    const before = { tags: { costcenter: "42" }, properties: {} };
    const live = pool({
      body: { tags: { "appcontainers.dev.owner": "c1/ns/alpha/uid-1", costcenter: "42", ...fieldsTags(before) } },
    });
    const action = decide({ live });
    expect(action).toMatchObject({
      kind: "put",
      reason: "SpecChanged",
      changes: [{ path: "/tags/costcenter", observed: "42" }],
    });
    expect(action.kind === "put" && Object.keys(action.body.tags as object)).toEqual([
      "appcontainers.dev.owner",
      "appcontainers.dev.fields",
    ]);
    expect(action.kind === "put" && action.body.tags).toMatchObject({ "appcontainers.dev.owner": "c1/ns/alpha/uid-2" });
  });

  it("carries an ignored identity as Azure takes it, not as Azure shows it", () => {
    const identity = {
      type: "SystemAssigned, UserAssigned",
      principalId: "p",
      userAssignedIdentities: { "/id": { clientId: "c" } },
    };
    const spec = { ...edited, identity: { type: "None" as const }, policy: { ignore: ["/identity"] } };
    const action = decide({ spec, live: pool({ body: { identity } }) });
    expect(action).toMatchObject({
      kind: "put",
      changes: [change],
      body: { identity: { type: "SystemAssigned, UserAssigned", userAssignedIdentities: { "/id": {} } } },
    });
    expect(JSON.stringify(action.kind === "put" && action.body)).not.toMatch(/principalId|clientId/);
  });

  it("creates with everything that is ignored later", () => {
    const spec = { ...edited, policy: { ignore: [MAX] } };
    expect(decide({ spec, live: "absent" })).toMatchObject({ body: { properties: edited } });
    expect(decide({ spec })).toMatchObject({ kind: "ready" });
  });
});

describe("what would be changed is shown where nothing is", () => {
  it("of a pool that is not ours", () => {
    const tags = {};
    expect(decide({ spec: edited, live: pool({ body: { tags } }) })).toMatchObject({
      reason: "AlreadyExists",
      plan: { action: "Update", changes: [change] },
    });
    expect(decide({ live: pool({ body: { tags } }) })).toMatchObject({ plan: { action: "None", changes: [] } });
  });

  it("of a field that cannot be changed", () => {
    expect(decide({ spec: { location: "eastus", ...edited } })).toMatchObject({
      reason: "ImmutableField",
      plan: { action: "Update", changes: [{ path: "/location" }, change] },
    });
  });
});
