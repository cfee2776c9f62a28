import { beforeEach, describe, expect, it } from "vitest";
import { ApiServer } from "../../simulation/api-server/server.ts";
import { FakeClock } from "../../time/fake-clock.ts";
import { NAMESPACE, Replica } from "./replica.ts";

let clock: FakeClock;

beforeEach(() => {
  clock = new FakeClock(Date.UTC(2026, 0, 5, 9));
});

describe("what a replica's log says of the lease", () => {
  it("is who leads, whenever that is another one", async () => {
    const server = new ApiServer(clock);
    server.create("namespaces", "", { metadata: { name: NAMESPACE } });
    const one = new Replica(server, clock, "one");
    await clock.advance(1_000);
    const two = new Replica(server, clock, "two");
    await clock.advance(60_000);
    expect(one.logged).toEqual(["leading"]);
    expect(two.logged).toEqual(["standing by: another replica leads: one"]);
    await one.stop();
    await clock.advance(3_000);
    expect(two.logged.slice(1)).toEqual(["leading"]);
    await two.stop();
  });

  it("is that there is no namespace for it", async () => {
    const one = new Replica(new ApiServer(clock), clock, "one");
    await clock.advance(3_000);
    expect(new Set(one.logged)).toEqual(
      new Set([`the lease could not be read or written; trying again: namespaces "${NAMESPACE}" not found`]),
    );
    await one.stop();
  });
});
