import type { Placement } from "../../sessionpool/placement.ts";

/** Longest name of a SessionPool; the CRD says why. */
const MAX_LENGTH = 63;

/** More and more of where a pool is, until its name is the only one: its own name, with the group, with the subscription, with a number. */
const FORMS: readonly ((placement: Placement, number: number) => string)[] = [
  ({ name }) => legal(name, ""),
  ({ name, resourceGroup }) => legal(`${name}-${resourceGroup}`, ""),
  ({ name, resourceGroup, subscriptionId }) => legal(`${name}-${resourceGroup}`, `-${subscriptionId.slice(0, 8)}`),
  ({ name, resourceGroup, subscriptionId }, number) =>
    legal(`${name}-${resourceGroup}`, `-${subscriptionId.slice(0, 8)}-${number}`),
];

/**
 * A metadata.name for each pool, its name in Azure where no other has the same; the order of names follows that of the pools. The same pools in
 * the same order get the same names.
 */
export function metadataNames(placements: readonly Placement[]): readonly string[] {
  const forms = placements.map(() => 0);
  for (;;) {
    const names = placements.map((placement, index) => FORMS[forms[index] ?? 0]?.(placement, index + 1) ?? "");
    const counts = new Map<string, number>();
    for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
    const shared = names.map((name, index) => (forms[index] ?? 0) < FORMS.length - 1 && (counts.get(name) ?? 0) > 1);
    if (!shared.includes(true)) return names;
    for (const [index, isShared] of shared.entries()) if (isShared) forms[index] = (forms[index] ?? 0) + 1;
  }
}

/** A legal metadata.name of a text and an ending that is kept whole. */
function legal(text: string, ending: string): string {
  const letters = text
    .toLowerCase()
    .replaceAll(/[^a-z0-9-]/g, "-")
    .slice(0, MAX_LENGTH - ending.length);
  return `${letters.replaceAll(/^-+|-+$/g, "")}${ending.toLowerCase()}`;
}
