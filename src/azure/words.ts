/** More of a message than this is not even looked at. */
const MAX_READ = 20_000;
/** More of a message than this is not shown. */
const MAX_SHOWN = 2_000;

/** A part of a text, and what is shown in its place. */
export interface Cut {
  readonly from: number;
  readonly to: number;
  readonly shown: string;
}

/** Finds what must not be shown of a text. */
export type FindCuts = (text: string) => readonly Cut[];

/** Entra's trace lines. */
const TRACE_LINE =
  /(?<![ -])[ -]*\b(?:Trace ID|Correlation ID|Timestamp|Request Id)\s*:\s*(?:Not Available|\d{4}-\d\d-\d\d[ T][\d:.]+Z?|\S+)/gi;
const SIGNED_URL = /\bhttps?:\/\/\S*[?&](?:t|c|s|h|sig|code)=\S*/gi;
const TOKEN = /\beyJ[\w-]+\.[\w-]+\.[\w-]*/g;

/**
 * What Azure calls one call, in the wordings of ARM's gateway and of its services: `correlation id 'UUID'`, `tracking activity id is 'UUID'`,
 * `RequestId:UUID`, `activityId=UUID`. The UUIDs of subscriptions, tenants and clients are the same each time, and people need them.
 */
const CALL_ID =
  /\b(?<kept>(?:tracking|activity|correlation|trace|request|operation)[ -]?(?:[a-z]+[ -]){0,2}id)(?: is|[:=])?[ ]?['"]?[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}['"]?/gi;

/** When a call was made: what is called a timestamp, and any time with a fraction of a second, which no date has that somebody set. */
const CALL_TIME =
  / ?(?:\btimestamp:? ?'\d{8}T\d{6}Z',?|(?:\b(?:at|on|time:) ?)?'?\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d\.\d+(?:Z|[+-]\d\d:\d\d)?'?)/gi;

const UNSTABLE: readonly (readonly [pattern: RegExp, shown: string])[] = [
  [TRACE_LINE, ""],
  [SIGNED_URL, "<signed URL>"],
  [TOKEN, "<token>"],
  [CALL_ID, ""],
  [CALL_TIME, ""],
];

/**
 * Azure's words as people may see them, on one line: without what differs between two identical failures, so that a condition is not rewritten at
 * each retry (Entra's trace lines, correlation ids, times), without signed URLs and bearer tokens, and without what `find` finds. All of it is looked
 * for in the text as it came: what one cut leaves, another would no longer know.
 */
export function stableMessage(message: string, find: FindCuts = () => []): string {
  // Up to a whole word: the rest of one could not be told for a token.
  const read = message.length <= MAX_READ ? message : message.slice(0, message.lastIndexOf(" ", MAX_READ) + 1);
  return withCuts(read, [...find(read), ...UNSTABLE.flatMap(([pattern, shown]) => cutsOf(read, pattern, shown))])
    .replaceAll(/\s+/g, " ")
    .trim()
    .slice(0, MAX_SHOWN);
}

function cutsOf(text: string, pattern: RegExp, shown: string): readonly Cut[] {
  return [...text.matchAll(pattern)].map((match) => ({
    from: match.index + (match.groups?.kept?.length ?? 0),
    to: match.index + match[0].length,
    shown,
  }));
}

/** A text without its cuts. Those that overlap are one, shown as the one that covers all of it, else as the first that is shown at all. */
export function withCuts(text: string, cuts: readonly Cut[]): string {
  let result = "";
  let end = 0;
  const sorted = [...cuts].sort((a, b) => a.from - b.from || b.to - a.to);
  for (let index = 0; index < sorted.length;) {
    const first = sorted[index] as Cut;
    let { to, shown } = first;
    for (index += 1; index < sorted.length; index += 1) {
      const next = sorted[index] as Cut;
      if (next.from >= to) break;
      if (next.to <= to) continue;
      to = next.to;
      shown ||= next.shown;
    }
    result += text.slice(end, first.from) + shown;
    end = to;
  }
  return result + text.slice(end);
}
