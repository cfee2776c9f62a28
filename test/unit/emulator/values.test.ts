import { describe, expect, it } from "vitest";
import { Azure, custom, type Json, type PoolBody, POOL, python } from "./model-azure.ts";

const LIFECYCLE = "properties.dynamicPoolConfiguration.lifecycleConfiguration";
const SCALE = "properties.scaleConfiguration";
const TEMPLATE = "properties.customContainerTemplate";
const SECRET = "s3cret-value";

function valueAt(pool: unknown, path: string): unknown {
  return path.split(".").reduce<unknown>((at, key) => (at as Json | undefined)?.[key], pool);
}

describe("what was sent comes back in the service's form (azure-session-pools §3.3), from PUT, GET and LIST", () => {
  it.each<[what: string, base: typeof custom, changes: Json, path: string, returned: unknown]>([
    ["location", custom, { location: "westus3" }, "location", "West US 3"],
    ["location", custom, { location: "eastasia" }, "location", "East Asia"],
    ["location", custom, { location: "northcentralusstage" }, "location", "North Central US (Stage)"],
    ["type", custom, { type: "Microsoft.App/sessionPools" }, "type", "Microsoft.App/sessionpools"],
    [
      "a string",
      custom,
      { [`${LIFECYCLE}.cooldownPeriodInSeconds`]: "300" },
      `${LIFECYCLE}.cooldownPeriodInSeconds`,
      300,
    ],
    [
      "strings",
      custom,
      { [SCALE]: { maxConcurrentSessions: "10", readySessionInstances: "2" } },
      SCALE,
      { maxConcurrentSessions: 10, readySessionInstances: 2 },
    ],
    [
      "a string",
      custom,
      { [LIFECYCLE]: { lifecycleType: "OnContainerExit", maxAlivePeriodInSeconds: "600" } },
      LIFECYCLE,
      { lifecycleType: "OnContainerExit", maxAlivePeriodInSeconds: 600 },
    ],
    ["a string", custom, { [`${TEMPLATE}.ingress.targetPort`]: "80" }, `${TEMPLATE}.ingress.targetPort`, 80],
    [
      "nulls in a container, and numbers",
      custom,
      {
        [`${TEMPLATE}.containers`]: [
          {
            name: "main",
            image: "i",
            command: null,
            args: ["a"],
            env: [{ name: "E", value: "v", secretRef: null }],
            volumeMounts: null,
            resources: { cpu: "0.5", memory: "1Gi" },
          },
        ],
      },
      `${TEMPLATE}.containers`,
      [
        {
          name: "main",
          image: "i",
          args: ["a"],
          env: [{ name: "E", value: "v" }],
          resources: { cpu: 0.5, memory: "1Gi" },
        },
      ],
    ],
    [
      "a null lifecycle member",
      custom,
      { [`${LIFECYCLE}.maxAlivePeriodInSeconds`]: null },
      LIFECYCLE,
      { lifecycleType: "Timed", cooldownPeriodInSeconds: 300 },
    ],
    ["no registry", custom, {}, `${TEMPLATE}.registryCredentials`, null],
    [
      "a registry with identity",
      custom,
      { [`${TEMPLATE}.registryCredentials`]: { server: "s", identity: "system" } },
      `${TEMPLATE}.registryCredentials`,
      { server: "s", username: null, passwordSecretRef: null, identity: "system" },
    ],
    [
      "a registry with password",
      custom,
      {
        "properties.secrets": [{ name: "pw", value: "v" }],
        [`${TEMPLATE}.registryCredentials`]: { server: "s", username: "u", passwordSecretRef: "pw" },
      },
      `${TEMPLATE}.registryCredentials`,
      { server: "s", username: "u", passwordSecretRef: "pw", identity: null },
    ],
    [
      "readySessionInstances of PythonLTS, dropped",
      python,
      { [`${SCALE}.readySessionInstances`]: 5 },
      SCALE,
      { maxConcurrentSessions: 10 },
    ],
    [
      "readySessionInstances of Shell, dropped",
      python,
      { "properties.containerType": "Shell" },
      SCALE,
      { maxConcurrentSessions: 10 },
    ],
    ["environmentId of PythonLTS", python, {}, "properties.environmentId", null],
    ["the template of PythonLTS", python, {}, TEMPLATE, undefined],
    ["null secrets", custom, { "properties.secrets": null }, "properties.secrets", undefined],
    ["no secrets", custom, {}, "properties.secrets", undefined],
    [
      "secrets, without values and unknown members",
      custom,
      {
        "properties.secrets": [
          { name: "a", value: SECRET, keyVaultUrl: "", identity: "" },
          { name: "b", value: "v" },
        ],
      },
      "properties.secrets",
      [{ name: "a" }, { name: "b" }],
    ],
    [
      "unknown members, ignored",
      custom,
      { "properties.mcpServerSettings": { isMcpServerEnabled: true } },
      "properties.mcpServerSettings",
      undefined,
    ],
    ["null tags", custom, { tags: null }, "tags", undefined],
    ["tags", custom, { tags: { Team: "a" } }, "tags", { Team: "a" }],
  ])("%s (%o)", (_what, base, changes, path, returned) => {
    const azure = new Azure();
    const put = azure.send("PUT", POOL, base(changes));
    const listed = azure.send("GET", POOL.replace("/alpha", "")).body as { value: unknown[] };
    expect([put.body, azure.pool(), listed.value[0]].map((pool) => valueAt(pool, path))).toEqual([
      returned,
      returned,
      returned,
    ]);
  });

  it.each<[type: string, body: Json, put: unknown[], get: unknown[]]>([
    ["CustomContainer", custom(), [[], { type: "None" }], [[], { type: "None" }]],
    ["PythonLTS", python(), [null, undefined], [[], { type: "None" }]],
  ])("%s without identity, in the answer to PUT and to GET", (_type, body, put, get) => {
    const azure = new Azure();
    const view = ({ properties, identity }: PoolBody): unknown[] => [properties.managedIdentitySettings, identity];
    expect(view(azure.send("PUT", POOL, body).body as PoolBody)).toEqual(put);
    expect(view(azure.pool())).toEqual(get);
  });
});

describe("secret values", () => {
  it("are in no answer and in no call, and are kept where only a test can look", () => {
    const azure = new Azure();
    const secrets = [{ name: "a", value: SECRET }];
    const put = azure.send("PUT", POOL, custom({ "properties.secrets": secrets }));
    azure.advance(300);
    const patch = azure.send("PATCH", POOL, { properties: { secrets } });
    const texts = [
      put.text,
      azure.send("GET", POOL).text,
      azure.send("GET", POOL.replace("/alpha", "")).text,
      patch.text,
    ];
    azure.advance(300);
    texts.push(azure.send("GET", patch.headers.location ?? "").text, azure.send("PUT", POOL, `{"${SECRET}`).text);
    texts.push(azure.send("GET", "/_emulator/calls").text);
    expect(texts.join("\n")).not.toContain(SECRET);
    expect([...azure.model.secretValues(POOL.toUpperCase())]).toEqual([["a", SECRET]]);
  });
});

describe("timestamps", () => {
  const times = (pool: unknown): unknown[] => {
    const { createdAt, lastModifiedAt } = (pool as PoolBody).systemData;
    return [createdAt, lastModifiedAt];
  };

  it.each<[type: string, body: Json]>([
    ["CustomContainer", custom()],
    ["PythonLTS", python()],
  ])("of %s have a Z where a PUT sets them, and none in what is read", (_type, body) => {
    const azure = new Azure({ random: () => 0.1234 });
    const first = "2026-01-02T03:04:05.6781234";
    expect(times(azure.send("PUT", POOL, body).body)).toEqual([`${first}Z`, `${first}Z`]);
    azure.advance(300);
    expect(times(azure.pool())).toEqual([first, first]);
    const second = "2026-01-02T03:09:05.6781234";
    expect(times(azure.send("PUT", POOL, body).body)).toEqual([first, `${second}Z`]);
    const listed = azure.send("GET", POOL.replace("/alpha", "")).body as { value: unknown[] };
    expect(times(listed.value[0])).toEqual([first, second]);
  });

  it("of a PATCH and of an operation have none", () => {
    const azure = new Azure({ random: () => 0.1234 });
    azure.create();
    const { headers } = azure.send("PATCH", POOL, {});
    azure.advance(300);
    expect(times(azure.send("GET", headers.location ?? "").body)).toEqual([
      "2026-01-02T03:04:05.6781234",
      "2026-01-02T03:09:05.6781234",
    ]);
    const put = azure.send("PUT", POOL, custom());
    const poll = azure.send("GET", put.headers["azure-asyncoperation"] ?? "");
    expect(poll.body).toMatchObject({ startTime: "2026-01-02T03:14:05.6781234" });
  });

  it.each<[random: number, time: string]>([
    [0.12, "2026-01-02T03:04:05.67812"],
    [0.00125, "2026-01-02T03:04:05.6780012"],
    [0, "2026-01-02T03:04:05.678"],
  ])("lose trailing zeros alone (%f)", (random, time) => {
    const azure = new Azure({ random: () => random });
    azure.create();
    expect(times(azure.pool())).toEqual([time, time]);
  });

  it("lose the dot with the last zero", () => {
    const azure = new Azure({ random: () => 0 });
    azure.advance(0.322);
    azure.create();
    expect(times(azure.pool())[0]).toBe("2026-01-02T03:04:06");
  });
});
