import { describe, expect, it } from "vitest";
import { crdSchema } from "../../../src/api/crd-schema.generated.ts";
import type { SessionPool } from "../../../src/api/session-pool.ts";
import { driftIntervalOf, isReconcileRequested, requestedAt } from "../../../src/sessionpool/requested.ts";

const OWN = "appcontainers.dev/reconcile-requested-at";
const FLUX = "reconcile.fluxcd.io/requestedAt";
const FACE = "\u{1F600}";

function resource(annotations?: Record<string, string>, lastHandledReconcileAt?: string): SessionPool {
  return {
    metadata: {
      name: "alpha",
      namespace: "ns",
      uid: "u1",
      resourceVersion: "1",
      generation: 1,
      ...(annotations ? { annotations } : {}),
    },
    spec: {
      resourceGroup: "rg",
      location: "westus3",
      containerType: "PythonLTS",
      dynamicPoolConfiguration: { lifecycleConfiguration: { lifecycleType: "Timed" } },
    },
    ...(lastHandledReconcileAt === undefined ? {} : { status: { lastHandledReconcileAt } }),
  };
}

describe("the request for a look at the pool", () => {
  it.each<[story: string, annotations: Record<string, string> | undefined, requested: string | undefined]>([
    ["nobody has asked", undefined, undefined],
    ["other annotations ask for nothing", { note: "now" }, undefined],
    ["our own annotation", { [OWN]: "1767000000" }, "1767000000"],
    ["Flux' annotation", { [FLUX]: "2026-01-05T09:00:00Z" }, "2026-01-05T09:00:00Z"],
    ["of both, the greater: ours", { [OWN]: "1767000009", [FLUX]: "1767000008" }, "1767000009"],
    ["of both, the greater: Flux'", { [OWN]: "1767000008", [FLUX]: "1767000009" }, "1767000009"],
    ["both the same", { [OWN]: "7", [FLUX]: "7" }, "7"],
    ["an empty one is none", { [OWN]: "" }, undefined],
    ["an empty one beside the other", { [OWN]: "", [FLUX]: "x" }, "x"],
    ["as long as the status can hold", { [OWN]: "x".repeat(256) }, "x".repeat(256)],
    ["longer: its beginning", { [OWN]: `${"x".repeat(256)}y` }, "x".repeat(256)],
    ["much longer", { [OWN]: "x".repeat(200_000) }, "x".repeat(256)],
    ["characters outside the basic plane count as one and stay whole", { [OWN]: FACE.repeat(300) }, FACE.repeat(256)],
    ["also where they are not aligned", { [OWN]: `x${FACE.repeat(300)}` }, `x${FACE.repeat(255)}`],
  ])("%s", (_story, annotations, requested) => {
    expect(requestedAt(resource(annotations))).toBe(requested);
  });

  it("is kept as long as the status can hold", () => {
    const { maxLength } = crdSchema.properties?.status?.properties?.lastHandledReconcileAt ?? {};
    expect(requestedAt(resource({ [OWN]: "x".repeat(1_000) }))).toHaveLength(maxLength ?? 0);
  });

  it.each<[story: string, annotations: Record<string, string> | undefined, handled: string | undefined, is: boolean]>([
    ["nobody has asked", undefined, undefined, false],
    ["it was answered, and the annotation is gone", undefined, "1", false],
    ["nothing was answered yet", { [OWN]: "1" }, undefined, true],
    ["another was answered", { [OWN]: "2" }, "1", true],
    ["an earlier one is asked again", { [OWN]: "1" }, "2", true],
    ["it was answered", { [OWN]: "2" }, "2", false],
    ["it was answered, through the other annotation", { [FLUX]: "2", [OWN]: "1" }, "2", false],
    ["a long one was answered", { [OWN]: "x".repeat(500) }, "x".repeat(256), false],
  ])("stands or not: %s", (_story, annotations, handled, is) => {
    expect(isReconcileRequested(resource(annotations, handled))).toBe(is);
  });
});

describe("how often a pool at rest is compared with Azure", () => {
  it.each<[story: string, driftInterval: unknown, ms: number]>([
    ["the default, when the resource says nothing", undefined, 300_000],
    ["the default, for a pasted null", null, 300_000],
    ["in seconds", "30s", 30_000],
    ["in minutes", "5m", 300_000],
    ["in hours", "1h", 3_600_000],
    ["as often as the CRD allows", "10s", 10_000],
    ["as seldom as the CRD allows", "24h", 86_400_000],
    ["a resource older than the rule, too often", "9s", 300_000],
    ["a resource older than the rule, too seldom", "86401s", 300_000],
    ["a resource older than the rule, without a unit", "300", 300_000],
    ["a resource older than the rule, a number", 300, 300_000],
    ["a resource older than the rule, nothing", "", 300_000],
  ])("%s", (_story, driftInterval, ms) => {
    const { metadata, spec } = resource();
    const policy = { driftInterval } as NonNullable<SessionPool["spec"]["policy"]>;
    expect(driftIntervalOf({ metadata, spec: { ...spec, policy } } as SessionPool, 300_000)).toBe(ms);
  });

  it("is the default without a policy", () => {
    const { spec } = resource();
    expect(driftIntervalOf({ spec }, 60_000)).toBe(60_000);
    expect(driftIntervalOf({ spec: { ...spec, policy: null } }, 60_000)).toBe(60_000);
  });
});
