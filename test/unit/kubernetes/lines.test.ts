import { array, assert, asyncProperty, nat, string } from "fast-check";
import { describe, expect, it } from "vitest";
import { linesOf } from "../../../src/kubernetes/lines.ts";

async function lines(chunks: readonly Uint8Array[]): Promise<readonly string[]> {
  const result: string[] = [];
  const stream = async function* (): AsyncGenerator<Uint8Array> {
    for (const chunk of chunks) yield await Promise.resolve(chunk);
  };
  for await (const line of linesOf(stream())) result.push(line);
  return result;
}

/** The bytes, cut at these places. */
function cut(bytes: Uint8Array, places: readonly number[]): readonly Uint8Array[] {
  const ends = [...places.map((place) => place % (bytes.length + 1)), bytes.length].sort((a, b) => a - b);
  return ends.map((end, index) => bytes.subarray(index === 0 ? 0 : ends[index - 1], end));
}

describe("the lines of a stream", () => {
  it("are the same wherever it is cut, also within a character", async () => {
    const text = string({ unit: "grapheme" }).map((line) => line.replaceAll("\n", ""));
    await assert(
      asyncProperty(array(text), array(nat()), async (texts, places) => {
        const bytes = new TextEncoder().encode(texts.map((line) => `${line}\n`).join(""));
        expect(await lines(cut(bytes, places))).toEqual(texts.filter((line) => line !== ""));
      }),
    );
  });

  it("are none where the last is not finished", async () => {
    expect(await lines([Buffer.from("whole\nhal")])).toEqual(["whole"]);
  });

  it("are copied once, however many pieces one comes in", async () => {
    const pieces = Array.from({ length: 20_000 }, () => Buffer.from("x".repeat(100)));
    let copied = 0;
    const counted = pieces.map(
      (piece) =>
        new Proxy(piece, {
          get: (target, name) => {
            if (name === "subarray") copied += 1;
            const member = Reflect.get(target, name) as unknown;
            return typeof member === "function" ? (member.bind(target) as unknown) : member;
          },
        }),
    );
    const [line = ""] = await lines([...counted, Buffer.from("\n")]);
    expect(line.length).toBe(2_000_000);
    expect(copied).toBe(pieces.length);
  });
});
