import type { Json, MutableJson } from "../../../src/sessionpool/json.ts";
import { isList, isObject, sameJson, tokensOf, valueAt } from "../../../src/sessionpool/json.ts";
import { badPatch, badRequest } from "./failure.ts";

interface Operation {
  readonly op: string;
  readonly path: string;
  readonly value?: Json;
}

/**
 * Applies a JSON Patch (RFC 6902: add, remove, replace, test).
 *
 * @throws Failure 422 when an operation cannot be done or a test does not hold, 400 when the body is no patch
 */
export function applyJsonPatch(document: Json, body: unknown): Json {
  if (!Array.isArray(body)) throw badRequest("error decoding patch: a JSON Patch is a list of operations");
  let result = document;
  for (const operation of body as readonly Operation[]) result = apply(result, operation);
  return result;
}

function apply(document: Json, { op, path, value }: Operation): Json {
  if (path !== "" && !path.startsWith("/")) throw badPatch(`${op} operation does not apply: invalid path "${path}"`);
  const steps = tokensOf(path);
  switch (op) {
    case "test": {
      const found = valueAt(document, path);
      // An absent value equals null (evanphx/json-patch).
      if (!sameJson(found ?? null, value ?? null)) throw badPatch(`testing value ${path} failed: test failed`);
      return document;
    }
    case "add":
      return changed(document, steps, path, (holder, last) => insert(holder, last, value ?? null));
    case "replace":
      return changed(document, steps, path, (holder, last) => {
        if (member(holder, last) === undefined) throw missing(op, path);
        return replaced(holder, last, value ?? null);
      });
    case "remove":
      return changed(document, steps, path, (holder, last) => {
        if (member(holder, last) === undefined) throw missing(op, path);
        return removed(holder, last);
      });
    default:
      throw badPatch(`Unexpected kind: ${op}`);
  }
}

type Holder = readonly Json[] | { readonly [key: string]: Json | undefined };

function changed(
  document: Json,
  steps: readonly string[],
  path: string,
  change: (holder: Holder, last: string) => Json,
): Json {
  const [step, ...rest] = steps;
  if (step === undefined) throw badPatch("the whole document cannot be patched");
  if (!isList(document) && !isObject(document)) throw missing("patch", path);
  if (rest.length === 0) return change(document, step);
  const inner = member(document, step);
  if (inner === undefined) throw missing("patch", path);
  return replaced(document, step, changed(inner, rest, path, change));
}

function insert(holder: Holder, last: string, value: Json): Json {
  if (!isList(holder)) return { ...holder, [last]: value };
  const index = last === "-" ? holder.length : Number(last);
  if (!Number.isInteger(index) || index > holder.length) throw badPatch(`add operation does not apply: index ${last}`);
  return holder.toSpliced(index, 0, value);
}

function replaced(holder: Holder, last: string, value: Json): Json {
  return isList(holder) ? holder.with(Number(last), value) : { ...holder, [last]: value };
}

function removed(holder: Holder, last: string): Json {
  if (isList(holder)) return holder.toSpliced(Number(last), 1);
  const rest: MutableJson = { ...holder };
  delete rest[last];
  return rest;
}

function member(holder: Holder, step: string): Json | undefined {
  return isList(holder) ? holder[Number(step)] : holder[step];
}

function missing(op: string, path: string): Error {
  return badPatch(`${op} operation does not apply: doc is missing path: ${path}: missing value`);
}
