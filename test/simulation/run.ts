import { type Json, sameJson } from "../../src/sessionpool/json.ts";
import { checkPages, checkRest, type Ending, endOf, isSettled, problemsAtEnd } from "./ending.ts";
import { Properties, type Violation } from "./properties/properties.ts";
import { CREDENTIALS } from "./credentials.ts";
import type { Scenario } from "./scenario.ts";
import { canary } from "./scenarios.ts";
import { watchForStrayErrors } from "./stray-errors.ts";
import { World, type WorldOptions } from "./world.ts";

/** How a run ended. */
export interface Run {
  readonly violations: readonly Violation[];
  /** What is left at the end, without what may differ from run to run. */
  readonly end: Json;
  /** What was left after each step. */
  readonly steps: readonly Json[];
  /** Names of the calls that the operator made, in order. */
  readonly calls: readonly string[];
  /** How many of them it made until the last step was done. */
  readonly callsInSteps: number;
  /** Events of watches that came from the server. */
  readonly events: number;
  /** The API server's versions at which a resource changed. */
  readonly versions: readonly number[];
  /** When each resource, and each `name@generation` of it, was called Ready first, in milliseconds since the run began. */
  readonly readyAt: ReadonlyMap<string, number>;
  /** PUTs and DELETEs that Azure took. */
  readonly armWrites: number;
  readonly trace: readonly string[];
  /** The same for two runs that are the same, call by call and byte by byte. */
  readonly digest: string;
}

export interface RunOptions {
  readonly scenario: Scenario;
  readonly seed: number;
  /** Sets up what goes wrong. */
  readonly trouble?: (stage: Stage) => void;
  /** How long trouble goes on after the last step, in milliseconds. */
  readonly moreMs?: number;
  /** How the same scenario ends without trouble, to be compared with. */
  readonly reference?: Run;
  /** How many more PUTs and DELETEs than without trouble may be needed. */
  readonly moreWrites?: number;
}

/** How long a step may take before the next is taken all the same, in milliseconds. */
const STEP_MS = 40 * 60_000;
/** How long the world may take to come to its end after the last trouble, in milliseconds: the longest backoff is half an hour. */
const END_MS = 75 * 60_000;

/** How long it takes at most until one leads, in milliseconds, after the last trouble. */
const ELECTION_MS = 40_000;

/** A world that is watched. */
export interface Stage {
  readonly world: World;
  readonly properties: Properties;
  /** Waits for the end, watches the rest, and says how it was. */
  conclude(ending: Ending, reference: Run | undefined, moreWrites?: number): Promise<Run>;
}

/** Sets up a world in which every promise is watched from the first call on. */
export function openStage(options: Omit<WorldOptions, "observer">): Stage {
  let properties: Properties | undefined;
  let events = 0;
  const world = new World({
    ...options,
    observer: {
      onSend: (call) => properties?.onSend(call),
      onArrive: (call) => properties?.onArrive(call),
      onServed: (call, answer) => properties?.onServed(call, answer),
      onAnswer: (call, answer) => properties?.onAnswer(call, answer),
      onGivenUp: (call) => properties?.leadership.onGivenUp(call),
      onLog: (line) => properties?.onLog(line),
      onExit: (error, process) => properties?.onExit(error, process),
      onWatchEvent: () => (events += 1),
    },
  });
  const watched = new Properties(world);
  properties = watched;
  for (const name of ["one", "two"])
    for (let version = 1; version <= 9; version += 1)
      watched.secrecy.add(`a value of the secret ${name}`, canary(name, version));
  for (const value of CREDENTIALS.canaries) watched.secrecy.add("a client secret", value);
  const strayErrors = watchForStrayErrors();
  return {
    world,
    properties: watched,
    async conclude(ending, reference, moreWrites = Infinity) {
      world.network.inject = () => undefined;
      world.network.injectWatch = () => undefined;
      const callsInSteps = world.network.calls.length;
      const problems = (): readonly Violation[] => problemsAtEnd(world, ending, reference);
      await world.pass(END_MS, () => isSettled(world) && problems().length === 0);
      // Who has just started waits for a lease to run out.
      if (world.config.leaderElect) await world.pass(ELECTION_MS);
      const leaderless = watched.leadership.problemAtEnd();
      if (leaderless !== undefined) watched.broken("P13", leaderless);
      for (const { property, text } of problems()) watched.broken(property, text);
      if (watched.violations.length === 0) await checkRest(world, watched);
      await checkPages(world, watched);
      const enough = reference?.armWrites ?? Infinity;
      if (watched.armWrites > enough + moreWrites)
        watched.broken("P10", `${watched.armWrites} PUTs and DELETEs, where ${enough} are enough`);
      const { mostWrites = Infinity } = ending;
      if (watched.armWrites > mostWrites)
        watched.broken("P2", `${watched.armWrites} PUTs and DELETEs, where ${mostWrites} are enough whatever happens`);
      for (const error of strayErrors()) watched.broken("P11", error);
      for (const operator of world.machines.running) operator.kill();
      const changes = world.api.store.since(0).filter(({ kind }) => kind.plural === "sessionpools");
      return {
        violations: watched.violations,
        end: endOf(world),
        steps: [],
        calls: world.network.calls.map(({ name }) => name),
        callsInSteps,
        events,
        versions: changes.map(({ version }) => version),
        readyAt: watched.readyAt,
        armWrites: watched.armWrites,
        trace: world.trace.lines,
        digest: world.trace.digest,
      };
    },
  };
}

/** Plays a scenario. */
export async function play(options: RunOptions): Promise<Run> {
  const { scenario, reference } = options;
  const { secretAccess, pageSize, replicas, config } = scenario;
  const stage = openStage({ seed: options.seed, secretAccess, pageSize, replicas, config });
  const { world } = stage;
  scenario.before?.(world);
  options.trouble?.(stage);
  world.start();
  await world.pass(5_000);
  const steps: Json[] = [];
  for (const [index, step] of scenario.steps.entries()) {
    step(world);
    await world.pass(1_000);
    const goal = scenario.isOpen === true ? undefined : reference?.steps[index];
    await world.pass(STEP_MS, () => isSettled(world) && (goal === undefined || sameJson(goal, endOf(world))));
    await world.pass(3_000);
    steps.push(endOf(world));
  }
  await world.pass(options.moreMs ?? scenario.restMs ?? 0);
  return { ...(await stage.conclude(scenario, reference, options.moreWrites)), steps };
}
