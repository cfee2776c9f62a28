import { ArmFault } from "./http.ts";

/** Reads of untyped JSON in request bodies. */
export type Fields = Readonly<Record<string, unknown>>;

export function fields(value: unknown): Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : {};
}

export function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

export function text(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

/** The service takes numbers as strings and gives them back as numbers (azure-session-pools §3.3: cooldownPeriodInSeconds "300"). */
export function number(value: unknown): number | undefined {
  if (typeof value === "number") return value;
  return typeof value === "string" && value.trim() !== "" && Number.isFinite(Number(value)) ? Number(value) : undefined;
}

/** Members that are neither null nor undefined. */
export function present(object: Fields): Record<string, unknown> {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== null && value !== undefined));
}

/** JSON merge patch (RFC 7386): objects merge, lists and scalars replace, null removes (azure-session-pools §3.4). */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (typeof patch !== "object" || patch === null || Array.isArray(patch)) return patch;
  const result: Record<string, unknown> = { ...fields(target) };
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else result[key] = mergePatch(result[key], value);
  }
  return result;
}

/**
 * The JSON object in a request body.
 *
 * @throws ArmFault ARM's 400, which does not quote the body
 */
export function parseBody(body: string | undefined): Fields {
  try {
    const parsed: unknown = JSON.parse(body ?? "");
    if (typeof parsed === "object" && parsed !== null && !Array.isArray(parsed)) return parsed as Fields;
  } catch {
    // Told below.
  }
  throw new ArmFault(400, "InvalidRequestContent", "The request content was invalid and could not be deserialized.");
}
