import { createPrivateKey } from "node:crypto";
import { beforeAll, describe, expect, it } from "vitest";
import { type CredentialSecret, readCredentialSecret } from "../../../src/reconcile/credential-secret.ts";
import { type ClientCertificate, clientCertificate, encrypted } from "../azure/certificates.ts";

const TENANT = "72f988bf-86f1-41af-91ab-2d7cd011db47";
const CLIENT = "bce8c037-3d10-44a4-a970-25f799611fc6";
const SUBSCRIPTION = "34adfa4f-cedf-4dc0-ba29-b6d1a69ab345";
const SECRET = "canary-client-secret-5c1d";
const PASSWORD = "canary-certificate-password-5c1e";
const IDS = { AZURE_TENANT_ID: TENANT, AZURE_CLIENT_ID: CLIENT };
const OWN = { ...IDS, AZURE_CLIENT_SECRET: SECRET };

type Data = Readonly<Record<string, string>>;

const read = (data: Data, canFederate = true): CredentialSecret =>
  readCredentialSecret(new Map(Object.entries(data)), canFederate);
const content = (data: Data) => {
  const result = read(data);
  return result.ok ? result.content : result.message;
};

let rsa: ClientCertificate;
let other: ClientCertificate;
let ec: ClientCertificate;

beforeAll(async () => {
  [rsa, other, ec] = await Promise.all([clientCertificate(), clientCertificate(), clientCertificate("ec")]);
});

describe("a Secret with a credential", () => {
  const secret = { tenantId: TENANT, clientId: CLIENT, proof: { kind: "secret", secret: SECRET } };
  const federated = { tenantId: TENANT, clientId: CLIENT, proof: { kind: "federated" } };

  it.each<[story: string, data: Data, wanted: object]>([
    ["a client secret", OWN, secret],
    ["a client secret from a file that ends with a line break", { ...OWN, AZURE_CLIENT_SECRET: `${SECRET}\n` }, secret],
    [
      "a domain of the tenant",
      { ...OWN, AZURE_TENANT_ID: "contoso.onmicrosoft.com" },
      { ...secret, tenantId: "contoso.onmicrosoft.com" },
    ],
    ["keys that say nothing to us", { ...OWN, note: "x" }, secret],
    ["ASO's word that a secret is meant", { ...OWN, USE_WORKLOAD_IDENTITY_AUTH: "false" }, secret],
    ["neither secret nor certificate", IDS, federated],
    ["ASO's newer word for that", { ...IDS, AUTH_MODE: "WorkloadIdentity\n" }, federated],
    ["ASO's older word for that", { ...IDS, USE_WORKLOAD_IDENTITY_AUTH: "true" }, federated],
  ])("is read: %s", (_story, data, wanted) => {
    expect(content(data)).toEqual(wanted);
  });

  it("may name the subscription of resources that name none", () => {
    expect(read({ ...OWN, AZURE_SUBSCRIPTION_ID: ` ${SUBSCRIPTION.toUpperCase()}\n` })).toMatchObject({
      subscriptionId: SUBSCRIPTION,
    });
    expect(read(OWN)).toMatchObject({ subscriptionId: undefined });
  });

  it.each<[key: string, problem: string, data: Data]>([
    ["AZURE_TENANT_ID", "is missing", { AZURE_CLIENT_ID: CLIENT }],
    ["AZURE_TENANT_ID", "is empty", { ...OWN, AZURE_TENANT_ID: " \n" }],
    ["AZURE_TENANT_ID", "must be the tenant's UUID, or a domain", { ...OWN, AZURE_TENANT_ID: "common" }],
    ["AZURE_TENANT_ID", "must be the tenant's UUID, or a domain", { ...OWN, AZURE_TENANT_ID: "evil.example/x" }],
    ["AZURE_TENANT_ID", "must be the tenant's UUID, or a domain", { ...OWN, AZURE_TENANT_ID: ".." }],
    ["AZURE_TENANT_ID", "must be the tenant's UUID, or a domain", { ...OWN, AZURE_TENANT_ID: `${TENANT}\n${TENANT}` }],
    ["AZURE_CLIENT_ID", "is missing", { AZURE_TENANT_ID: TENANT, AZURE_CLIENT_SECRET: SECRET }],
    ["AZURE_CLIENT_ID", "must be a UUID", { ...OWN, AZURE_CLIENT_ID: SECRET }],
    ["AZURE_SUBSCRIPTION_ID", "must be a UUID", { ...OWN, AZURE_SUBSCRIPTION_ID: "mine" }],
    ["AZURE_CLIENT_SECRET", "is empty", { ...OWN, AZURE_CLIENT_SECRET: "" }],
    [
      "AZURE_CLIENT_CERTIFICATE",
      "there is AZURE_CLIENT_SECRET too: keep one of them",
      { ...OWN, AZURE_CLIENT_CERTIFICATE: "x" },
    ],
    [
      "AZURE_CLIENT_CERTIFICATE_PASSWORD",
      "there is no AZURE_CLIENT_CERTIFICATE that it could open",
      { ...IDS, AZURE_CLIENT_CERTIFICATE_PASSWORD: PASSWORD },
    ],
    ["AUTH_MODE", "must be workloadidentity; pod identity is not supported", { ...IDS, AUTH_MODE: "podidentity" }],
    [
      "AUTH_MODE",
      "means workload identity, and there is a client secret or certificate: keep one of them",
      { ...OWN, AUTH_MODE: "workloadidentity" },
    ],
    [
      "USE_WORKLOAD_IDENTITY_AUTH",
      "means workload identity, and there is a client secret or certificate: keep one of them",
      { ...OWN, USE_WORKLOAD_IDENTITY_AUTH: "true" },
    ],
    [
      "USE_WORKLOAD_IDENTITY_AUTH",
      "is false, and there is neither AZURE_CLIENT_SECRET nor AZURE_CLIENT_CERTIFICATE",
      { ...IDS, USE_WORKLOAD_IDENTITY_AUTH: "false" },
    ],
    ["USE_WORKLOAD_IDENTITY_AUTH", "must be true or false", { ...OWN, USE_WORKLOAD_IDENTITY_AUTH: "yes" }],
    ...[
      "AZURE_AUTHORITY_HOST",
      "AZURE_RESOURCE_MANAGER_ENDPOINT",
      "AZURE_RESOURCE_MANAGER_AUDIENCE",
      "AZURE_ENVIRONMENT",
      "AZURE_FEDERATED_TOKEN_FILE",
      "AZURE_CLIENT_CERTIFICATE_PATH",
    ].map((key): [string, string, Data] => [
      key,
      "only the operator's own configuration may say that: take it out of the Secret",
      { ...OWN, [key]: "https://evil.example" },
    ]),
  ])("is refused at %s: %s", (key, problem, data) => {
    const result = read(data);
    expect(result).toEqual({ ok: false, message: `${key}: ${problem}` });
    for (const value of [SECRET, PASSWORD, "evil"]) expect(JSON.stringify(result)).not.toContain(value);
  });

  it("can mean workload identity only where the operator has a federated token", () => {
    expect(read(IDS, false)).toMatchObject({
      ok: false,
      message: expect.stringContaining("no federated token") as unknown,
    });
    expect(read(OWN, false)).toMatchObject({ ok: true });
  });
});

describe("a certificate", () => {
  const of = (pem: string, more: Data = {}): CredentialSecret =>
    read({ ...IDS, AZURE_CLIENT_CERTIFICATE: pem, ...more });
  /** The parts, whatever their order was: the key not encrypted and first, the certificate that belongs to it after that. */
  const plain = () => [createPrivateKey(rsa.key).export({ type: "pkcs8", format: "pem" }).toString().trim(), rsa.cert];

  it.each<[story: string, pem: () => string, password?: string]>([
    ["key first", () => `${rsa.key}\n${rsa.cert}\n`],
    ["certificate first", () => `Bag Attributes\n  a: b\n${rsa.cert}\n${rsa.key}`],
    ["with an encrypted key", () => `${rsa.cert}\n${encrypted(rsa.key, PASSWORD)}`, PASSWORD],
    ["with a password from a file", () => `${rsa.cert}\n${encrypted(rsa.key, PASSWORD)}\n`, `${PASSWORD}\n`],
    ["with a password from a file of Windows", () => `${rsa.cert}\n${encrypted(rsa.key, PASSWORD)}`, `${PASSWORD}\r\n`],
    ["with a password that is not needed", () => `${rsa.cert}\n${rsa.key}`, PASSWORD],
  ])("is read: %s", (_story, pem, password) => {
    const result = of(pem(), password === undefined ? {} : { AZURE_CLIENT_CERTIFICATE_PASSWORD: password });
    const hidden = password === undefined ? plain().slice(0, 1) : [plain()[0], PASSWORD];
    expect(result).toMatchObject({
      ok: true,
      content: { proof: { kind: "certificate", pem: plain().join("\n") } },
      secrets: expect.arrayContaining(hidden) as unknown,
    });
  });

  it("is looked through in no time, whatever somebody wrote: nothing else goes on meanwhile", () => {
    const reads = Array.from({ length: 60 }, () => of("-----BEGIN A-----".repeat(4000)));
    expect(reads.map(({ ok }) => ok)).not.toContain(true);
  });

  it("comes with its chain, its own first", () => {
    expect(of(`${other.cert}\n${rsa.key}\n${rsa.cert}`)).toMatchObject({
      content: { proof: { pem: [...plain(), other.cert].join("\n") } },
    });
  });

  it.each<[story: string, pem: () => string, password: string | undefined, message: RegExp]>([
    ["no PEM", () => "MIIK", undefined, /^AZURE_CLIENT_CERTIFICATE: must hold a certificate and its private key/],
    ["no key", () => rsa.cert, undefined, /^AZURE_CLIENT_CERTIFICATE: must hold a certificate and its private key/],
    ["no certificate", () => rsa.key, undefined, /^AZURE_CLIENT_CERTIFICATE: must hold a certificate and its/],
    ["the key of another", () => `${rsa.cert}\n${other.key}`, undefined, /no certificate in it belongs to its private/],
    ["no RSA", () => `${ec.cert}\n${ec.key}`, undefined, /the key must be an RSA key of 2048 to 8192 bits$/],
    [
      "a key that is none",
      () => `${rsa.cert}\n-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----`,
      undefined,
      /its private key cannot be read$/,
    ],
    [
      "no password",
      () => `${rsa.cert}\n${encrypted(rsa.key, PASSWORD)}`,
      undefined,
      /^AZURE_CLIENT_CERTIFICATE_PASSWORD: is missing, and the private key is encrypted$/,
    ],
    [
      "another password",
      () => `${rsa.cert}\n${encrypted(rsa.key, PASSWORD)}`,
      "canary-wrong-5c1f",
      /^AZURE_CLIENT_CERTIFICATE_PASSWORD: does not open the private key$/,
    ],
    [
      "a key that would take minutes to open",
      () => `${rsa.cert}\n${slow(encrypted(rsa.key, PASSWORD))}`,
      PASSWORD,
      /^AZURE_CLIENT_CERTIFICATE: the key must be encrypted as openssl does it, by PBKDF2 with at most 1000000 rounds/,
    ],
    [
      "a key that is encrypted in another way",
      () => `${rsa.cert}\n-----BEGIN ENCRYPTED PRIVATE KEY-----\nMAA=\n-----END ENCRYPTED PRIVATE KEY-----`,
      PASSWORD,
      /^AZURE_CLIENT_CERTIFICATE: the key must be encrypted as openssl does it/,
    ],
  ])("is refused: %s", (_story, pem, password, message) => {
    const result = of(pem(), password === undefined ? {} : { AZURE_CLIENT_CERTIFICATE_PASSWORD: password });
    expect(result).toMatchObject({ ok: false, message: expect.stringMatching(message) as unknown });
    expect(JSON.stringify(result)).not.toMatch(/canary|BEGIN/);
  });
});

/** The same key, which says that it was encrypted with 32,512 times 65,536 rounds: the two bytes of 2,048 become four. */
function slow(pem: string): string {
  const der = Buffer.from(pem.replaceAll(/-----[^-]+-----/g, ""), "base64");
  const at = der.indexOf(Buffer.from("02020800", "hex"));
  if (at < 0) throw new Error("the key was not encrypted with 2048 rounds");
  // The lengths around it grow by two; only those before it, which the reader goes through, count.
  const changed = Buffer.concat([der.subarray(0, at), Buffer.from("02047f000000", "hex"), der.subarray(at + 4)]);
  return `-----BEGIN ENCRYPTED PRIVATE KEY-----\n${changed.toString("base64")}\n-----END ENCRYPTED PRIVATE KEY-----`;
}
