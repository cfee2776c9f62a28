/** Where a value is in a resource, from its top. */
export type Path = readonly (string | number)[];

/** What is wrong with a resource, and where. */
export interface Problem {
  readonly path: Path;
  readonly message: string;
  /** Where its line is, when the API server's field is a place around it. */
  readonly at?: Path;
  /** Whether the API server evaluates no CEL rules on account of it; here, none that look at this value. */
  readonly blocking?: boolean;
}

/** A mistake in a file. */
export interface Finding {
  readonly file: string;
  /** Counted from 1; that of the nearest value around the field when the field is absent. */
  readonly line: number;
  /** As the API server writes it, such as `spec.secrets[0].name`; empty when the mistake is about the whole document. */
  readonly field: string;
  readonly message: string;
}

/** One line, `FILE:LINE: FIELD: MESSAGE`; without the field when the finding has none. */
export function formatFinding({ file, line, field, message }: Finding): string {
  return [`${file}:${line}`, ...(field === "" ? [] : [field]), message].join(": ").replaceAll(/\s*[\r\n]\s*/g, " ");
}

const UNKNOWN_FIELD = "unknown field";

/** The message about a field that the schema does not have. */
export function unknownField(advice: string): string {
  return `${UNKNOWN_FIELD}${advice}`;
}

/** Whether a finding is about a field that the schema does not have: clients without strict validation have the server drop it. */
export function isUnknownField({ message }: Finding): boolean {
  return message.startsWith(UNKNOWN_FIELD);
}

/** Ends the message about a number that is a text. */
export const TAKE_QUOTES_AWAY = "; take its quotes away";

/** Whether a plan can be made all the same: of a field that there is not, or a number in quotes. */
export function isHarmless(finding: Finding): boolean {
  return isUnknownField(finding) || finding.message.endsWith(TAKE_QUOTES_AWAY);
}

/** A path as the API server writes it, such as `spec.secrets[0].name`. */
export function fieldOf(path: Path): string {
  return path
    .map((step, index) => (typeof step === "number" ? `[${step}]` : `${index === 0 ? "" : "."}${step}`))
    .join("");
}

/** Whether one path leads to the other, whichever is longer. */
export function onOnePath(a: Path, b: Path): boolean {
  return a.slice(0, b.length).every((step, index) => step === b[index]);
}

/** A value in a message; long ones and those with members are not repeated. */
export function brief(value: unknown): string {
  const text = typeof value === "object" ? "" : JSON.stringify(value);
  return text.length > 0 && text.length <= 80 ? `${text}: ` : "";
}
