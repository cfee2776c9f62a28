import type { SessionPool, SessionPoolSpec } from "../../../src/api/session-pool.ts";
import type { Action, PlanInput } from "../../../src/sessionpool/action.ts";
import { desiredBody } from "../../../src/sessionpool/desired.ts";
import { shownChange } from "../../../src/sessionpool/diff.ts";
import { specHash } from "../../../src/sessionpool/drift.ts";
import type { JsonObject } from "../../../src/sessionpool/json.ts";
import { placementOf } from "../../../src/sessionpool/placement.ts";
import { plan } from "../../../src/sessionpool/plan.ts";
import { livePool } from "./bodies.ts";

/** A pool without secrets. */
export const pool = ({ body, properties }: Parameters<typeof livePool>[0] = {}): JsonObject =>
  livePool({ ...(body ? { body } : {}), properties: { secrets: null, ...properties } });
const SUBSCRIPTION = "00000000-0000-0000-0000-000000000000";
const FINALIZER = "appcontainers.dev/session-pool";
const spec: SessionPoolSpec = {
  resourceGroup: "rg",
  location: "westus3",
  containerType: "CustomContainer",
  scaleConfiguration: { maxConcurrentSessions: 10 },
  dynamicPoolConfiguration: { lifecycleConfiguration: { lifecycleType: "Timed", cooldownPeriodInSeconds: 300 } },
};

/** What a story begins with. */
export interface Given {
  readonly spec?: Partial<SessionPoolSpec>;
  readonly metadata?: Partial<SessionPool["metadata"]>;
  readonly status?: SessionPool["status"];
  /** Whether Azure once had all that the spec asks for now. */
  readonly synced?: boolean;
  readonly live?: JsonObject | "absent" | "group missing" | "unknown";
  readonly input?: Partial<PlanInput>;
}

/** The decision for a resource with its finalizer, in sync unless the story says otherwise. */
export function decide({ spec: changes, metadata, status, synced, live = pool(), input }: Given): Action {
  const resource: SessionPool = {
    metadata: {
      name: "alpha",
      namespace: "ns",
      uid: "uid-2",
      resourceVersion: "1",
      generation: 3,
      finalizers: [FINALIZER],
      ...metadata,
    },
    spec: { ...spec, ...changes },
    ...(status ? { status } : {}),
    ...(synced ? { status: { ...status, syncedHash: specHash(desiredBody({ ...spec, ...changes }, new Map())) } } : {}),
  };
  const observations: Record<string, PlanInput["observation"]> = {
    absent: { kind: "absent", groupMissing: false, message: "not found" },
    "group missing": { kind: "absent", groupMissing: true, message: "Resource group 'rg' could not be found." },
    unknown: { kind: "unknown" },
  };
  return plan({
    resource,
    owner: { clusterId: "c1", namespace: "ns", name: resource.metadata.name, uid: resource.metadata.uid },
    placement: placementOf(resource, SUBSCRIPTION),
    scopeProblem: undefined,
    violations: [],
    credentials: { kind: "resolved" },
    secrets: { kind: "resolved" },
    desired: desiredBody(resource.spec, new Map()),
    observation:
      typeof live === "string" ? (observations[live] ?? { kind: "unknown" }) : { kind: "present", pool: live },
    operation: { kind: "none" },
    applied: undefined,
    show: shownChange,
    rivals: [],
    heldBy: undefined,
    ownerIsHere: false,
    liveScopeProblem: undefined,
    mayAppear: undefined,
    tooManyDrifted: false,
    retryDue: false,
    ...input,
  });
}
