import { readFile, writeFile } from "node:fs/promises";
import { decode, encode, type SourceMapMappings } from "@jridgewell/sourcemap-codec";

/** What a source map has in JSON (ECMA-426). */
interface SourceMap {
  readonly sources: readonly string[];
  readonly mappings: string;
}

/**
 * Keeps of a source map what is of our own files. Node parses all of it at the first stack that is looked at and keeps it: with the dependencies, and
 * with the sources' text, that is a hundred megabytes. A frame in a dependency shows the place in the bundle.
 */
export async function keepOwnSources(file: string): Promise<void> {
  const map = JSON.parse(await readFile(file, "utf8")) as SourceMap & { readonly sourcesContent?: unknown };
  const own = map.sources.map((source) => !source.includes("node_modules"));
  // Node reads a last segment that names no source as if it named the one before: one more line ends it.
  const mappings = encode([...decode(map.mappings).map((line) => ownSegments(line, own)), []]);
  await writeFile(file, JSON.stringify({ ...map, sourcesContent: undefined, mappings }));
}

/** A line's segments; of those in a row that are of others, only the first stays, which ends what came before it. */
function ownSegments(line: SourceMapMappings[number], own: readonly boolean[]): SourceMapMappings[number] {
  const kept: SourceMapMappings[number] = [];
  for (const segment of line) {
    const isOwn = segment.length > 1 && own[segment[1] ?? -1] === true;
    if (isOwn) kept.push(segment);
    else if (kept.at(-1)?.length !== 1) kept.push([segment[0]]);
  }
  return kept;
}
