import { describe, expect, it } from "vitest";
import type { JsonObject } from "../../../src/sessionpool/json.ts";
import { OWNER_TAG } from "../../../src/sessionpool/own-tags.ts";
import { POOL_ID as ID } from "./bodies.ts";
import { decide, type Given, pool } from "./decide.ts";

const tagged = (owner?: string, more: JsonObject = {}): JsonObject =>
  pool({ body: { tags: { ...(owner === undefined ? {} : { [OWNER_TAG]: owner }), ...more } } });
const adoption = (policy: "Never" | "IfUnowned" | "Always"): NonNullable<Given["spec"]> => ({
  policy: { adoption: policy },
});
const claim = (owner?: string, generation = 3, id = ID): NonNullable<Given["status"]> => ({
  observedGeneration: 3,
  adopted: { id, generation, ...(owner === undefined ? {} : { owner }) },
});
const OURS = "c1/ns/alpha/uid-1";
const BETA = "c1/ns/beta/uid-9";
const FOREIGN = "c2/ns/alpha/uid-2";
const differs = { scaleConfiguration: { maxConcurrentSessions: 99 } };

describe("a pool that exists before its resource", () => {
  it.each<[story: string, given: Given, action: object]>([
    ["Never: held, with a plan of nothing", { live: tagged() }, { reason: "AlreadyExists", plan: { action: "None" } }],
    [
      "Never: held, with what adopting would change",
      { live: tagged(), spec: differs },
      {
        reason: "AlreadyExists",
        plan: { action: "Update", changes: [{ path: "/properties/scaleConfiguration/maxConcurrentSessions" }] },
      },
    ],
    ["IfUnowned: adopted", { live: tagged(), spec: adoption("IfUnowned") }, { kind: "adopt" }],
    [
      "IfUnowned: adopted also when it differs; the change comes after the claim",
      { live: tagged(), spec: { ...differs, ...adoption("IfUnowned") } },
      { kind: "adopt", adopted: { id: ID, generation: 3 } },
    ],
    [
      "IfUnowned: not from another cluster",
      { live: tagged(FOREIGN), spec: adoption("IfUnowned") },
      { reason: "OwnedByOther" },
    ],
    [
      "IfUnowned: not from a resource that is gone, since it may come back",
      { live: tagged(BETA), spec: adoption("IfUnowned") },
      { reason: "OwnedByOther", message: expect.stringContaining("which this cluster no longer has") },
    ],
    [
      "IfUnowned: not with a tag that cannot be read",
      { live: tagged("mine"), spec: adoption("IfUnowned") },
      { reason: "OwnedByOther" },
    ],
    [
      "Always: from another cluster, whose tag is noted",
      { live: tagged(FOREIGN), spec: adoption("Always") },
      { kind: "adopt", adopted: { owner: FOREIGN } },
    ],
    ["Always: from a resource that is gone", { live: tagged(BETA), spec: adoption("Always") }, { kind: "adopt" }],
    [
      "Always: not from a resource that is there",
      { live: tagged(BETA), spec: adoption("Always"), input: { ownerIsHere: true } },
      {
        reason: "OwnedByOther",
        message: expect.stringMatching(/belongs to the SessionPool ns\/beta: .*or delete ns\/beta$/),
      },
    ],
    ["Always: with a tag that cannot be read", { live: tagged("mine"), spec: adoption("Always") }, { kind: "adopt" }],
    [
      "with identities that its namespace may not use: whoever has the pool could run anything with them",
      { live: tagged(), spec: adoption("IfUnowned"), input: { liveScopeProblem: "namespace ns may not use it" } },
      {
        reason: "ScopeNotAllowed",
        message: expect.stringContaining("cannot be adopted, because of what it names: namespace ns may not use it"),
        isForeign: true,
      },
    ],
    [
      "ours already, with identities that its namespace may not name: somebody else gave them to it",
      { live: tagged(OURS), input: { liveScopeProblem: "x" } },
      { kind: "ready" },
    ],
    [
      "Observe: shown as it would be, and not claimed",
      { live: tagged(), spec: { ...differs, policy: { adoption: "IfUnowned", mode: "Observe" } } },
      { reason: "ChangesPlanned", plan: { action: "Update" } },
    ],
    ["ours: nothing to adopt", { live: tagged(OURS), spec: adoption("Always") }, { kind: "ready" }],
    [
      "Azure works on it: adopted all the same, and waited for then",
      {
        live: pool({ body: { tags: {} }, properties: { provisioningState: "InProgress" } }),
        spec: adoption("IfUnowned"),
      },
      { kind: "adopt" },
    ],
    [
      "suspended: not even looked at",
      { live: tagged(), spec: { ...adoption("Always"), suspend: true } },
      { reason: "Suspended" },
    ],
    [
      "in another region: adopted, then held, since Azure cannot move it",
      { live: tagged(), status: claim(), spec: { ...adoption("IfUnowned"), location: "eastus" } },
      { reason: "ImmutableField" },
    ],
  ])("%s", (_story, given, action) => {
    expect(decide(given)).toMatchObject(action);
  });
});

describe("the words of what is another's", () => {
  it.each<[story: string, given: Given, message: string]>([
    [
      "nobody's, and different",
      { live: tagged(), spec: differs },
      `"${ID}" exists and carries no owner tag of this operator: set spec.policy.adoption to IfUnowned to adopt it (status.plan has what would be changed), or choose another spec.azureName`,
    ],
    [
      "a tag in no form of ours",
      { live: tagged("mine") },
      `${ID} has an owner tag that this operator did not write ("mine"): choose another spec.azureName, or set spec.policy.adoption to Always`,
    ],
    [
      "another cluster's",
      { live: tagged(FOREIGN) },
      `${ID} belongs to the SessionPool ns/alpha of cluster c2: choose another spec.azureName, or set spec.policy.adoption to Always; if this cluster has taken that one's place, start the operator with --cluster-id=c2`,
    ],
    [
      "of a resource that is gone",
      { live: tagged(BETA) },
      `${ID} belongs to the SessionPool ns/beta, which this cluster no longer has: choose another spec.azureName, or set spec.policy.adoption to Always`,
    ],
    [
      "of a resource that is there: no policy helps, so none is named",
      { live: tagged(BETA), input: { ownerIsHere: true } },
      `${ID} belongs to the SessionPool ns/beta: choose another spec.azureName, or delete ns/beta`,
    ],
    [
      "lost to another cluster",
      { live: tagged(FOREIGN), status: claim(), spec: adoption("Always") },
      `${ID} was adopted, and then taken by the SessionPool ns/alpha of cluster c2: it is not taken again before the spec changes`,
    ],
  ])("%s", (_story, given, message) => {
    expect(decide(given)).toMatchObject({ kind: "hold", condition: "Stalled", message, isForeign: true });
  });

  it("what is adopted says so, and that Azure was not written", () => {
    expect(decide({ live: tagged(), spec: adoption("IfUnowned") })).toEqual({
      kind: "adopt",
      adopted: { id: ID, generation: 3, createdAt: expect.any(String) },
      message: `the existing pool "${ID}" is adopted; nothing was written to Azure`,
    });
  });
});

describe("a pool that was adopted", () => {
  it.each<[story: string, given: Given, action: object]>([
    ["is in sync without a PUT", { live: tagged(), status: claim() }, { kind: "ready" }],
    [
      "also when adoption is allowed no longer",
      { live: tagged(), status: claim(), spec: adoption("Never") },
      { kind: "ready" },
    ],
    [
      "gets its tag with the first change",
      { live: tagged(), status: claim(), spec: differs },
      { kind: "put", reason: "SpecChanged", body: { tags: { [OWNER_TAG]: "c1/ns/alpha/uid-2" } } },
    ],
    ["with another's tag, as it was then", { live: tagged(FOREIGN), status: claim(FOREIGN) }, { kind: "ready" }],
    ["with the tag of a resource that is gone", { live: tagged(BETA), status: claim(BETA) }, { kind: "ready" }],
    [
      "and whose owner is there again: it is the owner's",
      { live: tagged(BETA), status: claim(BETA), spec: adoption("Always"), input: { ownerIsHere: true } },
      { reason: "OwnedByOther", message: expect.stringMatching(/belongs to the SessionPool ns\/beta: /) },
    ],
    [
      "from an owner that was gone and is back",
      { live: tagged(BETA), status: claim(BETA), spec: differs, input: { ownerIsHere: true } },
      { reason: "OwnedByOther", message: expect.stringContaining("belongs to the SessionPool ns/beta: ") },
    ],
    [
      "and then got another's tag",
      { live: tagged(FOREIGN), status: claim(), spec: adoption("IfUnowned") },
      {
        reason: "OwnedByOther",
        message: expect.stringContaining("was adopted, and then taken by the SessionPool ns/alpha of cluster c2"),
      },
    ],
    [
      "is not taken back by itself: two clusters would do so for ever",
      { live: tagged(FOREIGN), status: claim(), spec: adoption("Always") },
      { reason: "OwnedByOther", message: expect.stringContaining("not taken again before the spec changes") },
    ],
    [
      "nor when Azure spells its id otherwise now",
      { live: tagged(FOREIGN), status: claim(undefined, 3, ID.replace("Groups", "groups")), spec: adoption("Always") },
      { reason: "OwnedByOther", message: expect.stringContaining("not taken again before the spec changes") },
    ],
    [
      "and is taken back after an edit",
      { live: tagged(FOREIGN), status: claim(undefined, 2), spec: adoption("Always") },
      { kind: "adopt", adopted: { owner: FOREIGN, generation: 3 } },
    ],
    [
      "a claim on another pool is none",
      { live: tagged(), status: claim(undefined, 3, `${ID}x`) },
      { reason: "AlreadyExists" },
    ],
    [
      "other tags of the operator on it are the other owner's: what they say was set is not taken out",
      { live: tagged(FOREIGN, { "appcontainers.dev.fields": "AAAAAAAA", team: "x" }), status: claim(FOREIGN) },
      { kind: "ready" },
    ],
    [
      "and had failed before: left as it is until an edit",
      {
        live: pool({ body: { tags: {} }, properties: { provisioningState: "Failed" } }),
        status: claim(),
        input: { retryDue: true },
      },
      { kind: "hold", reason: "ProvisioningFailed", message: expect.stringContaining("adopted and not updated since") },
    ],
    [
      "and had failed before: an edit makes an update",
      {
        live: pool({ body: { tags: {} }, properties: { provisioningState: "Failed" } }),
        status: claim(),
        spec: differs,
        input: { retryDue: true },
      },
      { kind: "put" },
    ],
  ])("%s", (_story, given, action) => {
    expect(decide(given)).toMatchObject(action);
  });

  it("is let go, not deleted, when it was never updated: only a tag of ours is reason enough", () => {
    const gone = { metadata: { deletionTimestamp: "2026-01-01T00:00:00Z" }, status: { ...claim(), id: ID } };
    expect(decide({ ...gone, live: tagged() })).toMatchObject({
      kind: "release",
      reason: "PoolNotOurs",
      message: expect.stringContaining("adopted and never updated"),
    });
    expect(decide({ ...gone, live: tagged(OURS) })).toMatchObject({ kind: "delete" });
  });
});
