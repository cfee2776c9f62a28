import { describe, expect, it } from "vitest";
import { healthPages } from "../../../src/observability/servers.ts";
import { type Vital, watchVitals } from "../../../src/observability/vitals.ts";

/** Parts whose problem a test sets. */
function parts(count: number): { readonly vitals: readonly Vital[]; readonly problems: (string | undefined)[] } {
  const problems: (string | undefined)[] = Array.from({ length: count }, () => undefined);
  return { problems, vitals: problems.map((_none, index) => () => problems[index]) };
}

describe("the probes", () => {
  it("answer ok while every part moves, and say what does not", async () => {
    const { vitals, problems } = parts(3);
    const unready: string[] = ["the sessionpools have not been listed yet"];
    const pages = healthPages(
      () => unready,
      watchVitals(vitals, () => undefined),
    );
    expect(await pages["/livez"]?.()).toEqual({ status: 200, text: ["ok\n"] });
    expect(await pages["/readyz"]?.()).toEqual({ status: 503, text: ["the sessionpools have not been listed yet\n"] });
    problems[0] = "the watch is silent";
    problems[2] = "a worker hangs";
    unready.pop();
    expect(await pages["/livez"]?.()).toEqual({ status: 503, text: ["the watch is silent\n", "a worker hangs\n"] });
    expect(await pages["/readyz"]?.()).toEqual({ status: 200, text: ["ok\n"] });
  });

  it("log when problems begin and when they are over, not at each probe", () => {
    const { vitals, problems } = parts(2);
    const told: (readonly string[])[] = [];
    const ask = watchVitals(vitals, (all) => told.push(all));
    ask();
    problems[1] = "a worker hangs";
    ask();
    ask();
    problems[1] = undefined;
    ask();
    ask();
    expect(told).toEqual([["a worker hangs"], []]);
  });
});
