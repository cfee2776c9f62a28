import { parseArgs } from "node:util";
import { CAMPAIGNS, experiments } from "./campaigns.ts";
import { carryOutAll } from "./crew.ts";
import { tryMutants } from "./mutants.ts";
import { carryOut, type Job, type Result } from "./worker.ts";

const HELP = `Runs the operator, a Kubernetes API server and Azure in one process, on one clock, and breaks what can break.

  npm run simulate                                  all campaigns, and 500 seeds of the random mode
  npm run simulate -- --seeds N [--from K]          so many seeds, the first of them K (1)
  npm run simulate -- --campaigns R1,R3             these campaigns only; none: only the random mode
  npm run simulate -- --replay SEED                 one seed, with its trace
  npm run simulate -- --replay '{"scenario":…}'     one experiment as a failure printed it, with its trace
  npm run simulate -- --mutants                     breaks the operator on purpose: each must be noticed
  --all                                             R3, R4 and R7 in every story, not only in the main ones
  --json                                            the result as one line of JSON on standard output
  --first                                           stops at the first violation

Campaigns:
${Object.entries(CAMPAIGNS)
  .map(([name, text]) => `  ${name.padEnd(4)} ${text}`)
  .join("\n")}

Ends with 0 when every promise held, 1 when one was broken, 2 for a call that cannot be understood.
`;

const OPTIONS = {
  seeds: { type: "string", default: "500" },
  from: { type: "string", default: "1" },
  campaigns: { type: "string", default: Object.keys(CAMPAIGNS).join(",") },
  replay: { type: "string" },
  mutants: { type: "boolean", default: false },
  all: { type: "boolean", default: false },
  json: { type: "boolean", default: false },
  first: { type: "boolean", default: false },
  help: { type: "boolean", default: false, short: "h" },
} as const;

/** A call that cannot be understood; the message says why. */
class UsageError extends Error {}

async function main(): Promise<number> {
  const flags = parse();
  if (flags.help) {
    console.log(HELP);
    return 0;
  }
  if (flags.mutants) return await mutants(flags.json);
  if (flags.replay !== undefined) return await replay(flags.replay);
  const wanted = new Set(flags.campaigns === "none" ? [] : flags.campaigns.split(","));
  for (const name of wanted)
    if (!(name in CAMPAIGNS))
      throw new UsageError(`there is no campaign ${name}: there are ${Object.keys(CAMPAIGNS).join(", ")}`);
  const seeds = count("seeds", flags.seeds);
  const from = count("from", flags.from);
  const systematic =
    wanted.size === 0 ? [] : (await experiments(flags.all)).filter(({ campaign }) => wanted.has(campaign));
  const random = Array.from({ length: seeds }, (_, index): Job => ({ campaign: "random", seed: from + index }));
  return await runAll([...random, ...systematic], {
    seeds,
    json: flags.json,
    first: flags.first,
    canaries: wanted.has("R13"),
  });
}

async function runAll(
  jobs: readonly Job[],
  options: { readonly seeds: number; readonly json: boolean; readonly first: boolean; readonly canaries: boolean },
): Promise<number> {
  const counts = new Map<string, number>();
  const broken: Result[] = [];
  const started = performance.now();
  let done = 0;
  await carryOutAll(jobs, (result) => {
    done += 1;
    for (const campaign of campaignsOf(result.job)) counts.set(campaign, (counts.get(campaign) ?? 0) + 1);
    if (result.violations.length > 0) {
      broken.push(result);
      if (broken.length <= 3) console.error(describe(result));
    }
    if (done % 500 === 0 || done === jobs.length)
      console.error(
        `${done} of ${jobs.length} runs, ${broken.length} of them broke a promise, ${Math.round((performance.now() - started) / 1000)} s`,
      );
    return !(options.first && broken.length > 0);
  });
  if (options.canaries) counts.set("R13", done);
  const campaigns = Object.fromEntries(
    Object.keys(CAMPAIGNS).flatMap((name) => (counts.has(name) ? [[name, counts.get(name)]] : [])),
  );
  const result = { seeds: options.seeds, campaigns, violations: broken.length };
  console.log(
    options.json
      ? JSON.stringify(result)
      : Object.entries({ seeds: result.seeds, ...campaigns, violations: result.violations })
          .map(([name, value]) => `${name}: ${value}`)
          .join("\n"),
  );
  return broken.length === 0 ? 0 : 1;
}

/** Faults with a Retry-After are an R14 as well as an R3. */
function campaignsOf(job: Job): readonly string[] {
  if (!("scenario" in job)) return [];
  return job.fault && / for \d+ s$/.test(job.fault.name) ? [job.campaign, "R14"] : [job.campaign];
}

/** What a person needs who looks for what broke. */
function describe({ job, violations, trace }: Result): string {
  const again = "scenario" in job ? `'${JSON.stringify(job)}'` : String(job.seed);
  const broke = trace.findIndex((line) => line.includes("!!!!!!"));
  const near = broke < 0 ? trace.slice(-40) : trace.slice(Math.max(0, broke - 40), broke + 1);
  return [
    "",
    ...near,
    ...violations.map(({ property, text }) => `BROKEN ${property}: ${text}`),
    `again, with the whole trace: npm run simulate -- --replay ${again}`,
    "",
  ].join("\n");
}

async function replay(text: string): Promise<number> {
  const job = /^\d+$/.test(text) ? ({ campaign: "random", seed: Number(text) } as const) : (experimentIn(text) as Job);
  const { violations, trace, digest } = await carryOut(job, true);
  for (const line of trace) console.log(line);
  for (const { property, text: what } of violations) console.log(`BROKEN ${property}: ${what}`);
  console.log(`digest ${digest}`);
  return violations.length === 0 ? 0 : 1;
}

function experimentIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new UsageError("--replay takes a seed, or an experiment in JSON as a failure printed it");
  }
}

async function mutants(json: boolean): Promise<number> {
  const results = await tryMutants((line) => console.error(line));
  const caught = results.filter((result) => result.caught).length;
  console.log(json ? JSON.stringify({ caught, total: results.length }) : `caught: ${caught} of ${results.length}`);
  return caught === results.length ? 0 : 1;
}

function parse(): ReturnType<typeof parseArgs<{ options: typeof OPTIONS }>>["values"] {
  try {
    return parseArgs({ options: OPTIONS }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function count(name: string, text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new UsageError(`--${name} is "${text}": it must be a whole number`);
  return Number(text);
}

try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  console.error(`${error.message}\nnpm run simulate -- --help`);
  process.exitCode = 2;
}
// What was written into a pipe is still on its way.
for (const stream of [process.stdout, process.stderr]) await new Promise((done) => stream.write("", done));
process.exit();
