import { type DestinationStream, type Logger, pino } from "pino";

/**
 * JSON lines on standard output. Errors are logged by name, code and message only: objects of the SDKs carry requests with tokens,
 * bodies with secrets and signed URLs.
 *
 * @param fields further fields of each line, asked for as it is written
 * @param destination only tests set it
 */
export function createLogger(level: string, fields?: () => object, destination?: DestinationStream): Logger {
  const options = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    serializers: { err: safeError },
    ...(fields ? { mixin: fields } : {}),
  };
  return destination ? pino(options, destination) : pino(options);
}

/**
 * Switches to debug, and from debug to the level that was configured (to info where that is debug), and says so. Loggers made of this one go with it,
 * unless they have a level of their own.
 */
export function switchLevel(log: Logger, configured: string): void {
  const usual = configured === "debug" ? "info" : configured;
  const next = log.level === "debug" ? usual : "debug";
  const say = (): void =>
    log.info({ logLevel: next }, "the log level is another now, until the next SIGUSR1 or restart");
  const { values } = log.levels;
  // Said while the level is the one at which more is said.
  const isQuieter = (values[next] ?? 0) > (values[log.level] ?? 0);
  if (isQuieter) say();
  log.level = next;
  if (!isQuieter) say();
}

function safeError(error: unknown): object {
  if (!(error instanceof Error)) return { message: String(error) };
  const { code, status, reason } = error as Error & { code?: unknown; status?: unknown; reason?: unknown };
  return {
    type: error.name,
    message: error.message.slice(0, 2000),
    ...plain({ code, status, reason }),
    ...(isOurs(error) ? {} : { stack: error.stack }),
  };
}

/** Errors of a kind that the code expects need no stack. */
function isOurs(error: Error): boolean {
  return ["KubernetesError", "ArmError", "DeadlineError", "LeaseLost", "UnfinishedList", "NoStreamingList"].includes(
    error.name,
  );
}

function plain(fields: Record<string, unknown>): Record<string, string | number> {
  const result: Record<string, string | number> = {};
  for (const [key, value] of Object.entries(fields))
    if (typeof value === "string" || typeof value === "number") result[key] = value;
  return result;
}
