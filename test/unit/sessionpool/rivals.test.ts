import { describe, expect, it } from "vitest";
import type { SessionPool } from "../../../src/api/session-pool.ts";
import type { Action, PlanInput } from "../../../src/sessionpool/action.ts";
import type { JsonObject } from "../../../src/sessionpool/json.ts";
import { OWNER_TAG } from "../../../src/sessionpool/own-tags.ts";
import { POOL_ID as ID } from "./bodies.ts";
import { decide, type Given, pool } from "./decide.ts";

const OURS = "c1/ns/alpha/uid-1";
const tagged = (owner?: string): JsonObject =>
  pool({ body: { tags: owner === undefined ? {} : { [OWNER_TAG]: owner } } });
const adoption = (policy: "IfUnowned"): NonNullable<Given["spec"]> => ({ policy: { adoption: policy } });
const claim = (): NonNullable<Given["status"]> => ({
  observedGeneration: 3,
  adopted: { id: ID, generation: 3 },
});

describe("two resources for one pool", () => {
  const beta = (
    changes: {
      metadata?: Partial<SessionPool["metadata"]>;
      spec?: Partial<SessionPool["spec"]>;
      status?: SessionPool["status"];
    } = {},
  ): SessionPool => ({
    metadata: {
      name: "beta",
      namespace: "other",
      uid: "uid-b",
      resourceVersion: "1",
      generation: 1,
      creationTimestamp: "2026-01-01T00:00:00Z",
      finalizers: ["appcontainers.dev/session-pool"],
      ...changes.metadata,
    },
    spec: {
      resourceGroup: "rg",
      location: "westus3",
      containerType: "CustomContainer",
      azureName: "alpha",
      ...changes.spec,
    } as SessionPool["spec"],
    ...(changes.status ? { status: changes.status } : {}),
  });
  const younger = { metadata: { creationTimestamp: "2026-01-01T00:00:09Z" } };
  const older = { metadata: { creationTimestamp: "2025-01-01T00:00:00Z" } };
  const against = (rival: SessionPool, more: Partial<PlanInput> = {}): Partial<PlanInput> => ({
    rivals: [rival],
    ...more,
  });
  const held = {
    reason: "OwnedByOther",
    message: expect.stringContaining("belongs to the SessionPool other/beta: "),
  };
  const create = { kind: "put", reason: "Create" };

  it.each<[story: string, given: Given, action: object]>([
    ["no pool yet: the older one creates it", { ...younger, live: "absent", input: against(beta()) }, held],
    ["no pool yet: the older one does not wait", { ...older, live: "absent", input: against(beta()) }, create],
    [
      "of the same second: the same one in both views",
      { metadata: { creationTimestamp: "2026-01-01T00:00:00Z" }, live: "absent", input: against(beta()) },
      create,
    ],
    [
      "of the same second, seen from the other",
      {
        metadata: { creationTimestamp: "2026-01-01T00:00:00Z" },
        live: "absent",
        input: against(beta({ metadata: { uid: "uid-1" } })),
      },
      held,
    ],
    [
      "the younger one has begun: the older one waits",
      { ...older, live: "absent", input: against(beta(), { heldBy: "uid-b" }) },
      held,
    ],
    [
      "this one has begun: it goes on",
      { ...younger, live: "absent", input: against(beta(), { heldBy: "uid-2" }) },
      create,
    ],
    [
      "the younger one was Ready once: its pool is not taken while it is away",
      { ...older, live: "absent", input: against(beta({ status: { syncedHash: "h" } })) },
      held,
    ],
    [
      "the other has adopted it",
      {
        ...older,
        live: tagged(),
        spec: adoption("IfUnowned"),
        input: against(beta({ status: { adopted: { id: ID, generation: 1 } } })),
      },
      held,
    ],
    [
      "the other only observed it, and this one has adopted it",
      { ...younger, live: tagged(), status: claim(), input: against(beta({ status: { syncedHash: "h" } })) },
      { kind: "ready" },
    ],
    [
      "this one only observed it, and the other has adopted it",
      {
        ...older,
        live: tagged(),
        spec: adoption("IfUnowned"),
        status: { observedGeneration: 3, syncedHash: "h" },
        input: against(beta({ status: { adopted: { id: ID, generation: 1 } } })),
      },
      held,
    ],
    [
      "the other may not adopt it, so it is not first",
      { ...younger, live: tagged(), spec: adoption("IfUnowned"), input: against(beta()) },
      { kind: "adopt" },
    ],
    [
      "the other may adopt it as well, and is older",
      {
        ...younger,
        live: tagged(),
        spec: adoption("IfUnowned"),
        input: against(beta({ spec: { policy: { adoption: "Always" } } })),
      },
      held,
    ],
    [
      "the other is suspended and has nothing",
      { ...younger, live: "absent", input: against(beta({ spec: { suspend: true } })) },
      create,
    ],
    [
      "the other is being deleted and has nothing",
      { ...younger, live: "absent", input: against(beta({ metadata: { deletionTimestamp: "2026-02-01T00:00:00Z" } })) },
      create,
    ],
    [
      "the other is being deleted and had the pool: it is waited for",
      {
        ...younger,
        live: "absent",
        input: against(beta({ metadata: { deletionTimestamp: "2026-02-01T00:00:00Z" }, status: { syncedHash: "h" } })),
      },
      held,
    ],
    [
      "the tag names this one: nobody else counts",
      { ...younger, live: tagged(OURS), input: against(beta(), { heldBy: "uid-b" }) },
      { kind: "ready" },
    ],
    [
      "both have adopted it: the older one keeps it",
      {
        ...younger,
        live: tagged(),
        status: claim(),
        input: against(beta({ status: { adopted: { id: ID, generation: 1 } } })),
      },
      held,
    ],
    [
      "of three the oldest has it, in whatever order they are known",
      {
        ...younger,
        live: "absent",
        input: {
          rivals: [
            beta({ metadata: { name: "gamma", uid: "uid-c", creationTimestamp: "2026-01-01T00:00:05Z" } }),
            beta(),
            beta({ metadata: { name: "delta", uid: "uid-d", creationTimestamp: "2026-01-01T00:00:03Z" } }),
          ],
        },
      },
      held,
    ],
    [
      "there is no resource group either: the rival is told first",
      { ...younger, live: "group missing", input: against(beta()) },
      held,
    ],
  ])("%s", (_story, given, action) => {
    expect(decide(given) satisfies Action).toMatchObject(action);
  });
});
