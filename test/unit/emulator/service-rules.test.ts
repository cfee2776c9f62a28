import { describe, expect, it } from "vitest";
import { Azure, custom, GROUP, identityId, type Json, POOL, POOLS, python } from "./model-azure.ts";

const LIFECYCLE = "properties.dynamicPoolConfiguration.lifecycleConfiguration";
const READY = "properties.scaleConfiguration.readySessionInstances";
const TEMPLATE = "properties.customContainerTemplate";
const INVALID = "InvalidSessionPoolConfiguration";
const NO_COOLDOWN =
  "Unexpected value: 'dynamicPoolConfiguration.lifecycleConfiguration.cooldownPeriodInSeconds'. 'Must not be null and be >= 300 and be <= 3600.'";
const NOT_READY = "supported values should be greater than 0 and smaller than maxConcurrentSessions";
const exit = (changes: Json): Json => ({
  [LIFECYCLE]: { lifecycleType: "OnContainerExit", maxAlivePeriodInSeconds: 600, ...changes },
});

/** Azure with a good pool of the same kind in it, made some time ago. */
function azureWith(body: Json | undefined): Azure {
  const azure = new Azure();
  if (body) azure.create(POOL, body);
  azure.advance(60);
  return azure;
}

describe("what the service refuses (azure-session-pools §3.5) is answered 400, and changes nothing", () => {
  const rows: [rule: string, base: typeof custom, changes: Json, code: string, told: string][] = [
    ["Timed with cooldown null", custom, { [`${LIFECYCLE}.cooldownPeriodInSeconds`]: null }, INVALID, NO_COOLDOWN],
    ["Timed without cooldown", custom, { [`${LIFECYCLE}.cooldownPeriodInSeconds`]: undefined }, INVALID, NO_COOLDOWN],
    ["cooldown below 300", custom, { [`${LIFECYCLE}.cooldownPeriodInSeconds`]: 299 }, INVALID, NO_COOLDOWN],
    ["cooldown above 3600", python, { [`${LIFECYCLE}.cooldownPeriodInSeconds`]: 3601 }, INVALID, NO_COOLDOWN],
    [
      "the flat shape of the first previews",
      custom,
      { "properties.dynamicPoolConfiguration": { executionType: "Timed", cooldownPeriodInSeconds: 300 } },
      INVALID,
      NO_COOLDOWN,
    ],
    ["readySessionInstances 0", custom, { [READY]: 0 }, "SessionPoolInvalidReadySessionInstances", NOT_READY],
    ["as many ready as allowed", custom, { [READY]: 10 }, "SessionPoolInvalidReadySessionInstances", NOT_READY],
    ["more ready than allowed", custom, { [READY]: 11 }, "SessionPoolInvalidReadySessionInstances", NOT_READY],
    ["no readySessionInstances", custom, { [READY]: undefined }, "SessionPoolInvalidReadySessionInstances", NOT_READY],
    ["Manual", custom, { "properties.poolManagementType": "Manual" }, "SessionPoolInvalidPoolManagementType", "Manual"],
    [
      "a system identity on PythonLTS",
      python,
      { identity: { type: "SystemAssigned" } },
      "SessionPoolManagedIdentityCreationError",
      "PythonLTS",
    ],
    [
      "a user-assigned identity on PythonLTS",
      python,
      { identity: { type: "UserAssigned", userAssignedIdentities: { [identityId("a")]: {} } } },
      "SessionPoolManagedIdentityCreationError",
      "PythonLTS",
    ],
    [
      "managedIdentitySettings on PythonLTS",
      python,
      { "properties.managedIdentitySettings": [{ identity: "system", lifecycle: "Main" }] },
      "SessionPoolManagedIdentityCreationError",
      "PythonLTS",
    ],
    [
      "Dynamic with dynamicPoolConfiguration null",
      custom,
      { "properties.dynamicPoolConfiguration": null },
      INVALID,
      "'dynamicPoolConfiguration'",
    ],
    ["CustomContainer without a template", custom, { [TEMPLATE]: null }, INVALID, "customContainerTemplate"],
    ["CustomContainer without containers", custom, { [`${TEMPLATE}.containers`]: [] }, INVALID, "containers"],
    ["CustomContainer without an environment", custom, { "properties.environmentId": null }, INVALID, "environmentId"],
    ["PythonLTS with a template", python, { [TEMPLATE]: { containers: [] } }, INVALID, "customContainerTemplate"],
    ["OnContainerExit on PythonLTS", python, exit({}), INVALID, "lifecycleType"],
    ["OnContainerExit without maxAlive", custom, exit({ maxAlivePeriodInSeconds: null }), INVALID, "maxAlivePeriod"],
    ["OnContainerExit with cooldown", custom, exit({ cooldownPeriodInSeconds: 300 }), INVALID, "cooldownPeriod"],
    [
      "an environment that does not exist",
      custom,
      { "properties.environmentId": `${GROUP}/providers/Microsoft.App/managedEnvironments/missing-env` },
      "ManagedEnvironmentNotFound",
      "'missing-env'",
    ],
    [
      "an identity that does not exist",
      custom,
      {
        identity: {
          type: "UserAssigned",
          userAssignedIdentities: { [identityId("a")]: {}, [identityId("missing-b")]: {} },
        },
      },
      "FailedIdentityOperation",
      identityId("missing-b"),
    ],
    [
      "env of a secret that is not there",
      custom,
      { [`${TEMPLATE}.containers`]: [{ name: "main", image: "i", env: [{ name: "E", secretRef: "lost" }] }] },
      INVALID,
      "'lost'",
    ],
    [
      "a registry password that is not there",
      custom,
      { [`${TEMPLATE}.registryCredentials`]: { server: "s", username: "u", passwordSecretRef: "lost" } },
      INVALID,
      "'lost'",
    ],
    ["a body without location", custom, { location: undefined }, "LocationRequired", "location"],
  ];

  it.each(rows)("%s, in a new pool", (_rule, base, changes, code, told) => {
    const azure = azureWith(undefined);
    const { status, body } = azure.send("PUT", POOL, base(changes));
    expect([status, body]).toEqual([400, { error: { code, message: expect.stringContaining(told) } }]);
    expect(azure.send("GET", POOL).status).toBe(404);
    expect(azure.send("PUT", POOL, base()).status).toBe(base === custom ? 201 : 200);
  });

  it.each(rows)("%s, in a pool that exists", (_rule, base, changes, code) => {
    const azure = azureWith(base({ "properties.secrets": [{ name: "kept", value: "v" }] }));
    const before = azure.state();
    expect(azure.send("PUT", POOL, base(changes))).toMatchObject({ status: 400, body: { error: { code } } });
    expect(azure.state()).toEqual(before);
  });

  it.each<[rule: string, base: typeof custom, patch: Json, code: string]>([
    ["a cooldown", custom, { [`${LIFECYCLE}.cooldownPeriodInSeconds`]: 299 }, INVALID],
    [
      "a maximum at what is ready",
      custom,
      { "properties.scaleConfiguration.maxConcurrentSessions": 2 },
      "SessionPoolInvalidReadySessionInstances",
    ],
    ["another container type", custom, { "properties.containerType": "Shell" }, INVALID],
    ["secrets without the one in use", custom, { "properties.secrets": [] }, INVALID],
    [
      "an identity on PythonLTS",
      python,
      { identity: { type: "SystemAssigned" } },
      "SessionPoolManagedIdentityCreationError",
    ],
    [
      "an identity that does not exist",
      custom,
      { identity: { type: "UserAssigned", userAssignedIdentities: { [identityId("missing-a")]: {} } } },
      "FailedIdentityOperation",
    ],
  ])("a PATCH to %s", (_rule, base, patch, code) => {
    const withSecret = {
      "properties.secrets": [{ name: "used", value: "v" }],
      [`${TEMPLATE}.containers`]: [{ name: "main", image: "i", env: [{ name: "E", secretRef: "used" }] }],
    };
    const azure = azureWith(base(base === custom ? withSecret : {}));
    const before = azure.state();
    const body = { properties: {}, ...nested(patch) };
    expect(azure.send("PATCH", POOL, body)).toMatchObject({ status: 400, body: { error: { code } } });
    expect(azure.state()).toEqual(before);
  });

  it.each<[rule: string, base: typeof custom, changes: Json]>([
    ["cooldown 300", custom, { [`${LIFECYCLE}.cooldownPeriodInSeconds`]: 300 }],
    ["cooldown 3600", custom, { [`${LIFECYCLE}.cooldownPeriodInSeconds`]: 3600 }],
    ["one ready", custom, { [READY]: 1 }],
    ["one less ready than allowed", custom, { [READY]: 9 }],
    ["OnContainerExit with maxAlive", custom, exit({ cooldownPeriodInSeconds: null })],
    ["PythonLTS without readySessionInstances", python, { [READY]: undefined }],
    ["PythonLTS with identity None", python, { identity: { type: "None" } }],
  ])("but takes %s", (_rule, base, changes) => {
    const azure = new Azure();
    expect(azure.send("PUT", POOL, base(changes)).status).toBe(base === custom ? 201 : 200);
  });
});

/** `{"a.b": 1}` as `{a: {b: 1}}`. */
function nested(patch: Json): Json {
  const [[path, value] = ["", undefined]] = Object.entries(patch);
  return path.split(".").reduceRight<unknown>((inner, key) => ({ [key]: inner }), value) as Json;
}

describe("what cannot be changed in place changes nothing", () => {
  it.each<[what: string, changes: Json, status: number, code: string]>([
    ["location", { location: "eastasia" }, 409, "InvalidResourceLocation"],
    [
      "environmentId",
      { "properties.environmentId": `${GROUP}/providers/Microsoft.App/managedEnvironments/other` },
      400,
      INVALID,
    ],
    ["containerType", { "properties.containerType": "PythonLTS", [TEMPLATE]: null }, 400, INVALID],
  ])("%s", (_what, changes, status, code) => {
    const azure = azureWith(custom());
    const before = azure.state();
    expect(azure.send("PUT", POOL, custom(changes))).toMatchObject({ status, body: { error: { code } } });
    expect(azure.state()).toEqual(before);
  });

  it.each<[what: string, changes: Json]>([
    ["location in its other form", { location: "West US 3" }],
    [
      "environmentId in another casing",
      { "properties.environmentId": `${GROUP}/providers/Microsoft.App/managedEnvironments/ENV` },
    ],
  ])("but %s is the same", (_what, changes) => {
    expect(azureWith(custom()).send("PUT", POOL, custom(changes)).status).toBe(201);
  });
});

describe("names", () => {
  it.each<[name: string, status: number]>([
    ["abc", 201],
    [`a${"b".repeat(62)}`, 201],
    ["my-session-pool", 201],
    ["ab", 400],
    [`a${"b".repeat(63)}`, 400],
    ["1abc", 400],
    ["Abc", 400],
    ["a_b", 400],
  ])("%s is answered %i", (name, status) => {
    const azure = new Azure();
    expect(azure.send("PUT", `${POOLS}/${name}`, custom()).status).toBe(status);
    expect(azure.send("GET", `${POOLS}/${name}`).status).toBe(status === 201 ? 200 : 404);
  });
});

describe("bodies that are no JSON object", () => {
  it.each(["", "{", "[]", "null", '"text"'])("%j is refused by PUT and PATCH", (body) => {
    const azure = azureWith(custom());
    const before = azure.state();
    for (const method of ["PUT", "PATCH"])
      expect(azure.send(method, POOL, body)).toMatchObject({
        status: 400,
        body: { error: { code: "InvalidRequestContent" } },
      });
    expect(azure.state()).toEqual(before);
  });
});
