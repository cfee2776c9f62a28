import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const lines = readFileSync(join(import.meta.dirname, "../../../Dockerfile"), "utf8").split("\n");

/** The words of an instruction in JSON form. */
function wordsOf(instruction: string): unknown {
  return JSON.parse(lines.find((line) => line.startsWith(`${instruction} [`))?.slice(instruction.length) ?? "null");
}

describe("the image", () => {
  it("compiles with the flags and as the user that it runs with, or Node would not find what it compiled", () => {
    const entrypoint = wordsOf("ENTRYPOINT") as readonly string[];
    expect(wordsOf("RUN")).toEqual([...entrypoint, "--help"]);
    const places = ["USER 65532:65532", "RUN [", "ENTRYPOINT ["].map((start) =>
      lines.findIndex((line) => line.startsWith(start)),
    );
    expect(places).toEqual(places.toSorted((a, b) => a - b));
    expect(places).not.toContain(-1);
  });
});
