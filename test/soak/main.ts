import { soakCommand } from "./command.ts";

const interrupt = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const)
  process.on(signal, () => interrupt.abort(new Error("interrupted")));
// Node undoes what nohup asked for: a long run whose output goes to a file outlives the terminal that it was started from.
if (!process.stdout.isTTY) process.on("SIGHUP", () => undefined);

process.exitCode = await soakCommand(process.argv.slice(2), {
  print: (text) => console.log(text),
  tell: (text) => console.error(`${new Date().toISOString().slice(11, 19)} ${text}`),
  signal: interrupt.signal,
});
process.exit();
