/** What is known of a scope that can be LISTed. */
export interface ScopeFacts {
  /** Pages of its last complete LIST; undefined when it was not LISTed lately. */
  readonly pages?: number | undefined;
  /** Azure refuses to LIST it. */
  readonly isDenied?: boolean;
}

/** How the pools of a subscription are observed. */
export interface ScopeChoice {
  /** The whole subscription is LISTed. */
  readonly subscription: boolean;
  /** These resource groups are LISTed, in lower case; the pools of others are read one by one. */
  readonly groups: ReadonlySet<string>;
}

/** Pools on a page, until a LIST has shown it; the real number is not known (kubernetes-conventions §6.2: 20 to 100). */
const POOLS_PER_PAGE = 20;

/**
 * Chooses what costs the fewest reads: one LIST of the subscription, which shows strangers' pools too, or one of each resource group, where that is
 * not dearer than reading its pools one by one.
 *
 * @param wanted how many pools of ours are in each resource group
 */
export function chooseScopes(
  wanted: ReadonlyMap<string, number>,
  subscription: ScopeFacts,
  group: (name: string) => ScopeFacts,
): ScopeChoice {
  const groups = new Set<string>();
  let byGroups = 0;
  let ours = 0;
  for (const [name, count] of wanted) {
    const { pages = pagesFor(count), isDenied = false } = group(name);
    const isListed = !isDenied && pages <= count;
    if (isListed) groups.add(name);
    byGroups += isListed ? pages : count;
    ours += count;
  }
  const whole = subscription.pages ?? pagesFor(ours);
  return subscription.isDenied !== true && whole < byGroups
    ? { subscription: true, groups: new Set() }
    : { subscription: false, groups };
}

function pagesFor(pools: number): number {
  return Math.max(1, Math.ceil(pools / POOLS_PER_PAGE));
}
