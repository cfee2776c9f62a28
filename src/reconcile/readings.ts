/** A text as somebody may have meant it, and where each of its characters is in the text as it came, with the end as the last. */
export interface Reading {
  readonly text: string;
  readonly at: readonly number[];
}

/** What a piece of a text means; undefined: itself. */
type Meaning = (piece: string) => string | undefined;

const JSON_MEANINGS: Readonly<Record<string, string>> = { b: "\b", f: "\f", n: "\n", r: "\r", t: "\t" };
const HTML_MEANINGS: Readonly<Record<string, string>> = {
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  apos: "'",
  nbsp: "\u00a0",
};

/** One character in UTF-8, each byte of it with a percent sign. */
const PERCENT =
  "%[0-7][0-9a-f]|%[cd][0-9a-f]%[89ab][0-9a-f]|%e[0-9a-f](?:%[89ab][0-9a-f]){2}|%f[0-7](?:%[89ab][0-9a-f]){3}";

/** JSON and ASP.NET's JSON; HTML; a URL; a form. */
const DECODERS: readonly (readonly [pattern: RegExp, meaning: Meaning])[] = [
  [/\\(?:u[0-9a-fA-F]{4}|["'\\/bfnrt])/g, ofJson],
  [/&(?:#\d{1,7}|#x[0-9a-f]{1,6}|amp|lt|gt|quot|apos|nbsp);/gi, ofHtml],
  [new RegExp(PERCENT, "gi"), ofUrl],
  [new RegExp(`\\+|${PERCENT}`, "gi"), (piece) => (piece === "+" ? " " : ofUrl(piece))],
];

/** So many times a text is read as an encoding: JSON in JSON in JSON. */
const DEPTH = 3;

/** All that a text may mean: as it is, each encoding in it read, one in another, and each of these on one line. Takes time as the text is long. */
export function readingsOf(text: string): readonly Reading[] {
  const asItIs = { text, at: Array.from({ length: text.length + 1 }, (_, index) => index) };
  const readings = new Map<string, Reading>([[text, asItIs]]);
  let last: readonly Reading[] = [asItIs];
  for (let depth = 0; depth < DEPTH; depth += 1) {
    const next = last.flatMap((reading) => DECODERS.map(([pattern, meaning]) => read(reading, pattern, meaning)));
    last = next.filter((reading) => !readings.has(reading.text) && readings.set(reading.text, reading));
  }
  for (const reading of readings.values()) {
    const line = read(reading, /\s+/g, () => " ");
    readings.set(line.text, readings.get(line.text) ?? line);
  }
  return [...readings.values()];
}

function read({ text, at }: Reading, pattern: RegExp, meaning: Meaning): Reading {
  const pieces: string[] = [];
  const places: number[] = [];
  let end = 0;
  const keep = (to: number): void => {
    pieces.push(text.slice(end, to));
    for (; end < to; end += 1) places.push(at[end] ?? 0);
  };
  for (const { 0: piece, index } of text.matchAll(pattern)) {
    const meant = meaning(piece);
    if (meant === undefined) continue;
    keep(index);
    pieces.push(meant);
    for (let unit = 0; unit < meant.length; unit += 1) places.push(at[index] ?? 0);
    end = index + piece.length;
  }
  keep(text.length);
  places.push(at[text.length] ?? 0);
  return { text: pieces.join(""), at: places };
}

function ofJson(piece: string): string {
  const sign = piece.charAt(1);
  return sign === "u" ? String.fromCharCode(Number.parseInt(piece.slice(2), 16)) : (JSON_MEANINGS[sign] ?? sign);
}

function ofHtml(piece: string): string | undefined {
  const name = piece.slice(1, -1).toLowerCase();
  if (!name.startsWith("#")) return HTML_MEANINGS[name];
  const code = name.startsWith("#x") ? Number.parseInt(name.slice(2), 16) : Number(name.slice(1));
  return code <= 0x10_ff_ff ? String.fromCodePoint(code) : undefined;
}

function ofUrl(piece: string): string | undefined {
  try {
    return decodeURIComponent(piece);
  } catch {
    return undefined;
  }
}
