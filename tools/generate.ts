import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { generateAll } from "./generate/all.ts";

/** Writes what is generated from the CRD, deploy/ and the settings; with --check, only says whether it is up to date, and ends 1 when it is not. */
const root = join(import.meta.dirname, "..");
const check = process.argv.includes("--check");
const stale: string[] = [];
for (const [path, content] of await generateAll((source) => readFileSync(join(root, source), "utf8"))) {
  const file = join(root, path);
  if (existsSync(file) && readFileSync(file, "utf8") === content) continue;
  stale.push(path);
  if (check) continue;
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
}
if (check && stale.length > 0) {
  console.error(`${stale.join(", ")} no longer fit what they are made from: run \`npm run generate\``);
  process.exitCode = 1;
} else {
  console.log(stale.length > 0 ? `wrote ${stale.join(", ")}` : "generated files are up to date");
}
