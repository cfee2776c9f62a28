import { beforeEach, describe, expect, it } from "vitest";
import { addressOf, INTERVAL_MS, Observed, sized } from "./observed.ts";

const POOL = "one/aaa";
const OTHER = "one/bbb";

let world: Observed;

const bodies = (): object => ({ value: [world.pool(POOL), world.pool(OTHER)] });

async function begin(options: { readonly pageSize?: number } = {}): Promise<void> {
  world = new Observed(options);
  await world.create(POOL, OTHER);
  await world.follow(POOL, OTHER);
}

beforeEach(() => begin());

describe("what was known of a pool before nobody wanted to know of it for a moment", () => {
  it.each([
    ["since its resource was suspended", false],
    ["since the only one that is left was", true],
  ])("%s: a copy that lags behind is not believed afterwards", async (_why, isAlone) => {
    if (isAlone) world.observers.untrack(OTHER);
    const before = bodies();
    world.write("PATCH", POOL, sized(50));
    await world.pass(120);
    world.observers.saw(POOL, world.pool(POOL), world.clock.now());
    world.observers.untrack(POOL);
    world.instead = (what) => (what.startsWith("LIST") ? { status: 200, body: before } : undefined);
    await world.pass(1);
    world.track(POOL);
    await world.pass((INTERVAL_MS / 1000) * 1.2);
    expect(world.newCalls()).toContain("LIST one");
    expect(world.sessions(POOL)).toBeUndefined();
    world.instead = () => undefined;
    await world.pass((INTERVAL_MS / 1000) * 1.2);
    expect(world.sessions(POOL)).toBe(50);
  });

  it("through another credential: a LIST of that one that was asked for before our write is not believed", async () => {
    await begin({ pageSize: 1 });
    const other = world.client();
    const through = (key: string): void => world.observers.track(key, other, addressOf(key), INTERVAL_MS);
    world.latencyMs = 20_000;
    through(OTHER);
    await world.pass(10);
    // The first page of the other credential's LIST is on its way, as Azure was.
    world.write("PATCH", POOL, sized(50));
    world.observers.distrust(POOL, true);
    await world.pass(11);
    through(POOL);
    expect(world.sessions(POOL)).toBeUndefined();
  });
});
