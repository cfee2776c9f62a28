import type { KubernetesTransport } from "../../../../src/kubernetes/transport.ts";
import { isList, isObject, type Json, type MutableJson, objectOr } from "../../../../src/sessionpool/json.ts";

/** One thing that a server said, without what differs from run to run. */
export interface Said {
  readonly to: string;
  readonly status?: number;
  readonly body: Json;
}

/** An open watch. */
export interface OpenWatch {
  /** Waits for so many events (bookmarks not counted, but where the server marks the end of the initial ones). */
  next(count: number): Promise<void>;
  /** Waits for the server to end it. */
  ended(): Promise<void>;
  close(): void;
}

/** A server under test: what it says is written down. */
export interface Api {
  /** Namespace of this case. */
  readonly namespace: string;
  /** @returns the body as it came */
  send(method: string, path: string, body?: unknown, contentType?: string): Promise<Sent>;
  watch(path: string): Promise<OpenWatch>;
  readonly said: readonly Said[];
}

/** An answer, parsed. */
export interface Sent {
  readonly metadata: { readonly uid: string; readonly resourceVersion: string; readonly continue?: string };
}

const JSON_TYPE = "application/json";

/** @param wait gives the server time to say more: a real one needs none of ours, one on a virtual clock needs it moved */
export function apiOver(transport: KubernetesTransport, namespace: string, wait: () => Promise<void>): Api {
  const said: Said[] = [];
  const masks = new Masks(namespace);
  return {
    namespace,
    said,
    async send(method, path, body, contentType = JSON_TYPE) {
      const text = typeof body === "string" ? body : JSON.stringify(body);
      const response = await transport.send({
        method: method as "GET",
        path,
        ...(body === undefined ? {} : { contentType, body: text }),
      });
      const answer = parsed(await textOf(response.body));
      said.push({ to: masks.text(`${method} ${path}`), status: response.status, body: masks.value(answer) });
      return answer as unknown as Sent;
    },
    async watch(path) {
      const abort = new AbortController();
      const response = await transport.send({ method: "GET", path, streaming: true, signal: abort.signal });
      const to = masks.text(`WATCH ${path}`);
      if (response.status !== 200) {
        said.push({ to, status: response.status, body: masks.value(parsed(await textOf(response.body))) });
        return { next: () => Promise.resolve(), ended: () => Promise.resolve(), close: () => undefined };
      }
      const events: Json[] = [];
      let told = 0;
      const state = { over: false };
      const reading = read(response.body, (line) => {
        const event = objectOr(parsed(line));
        if (event.type !== "BOOKMARK" || JSON.stringify(event).includes("initial-events-end")) events.push(event);
      }).finally(() => (state.over = true));
      reading.catch(() => undefined);
      return {
        async next(count) {
          for (const until = told + count; told < until; told += 1) {
            while (events.length <= told) {
              if (state.over) throw new Error(`${to} ended before event ${told + 1}`);
              await wait();
            }
            said.push({ to, body: masks.value(events[told] ?? null) });
          }
        },
        async ended() {
          while (!state.over) await wait();
          said.push({ to, body: "ended" });
        },
        close: () => abort.abort(),
      };
    },
  };
}

async function read(body: AsyncIterable<Uint8Array>, onLine: (line: string) => void): Promise<void> {
  let rest = "";
  for await (const chunk of body) {
    const lines = (rest + Buffer.from(chunk).toString("utf8")).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) onLine(line);
  }
}

async function textOf(body: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks).toString("utf8");
}

function parsed(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return text.trim();
  }
}

/** Members that are not compared: who wrote what, what a page has left, and an event's former fields. */
const LEFT_OUT = new Set([
  "managedFields",
  "remainingItemCount",
  "deprecatedFirstTimestamp",
  "deprecatedLastTimestamp",
  "deprecatedSource",
]);
const UUID = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;

/** Names what differs from run to run by its first appearance, so that what is the same stays the same. */
class Masks {
  readonly #namespace: string;
  readonly #versions = new Map<string, string>();
  readonly #uids = new Map<string, string>();

  constructor(namespace: string) {
    this.#namespace = namespace;
  }

  text(text: string): string {
    return text
      .replaceAll(this.#namespace, "NS")
      .replaceAll(UUID, (uid) => named(this.#uids, uid, "uid"))
      .replaceAll(
        /(resourceVersion=|object meta: |ResourceVersion in precondition: )(\d{2,})/g,
        (_, before: string, version: string) => `${before}${named(this.#versions, version, "version")}`,
      )
      .replaceAll(/continue=[\w%-]{10,}/g, "continue=TOKEN")
      .replaceAll(/(too old resource version: )\d+ \(\d+\)/g, "$1OLD (NEW)");
  }

  value(value: Json): Json {
    if (typeof value === "string") return this.text(value);
    if (isList(value)) return value.map((item) => this.value(item));
    if (!isObject(value)) return value;
    const isCollection = isList(value.items) || (isObject(value.metadata) && value.metadata.uid === undefined);
    // The words of a refusal by a schema are the validator's own; what is refused, and how, is compared.
    if (value.status === "Failure" && (value.reason === "Invalid" || value.reason === "BadRequest"))
      return { status: "Failure", reason: value.reason, code: value.code ?? null };
    const result: MutableJson = {};
    for (const [key, member] of Object.entries(value)) {
      if (member === undefined || LEFT_OUT.has(key)) continue;
      if (key === "metadata" && isObject(member)) result[key] = this.#metadata(member, isCollection);
      else if (key === "items" && isList(member))
        // A built-in kind's list does not repeat the kind.
        result[key] = member.map((item) =>
          this.value(isObject(item) ? { ...item, apiVersion: undefined, kind: undefined } : item),
        );
      else result[key] = this.value(member);
    }
    return result;
  }

  #metadata(metadata: Json, isCollection: boolean): Json {
    const result: MutableJson = {};
    for (const [key, member] of Object.entries(metadata as Record<string, Json>)) {
      if (LEFT_OUT.has(key)) continue;
      // Those of a collection move on with whatever else is written to the server.
      if (key === "resourceVersion")
        result[key] = isCollection ? "VERSION" : named(this.#versions, JSON.stringify(member), "version");
      else if (key === "continue") {
        // Custom resources have an empty one where there is no more.
        if (member !== "") result[key] = "TOKEN";
      } else if (key.endsWith("Timestamp")) result[key] = "TIME";
      else if (key === "labels" && isObject(member)) {
        const { "kubernetes.io/metadata.name": _name, ...labels } = member;
        if (Object.keys(labels).length > 0) result[key] = this.value(labels);
      } else result[key] = this.value(member);
    }
    return result;
  }
}

function named(names: Map<string, string>, text: string, word: string): string {
  const value = text.replaceAll('"', "");
  const known = names.get(value) ?? `${word}-${names.size + 1}`;
  names.set(value, known);
  return known;
}
