import { setTimeout } from "node:timers/promises";
import type { Balance } from "./ledger.ts";
import { poolsPath } from "./people.ts";
import { isReady, manifestOf, type Member, NAMESPACES, secretsOf } from "./pools.ts";
import type { Stage } from "./stage.ts";

/** So many people create resources at the same time. */
const CREATORS = 10;
const LOOK_MS = 2_000;
const TELL_MS = 30_000;

/** Creates namespaces, Secrets and resources. */
export async function createAll({ people, ledger }: Stage, members: readonly Member[]): Promise<void> {
  for (const namespace of NAMESPACES) {
    await people.create("/api/v1/namespaces", { metadata: { name: namespace } });
    for (const { name, stringData } of secretsOf(namespace, 1))
      await people.create(`/api/v1/namespaces/${namespace}/secrets`, { metadata: { name }, stringData });
  }
  const left = [...members];
  const create = async (): Promise<void> => {
    for (let member = left.pop(); member; member = left.pop()) {
      ledger.reason(member.id);
      await people.create(poolsPath(member.namespace), manifestOf(member));
    }
  };
  await Promise.all(Array.from({ length: CREATORS }, create));
}

/** Waits until the resources are all that there are, each is Ready as it is now, and each change has reached Azure. @returns after `ms`, which are not */
export async function untilAllReady(
  stage: Stage,
  members: () => readonly Member[],
  ms: number,
  { signal, tell }: { readonly signal: AbortSignal; readonly tell: (text: string) => void },
): Promise<readonly string[]> {
  const deadline = Date.now() + ms;
  let toldAt = Date.now();
  for (;;) {
    const wanting = await notReady(stage, members());
    if ((wanting.length === 0 && stage.ledger.isAllSettled) || Date.now() > deadline) return wanting;
    if (Date.now() > toldAt + TELL_MS) {
      toldAt = Date.now();
      tell(`not Ready: ${some(wanting)}; without their PUT: ${some(stage.ledger.balance().missing)}`);
    }
    await setTimeout(LOOK_MS, undefined, { signal });
  }
}

async function notReady({ people }: Stage, members: readonly Member[]): Promise<readonly string[]> {
  const wanting = new Set(members.map(({ namespace, name }) => `${namespace}/${name}`));
  const lingering: string[] = [];
  for (const namespace of NAMESPACES)
    for (const resource of await people.pools(namespace)) {
      const key = `${namespace}/${resource.metadata.name}`;
      if (!wanting.has(key)) lingering.push(`${key} (is not gone)`);
      else if (isReady(resource)) wanting.delete(key);
    }
  return [...wanting, ...lingering];
}

/** What is wrong with resources and pools at the end, in words. */
export function faultsOf(
  { emulator }: Pick<Stage, "emulator">,
  members: readonly Member[],
  unready: readonly string[],
  { needless, surplus, missing }: Balance,
): readonly string[] {
  const pools = new Map(
    (emulator.model.peek() as readonly LivePool[]).map((pool) => [pool.id.toLowerCase(), pool] as const),
  );
  const wanted = new Set(members.map(({ id }) => id.toLowerCase()));
  const wrong = members.filter(
    ({ id, sessions }) => pools.get(id.toLowerCase())?.properties.scaleConfiguration.maxConcurrentSessions !== sessions,
  );
  const faults: readonly (readonly [what: string, which: readonly string[]])[] = [
    ["not Ready at the end", unready],
    ["not in Azure what the resource says", wrong.map(({ id }) => id)],
    ["left in Azure", [...pools.keys()].filter((id) => !wanted.has(id))],
    ["PUTs that changed nothing", needless],
    ["pools with more PUTs than reasons", surplus],
    ["pools with fewer PUTs than reasons", missing],
  ];
  return faults.filter(([, which]) => which.length > 0).map(([what, which]) => `${what}: ${some(which)}`);
}

interface LivePool {
  readonly id: string;
  readonly properties: { readonly scaleConfiguration: { readonly maxConcurrentSessions: number } };
}

/** How many there are, and the first of them. */
export function some(names: readonly string[]): string {
  return `${names.length}, ${names.slice(0, 5).join(", ")}${names.length > 5 ? ", …" : ""}`;
}
