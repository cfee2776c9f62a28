import type { Metafile } from "esbuild";
import { describe, expect, it } from "vitest";
import { checkedSize, LARGEST_BUNDLE } from "../../../tools/bundle-size.ts";

type Outputs = Metafile["outputs"];

/** A file of the bundle and how much of it is from which file. */
function output(bytes: number, inputs: Readonly<Record<string, number>> = {}): Outputs[string] {
  const parts = Object.entries(inputs).map(([path, bytesInOutput]) => [path, { bytesInOutput }] as const);
  return { bytes, inputs: Object.fromEntries(parts), imports: [], exports: [] };
}

describe("the bundle's size", () => {
  it("is that of all files but source maps", () => {
    const outputs = {
      "dist/a.js": output(LARGEST_BUNDLE - 100),
      "dist/b.js": output(100),
      "dist/a.js.map": output(9_000_000),
    };
    expect(checkedSize({ outputs })).toBe(LARGEST_BUNDLE);
  });

  it("is refused when it is too large, with the packages that take most", () => {
    const outputs = {
      "dist/a.js": output(3_000_001, {
        "node_modules/@azure/identity/dist/a.js": 1_000_000,
        "node_modules/@azure/identity/dist/b.js": 900_000,
        "node_modules/@azure/identity/node_modules/uuid/index.js": 1_100_000,
        "src/main.ts": 1,
      }),
      "dist/b.js": output(1_000_000, { "node_modules/undici/index.js": 600_000, "src/cli.ts": 400_000 }),
    };
    expect(() => checkedSize({ outputs })).toThrow(
      "the bundle takes 4,000,001 bytes, and 4,000,000 are allowed; most of it: " +
        "@azure/identity 1,900,000, uuid 1,100,000, undici 600,000, src 400,001. What can be left out is named in tools/left-out.ts",
    );
  });
});
