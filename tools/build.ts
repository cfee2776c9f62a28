import { rmSync } from "node:fs";
import { build } from "esbuild";

/** Bundles the operator into dist/: what the image runs, and what the tests and the demo run. */
rmSync("dist", { recursive: true, force: true });
const { metafile } = await build({
  entryPoints: { operator: "src/main.ts" },
  outdir: "dist",
  bundle: true,
  // What is imported only when it is needed is a file of its own, and costs nobody else anything.
  splitting: true,
  platform: "node",
  format: "esm",
  target: "node24",
  minifySyntax: true,
  minifyWhitespace: true,
  sourcemap: "linked",
  metafile: true,
  legalComments: "none",
  // Dependencies in CommonJS ask for require, __filename and __dirname, which modules do not have.
  banner: {
    js: 'import{createRequire as __cr}from"node:module";import{fileURLToPath as __fp}from"node:url";import{dirname as __dn}from"node:path";const require=__cr(import.meta.url),__filename=__fp(import.meta.url),__dirname=__dn(__filename);',
  },
  logLevel: "warning",
});
const bytes = Object.entries(metafile.outputs)
  .filter(([name]) => name.endsWith(".js"))
  .reduce((sum, [, output]) => sum + output.bytes, 0);
console.log(`dist/ ${(bytes / 1e6).toFixed(2)} MB`);
