import { describe, expect, it } from "vitest";
import type { Applied } from "../../../src/sessionpool/known-differences.ts";
import type { JsonObject } from "../../../src/sessionpool/json.ts";
import { decide, type Given, pool } from "./decide.ts";

const known = {
  generation: 3,
  differences: [
    { path: "/properties/scaleConfiguration/maxConcurrentSessions", desired: 11, observed: 10, updates: 1 },
  ],
};
const deleted = { deletionTimestamp: "2026-01-01T00:00:00Z" };
const state = (provisioningState: string): JsonObject => pool({ properties: { provisioningState } });
const tagged = (tag: string | undefined): JsonObject =>
  pool({ body: { tags: tag === undefined ? {} : { "AppContainers.Dev.Owner": tag } } });

/** A location that Azure kept when it took our update. */
function keptLocation(desired: string, observed = "West US 3"): Applied {
  return { generation: 3, differences: [{ path: "/location", desired, observed, updates: 1 }] };
}

describe("what is done next", () => {
  it.each<[story: string, given: Given, action: object]>([
    ["a pool that matches: nothing", {}, { kind: "ready", known: undefined }],
    [
      "a new resource: the finalizer before anything else",
      { metadata: { finalizers: [] }, live: "unknown" },
      { kind: "addFinalizer" },
    ],
    ["then a look at Azure", { live: "unknown" }, { kind: "observe" }],
    ["no pool: create it", { live: "absent" }, { kind: "put", reason: "Create" }],
    [
      "no resource group: nothing is sent",
      { live: "group missing" },
      { kind: "hold", reason: "ResourceGroupNotFound" },
    ],
    [
      "an edit",
      { spec: { scaleConfiguration: { maxConcurrentSessions: 11 } } },
      {
        kind: "put",
        reason: "SpecChanged",
        changes: [{ path: "/properties/scaleConfiguration/maxConcurrentSessions", desired: 11, observed: 10 }],
      },
    ],
    [
      "the same difference in a pool that was Ready at this generation: drift",
      { spec: { scaleConfiguration: { maxConcurrentSessions: 11 } }, synced: true },
      { kind: "put", reason: "DriftCorrected" },
    ],
    [
      "a difference that Azure insists on: no PUT",
      {
        spec: { scaleConfiguration: { maxConcurrentSessions: 11 } },
        input: { applied: known },
      },
      { kind: "ready", known },
    ],
    [
      "the same path with another value is no known difference",
      {
        spec: { scaleConfiguration: { maxConcurrentSessions: 12 } },
        input: { applied: known },
      },
      { kind: "put" },
    ],
    [
      "Azure works on the pool: wait, also with an edit",
      { spec: { scaleConfiguration: { maxConcurrentSessions: 11 } }, live: state("InProgress") },
      { kind: "poll", reason: "Updating" },
    ],
    ["a state that nobody knows counts as working", { live: state("Upgrading") }, { kind: "poll" }],
    ["no state counts as done", { live: pool({ properties: { provisioningState: null } }) }, { kind: "ready" }],
    [
      "our own operation runs: its URL is asked, not the pool",
      { live: "unknown", input: { operation: { kind: "running", what: "put" } } },
      { kind: "poll", reason: "Updating" },
    ],
    [
      "a pool that Azure deletes is created again afterwards",
      { live: state("Deleting") },
      { kind: "poll", reason: "Deleting" },
    ],
    [
      "a failed pool waits, with Azure's words",
      {
        live: state("Failed"),
        input: { operation: { kind: "failed", code: "SessionPoolOperationError", message: "time out" } },
      },
      { kind: "hold", condition: "Stalled", reason: "SessionPoolOperationError", message: "time out" },
    ],
    ["a failed pool without words", { live: state("Failed") }, { kind: "hold", reason: "ProvisioningFailed" }],
    [
      "a failed pool is tried again in its time",
      { live: state("Failed"), input: { retryDue: true } },
      { kind: "put", reason: "RetryAfterFailure" },
    ],
    [
      "suspended: nothing",
      { spec: { suspend: true }, live: "unknown", metadata: { finalizers: [] } },
      { kind: "hold", condition: "Suspended" },
    ],
    [
      "a spec older than its schema",
      { input: { violations: ["spec.x must be y"] } },
      { kind: "hold", reason: "InvalidSpec" },
    ],
    [
      "a Secret is missing: no PUT, not even a finalizer",
      { metadata: { finalizers: [] }, input: { secrets: { kind: "missing", reason: "SecretNotFound", message: "m" } } },
      { kind: "hold", reason: "SecretNotFound" },
    ],
    [
      "no credential: Azure is not asked, whatever Secret is missing besides",
      {
        live: "unknown",
        metadata: { finalizers: [] },
        input: {
          credentials: { kind: "missing", reason: "CredentialsNotFound", message: "create it" },
          secrets: { kind: "missing", reason: "SecretNotFound", message: "m" },
          placement: { ok: false, message: "no subscription" },
        },
      },
      { kind: "hold", condition: "Stalled", reason: "CredentialsNotFound", message: "create it" },
    ],
    [
      "an invalid spec is said before a missing credential",
      {
        input: { violations: ["x"], credentials: { kind: "missing", reason: "CredentialsNotFound", message: "m" } },
      },
      { kind: "hold", reason: "InvalidSpec" },
    ],
    [
      "no subscription",
      { input: { placement: { ok: false, message: "no subscription" } } },
      { kind: "hold", reason: "InvalidSpec" },
    ],
    [
      "the operator's default subscription changed",
      {
        status: {
          id: `/subscriptions/11111111-0000-0000-0000-000000000000/resourceGroups/rg/providers/Microsoft.App/sessionPools/alpha`,
        },
      },
      { kind: "hold", reason: "ImmutableField" },
    ],
    [
      "a change that Azure cannot make in place",
      { spec: { location: "eastus" } },
      {
        kind: "hold",
        reason: "ImmutableField",
        message: expect.stringContaining('/location is "West US 3" in Azure and "eastus" in the spec'),
      },
    ],
    [
      "Azure kept its own value when it took our update",
      { spec: { location: "eastus" }, input: { applied: keptLocation("eastus") } },
      { kind: "ready", known: keptLocation("eastus") },
    ],
    [
      "the same, and the spec was edited since",
      { spec: { location: "westus" }, input: { applied: keptLocation("eastus") } },
      { kind: "hold", reason: "ImmutableField", message: expect.stringContaining('"westus" in the spec') },
    ],
    [
      "the same, and Azure has something else again",
      { spec: { location: "eastus" }, input: { applied: keptLocation("eastus", "North Europe") } },
      { kind: "hold", reason: "ImmutableField" },
    ],
    [
      "a type in another casing is the same type",
      { live: pool({ properties: { containerType: "customcontainer" } }) },
      { kind: "ready", known: undefined },
    ],
  ])("%s", (_story, given, action) => {
    expect(decide(given)).toMatchObject(action);
  });
});

describe("a pool that is not ours is left alone", () => {
  it.each<[story: string, tag: string | undefined, action: object]>([
    ["our tag, in another spelling of its name and with another UID", "c1/ns/alpha/uid-1", { kind: "ready" }],
    ["no tag", undefined, { kind: "hold", reason: "AlreadyExists" }],
    ["a tag that says nothing", "c1/ns", { kind: "hold", reason: "OwnedByOther" }],
    ["a tag with too many parts", "c1/ns/alpha/uid-1/x", { kind: "hold", reason: "OwnedByOther" }],
    [
      "another name",
      "c1/ns/beta/uid-1",
      { kind: "hold", reason: "OwnedByOther", message: expect.stringContaining("ns/beta,") },
    ],
    ["another namespace", "c1/other/alpha/uid-1", { kind: "hold", reason: "OwnedByOther" }],
    [
      "another cluster",
      "c2/ns/alpha/uid-1",
      { kind: "hold", reason: "OwnedByOther", message: expect.stringContaining("of cluster c2") },
    ],
  ])("%s", (_story, tag, action) => {
    expect(decide({ live: tagged(tag), spec: {} })).toMatchObject(action);
  });
});

describe("deletion", () => {
  it.each<[story: string, given: Given, action: object]>([
    ["a look at Azure first", { live: "unknown" }, { kind: "observe" }],
    ["ours: deleted", {}, { kind: "delete" }],
    [
      "ours, and Azure works on it: deleted all the same, Azure says when",
      { live: state("InProgress") },
      { kind: "delete" },
    ],
    ["being deleted", { live: state("Deleting") }, { kind: "poll", reason: "Deleting" }],
    [
      "our delete runs",
      { live: "unknown", input: { operation: { kind: "running", what: "delete" } } },
      { kind: "poll", reason: "Deleting" },
    ],
    ["gone: the finalizer goes", { live: "absent" }, { kind: "release", reason: "PoolDeleted", warning: false }],
    [
      "the resource group is gone, and the pool with it",
      { live: "group missing" },
      { kind: "release", reason: "PoolDeleted" },
    ],
    [
      "no tag: let go, not deleted",
      { live: tagged(undefined) },
      { kind: "release", reason: "PoolNotOurs", warning: true },
    ],
    ["another's: let go, not deleted", { live: tagged("c2/ns/alpha/u") }, { kind: "release", reason: "PoolNotOurs" }],
    [
      "Orphan: let go without a look",
      { spec: { policy: { deletion: "Orphan" } }, live: "unknown" },
      { kind: "release", reason: "PoolOrphaned" },
    ],
    [
      "suspended, invalid and without its Secret: deleted all the same",
      {
        spec: { suspend: true },
        input: { violations: ["x"], secrets: { kind: "missing", reason: "r", message: "m" } },
      },
      { kind: "delete" },
    ],
    [
      "no credential: held, since there may be a pool, also where nobody can tell",
      {
        live: "unknown",
        input: {
          credentials: { kind: "missing", reason: "CredentialsNotFound", message: "restore it" },
          placement: { ok: false, message: "no subscription" },
        },
      },
      { kind: "hold", condition: "Stalled", reason: "CredentialsNotFound", message: "restore it" },
    ],
    [
      "no credential, while our delete runs: held",
      {
        live: "unknown",
        input: {
          credentials: { kind: "missing", reason: "CredentialsNotFound", message: "m" },
          operation: { kind: "running", what: "delete" },
        },
      },
      { kind: "hold", reason: "CredentialsNotFound" },
    ],
    [
      "no credential, and Orphan: let go",
      {
        spec: { policy: { deletion: "Orphan" } },
        live: "unknown",
        input: { credentials: { kind: "missing", reason: "CredentialsNotFound", message: "m" } },
      },
      { kind: "release", reason: "PoolOrphaned" },
    ],
    [
      "never placed anywhere",
      { input: { placement: { ok: false, message: "no subscription" } }, live: "unknown" },
      { kind: "release", reason: "NoPool" },
    ],
    [
      "without our finalizer: not ours to finish",
      { metadata: { ...deleted, finalizers: ["other"] } },
      { kind: "wait" },
    ],
  ])("%s", (_story, given, action) => {
    expect(decide({ ...given, metadata: { ...deleted, ...given.metadata } })).toMatchObject(action);
  });
});
