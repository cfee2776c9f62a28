import { type Bench, count, optionsOf, UsageError } from "../usage.ts";
import { measureScale } from "./scale.ts";
import { tableOf } from "./table.ts";
import { configOf } from "./world.ts";

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
} as const;

/** `npm run bench -- scale`. */
export const scale: Bench = {
  help: HELP,
  run: async (args, flags, { print, tell }) => {
    const values = optionsOf(args, OPTIONS);
    if (values.pools === undefined) throw new UsageError("--pools is missing: how many pools");
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
  },
};
