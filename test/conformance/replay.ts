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
  /** How many were sent and compared. */
  readonly exchanges: number;
  /** Lines for exchanges with other services, which the emulator does not have. */
  readonly skipped: readonly string[];
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

/** Replays a recording and compares each answer with Azure's. What the emulator cannot know (another service, a pool from before the recording) is said as such. */
export async function replay(
  file: string,
  exchanges: readonly Exchange[],
  send: Send,
  advance: () => void,
): Promise<Replay> {
  const found: string[] = [];
  const skipped: string[] = [];
  /** Poll URLs that the emulator gave, by the recorded operation they stand for. */
  const urls = new Map<string, string>();
  /** Pools that the recording created, and whether an operation may run on them. */
  const pools = new Map<string, { busy: boolean }>();
  /** The pool of each recorded operation. */
  const owners = new Map<string, string>();
  for (const exchange of exchanges) {
    const { method, url, body } = exchange.request;
    const label = `seq ${exchange.seq} ${method} ${new URL(url).pathname.split("/").slice(-2).join("/")}`;
    const operation = operationOf(url);
    const name = poolOf(url);
    const pool = name === undefined ? undefined : pools.get(name);
    if (operation === undefined && name === undefined && !isList(url)) {
      skipped.push(`${label}: not a call to session pools`);
      continue;
    }
    if (name !== undefined && !pool && readsExisting(exchange)) {
      found.push(`${label}: the recording starts in the middle, this pool was never PUT in it`);
      continue;
    }
    const target = operation === undefined ? withVersion(url) : urls.get(operation);
    if (target === undefined) {
      found.push(`${label}: polls an operation that nothing in this recording started`);
      continue;
    }
    const ended = operation === undefined ? pool?.busy === true && !isRunning(exchange) : !isRunning(exchange);
    if (ended) {
      advance();
      pools.set(name ?? owners.get(operation ?? "") ?? "", { busy: false });
    }
    const { pathname, search } = new URL(target);
    const response = await send({
      method,
      url: pathname + search,
      headers: {},
      body: body === null ? undefined : JSON.stringify(body),
    });
    found.push(...compareExchange(exchange, response).map((difference) => `${label}: ${difference}`));
    let started = false;
    for (const header of OPERATION_HEADERS) {
      const recorded = exchange.response.headers[header];
      const given = response.headers[header];
      if (recorded === undefined || given === undefined) continue;
      urls.set(operationOf(recorded) ?? "", given);
      if (name !== undefined) owners.set(operationOf(recorded) ?? "", name);
      started = true;
    }
    if (name !== undefined && (method === "PUT" || pool)) pools.set(name, { busy: started || isRunning(exchange) });
  }
  return { file, exchanges: exchanges.length - skipped.length, skipped, differences: found };
}

/** A call that Azure answered about a pool that it had. */
function readsExisting({ request: { method }, response: { status } }: Exchange): boolean {
  return method !== "PUT" && status < 300 && !(method === "DELETE" && status === 204);
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

/** An answer that shows an operation still at work; a call that Azure took at once, or the state of a pool at rest, shows that it had ended. */
function isRunning({ request: { method }, response }: Exchange): boolean {
  const body = response.body as { status?: string; properties?: { provisioningState?: string } } | null;
  const state = body?.status ?? body?.properties?.provisioningState;
  if (method !== "GET") return response.status === 409;
  return response.status === 202 || state === "InProgress" || state === "Deleting";
}

/** The pool's path in a request to a session pool, as ARM compares it. */
function poolOf(url: string): string | undefined {
  return /^https:\/\/management\.[^/]+(\/[^?]+\/providers\/Microsoft\.App\/sessionPools\/[^/?]+)(?:\?|$)/i
    .exec(url)?.[1]
    ?.toLowerCase();
}

function isList(url: string): boolean {
  return /^https:\/\/management\.[^?]+\/providers\/Microsoft\.App\/sessionPools(?:\?|$)/i.test(url);
}

/** The operation's id in a poll URL. */
function operationOf(url: string): string | undefined {
  return /\/Microsoft\.App\/locations\/[^/]+\/operation(?:Statuses|Results)\/([^?]+)/i.exec(url)?.[1];
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
