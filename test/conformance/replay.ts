import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Agent, request } from "undici";
import type { EmulatorRequest } from "../emulator/http.ts";
import { type Emulator, startEmulator } from "../emulator/start.ts";
import { type Difference, differences, withoutPreviewFields } from "./compare.ts";

/** One recorded exchange; `repeats` identical polls are folded into one. */
export interface Exchange {
  readonly seq: number;
  readonly request: { readonly method: string; readonly url: string; readonly body: unknown };
  readonly response: {
    readonly status: number;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: unknown;
  };
  readonly repeats?: number;
}

/** What a replay of one file found. */
export interface Replay {
  readonly file: string;
  readonly exchanges: number;
  /** Lines that say what the emulator answered otherwise than Azure. */
  readonly differences: readonly string[];
}

/** Sends a request to the emulator, however it is reached. */
export type Send = (
  request: EmulatorRequest,
) => Promise<{ status: number; headers: Readonly<Record<string, string | undefined>>; body: string | undefined }>;

/** The recordings: the project's copy, those beside the project's folder if there are any, and those in RECORDINGS_DIR. The same name counts once. */
export function recordingFiles(): readonly string[] {
  const beside = join(import.meta.dirname, "..", "..", "..", "shared", "azure", "recordings");
  const folders = [
    join(import.meta.dirname, "recordings"),
    beside,
    ...(process.env.RECORDINGS_DIR === undefined ? [] : [process.env.RECORDINGS_DIR]),
  ];
  const named = folders
    .filter(existsSync)
    .flatMap((folder) => readdirSync(folder).map((name) => [name, join(folder, name)] as const));
  return [...new Map(named.filter(([name]) => name.endsWith(".json"))).values()].sort();
}

export function readRecording(file: string): readonly Exchange[] {
  return JSON.parse(readFileSync(file, "utf8")) as Exchange[];
}

/** Headers whose presence and form must be the same. */
const OPERATION_HEADERS = ["azure-asyncoperation", "location"] as const;
/** The recording's api-version becomes the one that the operator speaks. */
const API_VERSION = "2025-07-01";
const PROVISIONING_SECONDS = 300;

/** An emulator over HTTPS that a replay can move through time: each recorded end of an operation is reached by advancing the clock. */
export async function replayEmulator(): Promise<{
  readonly emulator: Emulator;
  readonly send: Send;
  readonly advance: () => void;
}> {
  let now = Date.parse("2026-01-05T08:00:00.123Z");
  let seed = 1;
  const random = (): number => {
    seed = (seed * 48_271) % 2_147_483_647;
    return seed / 2_147_483_647;
  };
  const emulator = await startEmulator({
    clock: () => now,
    random,
    provisioningSeconds: PROVISIONING_SECONDS,
    anonymous: true,
  });
  const agent = new Agent({ connect: { ca: readFileSync(emulator.caFile, "utf8") } });
  const send: Send = async ({ method, url, body }) => {
    const response = await request(`${emulator.url}${url}`, {
      method: method as "GET",
      dispatcher: agent,
      headers: { "content-type": "application/json" },
      ...(body === undefined ? {} : { body }),
    });
    return {
      status: response.statusCode,
      headers: response.headers as Record<string, string>,
      body: await response.body.text(),
    };
  };
  return { emulator, send, advance: () => void (now += (PROVISIONING_SECONDS + 1) * 1000) };
}

/** Replays a recording and compares each answer with Azure's. */
export async function replay(
  file: string,
  exchanges: readonly Exchange[],
  send: Send,
  advance: () => void,
): Promise<Replay> {
  const found: string[] = [];
  /** Poll URLs that the emulator gave, by the recorded operation they stand for. */
  const urls = new Map<string, string>();
  for (const exchange of exchanges) {
    const { method, url, body } = exchange.request;
    const recordedOperation = operationOf(url);
    const target = recordedOperation === undefined ? withVersion(url) : urls.get(recordedOperation);
    if (target === undefined) {
      found.push(`seq ${exchange.seq}: polls an operation that nothing in this recording started`);
      continue;
    }
    if (recordedOperation !== undefined && isEnd(exchange)) advance();
    const { pathname, search } = new URL(target);
    const response = await send({
      method,
      url: pathname + search,
      headers: {},
      body: body === null ? undefined : JSON.stringify(body),
    });
    for (const difference of compareExchange(exchange, response))
      found.push(
        `seq ${exchange.seq} ${method} ${new URL(url).pathname.split("/").slice(-2).join("/")}: ${difference}`,
      );
    for (const header of OPERATION_HEADERS) {
      const recorded = exchange.response.headers[header];
      const given = response.headers[header];
      if (recorded !== undefined && given !== undefined) urls.set(operationOf(recorded) ?? "", given);
    }
  }
  return { file, exchanges: exchanges.length, differences: found };
}

function compareExchange(exchange: Exchange, response: Awaited<ReturnType<Send>>): string[] {
  const found: string[] = [];
  const { status, headers, body } = exchange.response;
  if (status !== response.status)
    found.push(
      `status ${response.status} instead of ${status}${response.body === undefined ? "" : `: ${response.body.slice(0, 300)}`}`,
    );
  for (const header of OPERATION_HEADERS) {
    if (routeOf(headers[header]) !== routeOf(response.headers[header]))
      found.push(`${header} is ${routeOf(response.headers[header])} instead of ${routeOf(headers[header])}`);
  }
  for (const header of ["content-type", "x-ms-async-operation-timeout", "etag"]) {
    if (headers[header] !== response.headers[header])
      found.push(`${header} is ${response.headers[header]} instead of ${headers[header]}`);
  }
  for (const header of Object.keys(headers).filter((name) => name.startsWith("x-ms-ratelimit-"))) {
    if (response.headers[header] === undefined) found.push(`${header} is missing`);
  }
  const ours: unknown = response.body === undefined || response.body === "" ? null : JSON.parse(response.body);
  found.push(
    ...differences(withoutPreviewFields(body), ours).map(
      (difference: Difference) =>
        `${difference.path}: ${JSON.stringify(difference.ours)} instead of ${JSON.stringify(difference.recorded)}`,
    ),
  );
  return found;
}

/** A poll that shows the operation ended. */
function isEnd({ response }: Exchange): boolean {
  const status = (response.body as { status?: string } | null)?.status;
  return response.status !== 202 && status !== "InProgress";
}

/** The operation's id in a poll URL. */
function operationOf(url: string): string | undefined {
  return /\/operation(?:Statuses|Results)\/([^?]+)/i.exec(url)?.[1];
}

/** The form of a poll URL: its route without ids, and the names of its parameters. */
function routeOf(url: string | undefined): string | undefined {
  if (url === undefined) return undefined;
  const { pathname, searchParams } = new URL(url);
  return `${pathname.replace(/\/subscriptions\/[^/]+/, "").replace(/\/[^/]+$/, "")}?${[...searchParams.keys()].sort().join("&")}`;
}

function withVersion(url: string): string {
  return url.replace(/api-version=[^&]+/, `api-version=${API_VERSION}`);
}
