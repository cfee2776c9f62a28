import { describe, expect, it } from "vitest";
import { type Config, ConfigExit, readConfig } from "../../src/config.ts";
import { type Setting, SETTINGS } from "../../src/settings.ts";
import { TRACE_SETTINGS } from "../../src/trace-settings.ts";
import { readText } from "./deploy/manifests.ts";

const COLLECTOR = { OTEL_EXPORTER_OTLP_ENDPOINT: "http://collector:4318" };
const tracesOf = (env: Record<string, string>): Config["traces"] => readConfig([], env).traces;
/** The lines that a configuration is refused with. */
function refusalOf(env: Record<string, string>): readonly string[] {
  try {
    readConfig([], env);
  } catch (error) {
    if (error instanceof ConfigExit && error.exitCode === 2) return error.message.split("\n");
  }
  throw new Error("the configuration was taken");
}

describe("the variables of tracing", () => {
  const wrong = { OTEL_TRACES_SAMPLER: "xray", OTEL_TRACES_SAMPLER_ARG: "2", OTEL_EXPORTER_OTLP_PROTOCOL: "grpc" };

  it("count only when there is a collector, and it is not switched off: clusters set them for everybody", () => {
    expect(tracesOf(wrong)).toBeUndefined();
    expect(tracesOf({ ...wrong, ...COLLECTOR, OTEL_SDK_DISABLED: "True" })).toBeUndefined();
    expect(tracesOf({ ...wrong, ...COLLECTOR, OTEL_TRACES_EXPORTER: "none" })).toBeUndefined();
    expect(tracesOf({ ...COLLECTOR, OTEL_TRACES_EXPORTER: "otlp" })).toBeDefined();
    expect(refusalOf({ ...COLLECTOR, OTEL_TRACES_EXPORTER: "console" })).toEqual([
      'OTEL_TRACES_EXPORTER: "console" is not otlp or none',
    ]);
    expect(tracesOf({ ...wrong, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: "" })).toBeUndefined();
    expect(tracesOf(COLLECTOR)).toMatchObject({ sampler: "parentbased_always_on", ratio: 1 });
    const share = { OTEL_TRACES_SAMPLER: "traceidratio", OTEL_TRACES_SAMPLER_ARG: "0.25" };
    expect(tracesOf({ ...COLLECTOR, ...share })).toMatchObject({ sampler: "traceidratio", ratio: 0.25 });
  });

  it("are refused all at once", () => {
    expect(
      refusalOf({
        ...wrong,
        OTEL_EXPORTER_OTLP_ENDPOINT: "collector:4317",
        OTEL_EXPORTER_OTLP_TIMEOUT: "abc",
        OTEL_EXPORTER_OTLP_TRACES_COMPRESSION: "zip",
        OTEL_EXPORTER_OTLP_CLIENT_KEY: "/tls.key",
      }),
    ).toEqual([
      'OTEL_EXPORTER_OTLP_ENDPOINT: "collector:4317" is not an http or https URL',
      'OTEL_EXPORTER_OTLP_PROTOCOL: "grpc" is not http/protobuf, the only protocol that the operator speaks (collectors take it on port 4318)',
      'OTEL_EXPORTER_OTLP_TIMEOUT: "abc" is not a whole number of milliseconds from 1 to 9999999',
      'OTEL_EXPORTER_OTLP_TRACES_COMPRESSION: "zip" is not gzip or none',
      'OTEL_TRACES_SAMPLER: "xray" is not always_on, always_off or traceidratio, each also with parentbased_',
      'OTEL_TRACES_SAMPLER_ARG: "2" is not a number from 0 to 1',
      "OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE, OTEL_EXPORTER_OTLP_CLIENT_KEY: set both: a certificate is of no use without its key",
    ]);
  });

  it.each([
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: "http://collector:4318" }, "http://collector:4318/v1/traces"],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: "https://collector/otlp/" }, "https://collector/otlp/v1/traces"],
    [{ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: "http://collector:4318" }, "http://collector:4318"],
    [{ ...COLLECTOR, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: "https://t/in?tenant=a" }, "https://t/in?tenant=a"],
    [{ ...COLLECTOR, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: "" }, "http://collector:4318/v1/traces"],
  ])("say where traces go: %j", (env, endpoint) => {
    expect(tracesOf(env)).toMatchObject({ endpoint });
  });

  it.each([
    ["PROTOCOL", "http/protobuf", "grpc"],
    ["TIMEOUT", "500", "0"],
    ["TIMEOUT", "9999999", "10000000"],
    ["TIMEOUT", "1", "10s"],
    ["COMPRESSION", "none", "GZIP"],
  ])("for traces alone win over those for all signals: %s", (name, right, wrong) => {
    const both = (own: string, general: string): Record<string, string> => ({
      ...COLLECTOR,
      [`OTEL_EXPORTER_OTLP_TRACES_${name}`]: own,
      [`OTEL_EXPORTER_OTLP_${name}`]: general,
    });
    expect(tracesOf(both(right, wrong))).toBeDefined();
    expect(tracesOf(both("", right))).toBeDefined();
    expect(refusalOf(both(wrong, right))).toEqual([
      expect.stringContaining(`OTEL_EXPORTER_OTLP_TRACES_${name}: "${wrong}" is not `),
    ]);
    expect(refusalOf(both("", wrong))).toEqual([
      expect.stringContaining(`OTEL_EXPORTER_OTLP_${name}: "${wrong}" is not `),
    ]);
  });

  it.each([
    ["OTEL_EXPORTER_OTLP_HEADERS", "api-key=k1, authorization = Basic YQ==,x=a%2Cb,"],
    ["OTEL_EXPORTER_OTLP_TRACES_HEADERS", "api-key=k1"],
    ["OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=prod, team = a b%3Dc,empty="],
  ])("are lists: %s=%s", (name, value) => {
    expect(tracesOf({ ...COLLECTOR, [name]: value })).toBeDefined();
  });

  it.each([
    "key",
    "key=",
    "=key",
    "a=b;c",
    "a b=c",
    "a=%zz",
    "a=b%0Ac",
    "a=b%7Fc",
    "a%zz=b",
    "a%20b=c",
    "a=b,c",
    "a=é",
  ])("with headers that would not be sent are refused, without the key in them: %s", (value) => {
    for (const name of ["OTEL_EXPORTER_OTLP_HEADERS", "OTEL_EXPORTER_OTLP_TRACES_HEADERS"])
      expect(refusalOf({ ...COLLECTOR, [name]: value })).toEqual([
        `${name}: "…" is not ${TRACE_SETTINGS.tracesHeaders.expected}`,
      ]);
  });

  it.each(["prod", "=prod", "a=b=c", "a=%zz", "a=b,c"])(
    "with attributes that would be lost are refused: %s",
    (value) => {
      expect(refusalOf({ ...COLLECTOR, OTEL_RESOURCE_ATTRIBUTES: value })).toEqual([
        expect.stringContaining(`OTEL_RESOURCE_ATTRIBUTES: "${value}" is not name=value`),
      ]);
    },
  );

  it.each([
    ["https://user:hunter2@collector:99999", "https://…collector:99999"],
    ["grpc://user:hunter2/@collector?key=hunter2", "grpc://…collector…"],
    ["user:hunter2@collector:4318", "…collector:4318"],
    ["http:// collector", "http:// collector"],
    ["http://[collector", "http://[collector"],
  ])("with a URL that is none are refused, without what may be secret in it: %s", (value, shown) => {
    for (const name of ["OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"])
      expect(refusalOf({ [name]: value })).toEqual([`${name}: "${shown}" is not an http or https URL`]);
  });

  it("have no query where a path is added to it", () => {
    expect(refusalOf({ OTEL_EXPORTER_OTLP_ENDPOINT: "https://collector?key=hunter2" })).toEqual([
      'OTEL_EXPORTER_OTLP_ENDPOINT: "https://collector…" is not an http or https URL: /v1/traces is added to it, which has no place after a query; name the whole URL in OTEL_EXPORTER_OTLP_TRACES_ENDPOINT',
    ]);
  });

  it("are all in docs/observing.md, and no others", () => {
    const names = Object.values<Setting>(SETTINGS).flatMap(({ env = "", envFirst = "" }) => [env, envFirst]);
    const [, table = ""] = /\n\| variable \| what \|\n([\s\S]*)$/.exec(readText("docs/observing.md")) ?? [];
    const told = new Set([...table.matchAll(/`(OTEL_\w+)`/g)].map(([, name]) => name));
    expect(told).toEqual(new Set(names.filter((name) => name.startsWith("OTEL_"))));
  });
});
