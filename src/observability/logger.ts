import { type Logger, pino } from "pino";

/**
 * JSON lines on standard output. Errors are logged by name, code and message only: objects of the SDKs carry requests with tokens,
 * bodies with secrets and signed URLs.
 */
export function createLogger(level: string): Logger {
  return pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime, serializers: { err: safeError } });
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
  return ["KubernetesError", "ArmError", "DeadlineError", "LeaseLost"].includes(error.name);
}

function plain(fields: Record<string, unknown>): Record<string, string | number> {
  const result: Record<string, string | number> = {};
  for (const [key, value] of Object.entries(fields))
    if (typeof value === "string" || typeof value === "number") result[key] = value;
  return result;
}
