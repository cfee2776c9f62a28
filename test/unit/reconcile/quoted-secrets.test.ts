import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { redact, shownWords } from "../../../src/reconcile/redact.ts";

const RUNS = Number(process.env.PROPERTY_RUNS ?? 1_000);

type Encode = (text: string) => string;

const json: Encode = (text) => JSON.stringify(text).slice(1, -1);
/** System.Text.Json's default encoder, in which ASP.NET writes JSON, with the digits of .NET or of Newtonsoft's Json.NET. */
const dotnet =
  (digits: Encode): Encode =>
  (text) =>
    text.replaceAll(
      /["&'+<>`\\]|[^\x20-\x7e]/g,
      (sign) => `\\u${digits(sign.charCodeAt(0).toString(16).padStart(4, "0"))}`,
    );
const upper: Encode = (digits) => digits.toUpperCase();
const lower: Encode = (digits) => digits.toLowerCase();
const percent: Encode = (text) => encodeURIComponent(text);
const ENCODINGS: Readonly<Record<string, Encode>> = {
  plain: (text) => text,
  json,
  "ASP.NET's JSON": dotnet(upper),
  "ASP.NET's JSON, lower case": dotnet(lower),
  percent,
  "percent, but for what a URL may have": encodeURI,
  "percent, lower case": (text) => percent(text).replaceAll(/%[0-9A-F]{2}/g, lower),
  form: (text) => new URLSearchParams([["", text]]).toString().slice(1),
  html: (text) =>
    text
      .replaceAll("&", "&amp;")
      .replaceAll("<", "&lt;")
      .replaceAll(">", "&gt;")
      .replaceAll('"', "&quot;")
      .replaceAll("'", "&#39;"),
  "html, all by number": (text) =>
    text.replaceAll(/[^\w ]/gu, (sign) => `&#x${(sign.codePointAt(0) ?? 0).toString(16)};`),
  base64: (text) => Buffer.from(text).toString("base64"),
  "one line": (text) => text.replaceAll(/\s+/g, " ").trim(),
};
const nameOfEncoding = fc.constantFrom(...Object.keys(ENCODINGS));
/** One encoding in another, in another. */
const encodings = fc.oneof(
  nameOfEncoding.map((name) => [name]),
  fc.array(
    nameOfEncoding.filter((name) => name !== "base64" && name !== "one line"),
    { minLength: 2, maxLength: 3 },
  ),
);

const word = fc.stringMatching(/^[a-zA-Z0-9]{6,20}$/);
const anything = fc.string({ unit: "grapheme", minLength: 1, maxLength: 12 });
/** What in a secret is cut out of messages for another reason. */
const cutOut = fc.constantFrom(
  "eyJhbGciOiJI.eyJzdWIiOiIx.c2ln",
  "2026-01-05T09:00:00.000Z",
  "https://a.blob.core.windows.net/?sv=1&sig=abc",
  "requestId: 0f0f0f0f-0000-4000-8000-000000000000",
  "Trace ID: 12 Correlation ID: 34",
  "line  \r\n\tline",
);
const values = fc.oneof(
  fc.tuple(anything, word, anything).map((parts) => parts.join("")),
  fc.tuple(cutOut, word).map(([token, password]) => JSON.stringify({ token, password })),
  fc.tuple(word, cutOut, word).map(([a, b, c]) => `Account=${a};Key=${b};Password=${c}`),
  fc.tuple(word, cutOut).map((lines) => lines.join("\r\n  ")),
);
const BEFORE = ["", "bad value: ", 'Error converting value "', "see https://x.example/?q=", "Path '$.a', at\n  "];
const AFTER = ["", " to type 'Int32'.", '".', " RequestId: 1", "&code=1", "\\", ", correlation id 'x'"];

/** Runs of `length` characters of the secret's words that a message shows, but for those that the text around has too. */
function shownOf(value: string, shown: string, around: string, length: number): readonly string[] {
  const runs = value
    .split(/[^a-zA-Z0-9]+/)
    .flatMap((part) =>
      Array.from({ length: Math.max(0, part.length - length + 1) }, (_, at) => part.slice(at, at + length)),
    );
  return runs.filter((run) => shown.includes(run) && !around.includes(run));
}

describe("a secret value that Azure quotes", () => {
  const around = fc.tuple(fc.constantFrom(...BEFORE), fc.constantFrom(...AFTER));

  it("is not shown, whatever it is, however it is written, and whatever is around it", () => {
    fc.assert(
      fc.property(values, encodings, around, (value, names, [before, after]) => {
        const quoted = names.reduce((text, name) => ENCODINGS[name]?.(text) ?? text, value);
        const shown = shownWords(`${before}${quoted}${after}`, new Map([["a", value]]));
        expect(shownOf(value, shown, `${before}${after}`, 6)).toEqual([]);
      }),
      { numRuns: RUNS },
    );
  });

  it("is not shown by its beginning either, where the message was cut", () => {
    fc.assert(
      fc.property(
        values,
        encodings,
        fc.constantFrom("", "...", "'"),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (value, names, end, part) => {
          const quoted = names.reduce((text, name) => ENCODINGS[name]?.(text) ?? text, value);
          const cut = quoted.slice(0, Math.floor(quoted.length * part));
          const shown = shownWords(`bad value: ${cut}${end}`, new Map([["a", value]]));
          expect(shownOf(value, shown, "", 8)).toEqual([]);
        },
      ),
      { numRuns: RUNS },
    );
  });

  it.each<[what: string, text: string, values: readonly string[], shown: string]>([
    ["a value in a signed URL", "see https://x.example/?sig=hunter2 now", ["hunter2"], "see <signed URL> now"],
    ["a value that is a word of what is cut out", "bad eyJh.eyJi.sig now", ["eyJh", "sig"], "bad <token> now"],
    ["a value in a time", "failed at 2026-11-29T14:00:00.123Z.", ["2026"], "failed."],
    ["a value that goes on after a token", "bad eyJh.eyJi.sig/+x now", ["eyJi.sig/+x"], "bad <token> now"],
    ["a plus that is one, in a URL", "?q=hunter2+b%20c now", ["hunter2+b c"], "?q=<secret> now"],
    ["two values, one the beginning of the other", "hunter22, hunter2", ["hunter2", "hunter22"], "<secret>, <secret>"],
    ["a part of a long value", `got "${"k3y".repeat(12)}..." here`, ["k3y".repeat(30)], 'got "<secret>..." here'],
    ["values too short to be looked for", "a bad value", ["a", "bad"], "a bad value"],
    ["the beginning of a value, too short to be known", "the https: scheme", ["https://x"], "the https: scheme"],
  ])("%s", (_what, text, values, shown) => {
    expect(shownWords(text, new Map(values.map((value) => [value, value])))).toBe(shown);
  });

  it("is taken out of what is shown of a pool, which stays as it is otherwise", () => {
    expect(redact("a  b\\u002Bhunter2;  c", new Map([["a", "hunter2"]]))).toBe("a  b\\u002B<secret>;  c");
  });

  // One message must not keep the process busy for seconds: nothing else goes on meanwhile.
  it.each(["a", " ", "\\", "\\\\", "%", "%2525", "&amp;amp;", "\\u005c", "%5C%255C&amp;#38;\\u0025 "])(
    "is looked for in no time, whatever the text is: %j without end",
    (part) => {
      const values = new Map(Array.from({ length: 64 }, (_, index) => [`${index}`, `${index}${part.repeat(9_000)}b`]));
      expect(shownWords(`bad: ${part.repeat(19_900 / part.length)}`, values).length).toBeLessThanOrEqual(2000);
    },
  );
});
