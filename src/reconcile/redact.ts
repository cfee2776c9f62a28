import { type Cut, type FindCuts, stableMessage, withCuts } from "../azure/words.ts";
import type { SecretValues } from "../sessionpool/desired.ts";
import { type Reading, readingsOf } from "./readings.ts";

/** Values shorter than this are not looked for in messages: they would match ordinary words. */
const SHORTEST_REDACTED = 4;
/** A value that begins at the end of a text that was cut is known by so many characters. */
const SHORTEST_BEGINNING = 8;
/** A longer value is known by so many of its first characters wherever they are: a message may quote a part. */
const LONG = 32;
/** What may come after the beginning of a value where a text was cut: half an escape, dots, a quote. */
const CUT_OFF = /^(?:[\\%&.'"\u2026]\S*)?$/;
/** No more than so many characters of it. */
const NEAR_END = 24;

/**
 * Azure's words as status, events and logs may have them: stable, and without secret values.
 *
 * @param words as Azure sent them: once they have been made stable, a value in them may no longer be known
 */
export function shownWords(words: string, ...hidden: readonly (SecretValues | undefined)[]): string {
  return stableMessage(words, findSecrets(hidden.flatMap((values) => [...(values?.values() ?? [])])));
}

/**
 * Takes secret values out of a text that may quote them: as they are, in JSON (also ASP.NET's, and JSON in JSON), in a URL, a form, HTML or base64, on
 * one line, or cut.
 */
export function redact(text: string, values: SecretValues): string {
  return withCuts(text, findSecrets([...values.values()])(text));
}

function findSecrets(values: readonly string[]): FindCuts {
  const forms = [...new Set(values.flatMap(formsOf))];
  if (forms.length === 0) return () => [];
  return (text) =>
    readingsOf(text).flatMap((reading) => forms.flatMap((form) => [...whole(reading, form), ...atEnd(reading, form)]));
}

/** A value as a reading of a message may have it. */
function formsOf(value: string): readonly string[] {
  const bytes = Buffer.from(value);
  const forms = [value, value.replaceAll(/\s+/g, " ").trim()];
  const encoded = [bytes.toString("base64").replace(/=+$/, ""), bytes.toString("base64url")];
  return [...forms, ...(value.length < SHORTEST_REDACTED ? [] : encoded)].filter(
    ({ length }) => length >= SHORTEST_REDACTED,
  );
}

/** Where a reading has a value, or the beginning of a long one. */
function whole({ text, at }: Reading, form: string): readonly Cut[] {
  const cuts: Cut[] = [];
  const beginning = form.slice(0, LONG);
  let from = text.indexOf(beginning);
  while (from !== -1) {
    let to = from + beginning.length;
    while (to - from < form.length && to < text.length && text[to] === form[to - from]) to += 1;
    cuts.push(cut(at, from, to));
    from = text.indexOf(beginning, to);
  }
  return cuts;
}

/** Where a reading ends with the beginning of a value; of more than the first characters {@link whole} knows already. */
function atEnd({ text, at }: Reading, form: string): readonly Cut[] {
  for (let end = Math.max(0, text.length - NEAR_END); end <= text.length; end += 1) {
    if (!CUT_OFF.test(text.slice(end))) continue;
    for (let length = Math.min(LONG, form.length, end); length >= SHORTEST_BEGINNING; length -= 1)
      if (text.startsWith(form.slice(0, length), end - length)) return [cut(at, end - length, text.length)];
  }
  return [];
}

function cut(at: readonly number[], from: number, to: number): Cut {
  return { from: at[from] ?? 0, to: at[to] ?? 0, shown: "<secret>" };
}
