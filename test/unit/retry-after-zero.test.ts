import { afterEach, expect, it } from "vitest";
import { Fleet } from "./fleet.ts";

let fleet: Fleet;

afterEach(() => fleet.end());

it("Retry-After: 0 does not have operations asked without a pause", { timeout: 60_000 }, async () => {
  fleet = new Fleet(5);
  const polls: number[] = [];
  fleet.network.inject = ({ side, method, path }) => {
    if (side !== "azure" || !(method === "PUT" || path.includes("/operationStatuses/"))) return undefined;
    if (method !== "PUT") polls.push(fleet.clock.now());
    return {
      kind: "answer",
      when: "after",
      change: (answer) => ({ ...answer, headers: { ...answer.headers, "retry-after": "0" } }),
    };
  };
  fleet.start();
  fleet.apply("containers");
  await fleet.pass(2);
  expect(fleet.ready()).toBe(5);
  // A minute of work for each of five, looked at every two seconds at most.
  expect(polls.length).toBeGreaterThan(0);
  expect(polls.length).toBeLessThanOrEqual(5 * 30);
});
