/** A refusal of the API server: becomes a metav1.Status (Kubernetes API conventions, "Response Status Kind"). */
export class Failure extends Error {
  readonly code: number;
  readonly reason: string;
  readonly details: object | undefined;

  constructor(code: number, reason: string, message: string, details?: object) {
    super(message);
    this.code = code;
    this.reason = reason;
    this.details = details;
  }

  /** The Status object. */
  toStatus(): object {
    return {
      kind: "Status",
      apiVersion: "v1",
      metadata: {},
      status: "Failure",
      message: this.message,
      ...(this.reason === "" ? {} : { reason: this.reason }),
      ...(this.details ? { details: this.details } : {}),
      code: this.code,
    };
  }
}

/** Which kind of object a refusal is about. */
export interface Kind {
  readonly group: string;
  readonly kind: string;
  readonly plural: string;
}

/** `secrets`, `sessionpools.appcontainers.dev`. */
function resourceName({ group, plural }: Kind): string {
  return group === "" ? plural : `${plural}.${group}`;
}

function about(kind: Kind, name: string): object {
  return { name, ...(kind.group === "" ? {} : { group: kind.group }), kind: kind.plural };
}

export function notFound(kind: Kind, name: string): Failure {
  return new Failure(404, "NotFound", `${resourceName(kind)} "${name}" not found`, about(kind, name));
}

export function alreadyExists(kind: Kind, name: string): Failure {
  return new Failure(409, "AlreadyExists", `${resourceName(kind)} "${name}" already exists`, about(kind, name));
}

/** @param why the rest of the server's sentence */
export function conflict(kind: Kind, name: string, why: string): Failure {
  const message = `Operation cannot be fulfilled on ${resourceName(kind)} "${name}": ${why}`;
  return new Failure(409, "Conflict", message, about(kind, name));
}

/** @param problems `field: message` each */
export function invalid(kind: Kind, name: string, problems: readonly string[]): Failure {
  const title = kind.group === "" ? kind.kind : `${kind.kind}.${kind.group}`;
  const list = problems.length === 1 ? problems[0] : `[${problems.join(", ")}]`;
  return new Failure(422, "Invalid", `${title} "${name}" is invalid: ${list}`, about(kind, name));
}

/** The admission plugin NamespaceLifecycle refuses. */
export function terminating(kind: Kind, name: string, namespace: string): Failure {
  const message = `${resourceName(kind)} "${name}" is forbidden: unable to create new content in namespace ${namespace} because it is being terminated`;
  const cause = {
    reason: "NamespaceTerminating",
    message: `namespace ${namespace} is being terminated`,
    field: "metadata.namespace",
  };
  return new Failure(403, "Forbidden", message, { ...about(kind, name), causes: [cause] });
}

/** What cannot be done with a patch; the server keeps the cause to itself, which a trace should not. */
export function badPatch(cause: string): Failure {
  return new Failure(422, "Invalid", `the server rejected our request due to an error in our request: ${cause}`);
}

export function badRequest(message: string): Failure {
  return new Failure(400, "BadRequest", message);
}

/** A resourceVersion or continue token that is too old to go on from. */
export function expired(message: string): Failure {
  return new Failure(410, "Expired", message);
}
