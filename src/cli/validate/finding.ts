/** Something in a manifest that the API server or the operator would refuse. */
export interface Finding {
  readonly file: string;
  /** Counted from 1: the line of the field, or of what it should stand in. */
  readonly line: number;
  /** As kubectl prints it, e.g. `spec.secrets[0].name`; empty for a whole document. */
  readonly field: string;
  /** What is wrong and what to do. */
  readonly message: string;
}

/** One line: FILE:LINE: FIELD: MESSAGE. */
export function formatFinding({ file, line, field, message }: Finding): string {
  return `${file}:${line}: ${field === "" ? "" : `${field}: `}${message}`;
}

/** Steps from a document's root to a field. */
export type Path = readonly (string | number)[];

/** A problem before it is known on which line it stands. */
export interface Problem {
  readonly path: Path;
  readonly message: string;
}

/** A path as kubectl prints it. Keys of maps stand in brackets. */
export function fieldOf(path: Path): string {
  return path
    .map((step, index) => {
      if (typeof step === "number") return `[${step}]`;
      if (!/^[A-Za-z_][\w-]*$/.test(step)) return `[${step}]`;
      return index === 0 ? step : `.${step}`;
    })
    .join("");
}
