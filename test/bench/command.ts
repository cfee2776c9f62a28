import { ConfigExit } from "../../src/config.ts";
import { footprint } from "./footprint/command.ts";
import { scale } from "./scale/command.ts";
import { type Bench, type Out, UsageError } from "./usage.ts";

const HELP = `Measures the operator.

Usage: npm run bench -- scale --pools N ...   calls, PUTs and lags of thousands of pools, on a virtual clock
       npm run bench -- footprint ...         size, start, memory and event loop of the real process

Each explains itself with --help.
`;

const BENCHES: Readonly<Record<string, Bench>> = { scale, footprint };

/**
 * Runs what the command line asks for.
 *
 * @param args without the program's name
 * @returns the code to exit with
 */
export async function bench(args: readonly string[], out: Out): Promise<number> {
  try {
    return await run(args, out);
  } catch (error) {
    if (!(error instanceof UsageError || error instanceof ConfigExit)) throw error;
    out.tell(`${error.message}\nnpm run bench -- --help`);
    return 2;
  }
}

async function run(args: readonly string[], out: Out): Promise<number> {
  const [what = "", ...rest] = args;
  const end = rest.includes("--") ? rest.indexOf("--") : rest.length;
  const own = rest.slice(0, end);
  const isHelp = (arg: string): boolean => arg === "--help" || arg === "-h";
  const chosen = Object.hasOwn(BENCHES, what) ? BENCHES[what] : undefined;
  if (isHelp(what) || (chosen && own.some(isHelp))) {
    out.print(chosen?.help ?? HELP);
    return 0;
  }
  const names = Object.keys(BENCHES).join(" or ");
  if (what === "") throw new UsageError(`what is to be measured is missing: ${names}`);
  if (!chosen) throw new UsageError(`"${what}" cannot be measured: there are only ${names}`);
  return await chosen.run(own, rest.slice(end + 1), out);
}
