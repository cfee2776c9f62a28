import { afterEach, describe, expect, it } from "vitest";
import type { Answer } from "../simulation/calls.ts";
import type { Fault } from "../simulation/faults.ts";
import { custom } from "../simulation/specs.ts";
import { HERE, poolId } from "./attacks/stage.ts";
import { answer, refusal } from "./azure-answers.ts";
import { Fleet } from "./fleet.ts";

interface Pool {
  readonly id: string;
  readonly properties: object;
  readonly systemData: object;
}

let fleet: Fleet;

const OPERATION = "https://management.example/subscriptions/s/operationStatuses/x?t=1";
const PULL = "the image cannot be pulled";
/** How long Azure works, in milliseconds. */
const WORK_MS = 60_000;

function image(name: string): object {
  return { customContainerTemplate: { containers: [{ name: "main", image: name }] } };
}

function changed(change: (given: Answer) => Answer): Fault {
  return { kind: "answer", when: "after", change };
}

function isOperation(path: string): boolean {
  return /\/operation(Statuses|Results)\//.test(path);
}

/** Azure takes each PUT of pool00, works for a minute, fails, and the pool is as it was before, or not there. */
function undoing(words = PULL): void {
  let until = -1;
  let writtenAt: string | undefined;
  const shown = (pool: Pick<Pool, "properties"> & Partial<Pool>): object => ({
    ...pool,
    systemData: { ...pool.systemData, ...(writtenAt ? { lastModifiedAt: writtenAt } : {}) },
    properties: { ...pool.properties, provisioningState: fleet.clock.now() < until ? "InProgress" : "Succeeded" },
  });
  const change = (given: Answer): Answer => {
    const body = JSON.parse(given.body) as Pool & { readonly value?: readonly Pool[] };
    if (given.status !== 200) return given;
    const value = body.value?.map((pool) => (pool.id === poolId("pool00") ? shown(pool) : pool));
    return { ...given, body: JSON.stringify(value ? { ...body, value } : shown(body)) };
  };
  fleet.network.inject = ({ side, method, path, body }) => {
    if (side !== "azure") return undefined;
    if (method === "PUT" && path.includes("/pool00")) {
      until = fleet.clock.now() + WORK_MS;
      writtenAt = new Date(fleet.clock.now()).toISOString().replace("Z", "");
      const sent = JSON.parse(body ?? "{}") as Pool;
      const before = fleet.pool(poolId("pool00")) as Pool | undefined;
      const properties = { ...before?.properties, ...sent.properties };
      const taken = { ...before, ...sent, id: poolId("pool00"), properties };
      return answer(201, shown(taken), {
        "azure-asyncoperation": OPERATION,
        "retry-after": "15",
      });
    }
    if (path.includes("/operationStatuses/x")) {
      const failed = { status: "Failed", error: { code: "SessionPoolOperationError", message: words } };
      return answer(200, fleet.clock.now() < until ? { status: "InProgress" } : failed, { "retry-after": "15" });
    }
    return method === "GET" && /\/sessionpools(\/pool00)?\?/i.test(path) ? changed(change) : undefined;
  };
}

/** All that the status says within so many minutes. */
async function toldWithin(minutes: number): Promise<ReadonlySet<string>> {
  const told = new Set<string>();
  for (let minute = 0; minute < minutes; minute += 0.25) {
    await fleet.pass(0.25);
    told.add(fleet.told("pool00"));
  }
  return told;
}

afterEach(() => fleet.end());

describe("an update that fails, and Azure leaves the pool as it was", { timeout: 60_000 }, () => {
  async function undone(): Promise<void> {
    fleet = new Fleet(1);
    fleet.start();
    fleet.apply("containers");
    await fleet.pass(3);
    fleet.newWrites();
    undoing();
    fleet.patch("pool00", { spec: { scaleConfiguration: { maxConcurrentSessions: 20 } } });
  }

  it("tells Azure's words, is tried again less and less often, and never counts as Azure's will", async () => {
    await undone();
    expect(await toldWithin(60)).toContain(`SessionPoolOperationError: ${PULL}`);
    expect([fleet.ready(), fleet.status("pool00")?.applied]).toEqual([0, undefined]);
    const writes = fleet.newWrites().length;
    expect(writes).toBeGreaterThan(2);
    expect(writes).toBeLessThanOrEqual(7);
  });

  it("is tried at once when the spec changes", async () => {
    await undone();
    await fleet.pass(30);
    const { inject } = fleet.network;
    fleet.network.inject = (call) => {
      // The next PUT is done as it should be.
      if (call.method === "PUT" && call.side === "azure") fleet.network.inject = () => undefined;
      else return inject(call);
    };
    fleet.patch("pool00", { spec: { scaleConfiguration: { maxConcurrentSessions: 30 } } });
    await fleet.pass(3);
    expect([fleet.ready(), fleet.sizeOf("pool00")]).toEqual([1, 30]);
  });

  it("is done with when the spec goes back, without a PUT", async () => {
    await undone();
    await fleet.pass(5);
    fleet.newWrites();
    const { maxConcurrentSessions } = custom().scaleConfiguration ?? {};
    fleet.patch("pool00", { spec: { scaleConfiguration: { maxConcurrentSessions } } });
    await fleet.pass(1);
    expect([fleet.ready(), fleet.newWrites()]).toEqual([1, []]);
    // What happens later has nothing to do with it.
    fleet.resize(["pool00"], 40);
    await fleet.pass(10);
    expect(fleet.events("pool00").at(-1)).toMatch(/^DriftCorrected: /);
  });
});

describe("among many that Azure works on, so that LISTs follow them", { timeout: 60_000 }, () => {
  const SIZE = 30;

  async function many(): Promise<void> {
    fleet = new Fleet(SIZE);
    fleet.start();
    fleet.apply("containers");
    await fleet.pass(5);
    expect(fleet.ready()).toBe(SIZE);
  }

  function editAll(): void {
    for (const name of fleet.names) fleet.patch(name, { spec: { scaleConfiguration: { maxConcurrentSessions: 20 } } });
  }

  it("an update that fails, and Azure leaves the pool as it was: the same", async () => {
    await many();
    undoing();
    editAll();
    expect(await toldWithin(10)).toContain(`SessionPoolOperationError: ${PULL}`);
    expect([fleet.ready(), fleet.status("pool00")?.applied]).toEqual([SIZE - 1, undefined]);
  });

  it("those that succeed are not asked one by one how they ended", async () => {
    await many();
    const before = fleet.network.calls.length;
    editAll();
    await fleet.pass(5);
    expect(fleet.ready()).toBe(SIZE);
    const asked = fleet.network.calls.slice(before).filter(({ path }) => isOperation(path));
    expect(asked.length).toBeLessThan(SIZE);
  });
});

describe("a creation that fails", { timeout: 60_000 }, () => {
  it("and leaves no pool: tells Azure's words, is tried again less and less often, at once when the spec changes", async () => {
    fleet = new Fleet(1);
    undoing();
    fleet.start();
    fleet.apply("containers");
    expect(await toldWithin(60)).toContain(`SessionPoolOperationError: ${PULL}`);
    const writes = fleet.newWrites().length;
    expect(writes).toBeGreaterThan(2);
    expect(writes).toBeLessThanOrEqual(7);
    fleet.network.inject = () => undefined;
    fleet.patch("pool00", { spec: image("img:2") });
    await fleet.pass(3);
    expect(fleet.ready()).toBe(1);
  });

  it("and quotes a secret: the status does not", async () => {
    fleet = new Fleet(1);
    undoing("the registry refuses canary-7");
    fleet.start();
    fleet.secret("registry", { password: "canary-7" });
    const secrets = [{ name: "password", valueFrom: { secretKeyRef: { name: "registry", key: "password" } } }];
    fleet.create("pool00", { ...custom(), secrets }, HERE);
    await fleet.pass(2);
    expect(fleet.told("pool00")).toBe("SessionPoolOperationError: the registry refuses <secret>");
  });

  it("keeps no other waiting, although --max-in-flight-writes is 1", async () => {
    fleet = new Fleet(2, { config: { maxInFlightWrites: 1 } });
    undoing();
    fleet.start();
    fleet.apply("containers");
    await fleet.pass(5);
    expect([fleet.isReady("pool00"), fleet.isReady("pool01")]).toEqual([false, true]);
  });

  it.each([400, 409, 500])("and whose URL answers with %i: the same", async (status) => {
    fleet = new Fleet(1);
    fleet.network.inject = ({ side, path }) =>
      side === "azure" && isOperation(path)
        ? changed((given) =>
            given.body.includes("Failed")
              ? {
                  ...given,
                  status,
                  body: JSON.stringify({ error: { code: "SessionPoolOperationError", message: PULL } }),
                }
              : { ...given, status: 202, body: "" },
          )
        : undefined;
    fleet.start();
    fleet.create("pool00", custom(image("missing-registry/img:1")), HERE);
    const told = [...(await toldWithin(60))];
    expect(told.some((text) => text.startsWith(`SessionPoolOperationError: ${PULL}`))).toBe(true);
    const writes = fleet.newWrites().length;
    expect(writes).toBeGreaterThan(2);
    expect(writes).toBeLessThanOrEqual(8);
    fleet.patch("pool00", { spec: image("img:2") });
    await fleet.pass(10);
    expect(fleet.ready()).toBe(1);
  });
});

describe(
  "the spec of a pool that failed is edited, and Azure does not answer the PUT well",
  { timeout: 60_000 },
  () => {
    /** The next try of what failed is many minutes away. */
    async function failed(): Promise<void> {
      fleet = new Fleet(1);
      fleet.start();
      fleet.apply("containers");
      await fleet.pass(3);
      fleet.patch("pool00", { spec: image("missing-registry/img:1") });
      await fleet.pass(30);
      fleet.newWrites();
    }

    it.each([409, 429, 500, 503])("%i: it is tried again soon", async (status) => {
      await failed();
      let left = 1;
      fleet.network.inject = ({ side, method }) =>
        side === "azure" && method === "PUT" && left-- > 0 ? refusal(status, "Moment", "in a moment") : undefined;
      fleet.patch("pool00", { spec: image("img:2") });
      await fleet.pass(4);
      expect([fleet.ready(), fleet.newWrites()]).toEqual([1, ["PUT pool00", "PUT pool00"]]);
    });

    it("although it took it, and fails again: that counts as a failure of the new spec", async () => {
      await failed();
      let left = 1;
      fleet.network.inject = ({ side, method }) =>
        side === "azure" && method === "PUT" && left-- > 0
          ? changed((given) => ({ ...given, status: 500, body: "{}", headers: {} }))
          : undefined;
      fleet.patch("pool00", { spec: image("missing-registry/img:2") });
      await fleet.pass(12);
      expect([fleet.newWrites(), fleet.told("pool00")]).toEqual([
        ["PUT pool00"],
        expect.stringMatching(/^ProvisioningFailed: /),
      ]);
    });
  },
);
