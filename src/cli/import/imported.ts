import type { JsonObject } from "../../sessionpool/json.ts";

/** A Kubernetes Secret that must be there before a manifest is applied. */
export interface NeededSecret {
  readonly name: string;
  readonly namespace: string | undefined;
  readonly keys: readonly string[];
}

/** A manifest that the API server takes, and that asks for nothing that the pool does not have. */
export interface Manifest {
  readonly name: string;
  readonly resource: JsonObject;
  /** What a person should know of it. */
  readonly notes: readonly string[];
  readonly secret: NeededSecret | undefined;
}

/** A pool that no manifest can say, and why. */
export interface NotImported {
  readonly id: string;
  readonly problems: readonly { readonly field: string; readonly message: string }[];
}

export interface Imported {
  /** In the order of the pools' ids. */
  readonly manifests: readonly Manifest[];
  readonly notImported: readonly NotImported[];
}
