import type { EventNote } from "../kubernetes/events.ts";
import type { Action, PutReason } from "../sessionpool/action.ts";

const EVENT_OF: Record<PutReason, string> = {
  Create: "Creating",
  SpecChanged: "Updating",
  DriftCorrected: "DriftCorrected",
  RetryAfterFailure: "Retrying",
  SecretsChanged: "SecretsChanged",
  SecretsUnverified: "SecretsUnverified",
};

/** What people are told of a PUT. */
export function putEvent(action: Action & { kind: "put" }): EventNote {
  return {
    type: action.reason === "DriftCorrected" ? "Warning" : "Normal",
    reason: EVENT_OF[action.reason],
    action: "Put",
    note: noteOf(action),
  };
}

function noteOf({ reason, changes, drift }: Action & { kind: "put" }): string {
  const paths = changes.map(({ path }) => path).join(", ");
  switch (reason) {
    case "Create":
      return "Azure was asked to create the pool";
    case "SpecChanged":
      return `Azure was asked to change ${paths}`;
    case "DriftCorrected":
      return `${drift?.timeless ?? drift?.message ?? `the pool was changed in Azure at ${paths}`}; Azure was asked to restore it`;
    case "RetryAfterFailure":
      return paths === ""
        ? "the last operation failed; trying the same again"
        : `the last operation failed; Azure was asked to change ${paths}`;
    case "SecretsChanged":
      return "a value of spec.secrets changed; Azure was given the new values";
    case "SecretsUnverified":
      return "nobody can tell which secret values Azure has, since the key of their hash is another or their tag is gone; Azure was given all of them once more";
  }
}
