import { describe, expect, it } from "vitest";
import type { JsonObject } from "../../../src/sessionpool/json.ts";
import { decide, type Given, pool } from "./decide.ts";

const ID =
  "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg/providers/Microsoft.App/sessionPools/alpha";

describe("what Azure fixes at creation", () => {
  it.each<[field: string, spec: Given["spec"], live: JsonObject]>([
    ["/location", { location: "eastus" }, pool()],
    ["/properties/containerType", {}, pool({ properties: { containerType: "PythonLTS" } })],
    ["/properties/environmentId", { environmentId: ID.replace("sessionPools", "managedEnvironments") }, pool()],
    ["/properties/poolManagementType", {}, pool({ properties: { poolManagementType: "Manual" } })],
  ])("%s is not tried", (field, spec, live) => {
    expect(decide({ ...(spec ? { spec } : {}), live })).toMatchObject({
      reason: "ImmutableField",
      message: expect.stringMatching(
        new RegExp(
          `^${field} is .* in Azure and .* in the spec: Azure cannot change this on an existing pool; restore`,
        ),
      ) as unknown,
    });
  });
});

const BAD = { kind: "failed", code: "Bad", message: "m" } as const;

describe("the words of a hold or a release say what to do", () => {
  const failed = pool({ properties: { provisioningState: "Failed" } });
  const told = (observedGeneration: number, reason: string): Given["status"] => ({
    conditions: [
      {
        type: "Stalled",
        status: "True",
        reason,
        message: "time out",
        lastTransitionTime: "2026-01-01T00:00:00Z",
        observedGeneration,
      },
    ],
  });

  it.each<[story: string, given: Given, action: object]>([
    [
      "suspended",
      { spec: { suspend: true } },
      { message: "spec.suspend is true: the pool is neither read nor changed" },
    ],
    ["invalid", { input: { violations: ["a", "b"] } }, { message: "the spec is not valid: a; b" }],
    [
      "somewhere else",
      { status: { id: ID.replace("rg", "other") } },
      {
        reason: "ImmutableField",
        message: expect.stringContaining(`but the resource now asks for ${ID}: set spec.subscriptionId`),
      },
    ],
    ["an id in another casing is the same place", { status: { id: ID.toUpperCase() } }, { kind: "ready" }],
    ["an id that is none is no place", { status: { id: "nonsense" } }, { kind: "ready" }],
    [
      "not ours",
      { live: pool({ body: { tags: {} } }) },
      {
        message: expect.stringContaining(
          "carries no owner tag of this operator: set spec.policy.adoption to IfUnowned to adopt it (with it nothing would be changed), or choose another spec.azureName",
        ),
      },
    ],
    [
      "failed, and Azure's words are in the status",
      { live: failed, status: told(3, "ImagePullFailed") },
      { reason: "ImagePullFailed", message: "time out" },
    ],
    [
      "failed, and the words are about another spec",
      { live: failed, status: told(2, "ImagePullFailed") },
      {
        reason: "ProvisioningFailed",
        message: expect.stringContaining("provisioningState Failed for the pool, without saying why"),
      },
    ],
    [
      "failed, and the words are the operator's own",
      { live: failed, status: told(3, "SecretNotFound") },
      { reason: "ProvisioningFailed" },
    ],
    ...["Canceled", "Cancelled", "failed"].map((provisioningState): [string, object, object] => [
      provisioningState,
      { live: pool({ properties: { provisioningState } }) },
      { reason: "ProvisioningFailed" },
    ]),
    [
      "an update that failed, and Azure left the pool as it was",
      { spec: { scaleConfiguration: { maxConcurrentSessions: 77 } }, input: { operation: BAD } },
      { kind: "hold", reason: "Bad", message: "m" },
    ],
    [
      "an update that failed, and Azure left the pool as it was: its time has come, or the spec is another",
      { spec: { scaleConfiguration: { maxConcurrentSessions: 77 } }, input: { operation: BAD, retryDue: true } },
      { kind: "put", reason: "RetryAfterFailure" },
    ],
    [
      "an update that failed, and the pool is as the spec says: another PUT would only replace its sessions",
      { input: { operation: BAD, retryDue: true } },
      { kind: "ready" },
    ],
    [
      "an operation that failed with the pool",
      { live: failed, input: { operation: BAD } },
      { reason: "Bad", message: "m" },
    ],
    [
      "a creation that failed and left no pool",
      { live: "absent", input: { operation: BAD } },
      { reason: "Bad", message: "m" },
    ],
    [
      "a creation that failed and left no pool: its time has come, or the spec is another",
      { live: "absent", input: { operation: BAD, retryDue: true } },
      { kind: "put", reason: "Create" },
    ],
    [
      "deleted in Azure and only reported",
      { live: "absent", synced: true, spec: { policy: { drift: "Report" } } },
      { message: expect.stringContaining("set it to Correct, or edit the spec, to create the pool again") },
    ],
    [
      "our operation runs: the pool is not believed",
      { input: { operation: { kind: "running", what: "put" } } },
      { kind: "poll", reason: "Updating", message: "Azure is working on the pool; this takes minutes" },
    ],
    [
      "our delete runs and the resource is wanted",
      { input: { operation: { kind: "running", what: "delete" } } },
      { reason: "Deleting", message: "Azure is deleting the pool; it is created again when that is done" },
    ],
    [
      "a creation goes on",
      {
        live: pool({ properties: { provisioningState: "InProgress" } }),
        status: {
          conditions: [
            {
              type: "Ready",
              status: "False",
              reason: "Creating",
              message: "",
              lastTransitionTime: "",
              observedGeneration: 3,
            },
          ],
        },
      },
      { kind: "poll", reason: "Creating" },
    ],
    ["Azure deletes it", { live: pool({ properties: { provisioningState: "Deleting" } }) }, { reason: "Deleting" }],
  ])("%s", (_story, given, action) => {
    expect(decide(given)).toMatchObject(action);
  });

  const gone = { metadata: { deletionTimestamp: "2026-01-01T00:00:00Z" } };
  it.each<[story: string, given: Given, action: object]>([
    [
      "orphaned",
      { spec: { policy: { deletion: "Orphan" } } },
      { warning: true, message: `left in Azure as spec.policy.deletion says: ${ID}` },
    ],
    [
      "protected",
      { spec: { policy: { protect: true } } },
      {
        kind: "hold",
        reason: "Protected",
        message: `the resource was deleted, but spec.policy.protect is true, so ${ID} is not: set it to false to delete the pool, or spec.policy.deletion to Orphan to keep it and let the resource go`,
      },
    ],
    ["not protected any more", { spec: { policy: { protect: false } } }, { kind: "delete" }],
    [
      "protected, and let go",
      { spec: { policy: { protect: true, deletion: "Orphan" } } },
      { kind: "release", reason: "PoolOrphaned" },
    ],
    [
      "not there, while an update without an answer may still take effect",
      { live: "absent", input: { mayAppear: "unanswered" } },
      { kind: "poll", reason: "AzureUnavailable", message: expect.stringContaining("may still take effect") },
    ],
    [
      "not there, while an update that Azure took does not show yet",
      { live: "absent", input: { mayAppear: "taken" } },
      { kind: "poll", reason: "AzureUnavailable", message: expect.stringContaining("does not show the pool yet") },
    ],
    ["gone", { live: "absent" }, { warning: false, message: `gone from Azure: ${ID}` }],
    [
      "not ours",
      { live: pool({ body: { tags: {} } }) },
      { warning: true, message: `not deleted, since its owner tag names another owner or none: ${ID}` },
    ],
    [
      "nowhere",
      { input: { placement: { ok: false, message: "" } } },
      { warning: false, message: "no pool was ever created" },
    ],
    [
      "a delete runs",
      { input: { operation: { kind: "running", what: "delete" } } },
      { kind: "poll", message: "Azure is deleting the pool" },
    ],
    [
      "a put runs: deleted all the same",
      { input: { operation: { kind: "running", what: "put" } } },
      { kind: "delete" },
    ],
    ["without any finalizers", { metadata: { ...gone.metadata, finalizers: undefined as never } }, { kind: "wait" }],
  ])("deleted, and %s", (_story, given, action) => {
    expect(decide({ ...gone, ...given })).toMatchObject(action);
  });
});
