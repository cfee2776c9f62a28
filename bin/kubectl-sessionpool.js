#!/usr/bin/env node
import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

// The sources run on Node 24, which the project brings along; whatever Node started this only has to find it.
const main = join(dirname(fileURLToPath(import.meta.url)), "..", "src", "cli", "main.ts");
if (Number(process.versions.node.split(".")[0]) >= 24) await import(main);
else {
  const node = join(dirname(createRequire(import.meta.url).resolve("node/package.json")), "bin", "node");
  const { status, error } = spawnSync(node, [main, ...process.argv.slice(2)], { stdio: "inherit" });
  if (error) console.error(`kubectl-sessionpool needs Node 24: ${error.message}`);
  process.exitCode = status ?? 1;
}
