import { AsyncLocalStorage } from "node:async_hooks";
import { ROOT_CONTEXT, type Span, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-proto";
import {
  defaultResource,
  detectResources,
  resourceAttributesEnvDetector,
  resourceFromAttributes,
  serviceNameEnvDetector,
} from "@opentelemetry/resources";
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  BatchSpanProcessor,
  ParentBasedSampler,
  type Sampler,
  type SpanExporter,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from "@opentelemetry/sdk-trace";
import type { Logger } from "pino";
import type { Attributes, Note, Tracer } from "./tracing.ts";

/** Which traces are sent. */
export interface Sampling {
  /** A name of OTEL_TRACES_SAMPLER. */
  readonly sampler: string;
  /** Share of the traces, 0 to 1, for the samplers that take one. */
  readonly ratio: number;
}

export interface TracerOptions {
  /** URL that spans are sent to. */
  readonly endpoint: string;
  readonly sampling: Sampling;
  readonly log: Logger;
  /** Name of this replica. */
  readonly instance: string;
}

/** How long the end waits for the last spans to be sent, in milliseconds. */
const CLOSE_MS = 1_000;

/**
 * Sends spans to a collector, as the OTEL_* variables say, as OTLP over HTTP, in batches and in the background. The only file that knows
 * OpenTelemetry; it is loaded only when there is a collector.
 */
export function startTracer({ endpoint, sampling, log, instance }: TracerOptions): Tracer {
  const provider = new TracerProvider({
    resource: defaultResource()
      .merge(resourceFromAttributes({ "service.name": "sessionpool-operator", "service.instance.id": instance }))
      .merge(detectResources({ detectors: [resourceAttributesEnvDetector, serviceNameEnvDetector] })),
    sampler: samplerOf(sampling),
    spanProcessors: [new BatchSpanProcessor({ exporter: saying(new OTLPTraceExporter({ url: endpoint }), log) })],
  });
  const tracer = provider.getTracer("sessionpool-operator");
  const current = new AsyncLocalStorage<Running>();
  /** What began within a piece of work may go on after its end, as an observer does; then it is no part of it. */
  const parent = (): Span | undefined => (current.getStore()?.isOver === false ? current.getStore()?.span : undefined);
  const begin = (name: string, kind: SpanKind, attributes: Attributes): Span => {
    const above = parent();
    return tracer.startSpan(
      name,
      { kind, attributes: defined(attributes) },
      above ? trace.setSpan(ROOT_CONTEXT, above) : ROOT_CONTEXT,
    );
  };
  const inSpan =
    (kind: SpanKind): Tracer["work"] =>
    async (name, attributes, run) => {
      const running: Running = { span: begin(name, kind, attributes), isOver: false };
      const { span } = running;
      const note: Note = (more) => {
        span.setAttributes(defined(more));
        const status = more["http.response.status_code"];
        if (typeof status === "number" && status >= 400) fail(span, String(status));
      };
      try {
        return await current.run(running, () => run(note));
      } catch (error) {
        // Never its message, which may show what is secret.
        fail(span, typeOf(error));
        throw error;
      } finally {
        running.isOver = true;
        span.end();
      }
    };
  return {
    work: inSpan(SpanKind.INTERNAL),
    call: inSpan(SpanKind.CLIENT),
    wait: (name, attributes) => {
      const span = begin(name, SpanKind.INTERNAL, attributes);
      return () => span.end();
    },
    ids: () => {
      const context = parent()?.spanContext();
      return context ? { trace_id: context.traceId, span_id: context.spanId } : {};
    },
    close: async () => {
      const { promise, resolve } = Promise.withResolvers<void>();
      const timer = setTimeout(resolve, CLOSE_MS);
      await Promise.race([provider.shutdown().catch(() => undefined), promise]);
      clearTimeout(timer);
    },
  };
}

interface Running {
  readonly span: Span;
  isOver: boolean;
}

function fail(span: Span, type: string): void {
  span.setAttribute("error.type", type);
  span.setStatus({ code: SpanStatusCode.ERROR });
}

function typeOf(error: unknown): string {
  if (!(error instanceof Error)) return "_OTHER";
  const { code } = error as Error & { code?: unknown };
  return typeof code === "string" ? code : error.name;
}

function defined(attributes: Attributes): Record<string, string | number | boolean | string[]> {
  const result: Record<string, string | number | boolean | string[]> = {};
  for (const [name, value] of Object.entries(attributes))
    if (value !== undefined) result[name] = typeof value === "object" ? [...value] : value;
  return result;
}

function samplerOf({ sampler, ratio }: Sampling): Sampler {
  const [, root = sampler] = /^parentbased_(.*)$/.exec(sampler) ?? [];
  const own =
    root === "always_off"
      ? new AlwaysOffSampler()
      : root === "traceidratio"
        ? new TraceIdRatioBasedSampler(ratio)
        : new AlwaysOnSampler();
  return root === sampler ? own : new ParentBasedSampler({ root: own });
}

/** The same, and the log says when spans can no longer be sent, and when they can again. */
function saying(exporter: SpanExporter, log: Logger): SpanExporter {
  let isLost = false;
  return {
    export: (spans, done) =>
      exporter.export(spans, (result) => {
        // ExportResultCode.SUCCESS is 0.
        const code: number = result.code;
        const isSent = code === 0;
        if (!isSent && !isLost)
          log.warn(
            { reason: result.error?.message.split("\n")[0] },
            "traces cannot be sent; the operator goes on without",
          );
        if (isSent && isLost) log.info("traces are sent again");
        isLost = !isSent;
        done(result);
      }),
    shutdown: () => exporter.shutdown(),
    forceFlush: () => exporter.forceFlush?.() ?? Promise.resolve(),
  };
}
