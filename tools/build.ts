import { readFileSync, rmSync } from "node:fs";
import { build } from "esbuild";
import { checkedSize } from "./bundle-size.ts";
import { leaveOut } from "./left-out.ts";
import { keepOwnSources } from "./source-map.ts";

/** Bundles the operator into dist/: what the image runs, and what the tests and the demo run. */
rmSync("dist", { recursive: true, force: true });
const { metafile } = await build({
  entryPoints: { operator: "src/start.ts" },
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
  plugins: [leaveOut],
  // The SDK asks of each body whether it is a form, and a look at that global loads Node's own fetch and WebSockets: 30 ms of the event loop. It sends none.
  define: { FormData: "undefined" },
  // Dependencies in CommonJS ask for require, __filename and __dirname, which modules do not have.
  banner: {
    js: 'import{createRequire as __cr}from"node:module";import{fileURLToPath as __fp}from"node:url";import{dirname as __dn}from"node:path";const require=__cr(import.meta.url),__filename=__fp(import.meta.url),__dirname=__dn(__filename);',
  },
  logLevel: "warning",
});
for (const file of Object.keys(metafile.outputs)) {
  if (file.endsWith(".map")) await keepOwnSources(file);
  else {
    // V8 keeps a source with one character beyond Latin-1 with two bytes for each.
    const [foreign] = /[^\0-\u007F]+/.exec(readFileSync(file, "utf8")) ?? [];
    if (foreign !== undefined) throw new Error(`${file} is not ASCII: "${foreign}"`);
  }
}
console.log(`dist/ ${(checkedSize(metafile) / 1e6).toFixed(2)} MB`);
