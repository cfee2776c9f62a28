import type { Call } from "./calls.ts";
import { type Fault, FAULTS, type Injector } from "./faults.ts";
import { isOfLease } from "./properties/leadership.ts";
import { OPERATOR_NAMESPACE } from "./process.ts";
import type { World } from "./world.ts";

/** What happens to replicas and their lease; asked for each call from that one on at which it begins. */
interface LeaseFault {
  readonly begin: (world: World, first: Call) => Injector;
  /** Before the operator starts. */
  readonly before?: (world: World) => void;
  /** It is the same at whatever call it begins: some are enough. */
  readonly lasts?: true;
  /** The one that waits may take the lease later than it could. */
  readonly isSlow?: true;
  /** A write of the old leader may come after the new one's, which nobody can help. */
  readonly arrivesLate?: true;
}

/** Longer than a lease, and than those who wait take to see that. */
const STALL_MS = 20_000;
/** How long trouble lasts that lasts, in milliseconds. */
const LASTING_MS = 40_000;
const HOUR_MS = 3_600_000;
/** Rates that differ by less than a lease and its holder's deadline do. */
const SLOW = 0.85;
const FAST = 1.2;
const LEASE = `/apis/coordination.k8s.io/v1/namespaces/${OPERATOR_NAMESPACE}/leases/sessionpool-operator`;

/** Only the first call. */
function once(fault: Fault): LeaseFault["begin"] {
  return (_world, first) => {
    let isDone = false;
    return (call) => {
      if (isDone || call.index !== first.index) return undefined;
      isDone = true;
      return fault;
    };
  };
}

/** Something happens in the world just before the first call. */
function meanwhile(happens: (world: World, first: Call) => void): LeaseFault["begin"] {
  return (world, first) => once({ kind: "meanwhile", happens: () => happens(world, first) })(world, first);
}

/** The first call meets a fault, and its process gets to renew the lease no more. */
function lost(fault: Fault): LeaseFault["begin"] {
  return (_world, first) => (call) => {
    if (call.index === first.index) return fault;
    return isOfLease(call) && call.process === first.process ? FAULTS["500"] : undefined;
  };
}

/** Some calls meet a fault for a while. */
function lasting(fault: Fault | undefined, meets: (call: Call, first: Call) => boolean): LeaseFault["begin"] {
  return (world, first) => {
    const end = world.clock.now() + LASTING_MS;
    return (call) => (world.clock.now() < end && meets(call, first) ? fault : undefined);
  };
}

const renewals = (call: Call): boolean => isOfLease(call) && call.method !== "GET";
const ofOne = (call: Call, first: Call): boolean => call.side === "kubernetes" && call.process === first.process;

/** A process and the API server do not reach each other for a while. */
function cutOff(
  fault: Fault | undefined,
  whose: (world: World, first: Call) => number | undefined,
): LeaseFault["begin"] {
  return (world, first) => {
    const process = whose(world, first);
    if (process !== undefined) world.machines.process(process)?.cut(LASTING_MS);
    return lasting(fault, ({ side, process: by }) => side === "kubernetes" && by === process)(world, first);
  };
}

const theOne = (_world: World, first: Call): number => first.process;
const theOther = ({ machines }: World, first: Call): number | undefined =>
  machines.running.find(({ number }) => number !== first.process)?.number;

/** The wall clock of the machine is set. */
function setClock(byMs: number, whose: typeof theOther): LeaseFault["begin"] {
  return meanwhile((world, first) => {
    const clocks = world.machines.clocksOf(whose(world, first) ?? 0);
    if (clocks) clocks.aheadMs += byMs;
  });
}

/** A person changes the Lease, if there is one. */
function person(method: string, change?: object): LeaseFault["begin"] {
  return meanwhile((world) => {
    if (world.objects("leases").length > 0) world.kubectl(method, LEASE, change);
  });
}

const killed: Fault = { kind: "crash", when: "before" };

/** Every fault of campaign R8, by name. */
export const LEASE_FAULTS: Readonly<Record<string, LeaseFault>> = {
  killed: { begin: once(killed) },
  "killed after": { begin: once({ kind: "crash", when: "after" }) },
  SIGTERM: { begin: meanwhile(({ machines }, { process }) => machines.process(process)?.stop()) },
  "stands still before": { begin: once({ kind: "stall", when: "before", ms: STALL_MS }) },
  "stands still after": { begin: once({ kind: "stall", when: "after", ms: STALL_MS }) },
  "lost meanwhile": { begin: lost({ kind: "slow", ms: STALL_MS }) },
  "lost, and it arrives late": { begin: lost({ kind: "late", ms: STALL_MS }), arrivesLate: true },
  "stands still for 70 s": { begin: once({ kind: "stall", when: "before", ms: 70_000 }), lasts: true },
  ...Object.fromEntries(
    [1, 4, 6, 12].map((seconds) => [
      `renewals take ${seconds} s`,
      { begin: lasting({ kind: "slow", ms: seconds * 1_000 }, isOfLease), lasts: true, isSlow: true } as const,
    ]),
  ),
  ...Object.fromEntries(
    ["409", "429", "429 for 40 s", "500", "timeout before", "timeout after", "reset after", "truncated"].map((name) => [
      `renewals: ${name}`,
      { begin: lasting(FAULTS[name], renewals), lasts: true, isSlow: true } as const,
    ]),
  ),
  "one's renewals: 409": {
    begin: lasting(FAULTS["409"], (call, first) => renewals(call) && ofOne(call, first)),
    lasts: true,
  },
  "cut off": { begin: cutOff(FAULTS["reset before"], theOne), lasts: true },
  "cut off from answers": { begin: cutOff(FAULTS["timeout after"], theOne), lasts: true, isSlow: true },
  "the other cut off": { begin: cutOff(FAULTS["timeout before"], theOther), lasts: true, isSlow: true },
  ...Object.fromEntries(
    [-24, -1, 1, 24].map((hours) => [
      `clock ${hours} h`,
      { begin: setClock(hours * HOUR_MS, theOne), lasts: true } as const,
    ]),
  ),
  "the other's clock -1 h": { begin: setClock(-HOUR_MS, theOther), lasts: true },
  "rates differ": { before: rates(SLOW, FAST), begin: once(killed), lasts: true },
  "rates differ the other way": { before: rates(FAST, SLOW), begin: once(killed), lasts: true },
  "rates differ, and it stands still": {
    before: rates(SLOW, FAST),
    begin: once({ kind: "stall", when: "before", ms: STALL_MS }),
    lasts: true,
  },
  "Lease deleted": { begin: person("DELETE"), lasts: true },
  "Lease given to somebody": { begin: person("PATCH", { spec: { holderIdentity: "somebody" } }), lasts: true },
  "Lease emptied": { begin: person("PATCH", { spec: { holderIdentity: "" } }), lasts: true },
};

export function leaseFaultOf(name: string): LeaseFault {
  const fault = LEASE_FAULTS[name];
  if (!fault) throw new Error(`there is no fault "${name}": there are ${Object.keys(LEASE_FAULTS).join(", ")}`);
  return fault;
}

function rates(...given: readonly number[]): (world: World) => void {
  return ({ machines }) => machines.clocks.forEach((clocks, index) => (clocks.rate = given[index] ?? 1));
}
