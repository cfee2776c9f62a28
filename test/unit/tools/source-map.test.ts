import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { SourceMap } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { encode } from "@jridgewell/sourcemap-codec";
import { describe, expect, it } from "vitest";
import { keepOwnSources } from "../../../tools/source-map.ts";

const sources = ["../src/a.ts", "../node_modules/b/index.js", "../src/c.ts"];

/** What a stack shows for each column of the first line, e.g. `a.ts:3`, once the map was trimmed. */
async function shown(segments: readonly [column: number, source: number, line: number][]): Promise<readonly string[]> {
  const file = join(mkdtempSync(join(tmpdir(), "source-map-")), "bundle.js.map");
  const mappings = encode([segments.map(([column, source, line]) => [column, source, line, 0])]);
  writeFileSync(file, JSON.stringify({ version: 3, sources, sourcesContent: ["a", "b", "c"], names: [], mappings }));
  await keepOwnSources(file);
  const trimmed = JSON.parse(readFileSync(file, "utf8")) as ConstructorParameters<typeof SourceMap>[0];
  expect(trimmed).not.toHaveProperty("sourcesContent");
  const map = new SourceMap(trimmed);
  return [0, 10, 20, 30, 40].map((column) => {
    const entry = map.findEntry(0, column);
    return "originalSource" in entry && entry.originalSource !== undefined
      ? `${entry.originalSource.split("/").at(-1)}:${entry.originalLine}`
      : "";
  });
}

describe("the bundle's source map", () => {
  it("leads to our own files, and not to dependencies", async () => {
    expect(
      await shown([
        [0, 0, 1],
        [10, 1, 5],
        [20, 1, 6],
        [30, 2, 7],
        [40, 0, 2],
      ]),
    ).toEqual(["a.ts:1", "", "", "c.ts:7", "a.ts:2"]);
  });

  it("begins with a dependency, or ends with one", async () => {
    expect(
      await shown([
        [0, 1, 1],
        [20, 0, 5],
        [40, 1, 6],
      ]),
    ).toEqual(["", "", "a.ts:5", "a.ts:5", ""]);
  });
});
