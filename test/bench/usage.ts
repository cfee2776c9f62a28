import { parseArgs, type ParseArgsOptionsConfig } from "node:util";

/** A call that cannot be understood; the message says why. */
export class UsageError extends Error {}

/** Where a bench's words go. */
export interface Out {
  /** The result. */
  readonly print: (text: string) => void;
  /** How far it is, and what went wrong. */
  readonly tell: (text: string) => void;
}

/** A bench that the command line names. */
export interface Bench {
  readonly help: string;
  /**
   * Runs it.
   *
   * @param args its options
   * @param flags what follows `--`: flags of the operator
   * @returns the code to exit with
   * @throws UsageError, ConfigExit
   */
  readonly run: (args: readonly string[], flags: readonly string[], out: Out) => Promise<number>;
}

/** The values of options; nothing else may be among the arguments. @throws UsageError */
export function optionsOf<T extends ParseArgsOptionsConfig>(
  args: readonly string[],
  options: T,
): ReturnType<typeof parseArgs<{ args: string[]; options: T }>>["values"] {
  try {
    return parseArgs({ args: [...args], options }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

/** The value of an option that is a whole number. @throws UsageError */
export function count(name: string, text: string, least: number, most: number): number {
  const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= least && value <= most))
    throw new UsageError(`--${name} is "${text}": it must be a whole number from ${least} to ${most}`);
  return value;
}
