import { describe, expect, it } from "vitest";
import { Azure, change, custom, type Json, POOL } from "./model-azure.ts";

const LIFECYCLE = "properties.dynamicPoolConfiguration.lifecycleConfiguration";
const SCALE = "properties.scaleConfiguration";
const TEMPLATE = "properties.customContainerTemplate";

describe("PATCH merges objects and replaces lists (azure-session-pools §3.4)", () => {
  const start = custom({
    tags: { a: "1" },
    "properties.secrets": [
      { name: "one", value: "v1" },
      { name: "two", value: "v2" },
    ],
    [`${TEMPLATE}.registryCredentials`]: { server: "s", username: "u", passwordSecretRef: "two" },
    [`${TEMPLATE}.containers`]: [
      { name: "main", image: "i:1", env: [{ name: "E", value: "v" }] },
      { name: "side", image: "s:1" },
    ],
  });
  const BOTH: [string, string][] = [
    ["one", "v1"],
    ["two", "v2"],
  ];
  const container = { name: "main", image: "i:2" };

  it.each<[what: string, patch: Json, changes: Json, secrets: [string, string][]]>([
    ["nothing", {}, {}, BOTH],
    [
      "one of two numbers",
      { scaleConfiguration: { maxConcurrentSessions: 12 } },
      { [`${SCALE}.maxConcurrentSessions`]: 12 },
      BOTH,
    ],
    [
      "one member deep down",
      { dynamicPoolConfiguration: { lifecycleConfiguration: { cooldownPeriodInSeconds: 400 } } },
      { [`${LIFECYCLE}.cooldownPeriodInSeconds`]: 400 },
      BOTH,
    ],
    [
      "containers",
      { customContainerTemplate: { containers: [container] } },
      { [`${TEMPLATE}.containers`]: [container] },
      BOTH,
    ],
    [
      "ingress",
      { customContainerTemplate: { ingress: { targetPort: 81 } } },
      { [`${TEMPLATE}.ingress.targetPort`]: 81 },
      BOTH,
    ],
    [
      "one member of the registry",
      { customContainerTemplate: { registryCredentials: { username: "w" } } },
      { [`${TEMPLATE}.registryCredentials.username`]: "w" },
      BOTH,
    ],
    [
      "the registry, by null",
      { customContainerTemplate: { registryCredentials: null } },
      { [`${TEMPLATE}.registryCredentials`]: null },
      BOTH,
    ],
    [
      "secrets",
      { secrets: [{ name: "two", value: "new" }] },
      { "properties.secrets": [{ name: "two" }] },
      [["two", "new"]],
    ],
    [
      "egress",
      { sessionNetworkConfiguration: { status: "EgressEnabled" } },
      { "properties.sessionNetworkConfiguration.status": "EgressEnabled" },
      BOTH,
    ],
  ])("%s", (_what, properties, changes, secrets) => {
    const azure = new Azure();
    azure.create(POOL, start);
    const { systemData, ...before } = azure.pool();
    expect(azure.send("PATCH", POOL, { properties }).status).toBe(202);
    azure.advance(300);
    const { systemData: later, ...after } = azure.pool();
    expect(after).toEqual(change(before, changes));
    expect([later.createdAt, later.lastModifiedAt === systemData.lastModifiedAt]).toEqual([
      systemData.createdAt,
      false,
    ]);
    expect([...azure.model.secretValues(POOL)]).toEqual(secrets);
  });

  it.each<[what: string, patch: Json, tags: Json | undefined]>([
    ["other tags take the place of all", { tags: { b: "2" } }, { b: "2" }],
    ["null takes them away", { tags: null }, undefined],
    ["no tags keep them", {}, { a: "1" }],
  ])("but tags are one value, as in all of ARM: %s", (_what, patch, tags) => {
    const azure = new Azure();
    azure.create(POOL, start);
    expect(azure.send("PATCH", POOL, patch).status).toBe(202);
    expect((azure.pool() as { tags?: Json }).tags).toEqual(tags);
  });
});
