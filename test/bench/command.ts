import { parseArgs } from "node:util";
import { ConfigExit } from "../../src/config.ts";
import { measureScale } from "./scale/scale.ts";
import { tableOf } from "./scale/table.ts";
import { configOf } from "./scale/world.ts";

const HELP = `Measures the whole operator against Kubernetes and Azure in memory. Nothing is sent anywhere.

Usage: npm run bench -- scale --pools N [--seed S] [--json] [--page-size P] [--storm-pools M] [-- operator flag ...]

  --pools N        how many pools, 10 to 100000
  --seed S         decides latencies, durations and ids (1)
  --json           one JSON object on standard output; null: the phase that shows the figure did not come to its end
  --page-size P    pools on a page of Azure's LIST (20; the real number is not known, 20 to 100 are guessed)
  --storm-pools M  pools in the storm (500)
  -- flag ...      flags of the operator, e.g. -- --concurrency 50; without them it has its defaults

Time is virtual; Azure has the documented token buckets (250 reads and 25 a second, 200 writes and 10, 200 deletes and 10), one-way latencies of 20
to 170 ms, answers a PUT after up to 6 s, and works on a pool as long as was recorded (351 to 464 s for a new one).

  new pools   three pools are Ready; N more are created; the operator starts. A user edits one of the three when a quarter, half and three quarters
              of the PUTs are taken. The first figures of PUTs and edits are of this world; an edit's is the slowest of the three.
  in flight   from Azure's end of its work on a pool to Ready in Kubernetes; of more than 1000 pools, 1000 in a world of their own
  at rest     the three are deleted; after a drift interval, all calls of three drift intervals are counted
  storm       a world of its own: at half of the PUTs, Azure answers every call for 45 s with 429 and Retry-After 30; half as many pools again are
              created then

Progress goes to standard error. Ends with 0, with 1 when a phase did not come to its end, with 2 for a call that cannot be understood.
`;

const OPTIONS = {
  pools: { type: "string" },
  seed: { type: "string", default: "1" },
  json: { type: "boolean", default: false },
  "page-size": { type: "string", default: "20" },
  "storm-pools": { type: "string", default: "500" },
  help: { type: "boolean", default: false, short: "h" },
} as const;

/** A call that cannot be understood; the message says why. */
class UsageError extends Error {}

/** Where its words go. */
export interface Out {
  /** The result. */
  readonly print: (text: string) => void;
  /** How far it is, and what went wrong. */
  readonly tell: (text: string) => void;
}

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

async function run(args: readonly string[], { print, tell }: Out): Promise<number> {
  const end = args.includes("--") ? args.indexOf("--") : args.length;
  const { values, positionals } = parse(args.slice(0, end));
  if (values.help) {
    print(HELP);
    return 0;
  }
  const [what, ...more] = positionals;
  if (what === undefined) throw new UsageError("what is to be measured is missing: scale");
  if (what !== "scale" || more.length > 0)
    throw new UsageError(`"${positionals.join(" ")}" cannot be measured: there is only scale`);
  if (values.pools === undefined) throw new UsageError("--pools is missing: how many pools");
  const flags = args.slice(end + 1);
  // Wrong flags are told before anything runs.
  configOf(flags);
  const result = await measureScale({
    pools: count("pools", values.pools, 10, 100_000),
    seed: count("seed", values.seed, 0, 999_999_999),
    pageSize: count("page-size", values["page-size"], 1, 1_000),
    stormPools: count("storm-pools", values["storm-pools"], 10, 100_000),
    flags,
    tell,
  });
  print(values.json ? JSON.stringify(result) : tableOf(result));
  for (const problem of result.problems) tell(problem);
  return result.problems.length === 0 ? 0 : 1;
}

function parse(
  args: readonly string[],
): ReturnType<typeof parseArgs<{ args: string[]; options: typeof OPTIONS; allowPositionals: true }>> {
  try {
    return parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function count(name: string, text: string, least: number, most: number): number {
  const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= least && value <= most))
    throw new UsageError(`--${name} is "${text}": it must be a whole number from ${least} to ${most}`);
  return value;
}
