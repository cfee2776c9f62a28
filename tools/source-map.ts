import { readFile, writeFile } from "node:fs/promises";
import { decode, encode, type SourceMapMappings } from "@jridgewell/sourcemap-codec";

/** What a source map has in JSON (ECMA-426). */
interface SourceMap {
  readonly sources: readonly string[];
  readonly mappings: string;
}

/**
 * Keeps of a source map which lines of our own files there are. Node parses all of it at the first stack that is looked at and keeps it: with the dependencies, and
 * with the sources' text, that is a hundred megabytes. A frame in a dependency shows the place in the bundle.
 */
export async function keepOwnSources(file: string): Promise<void> {
  const map = JSON.parse(await readFile(file, "utf8")) as SourceMap & { readonly sourcesContent?: unknown };
  const own = map.sources.map((source) => !source.includes("node_modules"));
  // Node reads a last segment that names no source as if it named the one before: one more line ends it.
  const mappings = encode([...decode(map.mappings).map((line) => ownSegments(line, own)), []]);
  await writeFile(file, JSON.stringify({ ...map, sourcesContent: undefined, mappings }));
}

/**
 * A line's segments, by the lines that they lead to: of those in a row that lead to one line, only the first stays; so does of those that are of others,
 * which ends what came before it.
 */
function ownSegments(line: SourceMapMappings[number], own: readonly boolean[]): SourceMapMappings[number] {
  const kept: SourceMapMappings[number] = [];
  for (const segment of line) {
    const last = kept.at(-1);
    if (segment.length === 1 || own[segment[1]] !== true) {
      if (last?.length !== 1) kept.push([segment[0]]);
    } else if (last?.length === 1 || last?.[1] !== segment[1] || last[2] !== segment[2])
      kept.push([segment[0], segment[1], segment[2], 0]);
  }
  return kept;
}
