import { describe, expect, it } from "vitest";
import type { Action } from "../../../src/sessionpool/action.ts";
import { planned } from "../../../src/sessionpool/approval.ts";
import { type Change, shownChange } from "../../../src/sessionpool/diff.ts";
import { decide, type Given, pool } from "./decide.ts";

const MAX = "/properties/scaleConfiguration/maxConcurrentSessions";
const edited = { scaleConfiguration: { maxConcurrentSessions: 11 } };
const change = { path: MAX, desired: 11, observed: 10 };
const drifted = pool({ properties: { scaleConfiguration: { maxConcurrentSessions: 50 } } });
const deleted = { deletionTimestamp: "2026-01-01T00:00:00Z" };
const hashOf = (action: Action): string => {
  if (!("plan" in action) || !action.plan) throw new Error(`no plan in ${action.kind}`);
  return action.plan.hash;
};

describe("policy.mode Observe", () => {
  const observe = { policy: { mode: "Observe" as const } };
  it.each<[story: string, given: Given, action: object]>([
    [
      "an update is shown",
      { spec: { ...observe, ...edited } },
      {
        kind: "hold",
        condition: "Stalled",
        reason: "ChangesPlanned",
        message: `would update the pool at ${MAX}, but spec.policy.mode is Observe: status.plan has the changes; set the mode to Apply or Approve to make them`,
        plan: { action: "Update", changes: [change] },
      },
    ],
    [
      "a creation is shown",
      { spec: observe, live: "absent" },
      { message: expect.stringContaining("would create the pool, but"), plan: { action: "Create" } },
    ],
    [
      "what matches is Ready, with an empty plan",
      { spec: observe },
      { kind: "ready", plan: { action: "None", changes: [] } },
    ],
    ["no finalizer is needed", { spec: observe, metadata: { finalizers: [] }, live: "unknown" }, { kind: "observe" }],
    [
      "drift is shown as such",
      { spec: observe, synced: true, live: drifted },
      { reason: "ChangesPlanned", drift: { paths: [MAX] } },
    ],
    [
      "a retry after a failure is shown",
      { spec: observe, live: pool({ properties: { provisioningState: "Failed" } }), input: { retryDue: true } },
      { message: expect.stringContaining("would update the pool again, after a failure, but") },
    ],
    [
      "a deletion lets go of the pool",
      { spec: observe, metadata: deleted },
      {
        kind: "release",
        reason: "PoolOrphaned",
        warning: true,
        message: "left in Azure, since spec.policy.mode is Observe",
      },
    ],
    [
      "what is in progress is waited for",
      { spec: observe, live: pool({ properties: { provisioningState: "InProgress" } }) },
      { kind: "poll" },
    ],
    ["suspended is suspended", { spec: { ...observe, suspend: true }, live: "unknown" }, { condition: "Suspended" }],
  ])("%s", (_story, given, action) => {
    expect(decide(given)).toMatchObject(action);
  });
});

describe("policy.mode Approve", () => {
  const approve = { policy: { mode: "Approve" as const } };
  const approved = (hash: string): Given["metadata"] => ({ annotations: { "appcontainers.dev/approved-plan": hash } });

  it.each<[story: string, given: Given, what: string, kind: string]>([
    ["a creation", { spec: approve, live: "absent" }, "create the pool", "put"],
    ["an update", { spec: { ...approve, ...edited } }, `update the pool at ${MAX}`, "put"],
    ["a deletion", { spec: approve, metadata: deleted }, "delete the pool", "delete"],
  ])("%s waits for its hash in the annotation", (_story, given, what, kind) => {
    const waiting = decide(given);
    expect(waiting).toMatchObject({ kind: "hold", condition: "Stalled", reason: "ApprovalRequired" });
    const hash = hashOf(waiting);
    expect(waiting).toMatchObject({
      message: `waits for approval to ${what}: look at status.plan, then: kubectl annotate sessionpool -n ns alpha --overwrite appcontainers.dev/approved-plan=${hash}`,
    });
    expect(decide({ ...given, metadata: { ...given.metadata, ...approved(hash) } }).kind).toBe(kind);
    expect(decide({ ...given, metadata: { ...given.metadata, ...approved(`${hash}x`) } }).kind).toBe("hold");
  });

  it("after a failure says what failed", () => {
    const operation = { kind: "failed", code: "ImagePullFailed", message: "time out" } as const;
    const live = pool({ properties: { provisioningState: "Failed" } });
    expect(decide({ spec: approve, live, input: { operation, retryDue: true } })).toMatchObject({
      reason: "ApprovalRequired",
      message: expect.stringContaining(
        "update the pool again, after a failure (ImagePullFailed: time out): look at status.plan",
      ) as unknown,
    });
  });

  it("needs the finalizer first, and is Ready with an empty plan", () => {
    expect(decide({ spec: approve, metadata: { finalizers: [] }, live: "unknown" }).kind).toBe("addFinalizer");
    expect(decide({ spec: approve })).toMatchObject({ kind: "ready", plan: { action: "None" } });
    expect(decide({})).not.toHaveProperty("plan");
  });
});

describe("a plan's hash names exactly the plan", () => {
  const placement = (name: string) =>
    ({ ok: true, placement: { subscriptionId: "s", resourceGroup: "rg", name } }) as const;
  const observation = { kind: "unknown" } as const;
  const input = {
    placement: placement("alpha"),
    show: shownChange,
    observation,
    secrets: { kind: "resolved" } as const,
  };
  const other: Change = { path: "/tags/a", desired: "1" };
  const { hash } = planned(input, "Update", [change, other]);

  it("the same in any order of changes, and in any casing of the id", () => {
    expect(hash).toMatch(/^[\w-]{16}$/);
    expect(planned(input, "Update", [other, change]).hash).toBe(hash);
    expect(planned({ ...input, placement: placement("ALPHA") }, "Update", [change, other]).hash).toBe(hash);
  });

  it.each<[story: string, plan: { hash: string }]>([
    ["another action", planned(input, "Create", [change, other])],
    ["another pool", planned({ ...input, placement: placement("beta") }, "Update", [change, other])],
    ["another value", planned(input, "Update", [{ ...change, desired: 12 }, other])],
    ["another value in Azure", planned(input, "Update", [{ ...change, observed: 12 }, other])],
    ["a change less", planned(input, "Update", [change])],
    [
      "a long value that differs at its end",
      planned(input, "Update", [change, { ...other, desired: "x".repeat(900) }]),
    ],
  ])("another for %s", (_story, plan) => {
    expect(plan.hash).not.toBe(hash);
  });

  it("shows a hundred changes and counts the rest, in the order of the body", () => {
    const many = Array.from({ length: 103 }, (_, index) => ({ path: `/tags/${200 - index}`, desired: "x" }));
    const plan = planned(input, "Update", many);
    expect(plan.changes).toHaveLength(100);
    expect(plan.changes?.[0]).toEqual(many[0]);
    expect(plan.omitted).toBe(3);
    expect(planned(input, "Update", many.slice(0, 100))).not.toHaveProperty("omitted");
    expect(planned({ ...input, placement: { ok: false, message: "" } }, "Update", many).hash).not.toBe(plan.hash);
  });
});
