import type { SessionPoolSpec } from "../api/session-pool.ts";
import { type ArmKind, formatArmId, formOf, parseArmId } from "./arm-id.ts";
import { type Json, type JsonObject, type MutableJson, isList, isObject } from "./json.ts";

/** An ARM id in a spec, checked or not. */
interface SpecId {
  /** Where it is, e.g. `spec.managedIdentitySettings[0].identity`. */
  readonly field: string;
  readonly kind: ArmKind;
  /** Whether `system`, the pool's own identity, may stand there too. */
  readonly orSystem: boolean;
  readonly text: Json;
}

/** What goes in the place of an id; undefined for nothing. */
type Replace = (id: SpecId) => string | undefined;

/** The pool's own identity, which has no id before there is a pool. */
const SYSTEM = "system";
/** More of a wrong id than this is not repeated in a message. */
const MAX_SHOWN = 200;

/** The spec with each ARM id rebuilt from its checked segments; an id that cannot be read is left out, so that it gets nowhere. */
export function withRebuiltIds(spec: SessionPoolSpec): SessionPoolSpec {
  return replaceIds(spec, rebuilt);
}

/** What is wrong with the ARM ids of a spec, one line each, with the field first; empty when nothing is. */
export function idProblems(spec: SessionPoolSpec): readonly string[] {
  const problems: string[] = [];
  replaceIds(spec, (id) => {
    const good = rebuilt(id);
    const { field, kind, orSystem, text } = id;
    if (good === undefined)
      problems.push(`${field} ${shortened(text)} must be ${orSystem ? "`system` or " : ""}${formOf(kind)}`);
    return good;
  });
  return problems;
}

/** The environments and user-assigned identities that a spec names, rebuilt. */
export function idsNamed(spec: SessionPoolSpec): {
  readonly environments: readonly string[];
  readonly identities: readonly string[];
} {
  const environments = new Set<string>();
  const identities = new Set<string>();
  replaceIds(spec, (id) => {
    const good = rebuilt(id);
    if (good !== undefined && good !== SYSTEM) (id.kind === "environment" ? environments : identities).add(good);
    return good;
  });
  return { environments: [...environments], identities: [...identities] };
}

function rebuilt({ kind, orSystem, text }: SpecId): string | undefined {
  if (orSystem && text === SYSTEM) return SYSTEM;
  const id = parseArmId(kind, text);
  return id && formatArmId(kind, id);
}

function shortened(text: Json): string {
  const shown = JSON.stringify(text);
  return shown.length > MAX_SHOWN ? `${shown.slice(0, MAX_SHOWN)}…` : shown;
}

/** The one list of the places in a spec where ARM ids are. A spec that does not have the form of its schema is walked as far as it goes. */
function replaceIds(spec: SessionPoolSpec, replace: Replace): SessionPoolSpec {
  const copy: MutableJson = { ...(spec as unknown as JsonObject) };
  replaceMember(copy, "environmentId", { field: "spec.environmentId", kind: "environment", orSystem: false }, replace);
  const identity = copyMember(copy, "identity");
  const assigned = copyMember(identity, "userAssignedIdentities");
  if (identity && assigned) identity.userAssignedIdentities = withReplacedKeys(assigned, replace);
  const { managedIdentitySettings: settings } = copy;
  if (isList(settings)) copy.managedIdentitySettings = withReplacedSettings(settings, replace);
  const credentials = copyMember(copyMember(copy, "customContainerTemplate"), "registryCredentials");
  const field = "spec.customContainerTemplate.registryCredentials.identity";
  replaceMember(credentials, "identity", { field, kind: "identity", orSystem: true }, replace);
  return copy as unknown as SessionPoolSpec;
}

function withReplacedKeys(assigned: JsonObject, replace: Replace): JsonObject {
  const field = "spec.identity.userAssignedIdentities:";
  return Object.fromEntries(
    Object.entries(assigned).flatMap(([key, value]) => {
      const id = replace({ field, kind: "identity", orSystem: false, text: key });
      return id === undefined ? [] : [[id, value]];
    }),
  );
}

function withReplacedSettings(settings: readonly Json[], replace: Replace): readonly Json[] {
  return settings.flatMap((setting, index) => {
    const holder = isObject(setting) ? setting : {};
    const field = `spec.managedIdentitySettings[${index}].identity`;
    const identity = replace({ field, kind: "identity", orSystem: true, text: holder.identity ?? null });
    return identity === undefined ? [] : [{ ...holder, identity }];
  });
}

function replaceMember(
  holder: MutableJson | undefined,
  key: string,
  where: Omit<SpecId, "text">,
  replace: Replace,
): void {
  const text = holder?.[key];
  if (!holder || text === undefined || text === null) return;
  const id = replace({ ...where, text });
  if (id === undefined) delete holder[key];
  else holder[key] = id;
}

/** Puts a copy of the object at `key` into its place, to be changed. */
function copyMember(holder: MutableJson | undefined, key: string): MutableJson | undefined {
  const value = holder?.[key];
  return holder && isObject(value) ? (holder[key] = { ...value }) : undefined;
}
