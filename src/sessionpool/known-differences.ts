import type { SessionPoolStatus } from "../api/session-pool.ts";
import { type Change, type Show, sameChange } from "./diff.ts";
import { type Json, sameJson } from "./json.ts";

/** status.applied: what Azure kept otherwise than the last PUT asked for, although it took the PUT. */
export type Applied = NonNullable<SessionPoolStatus["applied"]>;
type Difference = Applied["differences"][number];

/** After so many PUTs in a row that left a difference where they asked for the same, no more are made. */
export const MAX_UPDATES_WITHOUT_EFFECT = 3;
/** More known differences than this are not remembered; the status has an end. */
const MAX_DIFFERENCES = 256;

/**
 * What to remember when a PUT has succeeded.
 *
 * @param previous what was known before it
 * @param generation metadata.generation that the PUT was made from
 * @param left what still differs
 */
export function knownAfterPut(
  previous: Applied | undefined,
  generation: number,
  left: readonly Change[],
  show: Show,
): Applied | undefined {
  if (left.length === 0) return undefined;
  const before = previous?.generation === generation ? previous.differences : [];
  const differences = left.slice(0, MAX_DIFFERENCES).map((change): Difference => {
    const shown = show(change);
    const same = before.find((other) => asksTheSame(other, shown));
    return { ...shown, updates: (same?.updates ?? 0) + 1 };
  });
  return { generation, differences };
}

/** What is still known of `applied`: a difference that is gone is forgotten, one that only looks otherwise is not. */
export function stillKnown(applied: Applied | undefined, changes: readonly Change[], show: Show): Applied | undefined {
  const shown = changes.map(show);
  const differences = applied?.differences.filter((known) => shown.some((change) => asksTheSame(known, change))) ?? [];
  return applied && differences.length > 0 ? { ...applied, differences } : undefined;
}

/** Differences that are not known: the reasons for a PUT. */
export function unknownDifferences(
  applied: Applied | undefined,
  changes: readonly Change[],
  show: Show,
): readonly Change[] {
  return changes.filter((change) => {
    const shown = show(change);
    return !applied?.differences.some((known) => sameChange(known as Change, shown));
  });
}

/**
 * Those of `changes` that PUT after PUT did not bring about.
 *
 * @param generation metadata.generation of the resource: an edit is a new attempt
 */
export function withoutEffect(
  applied: Applied | undefined,
  generation: number,
  changes: readonly Change[],
  show: Show,
): readonly Change[] {
  if (applied?.generation !== generation) return [];
  // What did not fit into the status cannot be known either.
  if (applied.differences.length >= MAX_DIFFERENCES) return changes;
  const exhausted = applied.differences.filter(({ updates }) => (updates ?? 0) >= MAX_UPDATES_WITHOUT_EFFECT);
  return changes.filter((change) => exhausted.some((known) => asksTheSame(known, show(change))));
}

function asksTheSame(a: Difference, b: Difference): boolean {
  return a.path === b.path && sameJson(a.desired as Json | undefined, b.desired as Json | undefined);
}
