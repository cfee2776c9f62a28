import { describe, expect, it } from "vitest";
import { numbers } from "../../time/numbers.ts";
import { type Answer, Azure, custom, POOL, POOLS, SUBSCRIPTION } from "./model-azure.ts";

const TOKEN = "/72f988bf-86f1-41af-91ab-2d7cd011db47/oauth2/v2.0/token";
const ARM_SCOPE = "https://management.azure.com/.default";
const PUT_FORM = { grant_type: "client_credentials", client_id: "client", scope: ARM_SCOPE };

type Form = Readonly<Record<string, string | undefined>>;

/** Asks the token endpoint; undefined leaves a parameter out. */
function askToken(azure: Azure, form: Form = {}): Answer {
  const entries = Object.entries({ ...PUT_FORM, client_secret: "s", ...form });
  const given = entries.filter((entry): entry is [string, string] => entry[1] !== undefined);
  return azure.send("POST", TOKEN, new URLSearchParams(given).toString());
}

const bearer = (answer: Answer): string => `Bearer ${(answer.body as { access_token: string }).access_token}`;

const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");
const assertion = (claims: unknown): string => `${part({ alg: "RS256" })}.${part(claims)}.c2ln`;

describe("a call without a good token is answered 401, and changes nothing", () => {
  it.each<[story: string, code: string, header: (azure: Azure) => string | undefined]>([
    ["no header", "AuthenticationFailed", () => undefined],
    ["another scheme", "AuthenticationFailed", () => "Basic dTpw"],
    ["no token", "AuthenticationFailed", () => "Bearer "],
    ["no JWT", "InvalidAuthenticationToken", () => "Bearer abc"],
    ["another signature", "InvalidAuthenticationToken", (azure) => `${bearer(askToken(azure)).slice(0, -3)}xyz`],
    ["no signature", "InvalidAuthenticationToken", (azure) => bearer(askToken(azure)).replace(/[^.]+$/, "")],
    [
      "other claims",
      "InvalidAuthenticationToken",
      (azure) =>
        bearer(askToken(azure)).replace(/\.[^.]+\./, `.${part({ aud: "https://management.azure.com", exp: 9e9 })}.`),
    ],
    ["another Azure's token", "InvalidAuthenticationToken", () => bearer(askToken(new Azure({ random: numbers(2) })))],
    [
      "an expired token",
      "ExpiredAuthenticationToken",
      (azure) => {
        const header = bearer(askToken(azure));
        azure.advance(3599);
        return header;
      },
    ],
    [
      "a token for the sessions themselves",
      "InvalidAuthenticationTokenAudience",
      (azure) => bearer(askToken(azure, { scope: "https://dynamicsessions.io/.default" })),
    ],
  ])("%s", (_story, code, header) => {
    const azure = new Azure({ anonymous: false });
    const authorization = header(azure);
    const sent = authorization === undefined ? {} : { authorization };
    for (const [method, path] of [
      ["PUT", POOL],
      ["GET", POOLS],
    ] as const) {
      const { status, headers, body } = azure.send(method, path, custom(), sent);
      expect([status, body]).toEqual([401, { error: { code, message: expect.any(String) } }]);
      expect(headers["www-authenticate"]).toMatch(/^Bearer authorization_uri="https:\/\/management\.azure\.com\//);
    }
    const good = { authorization: bearer(askToken(azure)) };
    expect(azure.send("GET", POOL, undefined, good).status).toBe(404);
  });

  it.each<[story: string, scope: string, seconds: number]>([
    ["a fresh token", ARM_SCOPE, 0],
    ["a token in its last second", ARM_SCOPE, 3598],
    ["the older audience", "https://management.core.windows.net//.default", 0],
    ["China's", "https://management.chinacloudapi.cn/.default", 0],
    ["the US government's", "https://management.usgovcloudapi.net/.default", 0],
  ])("%s passes, and its client made the pool", (_story, scope, seconds) => {
    const azure = new Azure({ anonymous: false });
    const authorization = bearer(askToken(azure, { scope }));
    azure.advance(seconds);
    const caller = { createdBy: "client", createdByType: "Application", lastModifiedBy: "client" };
    expect(azure.send("PUT", POOL, custom(), { authorization })).toMatchObject({
      status: 201,
      body: { systemData: { ...caller, lastModifiedByType: "Application" } },
    });
  });

  it("a poll needs a token too", () => {
    const azure = new Azure({ anonymous: false });
    const authorization = bearer(askToken(azure));
    const { headers } = azure.send("PUT", POOL, custom(), { authorization });
    const url = headers["azure-asyncoperation"] ?? "";
    expect([azure.send("GET", url).status, azure.send("GET", url, undefined, { authorization }).status]).toEqual([
      401, 200,
    ]);
  });
});

describe("the token endpoint", () => {
  it.each<[story: string, form: Form, status: number, error: string, number: number]>([
    ["another grant", { grant_type: "password" }, 400, "unsupported_grant_type", 70003],
    ["no grant", { grant_type: undefined }, 400, "unsupported_grant_type", 70003],
    ["no client", { client_id: undefined }, 400, "invalid_request", 900144],
    ["no scope", { scope: undefined }, 400, "invalid_request", 900144],
    ["no credential", { client_secret: undefined }, 401, "invalid_client", 7000218],
    ["no JWT", { client_assertion: "abc" }, 401, "invalid_client", 50027],
    ["a JWT without claims", { client_assertion: "a.b.c" }, 401, "invalid_client", 50027],
    ["an expired assertion", { client_assertion: assertion({ exp: 1 }) }, 401, "invalid_client", 700024],
    [
      "an assertion for another audience",
      { client_assertion: assertion({ aud: ["https://kubernetes.default.svc"] }) },
      401,
      "invalid_client",
      700212,
    ],
  ])("refuses %s", (_story, form, status, error, number) => {
    const { body, ...answer } = askToken(new Azure({ anonymous: false }), form);
    expect([answer.status, body]).toEqual([
      status,
      { error, error_description: expect.stringMatching(`^AADSTS${number}: `), error_codes: [number] },
    ]);
  });

  it.each<[story: string, form: Form]>([
    ["a secret", {}],
    [
      "an assertion",
      { client_secret: undefined, client_assertion: assertion({ aud: ["api://AzureADTokenExchange"], exp: 9e9 }) },
    ],
    [
      "an audience that is no list",
      { client_secret: undefined, client_assertion: assertion({ aud: "api://AzureADTokenExchange" }) },
    ],
  ])("takes %s", (_story, form) => {
    const azure = new Azure({ anonymous: false });
    const answer = askToken(azure, form);
    expect(answer).toMatchObject({ status: 200, body: { token_type: "Bearer", expires_in: 3599 } });
    expect(azure.send("GET", POOLS, undefined, { authorization: bearer(answer) }).status).toBe(200);
  });

  it("is told by discovery, on the host and for the tenant that were asked", () => {
    const azure = new Azure({ anonymous: false });
    const at = "https://management.azure.com/tenant";
    expect(azure.send("GET", "/tenant/v2.0/.well-known/openid-configuration").body).toMatchObject({
      issuer: `${at}/v2.0`,
      authorization_endpoint: `${at}/oauth2/v2.0/authorize`,
      token_endpoint: `${at}/oauth2/v2.0/token`,
      jwks_uri: `${at}/discovery/v2.0/keys`,
    });
    expect(azure.send("GET", "/tenant/discovery/v2.0/keys")).toMatchObject({ status: 200, body: { keys: [] } });
  });
});

describe("what the emulator is told of tenants and applications", () => {
  const TENANT = "72f988bf-86f1-41af-91ab-2d7cd011db47";
  const clients = [{ tenantId: TENANT, clientId: "client", secret: "right" }];

  it.each<[story: string, form: Form, status: number, error: string, words: RegExp]>([
    ["a wrong secret", { client_secret: "wrong" }, 401, "invalid_client", /^AADSTS7000215: Invalid client secret/],
    ["another application", { client_id: "x", client_secret: "right" }, 400, "unauthorized_client", /^AADSTS700016: /],
  ])(
    "refuses %s, in Entra's words and with a trace that is another each time",
    (_story, form, status, error, words) => {
      const azure = new Azure({ anonymous: false, clients });
      const [first, second] = [askToken(azure, form), askToken(azure, form)];
      expect(first).toMatchObject({
        status,
        body: { error, error_description: expect.stringMatching(words) as unknown },
      });
      expect(first.text).toContain("Trace ID: ");
      expect(second.text).not.toBe(first.text);
    },
  );

  it("takes the right secret, and needs none for an assertion", () => {
    const azure = new Azure({ anonymous: false, clients });
    expect(askToken(azure, { client_secret: "right" }).status).toBe(200);
    expect(askToken(azure, { client_secret: undefined, client_assertion: assertion({}) }).status).toBe(200);
  });

  it.each<[story: string, audience: string, status: number]>([
    ["meant for the tenant's token endpoint", `https://login.example/${TENANT}/oauth2/v2.0/token`, 200],
    ["meant for another tenant's", "https://login.example/other/oauth2/v2.0/token", 401],
    ["meant for federation", "api://AzureADTokenExchange", 401],
  ])("an assertion that a certificate signed, %s: %i", (_story, aud, status) => {
    const signed = `${part({ alg: "PS256", "x5t#S256": "x" })}.${part({ aud, exp: 9e9 })}.c2ln`;
    const azure = new Azure({ anonymous: false });
    expect(askToken(azure, { client_secret: undefined, client_assertion: signed }).status).toBe(status);
  });

  it.each<[tenant: string, status: number]>([
    [TENANT.toUpperCase(), 404],
    ["88d52eb9-4040-4847-b7f2-0d5eeef9cf39", 401],
  ])("a subscription of the tenant %s answers a token of ours with %i", (tenant, status) => {
    const azure = new Azure({ anonymous: false, tenants: { [SUBSCRIPTION.toUpperCase()]: tenant } });
    const authorization = bearer(askToken(azure));
    const answer = azure.send("GET", POOL, undefined, { authorization });
    expect(answer.status).toBe(status);
    expect(answer.text.includes("InvalidAuthenticationTokenTenant")).toBe(status === 401);
    expect(answer.text.includes(`must match the tenant 'https://sts.windows.net/${tenant}/'`)).toBe(status === 401);
  });
});

describe("api-version", () => {
  it.each<[query: string, code: string]>([
    ["?", "MissingApiVersionParameter"],
    ["?api-version=", "MissingApiVersionParameter"],
    ["?api-version=2099-01-01", "NoRegisteredProviderFound"],
    ["?api-version=2025-07-01-preview", "NoRegisteredProviderFound"],
  ])("%s is refused on every route, and changes nothing", (query, code) => {
    const azure = new Azure();
    const poll = azure.send("PUT", POOL, custom()).headers["azure-asyncoperation"] ?? "";
    azure.advance(300);
    const before = azure.state();
    const url = poll.replace("?api-version=2025-07-01", query).replace("?&", "?");
    for (const [method, target] of [
      ["GET", `${POOL}${query}`],
      ["PUT", `${POOL}${query}`],
      ["PATCH", `${POOL}${query}`],
      ["DELETE", `${POOL}${query}`],
      ["GET", `${POOLS}${query}`],
      ["GET", url],
    ] as const)
      expect(azure.send(method, target, custom())).toMatchObject({ status: 400, body: { error: { code } } });
    expect(azure.state()).toEqual(before);
  });

  it.each([
    "2023-08-01-preview",
    "2023-11-02-preview",
    "2024-02-02-preview",
    "2024-08-02-preview",
    "2024-10-02-preview",
    "2025-01-01",
    "2025-02-02-preview",
    "2025-07-01",
    "2025-10-02-preview",
  ])("%s is taken, advertised, and carried on in the poll URL", (version) => {
    const azure = new Azure();
    const { status, headers } = azure.send("PUT", `${POOL}?api-version=${version}`, custom());
    expect(status).toBe(201);
    expect(headers["api-supported-versions"]?.split(", ")).toContain(version);
    expect(new URL(headers["azure-asyncoperation"] ?? "").searchParams.get("api-version")).toBe(version);
  });
});
