import { describe, expect, it } from "vitest";
import type { SessionPoolSpec } from "../../../src/api/session-pool.ts";
import { desiredBody } from "../../../src/sessionpool/desired.ts";
import { type JsonObject, objectOr } from "../../../src/sessionpool/json.ts";

const GROUP = "/subscriptions/34adfa4f-cedf-4dc0-ba29-b6d1a69ab345/resourceGroups/rg";
const ENVIRONMENT = `${GROUP}/providers/Microsoft.App/managedEnvironments/env`;
const dynamicPoolConfiguration = { lifecycleConfiguration: { lifecycleType: "Timed" } } as const;
const minimal: SessionPoolSpec = {
  resourceGroup: "rg",
  location: "westus3",
  containerType: "PythonLTS",
  dynamicPoolConfiguration,
};
const minimalBody = {
  location: "westus3",
  properties: { poolManagementType: "Dynamic", containerType: "PythonLTS", dynamicPoolConfiguration },
};
const secretRef = (name: string, key: string) => ({ name, valueFrom: { secretKeyRef: { name: "kubernetes", key } } });
const secrets = [secretRef("password", "p"), secretRef("key", "k")];

describe("the body that a resource asks for", () => {
  it("has every field in its place", () => {
    const body: JsonObject = {
      location: "westus3",
      tags: { team: "a" },
      identity: { type: "SystemAssigned" },
      properties: {
        environmentId: ENVIRONMENT,
        poolManagementType: "Manual",
        containerType: "CustomContainer",
        scaleConfiguration: { maxConcurrentSessions: 5 },
        dynamicPoolConfiguration,
        customContainerTemplate: { containers: [{ name: "main", image: "img:1" }] },
        sessionNetworkConfiguration: { status: "EgressEnabled" },
        managedIdentitySettings: [{ identity: "system", lifecycle: "Main" }],
      },
    };
    const { properties, ...rest } = body;
    const spec = { ...rest, ...objectOr(properties), resourceGroup: "rg" } as unknown as SessionPoolSpec;
    expect(desiredBody(spec, new Map())).toStrictEqual(body);
  });

  it("is for Dynamic management when the user says nothing, the only kind there is", () => {
    expect(desiredBody(minimal, new Map())).toStrictEqual(minimalBody);
  });

  it.each<[story: string, changes: Partial<SessionPoolSpec>]>([
    ["a null, as pasted from an answer of Azure", { tags: null, identity: null, environmentId: null, secrets: null }],
    [
      "a member that is undefined",
      { tags: undefined, environmentId: undefined } as unknown as Partial<SessionPoolSpec>,
    ],
    ["an empty object", { sessionNetworkConfiguration: {}, scaleConfiguration: { maxConcurrentSessions: null } }],
    [
      "what is for the operator alone",
      {
        subscriptionId: "00000000-0000-0000-0000-000000000000",
        azureName: "beta",
        suspend: true,
        policy: { deletion: "Orphan", driftInterval: "1h" },
      },
    ],
  ])("does not send %s", (_story, changes) => {
    expect(desiredBody({ ...minimal, ...changes }, new Map())).toStrictEqual(minimalBody);
  });

  it("sends a list that the user emptied: it takes away what Azure has", () => {
    expect(desiredBody({ ...minimal, managedIdentitySettings: [], secrets: [] }, new Map())).toStrictEqual({
      ...minimalBody,
      properties: { ...minimalBody.properties, managedIdentitySettings: [], secrets: [] },
    });
  });

  it.each<[story: string, values: [string, string][], sent: JsonObject[]]>([
    [
      "with their values, without where they come from",
      [
        ["password", "s3cret"],
        ["key", "k3y"],
      ],
      [
        { name: "password", value: "s3cret" },
        { name: "key", value: "k3y" },
      ],
    ],
    ["by name alone before any Secret was read", [], [{ name: "password" }, { name: "key" }]],
    ["an empty value is a value", [["key", ""]], [{ name: "password" }, { name: "key", value: "" }]],
    ["a value that nobody asks for stays here", [["other", "x"]], [{ name: "password" }, { name: "key" }]],
  ])("names the secrets: %s", (_story, values, sent) => {
    const { properties } = desiredBody({ ...minimal, secrets }, new Map(values));
    expect(objectOr(properties).secrets).toStrictEqual(sent);
  });
});
