import { parseArgs } from "node:util";
import { releaseChildren } from "../cluster/processes.ts";
import { Demo } from "./demo.ts";
import { green, red } from "./screen.ts";

const HELP = `Shows the operator at work on this machine: a real Kubernetes control plane, a stand-in for Azure, and the operator between them.

Usage: npm run demo [-- --keep]

  --keep   leave everything running and print how to use and how to stop it
  --help   this text

The first run builds the control plane with Go, once, in about 5 minutes. After that it takes under a minute. Ctrl-C stops everything.`;

/** Exit codes: 0 shown or interrupted, 1 something did not hold, 2 wrong usage. */
async function main(): Promise<number> {
  let keep = false;
  try {
    const { values } = parseArgs({ options: { keep: { type: "boolean" }, help: { type: "boolean", short: "h" } } });
    if (values.help === true) {
      console.log(HELP);
      return 0;
    }
    keep = values.keep === true;
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\nRun with --help.`);
    return 2;
  }
  const interrupt = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const)
    process.on(signal, () => interrupt.abort(new Error("interrupted")));
  const demo = new Demo(interrupt.signal);
  try {
    await demo.run();
    if (keep) {
      demo.printHowToUse();
      releaseChildren();
      return 0;
    }
  } catch (error) {
    // Ctrl-C also ends a kubectl that is running; its failure may be seen before the signal is.
    await new Promise((resolve) => setTimeout(resolve, 200));
    if (!interrupt.signal.aborted) {
      console.error(red(`\nThe demo failed: ${error instanceof Error ? error.message : String(error)}`));
      demo.printOperatorLog();
      await demo.stop();
      return 1;
    }
    console.log("\nInterrupted; stopping everything.");
  }
  await demo.stop();
  console.log(green("\nEverything is stopped."));
  return 0;
}

process.exit(await main());
