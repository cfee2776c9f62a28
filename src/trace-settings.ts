const PERCENT = "%[0-9A-Fa-f]{2}";
const ATTRIBUTE = `\\s*(?:[^%=,\\s]|${PERCENT})(?:[^%=,]|${PERCENT})*=(?:[^%=,]|${PERCENT})*`;
// What Node cannot send is as wrong as what the exporter would drop without a word: a header without a value, a name with a "%", or a ";" that it cuts at.
const SENT = "%(?:[2-6][0-9A-Fa-f]|7[0-9A-Ea-e])";
const HEADER = `\\s*[-!#$&'*+.^_\`|~0-9A-Za-z]+\\s*=\\s*(?:[!-$&-+--:<-~]|${SENT})(?:[ -$&-+--:<-~]|${SENT})*`;
const listOf = (entry: string): string => `^(?:${entry}|\\s*)(?:,(?:${entry}|\\s*))*$`;

const HEADERS = {
  schema: { pattern: listOf(HEADER) },
  expected: "name=value, more of them separated by commas; a comma, a semicolon or a % in a value is percent-encoded",
  secret: /.+/gs,
} as const;

/**
 * The settings of traces, with the names and the meaning that OpenTelemetry's specification gives them (protocol/exporter.md,
 * sdk-environment-variables.md). Those of the exporter are read again by the exporter itself, which is silent about what it cannot use.
 */
export const TRACE_SETTINGS = {
  tracesEndpoint: {
    env: "OTEL_EXPORTER_OTLP_ENDPOINT",
    envFirst: "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
    help: "collector that gets traces, over HTTP; /v1/traces is added to this one (docs/observing.md); unset: nothing is traced",
    schema: { pattern: "^https?://[^/?#\\s]\\S*$" },
    expected: "an http or https URL",
    secret: /(?<=^\w*:\/\/|^(?!\w*:\/\/)).*@|[?#].*/gs,
    problem: endpointProblem,
  },
  tracesProtocol: {
    env: "OTEL_EXPORTER_OTLP_PROTOCOL",
    envFirst: "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL",
    help: "how traces are sent: http/protobuf, the only one",
    schema: { const: "http/protobuf" },
    expected: "http/protobuf, the only protocol that the operator speaks (collectors take it on port 4318)",
  },
  tracesHeaders: {
    env: "OTEL_EXPORTER_OTLP_HEADERS",
    help: "headers that the collector asks for, such as a key: name=value,…",
    ...HEADERS,
  },
  tracesOwnHeaders: {
    env: "OTEL_EXPORTER_OTLP_TRACES_HEADERS",
    help: "more of them, which win over those of the same name",
    ...HEADERS,
  },
  tracesTimeout: {
    env: "OTEL_EXPORTER_OTLP_TIMEOUT",
    envFirst: "OTEL_EXPORTER_OTLP_TRACES_TIMEOUT",
    help: "milliseconds that the collector may take for a batch; unset: 10000",
    schema: { pattern: "^[1-9][0-9]{0,6}$" },
    expected: "a whole number of milliseconds from 1 to 9999999",
  },
  tracesCompression: {
    env: "OTEL_EXPORTER_OTLP_COMPRESSION",
    envFirst: "OTEL_EXPORTER_OTLP_TRACES_COMPRESSION",
    help: "gzip or none; unset: none",
    schema: { enum: ["gzip", "none"] },
    expected: "gzip or none",
  },
  tracesCaFile: {
    env: "OTEL_EXPORTER_OTLP_CERTIFICATE",
    envFirst: "OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE",
    help: "PEM file with the certificates that the collector's is trusted by; unset: Node's",
    schema: { minLength: 1 },
    expected: "a path",
  },
  tracesCertFile: {
    env: "OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE",
    envFirst: "OTEL_EXPORTER_OTLP_TRACES_CLIENT_CERTIFICATE",
    help: "PEM file with the certificate and its chain that the operator shows the collector",
    schema: { minLength: 1 },
    expected: "a path",
  },
  tracesKeyFile: {
    env: "OTEL_EXPORTER_OTLP_CLIENT_KEY",
    envFirst: "OTEL_EXPORTER_OTLP_TRACES_CLIENT_KEY",
    help: "PEM file with the key of that certificate",
    schema: { minLength: 1 },
    expected: "a path",
  },
  tracesSampler: {
    env: "OTEL_TRACES_SAMPLER",
    default: "parentbased_always_on",
    help: "which traces are sent: always_on, always_off or traceidratio, each also with parentbased_",
    schema: { pattern: "^(parentbased_)?(always_on|always_off|traceidratio)$" },
    expected: "always_on, always_off or traceidratio, each also with parentbased_",
  },
  tracesSamplerArg: {
    env: "OTEL_TRACES_SAMPLER_ARG",
    default: "1",
    help: "share of the traces that traceidratio sends",
    schema: { pattern: "^(0|1|[01]\\.0+|0?\\.[0-9]+)$" },
    expected: "a number from 0 to 1",
  },
  tracesService: {
    env: "OTEL_SERVICE_NAME",
    help: "name of the service in traces; unset: sessionpool-operator",
    schema: { minLength: 1 },
    expected: "a name",
  },
  tracesAttributes: {
    env: "OTEL_RESOURCE_ATTRIBUTES",
    help: "what else describes the service in traces: name=value,…",
    schema: { pattern: listOf(ATTRIBUTE) },
    expected: "name=value, more of them separated by commas; a comma, a = or a % in a name or value is percent-encoded",
  },
  tracesExporter: {
    env: "OTEL_TRACES_EXPORTER",
    default: "otlp",
    help: "none: nothing is traced, whatever the collector, which may be there for others' metrics; otlp",
    schema: { enum: ["otlp", "none"] },
    expected: "otlp or none",
  },
  tracesOff: {
    env: "OTEL_SDK_DISABLED",
    default: "false",
    help: "true: nothing is traced, whatever the collector",
    schema: { pattern: "^(?i:true|false)$" },
    expected: "true or false",
  },
} as const;

function endpointProblem(value: string, from: string | undefined): string | undefined {
  if (!URL.canParse(value)) return "";
  return from === "OTEL_EXPORTER_OTLP_ENDPOINT" && /[?#]/.test(value)
    ? "/v1/traces is added to it, which has no place after a query; name the whole URL in OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"
    : undefined;
}
