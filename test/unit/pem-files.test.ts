import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { generate } from "selfsigned";
import { beforeAll, describe, expect, it } from "vitest";
import { generateKeyPairSync } from "node:crypto";
import { type Config, ConfigExit, readConfig } from "../../src/config.ts";
import { pemProblems } from "../../src/pem-files.ts";
import { certificate } from "../emulator/certificate.ts";

const DIR = mkdtempSync(join(tmpdir(), "pem-files-"));
const path = (name: string): string => join(DIR, name);
const NONE = "it has no certificate in PEM, which begins with -----BEGIN CERTIFICATE-----";
const NO_KEY = "it has no private key in PEM, which begins with -----BEGIN PRIVATE KEY-----";

beforeAll(async () => {
  const [one, other] = [await certificate("one"), await certificate("other")];
  const encrypted = generateKeyPairSync("ec", {
    namedCurve: "P-256",
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase: "hunter2" },
  }).privateKey;
  const rsa = generateKeyPairSync("rsa", {
    modulusLength: 2048,
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
  }).privateKey;
  const weak = await generate([{ name: "commonName", value: "weak" }], { keyType: "rsa", keySize: 512 });
  const files = {
    weak: `${weak.cert}\n${weak.private}`,
    crt: `# two, with words between\n${one.cert}\nand\n${other.cert}`,
    key: one.key,
    both: `${one.key}\n${one.cert}`,
    "other.key": other.key,
    "rsa.key": rsa,
    "encrypted.key": encrypted,
    text: "hunter2",
    der: Buffer.from(one.cert.replaceAll(/-----.*-----|\n/g, ""), "base64"),
    cut: one.cert.slice(0, 200),
    damaged: `${one.cert}\n` + other.cert.replace(/\n.{20}/, "\n"),
  };
  for (const [name, text] of Object.entries(files)) writeFileSync(path(name), text);
});

const read = (args: readonly string[], env: Record<string, string> = {}): Config => readConfig(args, env, pemProblems);
function refusalOf(args: readonly string[], env: Record<string, string> = {}): readonly string[] {
  try {
    read(args, env);
  } catch (error) {
    if (error instanceof ConfigExit && error.exitCode === 2) return error.message.split("\n");
  }
  throw new Error("the configuration was taken");
}
const metrics = (cert: string, key: string): readonly string[] => [
  `--metrics-tls-cert-file=${path(cert)}`,
  `--metrics-tls-key-file=${path(key)}`,
];

describe("the files of the metrics' certificate", () => {
  it.each([
    ["crt", "key"],
    ["both", "both"],
  ])("are taken: %s with %s", (cert, key) => {
    expect(read(metrics(cert, key)).metricsTls).toEqual({ certFile: path(cert), keyFile: path(key) });
  });

  it.each([
    ["none", "is not there", expect.stringMatching(/^ENOENT: no such file/)],
    [".", "is a directory", expect.stringMatching(/^EISDIR: /)],
    ["text", "is something else", NONE],
    ["key", "is a key", NONE],
    ["der", "is in DER", NONE],
    ["cut", "ends too early", "its certificate 1 is damaged"],
    ["damaged", "has a chain that is damaged", "its certificate 2 is damaged"],
  ])("are refused with the setting's name: a certificate in %s, which %s", (cert, _what, reason) => {
    const [line = "", ...more] = refusalOf(metrics(cert, "key"));
    const start = `--metrics-tls-cert-file: ${path(cert)} cannot be used: `;
    expect([line.slice(0, start.length), line.slice(start.length), more]).toEqual([start, reason, []]);
  });

  it.each([
    ["crt", NO_KEY],
    ["text", NO_KEY],
    ["encrypted.key", "its key needs a passphrase, for which there is no setting"],
  ])("are refused with the variable's name: a key in %s", (key, reason) => {
    const env = { METRICS_TLS_CERT_FILE: path("crt"), METRICS_TLS_KEY_FILE: path(key) };
    expect(refusalOf([], env)).toEqual([`METRICS_TLS_KEY_FILE: ${path(key)} cannot be used: ${reason}`]);
  });

  it.each(["-----BEGIN PRIVATE KEY-----\nhunter2\n", "-----BEGIN PRIVATE KEY----- hunter2", "hunter2\nhunter2"])(
    "are refused where a setting has what would be in one, without a word of it: %j",
    (key) => {
      expect(refusalOf([`--metrics-tls-cert-file=${path("crt")}`, `--metrics-tls-key-file=${key}`])).toEqual([
        "--metrics-tls-key-file: is no path of a file, but what would be in one; put it into a file, and name that",
      ]);
    },
  );

  it("are refused when OpenSSL would not use them", () => {
    expect(refusalOf(metrics("weak", "weak"))).toEqual([
      expect.stringMatching(/^--metrics-tls-cert-file: .* cannot be used: .*key too small$/),
    ]);
  });

  it.each(["other.key", "rsa.key"])("are refused when they do not belong together: %s", (key) => {
    expect(refusalOf(metrics("crt", key))).toEqual([
      `--metrics-tls-cert-file, --metrics-tls-key-file: ${path("crt")} and ${path(key)} do not belong together: the certificate is of another key; replace both`,
    ]);
  });
});

describe("the files of the collector's certificates", () => {
  const collector = { OTEL_EXPORTER_OTLP_ENDPOINT: "https://collector:4318" };

  it("are looked at when there is a collector, those for traces alone before the others", () => {
    const env = {
      OTEL_EXPORTER_OTLP_CERTIFICATE: path("none"),
      OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE: path("crt"),
      OTEL_EXPORTER_OTLP_CLIENT_KEY: path("other.key"),
    };
    expect(read([], env)).toMatchObject({ traces: undefined });
    const own = {
      OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE: path("crt"),
      OTEL_EXPORTER_OTLP_TRACES_CLIENT_KEY: path("key"),
    };
    expect(read([], { ...collector, ...env, ...own }).traces).toBeDefined();
    expect(refusalOf([], { ...collector, ...env, OTEL_EXPORTER_OTLP_TIMEOUT: "abc" })).toEqual([
      expect.stringMatching(/^OTEL_EXPORTER_OTLP_TIMEOUT: "abc" is not /),
      `OTEL_EXPORTER_OTLP_CERTIFICATE: ${path("none")} cannot be used: ENOENT: no such file or directory, open '${path("none")}'`,
      expect.stringMatching(
        /^OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE, OTEL_EXPORTER_OTLP_CLIENT_KEY: .* do not belong together/,
      ),
    ]);
  });

  it("are refused when they are no PEM, which the exporter would pass over", () => {
    const env = { ...collector, OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE: path("text") };
    expect(refusalOf([], env)).toEqual([
      `OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE: ${path("text")} cannot be used: ${NONE}`,
    ]);
  });
});
