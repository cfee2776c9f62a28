import { describe, expect, it } from "vitest";
import { reasonOf } from "../../../src/api/conditions.ts";
import type { SessionPoolStatus } from "../../../src/api/session-pool.ts";
import { type Outcome, sameStatus, statusFor } from "../../../src/sessionpool/status.ts";
import { livePool } from "./bodies.ts";

const T0 = "2026-01-01T00:00:00Z";
const T1 = "2026-01-01T00:05:00Z";
const present = {
  kind: "present",
  pool: livePool({ body: { identity: { type: "SystemAssigned", principalId: "p-1", tenantId: "t-1" } } }),
} as const;
const outcomes: Record<string, Outcome> = {
  ready: { kind: "ready", known: undefined },
  reconciling: { kind: "reconciling", reason: "Updating", message: "m" },
  stalled: { kind: "stalled", reason: "SecretNotFound", message: "m" },
  suspended: { kind: "suspended", reason: "Suspended", message: "m" },
};

describe("the status", () => {
  it("says what Azure says", () => {
    expect(statusFor(2, undefined, { kind: "ready", known: undefined }, present, undefined, T0)).toMatchObject({
      observedGeneration: 2,
      id: livePool().id,
      provisioningState: "Succeeded",
      endpoint: "https://alpha.jollymoss-332ae058.westus3.azurecontainerapps.io",
      nodeCount: 1,
      principalId: "p-1",
      tenantId: "t-1",
      readySessionInstances: 2,
    });
  });

  it.each(Object.entries(outcomes))("follows the kstatus rules: %s", (_name, outcome) => {
    const { conditions = [] } = statusFor(2, undefined, outcome, present, undefined, T0);
    const isTrue = (type: string): boolean =>
      conditions.some((condition) => condition.type === type && condition.status === "True");
    expect(conditions[0]?.type).toBe("Ready");
    expect(isTrue("Ready")).toBe(outcome.kind === "ready");
    expect(isTrue("Reconciling")).toBe(outcome.kind === "reconciling");
    expect(isTrue("Stalled")).toBe(outcome.kind === "stalled");
    expect(conditions.every(({ observedGeneration }) => observedGeneration === 2)).toBe(true);
    expect(conditions.filter(({ type }) => type !== "Ready").every(({ status }) => status === "True")).toBe(true);
  });

  it("moves lastTransitionTime only when a condition turns", () => {
    const first = statusFor(1, undefined, { kind: "ready", known: undefined }, present, undefined, T0);
    const same = statusFor(2, first, { kind: "ready", known: undefined }, present, undefined, T1);
    expect(same.conditions?.[0]?.lastTransitionTime).toBe(T0);
    const turned = statusFor(2, first, { kind: "stalled", reason: "R", message: "m" }, present, undefined, T1);
    expect(turned.conditions?.map(({ lastTransitionTime }) => lastTransitionTime)).toEqual([T1, T1]);
  });

  it("keeps what is known of the pool while nothing newer is, and drops it when the pool is gone", () => {
    const before: SessionPoolStatus = statusFor(
      1,
      undefined,
      { kind: "ready", known: undefined },
      present,
      undefined,
      T0,
    );
    expect(
      statusFor(2, before, { kind: "reconciling", reason: "R", message: "m" }, { kind: "unknown" }, undefined, T1)
        .endpoint,
    ).toBe(before.endpoint);
    expect(
      statusFor(
        2,
        before,
        { kind: "reconciling", reason: "R", message: "m" },
        { kind: "absent", groupMissing: false, message: "" },
        undefined,
        T1,
      ).endpoint,
    ).toBeUndefined();
  });

  it("shows the differences that Azure insists on", () => {
    const { conditions } = statusFor(
      1,
      undefined,
      { kind: "ready", known: { generation: 1, differences: [{ path: "/a" }, { path: "/b" }] } },
      present,
      undefined,
      T0,
    );
    expect(conditions?.[0]?.message).toContain("/a, /b");
  });

  it("is the same when only the order of members differs", () => {
    expect(sameStatus({ id: "a", endpoint: "b" }, { endpoint: "b", id: "a" })).toBe(true);
    expect(sameStatus({ id: "a" }, { id: "a", endpoint: "b" })).toBe(false);
  });
});

describe("a reason made from Azure's code is legal", () => {
  it.each([
    ["SessionPoolInvalidReadySessionInstances", "SessionPoolInvalidReadySessionInstances"],
    ["Some-Code.With:Marks", "SomeCodeWithMarks"],
    ["403", "ProvisioningFailed"],
    ["", "ProvisioningFailed"],
    ["A_", "A"],
  ])("%s", (code, reason) => {
    expect(reasonOf(code)).toBe(reason);
  });
});
