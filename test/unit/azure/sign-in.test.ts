import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { ArmClients } from "../../../src/azure/arm-clients.ts";
import type { ArmClient } from "../../../src/azure/arm-client.ts";
import type { CredentialContent } from "../../../src/azure/credential.ts";
import { ArmError } from "../../../src/azure/errors.ts";
import { readCredentialSecret } from "../../../src/reconcile/credential-secret.ts";
import { type Clock, steadyClock, wallClock } from "../../../src/time/clock.ts";
import { certificate } from "../../emulator/certificate.ts";
import { type Emulator, startEmulator } from "../../emulator/start.ts";
import { FakeClock } from "../../time/fake-clock.ts";
import { clientCertificate, encrypted } from "./certificates.ts";

const SUBSCRIPTION = "34adfa4f-cedf-4dc0-ba29-b6d1a69ab345";
const POOL = { subscriptionId: SUBSCRIPTION, resourceGroup: "rg", name: "alpha" };
const OPERATOR = { tenantId: "72f988bf-86f1-41af-91ab-2d7cd011db47", clientId: "bce8c037-3d10-44a4-a970-25f799611fc6" };
const TENANT = "11111111-1111-1111-1111-111111111111";
const OTHER_TENANT = "22222222-2222-2222-2222-222222222222";
const CLIENT = "33333333-3333-3333-3333-333333333333";
const SECRET = "canary-client-secret-0d4e";
const never = new AbortController().signal;

const secret = (value = SECRET, tenantId = TENANT): CredentialContent => ({
  tenantId,
  clientId: CLIENT,
  proof: { kind: "secret", secret: value },
});

let emulator: Emulator;
let dir: string;
let federatedTokenFile: string;

beforeAll(async () => {
  emulator = await startEmulator({
    clients: [
      { tenantId: TENANT, clientId: CLIENT, secret: SECRET },
      { tenantId: OTHER_TENANT, clientId: CLIENT, secret: SECRET },
    ],
    tenants: { [SUBSCRIPTION]: TENANT },
  });
  setDefaultCACertificates([...getCACertificates("default"), await readFile(emulator.caFile, "utf8")]);
  dir = await mkdtemp(join(tmpdir(), "sign-in-"));
  federatedTokenFile = join(dir, "token");
  await writeFile(federatedTokenFile, "e30.e30.x");
});

afterAll(async () => {
  await emulator.close();
  await rm(dir, { recursive: true, force: true });
});

beforeEach(() => emulator.model.faults.clear());

function clients(authorityHost = emulator.tokenUrl, clock: Clock = steadyClock): ArmClients {
  return new ArmClients({
    own: { ...OPERATOR, federatedTokenFile, authorityHost },
    keepMs: 3_600_000,
    endpoint: emulator.url,
    audience: "https://management.azure.com",
    clock,
    wallClock,
    userAgent: "test",
  });
}

/** What a read of a pool that is not there brought, and the token requests that it took. */
async function ask(client: ArmClient, times = 1): Promise<{ error: ArmError; tokens: readonly string[] }> {
  const before = emulator.model.calls.length;
  const errors = await Promise.all(
    Array.from({ length: times }, () =>
      client.get(POOL, never).then(
        () => undefined,
        (error: unknown) => error,
      ),
    ),
  );
  const tokens = emulator.model.calls.slice(before).filter(({ method }) => method === "POST");
  const [error] = errors;
  if (!(error instanceof ArmError)) throw new Error(`not an ArmError: ${String(error)}`);
  return { error, tokens: tokens.map(({ path, status }) => `${status} ${path.split("/")[1]}`) };
}

describe("over real sockets, a tenant signs in", () => {
  const absent = { status: 404, code: "ResourceNotFound" };

  it("with a client secret, by one token request for many calls", async () => {
    const client = clients().of(secret());
    const { error, tokens } = await ask(client, 20);
    expect(error).toMatchObject(absent);
    expect(tokens).toEqual([`200 ${TENANT}`]);
    expect((await ask(client)).tokens).toEqual([]);
  });

  it.each(["plain", "encrypted"])("with a certificate, its key %s", async (how) => {
    const { cert, key } = await clientCertificate();
    const password = "canary-certificate-password-0d4f";
    const data = new Map([
      ["AZURE_TENANT_ID", TENANT],
      ["AZURE_CLIENT_ID", CLIENT],
      ["AZURE_CLIENT_CERTIFICATE", `${cert}\n${how === "plain" ? key : encrypted(key, password)}`],
      ["AZURE_CLIENT_CERTIFICATE_PASSWORD", password],
    ]);
    const read = readCredentialSecret(data, true);
    if (!read.ok) throw new Error(read.message);
    const { error, tokens } = await ask(clients().of(read.content));
    expect(error).toMatchObject(absent);
    expect(tokens).toEqual([`200 ${TENANT}`]);
  });

  it("with the operator's own federated token, at the operator's own authority", async () => {
    const { error, tokens } = await ask(
      clients().of({ tenantId: TENANT, clientId: CLIENT, proof: { kind: "federated" } }),
    );
    expect(error).toMatchObject(absent);
    expect(tokens).toEqual([`200 ${TENANT}`]);
  });

  it("with a wrong secret: Entra's words, the same each time, and no value", async () => {
    const value = "canary-wrong-secret-0d50";
    const { error, tokens } = await ask(clients().of(secret(value)), 5);
    expect(error).toMatchObject({ kind: "unauthenticated", code: "AuthenticationFailed" });
    expect(error.message).toMatch(/^no token for Azure: .*AADSTS7000215: Invalid client secret provided\./);
    expect(error.message).not.toMatch(/canary|Trace|Timestamp/);
    expect(tokens).toEqual([`401 ${TENANT}`]);
    const again = await ask(clients().of(secret(value)));
    expect(again.error.message).toBe(error.message);
  });

  it("of another tenant: ARM refuses the token, which says nothing about the pool", async () => {
    const { error } = await ask(clients().of(secret(SECRET, OTHER_TENANT)));
    expect(error).toMatchObject({ kind: "unauthenticated", status: 401, code: "InvalidAuthenticationTokenTenant" });
    expect((await ask(clients().own)).error.code).toBe("InvalidAuthenticationTokenTenant");
  });

  it("apart from others: two credentials are two tokens, equal ones are one", async () => {
    const all = clients();
    expect(all.of(secret())).toBe(all.of({ ...secret() }));
    expect(all.of(secret())).not.toBe(all.of(secret("other")));
    expect(all.of(secret())).not.toBe(all.own);
    emulator.model.faults.add({
      method: "GET",
      pathPattern: "sessionPools/alpha",
      status: 429,
      headers: { "retry-after": "60" },
      times: 1,
    });
    expect((await ask(all.of(secret()))).error.kind).toBe("throttled");
    // ARM's pause is for that principal alone, also when its secret is another by now.
    expect((await ask(all.of(secret("rotated")))).error.kind).toBe("throttled");
    expect((await ask(all.own)).error.kind).toBe("unauthenticated");
    expect((await ask(all.of(secret()))).error.kind).toBe("throttled");
  });

  it("with a client that is dropped when nobody asked for it for an hour", async () => {
    const clock = new FakeClock();
    const all = clients(emulator.tokenUrl, clock);
    const first = all.of(secret());
    await clock.advance(3_600_000);
    expect(all.of(secret())).toBe(first);
    await clock.advance(3_600_001);
    all.of(secret("other"));
    expect(all.of(secret())).not.toBe(first);
  });
});

describe("an Entra that redirects", () => {
  let server: Server;
  let seen: string[];
  let to: string;

  beforeAll(async () => {
    const tls = await certificate("another Entra");
    setDefaultCACertificates([...getCACertificates("default"), tls.cert]);
    server = createServer(tls, (request, response) => {
      let body = "";
      request.on("data", (chunk: Buffer) => (body += chunk.toString()));
      request.on("end", () => {
        seen.push(`${request.method} ${request.url?.split("?")[0]} ${body.includes(SECRET) ? "with the secret" : ""}`);
        const base = `https://${request.headers.host}`;
        const at = `${base}/${TENANT}`;
        if (request.url?.includes("openid-configuration")) {
          response.setHeader("content-type", "application/json");
          response.end(
            JSON.stringify({
              issuer: `${at}/v2.0`,
              authorization_endpoint: `${at}/oauth2/v2.0/authorize`,
              token_endpoint: `${at}/oauth2/v2.0/token`,
              jwks_uri: `${at}/keys`,
            }),
          );
        } else response.writeHead(307, { location: to.replace("SAME", base) }).end();
      });
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
  });

  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  it.each(["SAME/elsewhere", "https://127.0.0.1:1/elsewhere"])(
    "is not followed with a secret: to %s",
    async (place) => {
      seen = [];
      to = place;
      const { error } = await ask(clients(`https://127.0.0.1:${(server.address() as AddressInfo).port}`).of(secret()));
      expect(seen.filter((call) => call.startsWith("POST"))).toEqual([
        `POST /${TENANT}/oauth2/v2.0/token with the secret`,
      ]);
      expect(error.status).toBe(0);
      expect(error.message).not.toContain(SECRET);
    },
  );
});
