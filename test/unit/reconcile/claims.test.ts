import { beforeEach, describe, expect, it } from "vitest";
import { FINALIZER, type SessionPool } from "../../../src/api/session-pool.ts";
import { Claims } from "../../../src/reconcile/claims.ts";

const POOL = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.App/sessionPools/alpha";
const resource = (name: string, uid: string, status: SessionPool["status"] = {}): SessionPool => ({
  metadata: { name, namespace: "ns", uid, resourceVersion: "1", generation: 1, finalizers: [FINALIZER] },
  spec: {} as SessionPool["spec"],
  status,
});
const names = (rivals: readonly SessionPool[]): readonly string[] => rivals.map(({ metadata }) => metadata.name);

let claims: Claims;

describe("which resources are for which pool", () => {
  beforeEach(() => {
    claims = new Claims();
    claims.track("ns/a", resource("a", "ua"));
    claims.track("ns/b", resource("b", "ub"));
    claims.locate("ns/a", POOL);
    claims.locate("ns/b", POOL.toUpperCase());
  });

  it("two that name it in another casing are rivals", () => {
    expect(names(claims.rivals("ns/a"))).toEqual(["b"]);
    expect(names(claims.rivals("ns/b"))).toEqual(["a"]);
  });

  it("a status tells it after a restart, before anything is reconciled", () => {
    claims.track("ns/c", resource("c", "uc", { id: POOL }));
    expect(names(claims.rivals("ns/c"))).toEqual(["a", "b"]);
  });

  it("who is for another pool now is no rival any more", () => {
    claims.locate("ns/b", `${POOL}2`);
    expect(claims.rivals("ns/a")).toEqual([]);
  });

  it("the first that takes it has it, and the other does not", () => {
    expect(claims.take("ns/b", "ub")).toBe(true);
    expect(claims.take("ns/a", "ua")).toBe(false);
    expect(claims.take("ns/b", "ub")).toBe(true);
    expect(claims.holder("ns/a")).toBe("ub");
  });

  it("the other is told when the first goes, and may take it then", () => {
    claims.take("ns/b", "ub");
    expect(claims.track("ns/b", undefined)).toEqual(["ns/a"]);
    expect(claims.holder("ns/a")).toBeUndefined();
    expect(claims.take("ns/a", "ua")).toBe(true);
  });

  it("another resource of the same name takes nothing over", () => {
    claims.take("ns/b", "ub");
    claims.track("ns/b", resource("b", "ub2"));
    expect(claims.take("ns/a", "ua")).toBe(true);
  });

  it("who lets go of it can be followed; who never had it lets go of nothing", () => {
    claims.take("ns/b", "ub");
    claims.letGo("ns/a", "ua");
    expect(claims.holder("ns/b")).toBe("ub");
    claims.letGo("ns/b", "ub");
    expect(claims.take("ns/a", "ua")).toBe(true);
  });

  const b = resource("b", "ub");
  it.each<[story: string, b: SessionPool]>([
    ["only observes now", { ...b, spec: { policy: { mode: "Observe" } } as SessionPool["spec"] }],
    [
      "let go of its pool, and waits for the finalizer of another",
      { ...b, metadata: { ...b.metadata, finalizers: ["x/y"] } },
    ],
    ["was not let in: it has no finalizer", { ...b, metadata: { ...b.metadata, finalizers: [] } }],
    [
      "has its pool elsewhere, since the subscription that it means by default is another now",
      { ...b, status: { id: `${POOL}2` } },
    ],
  ])("who %s keeps nobody from a pool but while it may be writing to it", (_story, changed) => {
    claims.take("ns/b", "ub");
    claims.track("ns/b", changed);
    claims.locate("ns/b", POOL);
    expect(claims.rivals("ns/a")).toEqual([]);
    expect(claims.take("ns/a", "ua")).toBe(false);
    claims.letGo("ns/b", "ub");
    expect(claims.take("ns/a", "ua")).toBe(true);
  });

  it("who may not name the pool keeps nobody from it, whatever finalizer its manifest brings", () => {
    claims = new Claims(({ metadata }) => metadata.name !== "b");
    for (const name of ["a", "b"]) {
      claims.track(`ns/${name}`, resource(name, `u${name}`));
      claims.locate(`ns/${name}`, POOL);
    }
    expect(claims.rivals("ns/a")).toEqual([]);
    expect(names(claims.rivals("ns/b"))).toEqual(["a"]);
  });
});
