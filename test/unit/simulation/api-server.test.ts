import { describe, expect, it } from "vitest";
import { CASES } from "../../simulation/api-server/conformance/more-cases.ts";
import { readRecorded, runOnMemory } from "../../simulation/api-server/conformance/run.ts";

const recorded = readRecorded();

describe("the API server in memory says what a real kube-apiserver said", () => {
  it.each(CASES)("$name", async ({ name, run }) => {
    expect(await runOnMemory(run)).toEqual(recorded[name]);
  });

  it("in every case that was recorded", () => {
    expect(Object.keys(recorded).sort()).toEqual(CASES.map(({ name }) => name).sort());
  });
});
