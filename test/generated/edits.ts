import * as fc from "fast-check";
import type { SessionPoolSpec } from "../../src/api/session-pool.ts";
import {
  type Json,
  type JsonObject,
  isEmpty,
  isList,
  isObject,
  pointer,
  sameJson,
  tokensOf,
  valueAt,
} from "../../src/sessionpool/json.ts";
import { withoutOwnTags } from "../../src/sessionpool/own-tags.ts";
import { anyValue } from "./spec-arbitrary.ts";

/** An edit of one field of a spec. */
export interface Edit {
  /** JSON pointer of the field in the ARM body. */
  readonly path: string;
  readonly spec: SessionPoolSpec;
}

/** Fields that cannot be edited, that say nothing to Azure, or that name an entry. */
const NOT_EDITED =
  /^\/(subscriptionId|resourceGroup|azureName|location|environmentId|containerType|poolManagementType|policy|suspend|secrets)|\/(name|identity|lifecycleType|type)$|userAssignedIdentities|managedIdentitySettings$/;
const IN_BODY = /^\/(tags|identity|location)/;

/** Each field that is set, with another value, and without it; values follow from `seed`. */
export function editsOf(spec: SessionPoolSpec, seed: number): readonly Edit[] {
  const body = spec as unknown as JsonObject;
  const builtIn = spec.containerType !== "CustomContainer";
  return (
    leavesOf(body, "", "")
      .filter(({ path }) => !NOT_EDITED.test(path))
      // Azure drops it, so nothing would be sent.
      .filter(({ path }) => !(builtIn && path.endsWith("/readySessionInstances")))
      .filter(({ path }) => !isIgnored(spec, path))
      .flatMap(({ path, pattern }) => {
        const old = valueAt(body, path);
        const value = fc
          .sample(anyValue(pattern.slice(1)), { numRuns: 5, seed })
          .find((other) => !sameJson(other as Json, old) && other !== null) as Json | undefined;
        // What says nothing to Azure can be taken out without telling it.
        const takenOut = isEmpty(old) || old === "None" ? [] : [undefined];
        return [...(value === undefined ? [] : [value]), ...takenOut].map((leaf) => ({
          path: IN_BODY.test(path) ? path : `/properties${path}`,
          spec: replaced(body, tokensOf(path), leaf) as unknown as SessionPoolSpec,
        }));
      })
  );
}

/** Pointers at which two ARM bodies differ, the operator's own tags aside. */
export function changedPaths(a: JsonObject, b: JsonObject): readonly string[] {
  const plain = (body: JsonObject): JsonObject => ({ ...body, tags: withoutOwnTags(body.tags) });
  return differences(plain(a), plain(b), "");
}

function differences(a: Json | undefined, b: Json | undefined, path: string): readonly string[] {
  if (isObject(a) && isObject(b))
    return [...new Set([...Object.keys(a), ...Object.keys(b)])].flatMap((key) =>
      differences(a[key], b[key], pointer(path, key)),
    );
  if (isList(a) && isList(b) && a.length === b.length && a.every(isObject))
    return a.flatMap((entry, index) => differences(entry, b[index], pointer(path, index)));
  return sameJson(a, b) ? [] : [path];
}

interface Leaf {
  readonly path: string;
  readonly pattern: string;
}

function leavesOf(value: Json | undefined, path: string, pattern: string): readonly Leaf[] {
  if (value === undefined || value === null) return [];
  if (isObject(value))
    return Object.entries(value).flatMap(([key, member]) =>
      leavesOf(member, pointer(path, key), `${pattern}/${pattern === "/tags" ? "*" : key}`),
    );
  if (isList(value) && value.some(isObject))
    return value.flatMap((entry, index) => leavesOf(entry, pointer(path, index), `${pattern}/*`));
  return [{ path, pattern }];
}

function isIgnored(spec: SessionPoolSpec, path: string): boolean {
  return (spec.policy?.ignore ?? []).some((entry) => `/properties${path}`.startsWith(entry));
}

function replaced(value: Json, tokens: readonly string[], leaf: Json | undefined): Json {
  const [token = "", ...rest] = tokens;
  if (isList(value))
    return value.map((entry, index) => (index === Number(token) ? replaced(entry, rest, leaf) : entry));
  const object = value as JsonObject;
  return { ...object, [token]: rest.length === 0 ? leaf : replaced(object[token] ?? {}, rest, leaf) };
}
