import { describe, expect, it } from "vitest";
import { INTERVAL_MS, Observed } from "./observed.ts";

const KEYS = Array.from({ length: 12 }, (_, index) => `one/pool${String(index).padStart(2, "0")}`);
const refusal = (status: number, code: string) => ({ status, body: { error: { code, message: "no" } } });

/** Twelve pools on three pages are followed; from now on every page but the first is answered so. */
async function cut(status: number, code: string): Promise<Observed> {
  const world = new Observed({ pageSize: 4 });
  await world.create(...KEYS);
  await world.follow(...KEYS);
  let pages = 0;
  world.instead = (what) => (what.startsWith("LIST") && (pages += 1) % 2 === 0 ? refusal(status, code) : undefined);
  return world;
}

describe("a LIST whose second page is refused", () => {
  it.each([
    [404, "ResourceNotFound"],
    [404, "NotFound"],
    [404, "ResourceGroupNotFound"],
  ])("by %i %s changes nothing: no pool counts as missing", async (status, code) => {
    const world = await cut(status, code);
    await world.pass((INTERVAL_MS / 1000) * 1.2);
    expect(world.newCalls().slice(0, 2)).toEqual(["LIST one", "LIST one"]);
    expect(KEYS.map((key) => world.look(key)).filter((kind) => kind !== "seen")).toEqual([]);
    expect(world.newlyWoken()).toEqual([]);
  });

  it.each([
    [400, "InvalidSkipToken"],
    [403, "AuthorizationFailed"],
    [410, "Gone"],
  ])("by %i %s is made again, since it may be LISTed", async (status, code) => {
    const world = await cut(status, code);
    await world.pass((INTERVAL_MS / 1000) * 1.01);
    world.instead = () => undefined;
    world.newCalls();
    await world.pass(70);
    expect(world.newCalls()).toEqual(["LIST one", "LIST one", "LIST one"]);
    expect(world.newlyWoken()).toEqual([]);
  });
});
