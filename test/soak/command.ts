import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { ConfigExit, readConfig } from "../../src/config.ts";
import { soak } from "./soak.ts";
import { tableOf } from "./table.ts";

const HELP = `Runs the operator for a long time on a real control plane, with Azure's stand-in, and tells whether its memory and file descriptors are flat.

Usage: npm run soak -- --minutes M [--resources N] [--seed S] [--json] [--samples FILE] [-- operator flag ...]

  --minutes M      how long life and trouble last, 2 to 1440; some minutes before and after come on top
  --resources N    SessionPools, 20 to 10000 (1000), in five namespaces
  --seed S         decides which resources are changed, and how (1)
  --json           one JSON object on standard output
  --samples FILE   gets each sample as a line of JSON; left out: a file in the temporary folder, which the result names
  -- flag ...      flags of the operator, e.g. -- --leader-elect=true

The bundle must be built (npm run build). The operator runs as the image runs it, as its ServiceAccount, with the heap of the Deployment's container, LISTs
every 30 s, and without leader election: the lease is rightly lost when the API server is away for 10 s, as on a busy machine at each restart.

  life      every 2.5 s somebody edits, annotates, creates and deletes resources, changes pools in Azure, asks for a look, or changes a Secret
  trouble   every minute (in short runs oftener, so that there is each once), in turn, once more when it could not be made: 429s; the ServiceAccount's token rotated, the old one refused;
            the API server started anew, after SIGKILL and SIGTERM by turns; 503s; etcd compacted while the watch is cut; the token for Entra rotated,
            and now and then a client secret; all connections to Azure dropped; connections to the API server gone dead
  probes    every 3 s /livez, /readyz and /metrics

It fails (exit code 1) when

  - memory or descriptors are not flat: after a warm-up (a quarter of the run, 15 minutes at most), the floors of the last third are compared with those
    of the first; in runs from 45 minutes on the slope by Theil and Sen, too, and RSS, processor time and the event loop's lag in earnest; from 76 minutes
    on the slope of the last half, narrowly: RSS may grow by 4 MiB in it and the heap by 2. Under 14 minutes bounds are wide: such a run sees only what
    leaks fast. docs/footprint.md says which leak a run notices.
  - a kind of trouble could not be made, twice and never else, or in a run from 15 minutes on never happened
  - a PUT changed nothing, or a pool had more or fewer PUTs than there were reasons
  - a resource is not Ready at the end, or a pool is not what it says, or is left over
  - /livez or /readyz fails once, or the operator ends by itself. With leader election, that it loses its lease is counted and no failure: it is
    started anew, and the process that lived longest is judged; it must have lived for half of the run.

The samples stay, and on failure the operator's log is put beside them. Progress goes to standard error. Ends with 0, with 1, or with 2 for a call that cannot be understood.
A hang-up does not end it when standard output is no terminal, as under nohup.
`;

/**
 * Azure is LISTed twice a minute, so that drift is found soon and much happens in little time. There is no lease: one is rightly lost when the API
 * server is away for 10 s, as on a busy machine at each restart, and a process that is started anew every few minutes shows nothing of hours.
 */
const FLAGS = ["--drift-interval=30s", "--leader-elect=false"];

const OPTIONS = {
  minutes: { type: "string" },
  resources: { type: "string", default: "1000" },
  seed: { type: "string", default: "1" },
  json: { type: "boolean", default: false },
  samples: { type: "string" },
  help: { type: "boolean", default: false, short: "h" },
} as const;

/** A call that cannot be understood; the message says why. */
class UsageError extends Error {}

/** Where its words go, and when it is to give up. */
export interface Surroundings {
  /** The result. */
  readonly print: (text: string) => void;
  /** How far it is, and what went wrong. */
  readonly tell: (text: string) => void;
  readonly signal: AbortSignal;
}

/**
 * Runs what the command line asks for.
 *
 * @param args without the program's name
 * @returns the code to exit with
 */
export async function soakCommand(args: readonly string[], surroundings: Surroundings): Promise<number> {
  const { tell, signal } = surroundings;
  try {
    return await run(args, surroundings);
  } catch (error) {
    if (error instanceof UsageError || error instanceof ConfigExit) {
      tell(`${error.message}\nnpm run soak -- --help`);
      return 2;
    }
    tell(signal.aborted ? "interrupted" : `the soak failed: ${error instanceof Error ? error.message : String(error)}`);
    return 1;
  }
}

async function run(args: readonly string[], { print, tell, signal }: Surroundings): Promise<number> {
  const end = args.includes("--") ? args.indexOf("--") : args.length;
  const values = parse(args.slice(0, end));
  if (values.help) {
    print(HELP);
    return 0;
  }
  if (values.minutes === undefined) throw new UsageError("--minutes is missing: how long");
  const flags = [...FLAGS, ...args.slice(end + 1)];
  // Wrong flags are told before anything runs.
  const { driftIntervalMs } = readConfig(flags, {});
  const result = await soak({
    minutes: count("minutes", values.minutes, 2, 1440),
    resources: count("resources", values.resources, 20, 10_000),
    seed: count("seed", values.seed, 0, 999_999_999),
    flags,
    driftIntervalMs,
    samplesFile: values.samples ?? join(tmpdir(), `sessionpool-soak-${process.pid}.jsonl`),
    signal,
    tell,
  });
  print(values.json ? JSON.stringify(result) : tableOf(result));
  for (const reason of result.reasons) tell(reason);
  return result.ok ? 0 : 1;
}

function parse(
  args: readonly string[],
): ReturnType<typeof parseArgs<{ args: string[]; options: typeof OPTIONS }>>["values"] {
  try {
    return parseArgs({ args: [...args], options: OPTIONS }).values;
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
