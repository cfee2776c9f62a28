import { describe, expect, it } from "vitest";
import { REASON } from "../../../src/api/conditions.ts";
import { FLUX_REQUESTED_AT, REQUESTED_AT, type SessionPool } from "../../../src/api/session-pool.ts";
import { RANK } from "../../../src/azure/waiting-line.ts";
import { rankOf, turnsOf } from "../../../src/reconcile/turns.ts";
import type { Action, PutReason } from "../../../src/sessionpool/action.ts";

interface Story {
  /** metadata.generation; 1 when left out. */
  readonly generation?: number;
  /** status.observedGeneration; the generation when left out. */
  readonly seen?: number;
  /** Why it is not Ready; ready when left out. */
  readonly reason?: string;
  readonly annotations?: Readonly<Record<string, string>>;
  /** status.lastHandledReconcileAt. */
  readonly handled?: string;
}

function resource({ generation = 1, seen = generation, reason, annotations, handled }: Story): SessionPool {
  return {
    metadata: { namespace: "ns", name: "alpha", generation, ...(annotations ? { annotations } : {}) },
    status: {
      observedGeneration: seen,
      conditions: [{ type: "Ready", status: reason ? "False" : "True", reason: reason ?? REASON.succeeded }],
      ...(handled === undefined ? {} : { lastHandledReconcileAt: handled }),
    },
  } as unknown as SessionPool;
}

const put = (reason: PutReason, isRepair = false): Action => ({
  kind: "put",
  body: {},
  changes: [],
  reason,
  ...(isRepair ? { isRepair: true } : {}),
});
const look: Action = { kind: "observe" };
const name = (rank: number): string | undefined => Object.entries(RANK).find(([, value]) => value === rank)?.[0];

describe("in which order calls are paid", () => {
  it.each<[story: string, action: Action, resource: Story, rank: keyof typeof RANK]>([
    ["a deletion", { kind: "delete" }, {}, "edit"],
    [
      "letting go of a deleted resource",
      { kind: "release", reason: "PoolDeleted", warning: false, message: "" },
      {},
      "edit",
    ],
    ["adoption", { kind: "adopt", adopted: {} as never, message: "" }, {}, "edit"],
    ["an edit", put("SpecChanged"), { generation: 2, seen: 1 }, "edit"],
    ["an edit that waits", put("SpecChanged"), { generation: 2, reason: REASON.queued }, "edit"],
    ["a new pool", put("Create"), { seen: -1 }, "create"],
    ["a new pool that waits", put("Create"), { reason: REASON.queued }, "create"],
    [
      "a new pool that is edited while it waits",
      put("Create"),
      { generation: 2, seen: 1, reason: REASON.queued },
      "edit",
    ],
    ["new values of a Secret", put("SecretsChanged"), {}, "create"],
    ["values that cannot be verified, after a lost key", put("SecretsUnverified"), {}, "drift"],
    ["another try after a failure", put("RetryAfterFailure"), { reason: "ImagePullFailed" }, "recovery"],
    ["one that waits", put("RetryAfterFailure"), { reason: REASON.queued }, "recovery"],
    ["an edit that mends a failed pool", put("RetryAfterFailure"), { generation: 2, seen: 1, reason: "X" }, "edit"],
    ["back to the spec", put("DriftCorrected", true), {}, "drift"],
    ["a pool that was deleted in Azure", put("Create", true), {}, "drift"],
    ["a look at a pool at rest", look, {}, "observe"],
    ["a look at a pool that Azure works on", look, { reason: REASON.creating }, "observe"],
    ["a look at what was edited", look, { generation: 2, seen: 1 }, "edit"],
    ["the same when it has been told that it waits", look, { generation: 2, reason: REASON.queued }, "edit"],
    ["the same during a pause", look, { generation: 2, reason: REASON.throttled }, "edit"],
    ["the first look at a new resource, one of many", look, { seen: -1 }, "create"],
    ["a look that somebody asked for", look, { annotations: { [REQUESTED_AT]: "2" } }, "edit"],
    ["by the annotation of Flux", look, { annotations: { [FLUX_REQUESTED_AT]: "2" }, handled: "1" }, "edit"],
    ["that was answered", look, { annotations: { [REQUESTED_AT]: "2" }, handled: "2" }, "observe"],
  ])("%s", (_story, action, story, rank) => {
    expect(name(rankOf(action, resource(story)))).toBe(rank);
  });
});

describe("the turns of a resource", () => {
  it("are shared with its namespace, and wake its key", () => {
    const woken: string[] = [];
    const turn = turnsOf("ns/alpha", (key) => void woken.push(key))(RANK.drift);
    turn.wake();
    expect([turn.key, turn.flow, turn.rank, woken]).toEqual(["ns/alpha", "ns", RANK.drift, ["ns/alpha"]]);
  });
});
