const SUBSCRIPTION = "34adfa4f-cedf-4dc0-ba29-b6d1a69ab345";
const OTHER = "1111aaaa-2222-4333-8444-555555555555";

/** What somebody may write into a field that becomes one segment of a path, to get out of it. */
export const SEGMENT_TRICKS: readonly (readonly [trick: string, of: (good: string) => string])[] = [
  ["the folder above", () => ".."],
  ["the same folder", () => "."],
  ["a way up after the name", (good) => `${good}/..`],
  ["a way up before the name", (good) => `../${good}`],
  ["an escaped slash", (good) => `${good}%2f..`],
  ["an escaped way up", () => "%2e%2e"],
  ["a query", (good) => `${good}?api-version=2020-01-01`],
  ["a fragment", (good) => `${good}#`],
  ["an empty segment", (good) => `${good}//x`],
  ["a backslash", (good) => `${good}\\..`],
  ["more segments", (good) => `${good}/providers/Microsoft.Compute`],
  ["a slash of another script", (good) => `${good}\uff0f..`],
  ["dots of another script", () => "\uff0e\uff0e"],
  ["a new line", (good) => `${good}\n`],
  ["a NUL", (good) => `${good}\0x`],
  ["a slash at the end", (good) => `${good}/`],
  ["a slash at the start", (good) => `/${good}`],
  ["a space", (good) => `${good} `],
  ["half a letter", (good) => `${good}\ud800`],
  ["a template's braces", () => "{n}"],
  ["nothing", () => ""],
  ["very much", (good) => good.repeat(5_000)],
];

/** What somebody may write in place of a whole ARM id: a segment that is a trick, or an id that is of something else. */
export const ID_TRICKS: readonly (readonly [trick: string, of: (good: string) => string])[] = [
  ...SEGMENT_TRICKS.map(([trick, of]) => [`${trick}, whole`, of] as const),
  ...SEGMENT_TRICKS.map(
    ([trick, of]) => [`${trick}, as the subscription`, (good: string) => good.replace(SUBSCRIPTION, of)] as const,
  ),
  ...SEGMENT_TRICKS.map(
    ([trick, of]) => [`${trick}, as the group`, (good: string) => good.replace(/(?<=\/)rg(?=\/)/, of)] as const,
  ),
  ...SEGMENT_TRICKS.map(
    ([trick, of]) => [`${trick}, as the name`, (good: string) => good.replace(/[^/]+$/, of)] as const,
  ),
  ["of another provider", (good) => good.replace(/Microsoft\.\w+/, "Microsoft.Compute")],
  ["of another type", (good) => good.replace(/[^/]+(?=\/[^/]+$)/, "virtualMachines")],
  ["of an app", (good) => good.replace(/Microsoft\.\w+\/[^/]+/, "Microsoft.App/containerApps")],
  ["of a child", (good) => `${good}/children/x`],
  ["of a group", (good) => good.replace(/\/providers.*/, "")],
  ["two in one", (good) => `${good}${good}`],
  ["with the host", (good) => `https://management.azure.com${good}`],
  ["without the first slash", (good) => good.slice(1)],
  ["with an s that only looks like one", (good) => good.replace("/subscriptions", "/\u017fubscriptions")],
  ["with a k that only looks like one", (good) => `${good}\u212a`],
  ["with a type that only looks like it", (good) => good.replace("providers", "provider\u0455")],
  ["of two groups", (good) => good.replace("/providers", `/resourceGroups/${OTHER}/providers`)],
];
