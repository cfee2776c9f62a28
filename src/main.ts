import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { hostname } from "node:os";
import manifest from "../package.json" with { type: "json" };
import { createValidator } from "./api/validate.ts";
import { ConfigExit, readConfig } from "./config.ts";
import { LeaseLost } from "./kubernetes/lease.ts";
import { runOperator } from "./operator.ts";
import { createTransport, namespaceOf } from "./kubernetes/transport.ts";
import { createLogger, switchLevel } from "./observability/logger.ts";
import { processRegistry } from "./observability/process-metrics.ts";
import { listen } from "./observability/servers.ts";
import { pemProblems } from "./pem-files.ts";
import { listenInstead } from "./signals.ts";
import { kubeConfigOf } from "./start-up.ts";
import { steadyClock, wallClock } from "./time/clock.ts";
import { TimeSlices } from "./time/turns.ts";

/** Reads the configuration, runs the operator until SIGTERM or SIGINT, and exits: 0 after a clean stop, 1 after a failure, 2 for a wrong configuration. */
async function main(): Promise<void> {
  const config = readConfig(process.argv.slice(2), process.env, pemProblems);
  // Loaded only when somebody receives traces.
  const otel = config.traces && (await import("./observability/otel.ts"));
  const instance = config.instance ?? hostname();
  const log = createLogger(config.logLevel, otel && (() => tracer?.ids() ?? {}));
  const tracer =
    config.traces && otel?.startTracer({ endpoint: config.traces.endpoint, sampling: config.traces, log, instance });
  if (config.traces) {
    // A collector's key may stand anywhere behind the host.
    log.info({ ...config.traces, endpoint: new URL(config.traces.endpoint).origin }, "traces are sent");
  }
  process.on("SIGUSR1", () => switchLevel(log, config.logLevel));
  const stop = new AbortController();
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    // In place of those of start.ts.
    listenInstead(signal, () => {
      log.info({ signal }, "stopping");
      stop.abort();
    });
  }
  const kubeConfig = kubeConfigOf(config);
  const { scopesFile } = config;
  try {
    await runOperator({
      config,
      log,
      clock: steadyClock,
      wallClock,
      turns: new TimeSlices(steadyClock, setImmediate),
      random: Math.random,
      randomBytes,
      validate: createValidator(),
      namespace: config.namespace ?? namespaceOf(kubeConfig),
      transport: createTransport(kubeConfig),
      listen,
      version: manifest.version,
      registry: processRegistry(),
      ...(scopesFile === undefined ? {} : { readScopes: () => readFile(scopesFile, "utf8") }),
      ...(tracer ? { tracer } : {}),
      instance,
      signal: stop.signal,
    });
  } finally {
    await tracer?.close();
  }
}

try {
  await main();
} catch (error) {
  const exit = error instanceof ConfigExit ? error : undefined;
  if (exit?.exitCode === 0) console.log(exit.message);
  // The log has it.
  else if (!(error instanceof LeaseLost))
    console.error(
      exit?.message ?? `the operator cannot run: ${error instanceof Error ? error.message : String(error)}`,
    );
  process.exitCode = exit?.exitCode ?? 1;
}
// Keep-alive sockets would hold the process open.
process.exit();
