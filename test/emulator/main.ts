import { parseArgs } from "node:util";
import { startEmulator } from "./start.ts";

const HELP = `A stand-in for Azure Resource Manager's session pools and for Entra's token endpoint, on this machine.

Usage: npm run emulator -- [--port P] [--provisioning-seconds S] [--anonymous]

  --port P                  port on 127.0.0.1; 0 (default) for any free one
  --provisioning-seconds S  how long each long-running operation takes (default 3)
  --anonymous               serve calls without a token too

Prints one JSON line when ready: {"url", "caFile", "tokenUrl"}. GET /_emulator/calls lists the calls served.`;

function fail(message: string): never {
  console.error(`emulator: ${message}\nRun with --help for all flags.`);
  process.exit(2);
}

function readOptions(): { port: number; provisioningSeconds: number; anonymous: boolean } {
  const options = {
    port: { type: "string" },
    "provisioning-seconds": { type: "string" },
    anonymous: { type: "boolean" },
    help: { type: "boolean", short: "h" },
  } as const;
  try {
    const { values } = parseArgs({ options });
    if (values.help) {
      console.log(HELP);
      process.exit(0);
    }
    const port = Number(values.port ?? 0);
    const provisioningSeconds = Number(values["provisioning-seconds"] ?? 3);
    if (!Number.isInteger(port) || port < 0 || port > 65_535)
      fail(`--port: "${values.port}" is not a port from 0 to 65535`);
    if (!Number.isFinite(provisioningSeconds) || provisioningSeconds < 0)
      fail(`--provisioning-seconds: "${values["provisioning-seconds"]}" is not a number of seconds`);
    return { port, provisioningSeconds, anonymous: values.anonymous ?? false };
  } catch (error) {
    return fail(error instanceof Error ? error.message : String(error));
  }
}

try {
  const emulator = await startEmulator(readOptions());
  for (const signal of ["SIGINT", "SIGTERM"] as const)
    process.once(signal, () => void emulator.close().then(() => process.exit(0)));
  console.log(JSON.stringify({ url: emulator.url, caFile: emulator.caFile, tokenUrl: emulator.tokenUrl }));
} catch (error) {
  fail(error instanceof Error ? error.message : String(error));
}
