import { describe, expect, it } from "vitest";
import { compare } from "../../src/sessionpool/comparison.ts";
import { desiredBody } from "../../src/sessionpool/desired.ts";
import {
  type Json,
  type JsonObject,
  isList,
  isObject,
  pointer,
  show,
  tokensOf,
  valueAt,
} from "../../src/sessionpool/json.ts";
import { recordedPairs, resourceFrom } from "./recorded-pairs.ts";

const OPTIONS = { ignore: [], secrets: undefined };
const pairs = recordedPairs();

describe("what Azure gave back for what it was asked", () => {
  it("is recorded", () => {
    expect(pairs.length).toBeGreaterThanOrEqual(5);
  });

  it.each(pairs.map((pair) => [pair.name, pair] as const))("is no difference: %s", (_name, { request, live }) => {
    expect(compare(wantedOf(request, live), live, OPTIONS).changes).toEqual([]);
  });

  it.each(pairs.map((pair) => [pair.name, pair] as const))(
    "and each field changed in Azure is exactly that difference: %s",
    (_name, { request, live }) => {
      const wanted = wantedOf(request, live);
      const paths = leavesOf(wanted, "").filter((path) => valueAt(live, path) !== undefined);
      expect(paths.length).toBeGreaterThan(0);
      for (const path of paths) {
        const changed = withValue(live, tokensOf(path), other(valueAt(live, path)));
        const { changes } = compare(wanted, changed, OPTIONS);
        expect
          .soft(
            changes.map((change) => change.path),
            path,
          )
          .toEqual([path]);
        expect.soft(changes[0]?.observed, path).toEqual(valueAt(changed, path));
      }
    },
  );
});

function wantedOf(request: JsonObject, live: JsonObject): JsonObject {
  return desiredBody(resourceFrom(request, typeof live.id === "string" ? live.id : "").spec, new Map());
}

/** Pointers to everything in a body that has no members of its own; a list of plain values is one. */
function leavesOf(value: Json | undefined, path: string): readonly string[] {
  if (isObject(value)) return Object.entries(value).flatMap(([key, member]) => leavesOf(member, pointer(path, key)));
  if (isList(value) && value.some(isObject))
    return value.flatMap((entry, index) => leavesOf(entry, pointer(path, index)));
  return value === undefined || (isList(value) && value.length === 0) ? [] : [path];
}

function other(value: Json | undefined): Json {
  if (typeof value === "number") return value + 1;
  if (isList(value)) return [...value, "another"];
  return value === "Main" ? "None" : `${show(value)}x`;
}

function withValue(value: Json, tokens: readonly string[], leaf: Json): JsonObject {
  const [token = "", ...rest] = tokens;
  const inner = rest.length === 0 ? leaf : withValue(valueAt(value, pointer("", token)) ?? {}, rest, leaf);
  if (isList(value)) return value.with(Number(token), inner) as unknown as JsonObject;
  return { ...(value as JsonObject), [token]: inner };
}
