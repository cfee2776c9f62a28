import { describe, expect, it } from "vitest";
import { type TroubleParts, troublePeriodMs, Troubles } from "../../soak/troubles.ts";

/** How many kinds there are. */
const KINDS = 8;
const ROTATED = "the ServiceAccount's token is rotated";

/** What troubles are made of, where all goes well but what is given. */
function partsOf(broken: { readonly all?: boolean; readonly rotate?: () => Promise<void> } = {}): TroubleParts {
  const do_ = (): void => {
    if (broken.all) throw new Error("no");
  };
  const later = async (): Promise<void> => do_();
  const proxy = { disconnect: do_, restore: do_, blackHole: do_ };
  // What troubles call of them, and nothing else.
  return {
    cluster: { restartApiServer: later, compact: later },
    kubernetes: proxy,
    azure: proxy,
    model: { faults: { add: do_, clear: do_ } },
    token: { rotate: broken.rotate ?? later },
    rotateFederatedToken: later,
    life: { credential: later },
    pause: async () => undefined,
  } as unknown as TroubleParts;
}

async function make(troubles: Troubles, times: number): Promise<readonly string[]> {
  const told: string[] = [];
  for (let time = 0; time < times; time += 1) {
    told.push(await troubles.next());
  }
  return told;
}

/** Fails so many times, and then no more. */
function failing(times: number): () => Promise<void> {
  let left = times;
  return async () => {
    left -= 1;
    if (left >= 0) throw new Error("busy");
  };
}

describe("the troubles of a soak", () => {
  it("happen each once in a round", async () => {
    const troubles = new Troubles(partsOf());
    expect(new Set(await make(troubles, KINDS)).size).toBe(KINDS);
    expect(Object.values(troubles.done)).toEqual(Array.from({ length: KINDS }, () => 1));
    expect(troubles.faults(120)).toEqual([]);
  });

  it("are tried once more in the next place", async () => {
    const troubles = new Troubles(partsOf({ rotate: failing(1) }));
    const told = await make(troubles, KINDS + 1);
    expect(told.slice(1, 3)).toEqual([`could not be made: ${ROTATED}: busy`, ROTATED]);
    expect(Object.keys(troubles.done)).toHaveLength(KINDS + 1);
    expect(troubles.faults(120)).toEqual([]);
  });

  it("are a fault when one never happened, and the others happen all the same", async () => {
    const troubles = new Troubles(partsOf({ rotate: failing(Infinity) }));
    await make(troubles, KINDS + 1);
    expect(troubles.done).toMatchObject({ [`could not be made: ${ROTATED}`]: 2, "Azure answers 503": 1 });
    for (const minutes of [2, 120])
      expect(troubles.faults(minutes)).toEqual([`it never happened that ${ROTATED}: busy`]);
  });

  it.each<[minutes: number, faults: number]>([
    [120, KINDS],
    [15, KINDS],
    [2, KINDS / 2],
  ])("are faults in a run of %s minutes in which none could be made", async (minutes, faults) => {
    const troubles = new Troubles(partsOf({ all: true, rotate: failing(Infinity) }));
    await make(troubles, KINDS);
    expect(troubles.faults(minutes)).toHaveLength(faults);
  });

  it("are none when a short run was over before their turn, or before they were tried once more", async () => {
    const troubles = new Troubles(partsOf({ rotate: failing(1) }));
    await make(troubles, 2);
    expect(troubles.faults(2)).toEqual([]);
    expect(troubles.faults(15)).toHaveLength(KINDS - 1);
    expect(troubles.faults(15)).toContainEqual("it never happened that Azure answers 503: its turn did not come");
  });

  it.each<[minutes: number, ms: number]>([
    [2, 120_000 / 9],
    [9, 60_000],
    [120, 60_000],
  ])("begin so often in %s minutes that there is a whole round", (minutes, ms) => {
    expect(troublePeriodMs(minutes)).toBe(ms);
  });
});
