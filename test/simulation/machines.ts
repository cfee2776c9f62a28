import type { MachineClocks, Process } from "./process.ts";

/** What a start of the operator sees at first, when it looks at a server that lags behind: a version, and for how long, in milliseconds. */
export interface OldView {
  readonly version: number;
  readonly forMs: number;
}

/** A machine, and the start of the operator that is, or was, the last on it. */
type Machine = MachineClocks & { process?: Process };

/** The machines that the operator runs on, one replica on each. */
export class Machines {
  readonly #machines: readonly Machine[];
  readonly #make: (number: number, clocks: MachineClocks, view: OldView | undefined) => Process;
  #starts = 0;

  /** @param make starts the operator; starts are numbered from 1 */
  constructor(count: number, make: (number: number, clocks: MachineClocks, view: OldView | undefined) => Process) {
    this.#make = make;
    this.#machines = Array.from({ length: count }, () => ({ rate: 1, aheadMs: 0 }));
  }

  /** Their clocks. */
  get clocks(): readonly MachineClocks[] {
    return this.#machines;
  }

  /** The replicas that run. */
  get running(): readonly Process[] {
    return this.#machines.flatMap(({ process }) => (process?.isRunning === true ? process : []));
  }

  /** Whether a replica does not run. */
  get isDown(): boolean {
    return this.running.length < this.#machines.length;
  }

  /** A start of the operator, while it runs. */
  process(number: number): Process | undefined {
    return this.running.find((process) => process.number === number);
  }

  /** The clocks of the machine that a start of the operator was the last on. */
  clocksOf(number: number): MachineClocks | undefined {
    return this.#machines.find(({ process }) => process?.number === number);
  }

  /** Starts the operator where it does not run. */
  start(view?: OldView): void {
    for (const machine of this.#machines) {
      if (machine.process?.isRunning === true) continue;
      this.#starts += 1;
      machine.process = this.#make(this.#starts, machine, view);
    }
  }
}
