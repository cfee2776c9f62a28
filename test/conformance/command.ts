import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";

const MAIN = join(import.meta.dirname, "..", "emulator", "main.ts");

/** The emulator's command, running as its own process. */
export interface EmulatorCommand {
  readonly url: string;
  readonly caFile: string;
  readonly tokenUrl: string;
  /** Asks it to end, and returns its exit code; null when a signal ended it. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

/** Starts the command on a free port and waits for the line that says it is ready. */
export async function startCommand(...args: readonly string[]): Promise<EmulatorCommand> {
  const child = spawn(process.execPath, [MAIN, "--port", "0", ...args], { stdio: ["ignore", "pipe", "inherit"] });
  const [line] = (await once(createInterface(child.stdout), "line")) as [string];
  return {
    ...(JSON.parse(line) as { url: string; caFile: string; tokenUrl: string }),
    stop: async (signal = "SIGTERM") => {
      child.kill(signal);
      const [code] = (await once(child, "exit")) as [number | null];
      return code;
    },
  };
}

/** Runs the command with arguments at which it ends by itself. */
export async function runCommand(...args: readonly string[]): Promise<{ code: number | null; output: string }> {
  const child = spawn(process.execPath, [MAIN, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => (output += chunk.toString()));
  const [code] = (await once(child, "close")) as [number | null];
  return { code, output };
}
