import * as fc from "fast-check";
import { type Json, type JsonObject, isList, isObject, pointer, tokensOf } from "../../src/sessionpool/json.ts";
import { anySpec } from "./spec-arbitrary.ts";

/** Values that are wrong in most places. */
const WRONG: readonly (Json | undefined)[] = [
  undefined,
  null,
  "",
  "x",
  "1",
  "A b/c",
  "é".repeat(600),
  0,
  -1,
  1.5,
  3e9,
  true,
  [],
  {},
  [null],
  ["x", "x"],
  [{}],
  { a: 1 },
  { a: "b" },
];

/** A spec that the CRD takes, mostly with something else in one place: another value, nothing, an entry twice, or a field that there is not. */
export function specWithMistake(): fc.Arbitrary<JsonObject> {
  return fc
    .tuple(anySpec(), fc.nat(), fc.constantFrom("value", "twice", "unknown", "none"), fc.constantFrom(...WRONG))
    .map(([spec, which, kind, wrong]) => {
      const body = spec as unknown as JsonObject;
      if (kind === "none") return body;
      const paths = pathsIn(body, "");
      const path = paths[which % paths.length] ?? "";
      return changed(body, tokensOf(path), (value) => {
        if (kind === "twice" && isList(value)) return [...value, ...value];
        if (kind === "unknown" && isObject(value)) return { ...value, extra: wrong ?? null };
        return wrong;
      }) as JsonObject;
    });
}

function pathsIn(value: Json | undefined, path: string): readonly string[] {
  const inner = isObject(value)
    ? Object.entries(value).flatMap(([key, member]) => pathsIn(member, pointer(path, key)))
    : isList(value)
      ? value.flatMap((entry, index) => pathsIn(entry, pointer(path, index)))
      : [];
  return path === "" ? inner : [path, ...inner];
}

function changed(value: Json, tokens: readonly string[], change: (old: Json) => Json | undefined): Json | undefined {
  const [token, ...rest] = tokens;
  if (token === undefined) return change(value);
  if (isList(value)) {
    const entry = changed(value[Number(token)] ?? null, rest, change);
    return entry === undefined ? value.toSpliced(Number(token), 1) : value.with(Number(token), entry);
  }
  const object = value as JsonObject;
  return { ...object, [token]: changed(object[token] ?? null, rest, change) };
}
