import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CRD_PATH, generateSources } from "./generate/sources.ts";

/** Writes what is generated from the CRD; with --check, only says whether it is up to date, and ends 1 when it is not. */
const root = join(import.meta.dirname, "..");
const check = process.argv.includes("--check");
const stale: string[] = [];
for (const [path, content] of await generateSources(readFileSync(join(root, CRD_PATH), "utf8"))) {
  const file = join(root, path);
  if (existsSync(file) && readFileSync(file, "utf8") === content) continue;
  stale.push(path);
  if (!check) writeFileSync(file, content);
}
if (check && stale.length > 0) {
  console.error(`${stale.join(", ")} no longer fit ${CRD_PATH}: run \`npm run generate\``);
  process.exitCode = 1;
} else {
  console.log(stale.length > 0 ? `wrote ${stale.join(", ")}` : "generated files are up to date");
}
