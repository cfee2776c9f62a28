import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseAllDocuments } from "yaml";

/** The project's root. */
export const ROOT = join(import.meta.dirname, "..", "..", "..");

/** A rule of a Role or ClusterRole. */
export interface Rule {
  readonly apiGroups?: readonly string[];
  readonly resources?: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}

/** A manifest, as far as these tests read it. */
export interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly rules?: readonly Rule[];
}

/** A file relative to the root. */
export function readText(path: string): string {
  return readFileSync(join(ROOT, path), "utf8");
}

/** The manifests of a file. */
export function readManifests(path: string): readonly Manifest[] {
  return parseAllDocuments(readText(path)).map((document) => document.toJS() as Manifest);
}

/** The rules of the file's Roles and ClusterRoles. */
export function rulesOf(path: string): readonly Rule[] {
  return readManifests(path).flatMap(({ rules }) => rules ?? []);
}
