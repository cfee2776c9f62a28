import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { bytesIn, type Fields, messages, readMessage } from "./protobuf.ts";

/** A span as it was received. */
export interface ReceivedSpan {
  readonly traceId: string;
  readonly spanId: string;
  /** Empty for a root. */
  readonly parentId: string;
  readonly name: string;
  /** 1 for work of one's own, 3 for a call (opentelemetry-proto trace.proto: SpanKind). */
  readonly kind: number;
  /** Nanoseconds since the epoch. */
  readonly start: bigint;
  readonly end: bigint;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly isError: boolean;
  /** Of the process. */
  readonly resource: Readonly<Record<string, unknown>>;
}

/** A collector that takes OTLP over HTTP (opentelemetry-proto: collector/trace/v1), and keeps everything. */
export interface Receiver {
  readonly url: string;
  /** What the next requests are answered with; undefined: they are not. */
  status: number | undefined;
  readonly spans: readonly ReceivedSpan[];
  /** All bytes that came, as text. */
  readonly text: string;
  readonly headers: readonly IncomingHttpHeaders[];
  /** Of all requests, with their queries. */
  readonly paths: readonly string[];
  close(): Promise<void>;
}

/** Starts one on a free port of the loopback interface. */
export async function startReceiver(): Promise<Receiver> {
  const spans: ReceivedSpan[] = [];
  const headers: IncomingHttpHeaders[] = [];
  const paths: string[] = [];
  const texts: string[] = [];
  const state: { status: number | undefined } = { status: 200 };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const body = Buffer.concat(chunks);
      headers.push(request.headers);
      paths.push(request.url ?? "");
      texts.push(body.toString("utf8"));
      if (request.method === "POST" && request.url === "/v1/traces" && state.status === 200)
        spans.push(...messages(readMessage(body), 1).flatMap(spansOf));
      if (state.status !== undefined) response.writeHead(request.url === "/v1/traces" ? state.status : 404).end();
    });
  });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get status() {
      return state.status;
    },
    set status(status) {
      state.status = status;
    },
    spans,
    headers,
    paths,
    get text() {
      return texts.join("\n");
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}

/** The spans of a ResourceSpans. */
function spansOf(resourceSpans: Fields): readonly ReceivedSpan[] {
  const [resource] = messages(resourceSpans, 1);
  return messages(resourceSpans, 2)
    .flatMap((scopeSpans) => messages(scopeSpans, 2))
    .map((span) => ({
      traceId: bytesIn(span, 1).toString("hex"),
      spanId: bytesIn(span, 2).toString("hex"),
      parentId: bytesIn(span, 4).toString("hex"),
      name: bytesIn(span, 5).toString("utf8"),
      kind: Number(span.get(6)?.[0] ?? 0),
      start: bytesIn(span, 7).readBigUInt64LE(),
      end: bytesIn(span, 8).readBigUInt64LE(),
      attributes: attributesIn(span, 9),
      isError: messages(span, 15)[0]?.get(3)?.[0] === 2n,
      resource: attributesIn(resource, 1),
    }));
}

function attributesIn(fields: Fields | undefined, number: number): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    messages(fields, number).map((pair) => [bytesIn(pair, 1).toString("utf8"), valueOf(messages(pair, 2)[0])]),
  );
}

/** An AnyValue: a text, a boolean, a whole number, a number, or a list. */
function valueOf(value: Fields | undefined): unknown {
  if (value?.has(1)) return bytesIn(value, 1).toString("utf8");
  if (value?.has(2)) return value.get(2)?.[0] === 1n;
  if (value?.has(3)) return Number(BigInt.asIntN(64, value.get(3)?.[0] as bigint));
  if (value?.has(4)) return bytesIn(value, 4).readDoubleLE();
  return messages(messages(value, 5)[0], 1).map(valueOf);
}
