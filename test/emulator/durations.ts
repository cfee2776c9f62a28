import type { Random } from "./clock.ts";

/** What a long-running operation does. */
export type Work = "create" | "update" | "patch" | "delete";

/** How long an operation takes, in seconds; asked once at its start. */
export type Duration = (work: Work, random: Random) => number;

/** Recorded from request to end, in seconds, ascending (azure-session-pools §3.2: PUT of a new pool, PUT of one that is there, PATCH, DELETE). */
const RECORDED: Readonly<Record<Work, readonly number[]>> = {
  create: [351, 354, 368, 369, 379, 411, 464],
  update: [150],
  patch: [85, 96, 96, 116, 160, 161, 292],
  delete: [278, 284, 287, 291, 338, 339, 434],
};

/** Durations spread as those that were recorded: as often between two neighbours as between any other two. */
export const recordedDuration: Duration = (work, random) => {
  const known = RECORDED[work];
  const at = random() * (known.length - 1);
  const below = known[Math.floor(at)] ?? 0;
  const above = known[Math.ceil(at)] ?? below;
  return below + (above - below) * (at % 1);
};
