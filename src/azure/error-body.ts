/** What an error of Azure says: its code and its words as they came, which may quote a secret. */
export interface AzureWords {
  readonly code: string | undefined;
  readonly words: string | undefined;
}

/** So many details are told. */
const MAX_DETAILS = 5;
/** Details of details, no deeper. */
const MAX_DEPTH = 4;
/** So much is told of a text or page that is no error in JSON. */
const MAX_TEXT = 300;
/** More of a text than this is not looked at. */
const MAX_READ = 20_000;

/** What could be a code; anything else is not called one. */
const CODE = /^[a-z][\w.:-]{0,99}$/i;

/** Where errors have their words, in ARM, in ASP.NET's ProblemDetails, and in the operations of ARM's deployments. */
const WORDS = ["message", "title", "detail", "statusMessage"];

type Fields = Readonly<Record<string, unknown>>;

/**
 * What an answer says of an error, whoever wrote it: `{error: {code, message, details, innererror, additionalInfo}}` (common-types v5 ErrorResponse),
 * the same without the envelope or in Pascal case (ARM's gateway), ASP.NET's ProblemDetails `{title, detail, errors}` (RFC 9457), a text, a page.
 *
 * @param body the parsed body, or text when it was not JSON
 */
export function wordsOf(body: unknown): AzureWords {
  if (typeof body === "string") return ofText(body);
  const fields = fieldsOf(body);
  if (!fields) return { code: undefined, words: undefined };
  const error = member(fields, "error");
  if (typeof error === "string") return ofText(error);
  const told = fieldsOf(error) ?? fields;
  const [main, ...more] = sentences(told, 0);
  const said: string[] = main === undefined ? [] : [main];
  for (const sentence of more) {
    if (said.length > MAX_DETAILS) break;
    if (!said.some((known) => known.includes(sentence))) said.push(sentence);
  }
  const code = member(told, "code");
  return {
    code: typeof code === "string" && CODE.test(code) ? code : undefined,
    words: said.length > 1 ? said.map(ended).join(" ") : main,
  };
}

/** All that an error says, itself first. */
function sentences(error: Fields, depth: number): readonly string[] {
  if (depth > MAX_DEPTH) return [];
  const own = WORDS.flatMap((name) => saidIn(member(error, name), depth));
  const details = ["details", "innererror"].flatMap((name) => listOf(member(error, name)));
  const fields = Object.entries(fieldsOf(member(error, "errors")) ?? {});
  return [
    // A detail that has no words has a code.
    ...(own.length === 0 && depth > 0 ? textIn(member(error, "code")) : own),
    ...listOf(member(error, "additionalInfo")).flatMap(policyIn),
    ...details.flatMap((detail) => saidIn(detail, depth)),
    ...fields.flatMap(([field, said]) => listOf(said).flatMap((text) => textIn(text).map((why) => `${field}: ${why}`))),
  ];
}

/** What an error says, or a text, which may be an error in JSON. */
function saidIn(value: unknown, depth: number): readonly string[] {
  const error = fieldsOf(value) ?? errorIn(value);
  return error ? sentences(fieldsOf(member(error, "error")) ?? error, depth + 1) : textIn(value);
}

function errorIn(text: unknown): Fields | undefined {
  if (typeof text !== "string" || !text.trimStart().startsWith("{") || text.length > MAX_READ) return undefined;
  try {
    return fieldsOf(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/** Which policy denies, from a denial's additionalInfo. */
function policyIn(entry: unknown): readonly string[] {
  const info = fieldsOf(member(fieldsOf(entry) ?? {}, "info")) ?? {};
  const name = (what: string): string | undefined =>
    [member(info, `${what}DisplayName`), member(info, `${what}Name`)].flatMap(textIn)[0];
  const policy = name("policyDefinition");
  const assignment = name("policyAssignment");
  if (policy === undefined && assignment === undefined) return [];
  return [`The policy is "${policy ?? assignment}"${policy && assignment ? `, assigned by "${assignment}"` : ""}`];
}

/** The first words of a text or page, or those of an error in JSON in it. */
function ofText(text: string): AzureWords {
  const error = errorIn(text);
  if (error) return wordsOf(error);
  const words = text
    .slice(0, MAX_READ)
    .replaceAll(/<(style|script)\b[^]*?<\/\1>/gi, " ")
    .replaceAll(/<[^<>]*>/g, " ")
    .replaceAll(/\s+/g, " ")
    .trim();
  return { code: undefined, words: words === "" ? undefined : firstWords(words) };
}

function firstWords(words: string): string {
  if (words.length <= MAX_TEXT) return words;
  return `${words.slice(0, words.lastIndexOf(" ", MAX_TEXT))}...`;
}

function ended(sentence: string): string {
  return /[.!?:]$/.test(sentence) ? sentence : `${sentence}.`;
}

function textIn(value: unknown): readonly string[] {
  return typeof value === "string" && value.trim() !== "" ? [value.trim()] : [];
}

/** A member, in whichever casing. */
function member(fields: Fields, name: string): unknown {
  const wanted = name.toLowerCase();
  const key = Object.keys(fields).find((candidate) => candidate.toLowerCase() === wanted);
  return key === undefined ? undefined : fields[key];
}

function fieldsOf(value: unknown): Fields | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : undefined;
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : value === undefined || value === null ? [] : [value];
}
