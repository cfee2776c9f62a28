import type { Metafile } from "esbuild";

/** The most that the bundle may take, in bytes, source maps apart: the goal that docs/footprint.md names. */
export const LARGEST_BUNDLE = 4_000_000;
/** So many packages are named when it takes more. */
const NAMED = 8;

/**
 * How large the bundle is, source maps apart.
 *
 * @throws Error when it is too large; it names the packages that take most of it
 */
export function checkedSize({ outputs }: Pick<Metafile, "outputs">): number {
  const files = Object.entries(outputs).filter(([file]) => !file.endsWith(".map"));
  const bytes = files.reduce((sum, [, output]) => sum + output.bytes, 0);
  if (bytes <= LARGEST_BUNDLE) return bytes;
  const sizes = new Map<string, number>();
  for (const [, { inputs }] of files)
    for (const [path, { bytesInOutput }] of Object.entries(inputs))
      sizes.set(packageOf(path), (sizes.get(packageOf(path)) ?? 0) + bytesInOutput);
  const largest = [...sizes].toSorted(([, a], [, b]) => b - a).slice(0, NAMED);
  throw new Error(
    `the bundle takes ${inNumbers(bytes)} bytes, and ${inNumbers(LARGEST_BUNDLE)} are allowed; most of it: ` +
      `${largest.map(([name, size]) => `${name} ${inNumbers(size)}`).join(", ")}. What can be left out is named in tools/left-out.ts`,
  );
}

/** The package of a file in node_modules, the innermost where they are nested; "src" of the operator's own. */
function packageOf(path: string): string {
  return /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? path.split("/")[0] ?? path;
}

function inNumbers(bytes: number): string {
  return bytes.toLocaleString("en-US");
}
