import { FAULTS, type Fault, type Injector } from "./faults.ts";
import { leaseFaultOf } from "./lease-faults.ts";
import { listFaultOf } from "./list-faults.ts";
import { play, type Run, type Stage } from "./run.ts";
import type { Scenario } from "./scenario.ts";
import { APART, EDITED, NEIGHBOURS, POISONED, SCENARIOS } from "./scenarios.ts";
import { DELETION } from "./stories/deletion.ts";
import { IN_FLIGHT, OBSERVATION, ONE_BY_ONE, SPENT } from "./stories/observation.ts";
import { OWNERSHIP } from "./stories/ownership.ts";
import { REPLICATED } from "./stories/replicas.ts";
import type { WatchFault } from "./watch-link.ts";
import type { World } from "./world.ts";

/** One run to make; plain data, so that it can go to another thread, and be named on the command line. */
export interface Experiment {
  readonly campaign: string;
  readonly scenario: string;
  readonly seed: number;
  /** The operator is killed at these calls. */
  readonly crashes?: readonly { readonly call: number; readonly when: "before" | "after" }[];
  /** The call with this number meets a fault, and so many calls of its kind after it. */
  readonly fault?: { readonly call: number; readonly name: string; readonly times?: number };
  /** From this call on, which reads a page of a LIST, LISTs suffer from this fault of LIST_FAULTS, or it alone. */
  readonly list?: { readonly call: number; readonly name: string };
  /** From this call on, replicas and their lease suffer from this fault of LEASE_FAULTS. */
  readonly lease?: { readonly call: number; readonly name: string };
  /** From this call on, Azure answers 429 to all for a while. */
  readonly storm?: { readonly call: number };
  /** The first so many of the neighbours meet this fault at every call to Azure, all the time. */
  readonly poison?: { readonly count: number; readonly name: string };
  /** What goes wrong with an event of the watch. */
  readonly watch?: { readonly event: number; readonly fault: WatchFault };
  /** At its end the operator starts again and sees collections as of this version at first. */
  readonly stale?: { readonly version: number };
  /** Just before this call, the user makes the edit of the story, and nobody waits for anything. */
  readonly edit?: { readonly call: number };
  /** Just before this call, the resource is replaced by another of its name. */
  readonly replace?: { readonly call: number; readonly how: "forced" | "deleted" };
}

/** How long a server that lags behind does so, in milliseconds. */
const LAG_MS = 40_000;
const STORM_MS = 90_000;

const references = new Map<string, Promise<Run>>();

/** The scenario without trouble. */
export function referenceOf(name: string): Promise<Run> {
  const known = references.get(name) ?? play({ scenario: scenarioOf(name), seed: 1 });
  references.set(name, known);
  return known;
}

function scenarioOf(name: string): Scenario {
  const all = [
    ...SCENARIOS,
    ...OWNERSHIP,
    ...DELETION,
    ...OBSERVATION,
    ...IN_FLIGHT,
    ...REPLICATED,
    SPENT,
    ONE_BY_ONE,
    NEIGHBOURS,
    APART,
  ];
  const scenario = all.find((candidate) => candidate.name === name);
  if (!scenario)
    throw new Error(`there is no scenario ${name}: there are ${SCENARIOS.map((each) => each.name).join(", ")}`);
  return scenario;
}

/** Makes the run. */
export async function conduct(experiment: Experiment): Promise<Run> {
  const { stale } = experiment;
  const scenario = scenarioOf(experiment.scenario);
  const reference = await referenceOf(experiment.scenario);
  // A restart with an old view is a step of its own, at the end.
  const restart = (world: World): void => {
    if (stale) world.nextView = { version: stale.version, forMs: LAG_MS };
    world.operator?.kill();
  };
  const edited: { at?: number } = {};
  const run = await play({
    scenario: stale ? { ...scenario, steps: [...scenario.steps, restart] } : scenario,
    seed: experiment.seed,
    // The edit comes in the middle of a step, which therefore ends otherwise.
    reference: experiment.edit ? { ...reference, steps: [] } : reference,
    ...(stale ? { moreMs: LAG_MS } : {}),
    moreWrites:
      experiment.replace || (experiment.list && listFaultOf(experiment.list.name).acts === true)
        ? Infinity
        : (experiment.crashes?.length ?? (stale ? 1 : 0)) * Math.max(1, Object.keys(scenario.ends).length) +
          (experiment.fault?.times ?? (experiment.fault ? 1 : 0)) +
          (experiment.lease && leaseFaultOf(experiment.lease.name).arrivesLate ? 1 : 0),
    trouble: (stage) => makeTrouble(stage, experiment, edited),
  });
  const { list } = experiment;
  if (list && scenario.restMs !== undefined && listFaultOf(list.name).fails === true)
    return { ...run, violations: [...run.violations, ...needlessReads(run, reference)] };
  if (edited.at !== undefined) return { ...run, violations: [...run.violations, ...waits(run, edited.at)] };
  return experiment.poison ? { ...run, violations: [...run.violations, ...delays(run, reference)] } : run;
}

/** A LIST that fails tells nothing, so nobody looks at a pool because of it. */
function needlessReads(run: Run, reference: Run): Run["violations"] {
  const [reads, usual] = [run, reference].map(({ calls }) => calls.filter((name) => name === "GET pool").length);
  if (reads === undefined || usual === undefined || reads <= usual) return [];
  return [{ property: "P2", text: `a LIST failed, and pools were read ${reads} times, where ${usual} are usual` }];
}

/** How much later the healthy may be Ready beside the poisoned, in milliseconds (P12). */
const PATIENCE_MS = 5_000;

/** How long an edit of a built-in pool may take until it is Ready, in milliseconds: some calls, and Azure answers a PUT after up to 6 s. */
const EDIT_MS = 15_000;

/** An edit goes first (architecture, promise 9): nothing lets it wait for the next look. */
function waits(run: Run, editedAt: number): Run["violations"] {
  const at = run.readyAt.get("alpha@2") ?? Infinity;
  if (at - editedAt <= EDIT_MS) return [];
  return [{ property: "P12", text: `the edit made after ${editedAt} ms is Ready after ${at} ms` }];
}

function delays(run: Run, reference: Run): Run["violations"] {
  const [at = Infinity, usual = 0] = [run.readyAt.get("healthy"), reference.readyAt.get("healthy")];
  if (at - usual <= PATIENCE_MS) return [];
  return [
    {
      property: "P12",
      text: `healthy is Ready after ${at} ms, where ${usual} ms are usual without poisoned neighbours`,
    },
  ];
}

/** @param edited is told when the user edits, in milliseconds since the run began */
function makeTrouble(
  { world, properties }: Stage,
  { crashes = [], fault, lease, list, storm, watch, replace, poison, edit }: Experiment,
  edited: { at?: number },
): void {
  const start = world.clock.now();
  const crashAt = new Map(crashes.map(({ call, when }) => [call, when]));
  let left = fault?.times ?? 1;
  let kind: string | undefined;
  let stormEnds: number | undefined;
  let isReplaced = false;
  let listTrouble: Injector | undefined;
  let leaseTrouble: Injector | undefined;
  const leaseFault = lease && leaseFaultOf(lease.name);
  leaseFault?.before?.(world);
  properties.leadership.mayBeLate = leaseFault?.isSlow === true;
  world.network.inject = (call): Fault | undefined => {
    const when = crashAt.get(call.index);
    if (when) return { kind: "crash", when };
    if (fault && call.index === fault.call) kind = call.name;
    if (fault && call.name === kind && left > 0) {
      left -= 1;
      return faultOf(fault.name);
    }
    if (list && call.index >= list.call) {
      listTrouble ??= listFaultOf(list.name).begin(world);
      const trouble = listTrouble(call);
      if (trouble) return trouble;
    }
    if (leaseFault && call.index >= lease.call) {
      leaseTrouble ??= leaseFault.begin(world, call);
      const trouble = leaseTrouble(call);
      if (trouble) return trouble;
    }
    if (poison && call.side === "azure" && POISONED.slice(0, poison.count).includes(call.about))
      return faultOf(poison.name);
    if (storm && call.index === storm.call) stormEnds = world.clock.now() + STORM_MS;
    if (call.side === "azure" && world.clock.now() < (stormEnds ?? 0)) return faultOf("429 for 40 s");
    if (edit && call.index === edit.call) {
      const happens = (): void =>
        world.patch("alpha", { spec: { scaleConfiguration: { maxConcurrentSessions: EDITED } } });
      if (world.resource("alpha")) edited.at = world.clock.now() - start;
      return { kind: "meanwhile", happens };
    }
    if (replace && call.index >= replace.call && !isReplaced) {
      isReplaced = true;
      return { kind: "meanwhile", happens: () => world.replace("alpha", replace.how) };
    }
    return undefined;
  };
  let events = 0;
  world.network.injectWatch = () => {
    events += 1;
    return watch && events - 1 === watch.event ? watch.fault : undefined;
  };
}

function faultOf(name: string): Fault {
  const fault = FAULTS[name];
  if (!fault) throw new Error(`there is no fault "${name}": there are ${Object.keys(FAULTS).join(", ")}`);
  return fault;
}
