import { readConfig } from "../../../src/config.ts";
import { type Bench, count, optionsOf } from "../usage.ts";
import { measureFootprint } from "./footprint.ts";
import { tableOf } from "./table.ts";

const HELP = `Measures the operator's process on this machine: dist/operator.js as the image runs it, a real API server, and Azure's stand-in.

Usage: npm run bench -- footprint [--json] [--many N] [--starts S] [--rounds R] [-- operator flag ...]

  --json        one JSON object on standard output; null: the phase that shows the figure did not come to its end
  --many N      resources in the large fleet, whatever the figures' names say, 100 to 100000 (10000); the small one has 100
  --starts S    how often the start is timed, 1 to 100 (7)
  --rounds R    for how many drift intervals of two minutes it rests, 1 to 1000 (2)
  -- flag ...   flags of the operator, e.g. -- --concurrency 50

  size     the files of dist/, without source maps and the compile cache; npm run build comes first
  start    from the start of the process to 200 from /readyz, with a compile cache made as the image's build makes it
  memory   resident, from /proc; at rest: the most in the last drift interval
  loop     how late the event loop is from when the process listens until it has looked at each resource, and at rest; on a machine that does other
           things too, its processor's time between two looks says more. The metrics are read every 5 s meanwhile

Every resource is Ready and has its pool, as an operator has left them that was stopped. Linux only. Takes about a quarter of an hour on two free cores. Progress goes to standard error. Ends with 0, with 1 when a phase did not come to its end, with 2 for a call that cannot be understood.
`;

const OPTIONS = {
  json: { type: "boolean", default: false },
  many: { type: "string", default: "10000" },
  starts: { type: "string", default: "7" },
  rounds: { type: "string", default: "2" },
} as const;

/** `npm run bench -- footprint`. */
export const footprint: Bench = {
  help: HELP,
  run: async (args, flags, { print, tell }) => {
    const values = optionsOf(args, OPTIONS);
    // Wrong flags are told before anything runs.
    readConfig(flags, {});
    const result = await measureFootprint({
      few: 100,
      many: count("many", values.many, 100, 100_000),
      starts: count("starts", values.starts, 1, 100),
      rounds: count("rounds", values.rounds, 1, 1_000),
      flags,
      tell,
    });
    print(values.json ? JSON.stringify(result) : tableOf(result));
    for (const problem of result.problems) tell(problem);
    return result.problems.length === 0 ? 0 : 1;
  },
};
