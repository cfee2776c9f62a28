import { describe, expect, it } from "vitest";
import {
  type Body,
  createPool,
  customPool,
  POOLS,
  pythonPool,
  startAzure,
  SUBSCRIPTION,
  templateWith,
} from "./azure.ts";

const POOL = `${POOLS}/agents`;
const timed = (cooldownPeriodInSeconds: unknown): Body => ({
  dynamicPoolConfiguration: { lifecycleConfiguration: { lifecycleType: "Timed", cooldownPeriodInSeconds } },
});
const onExit = (rest: Body): Body => ({
  dynamicPoolConfiguration: { lifecycleConfiguration: { lifecycleType: "OnContainerExit", ...rest } },
});
const scale = (maxConcurrentSessions: unknown, readySessionInstances: unknown): Body => ({
  scaleConfiguration: { maxConcurrentSessions, readySessionInstances },
});
const identity = (name: string): string =>
  `/subscriptions/${SUBSCRIPTION}/resourceGroups/rg/providers/Microsoft.ManagedIdentity/userAssignedIdentities/${name}`;
const environment = (name: string): Body => ({
  environmentId: `/subscriptions/${SUBSCRIPTION}/resourceGroups/rg/providers/Microsoft.App/managedEnvironments/${name}`,
});

const COOLDOWN =
  "InvalidSessionPoolConfiguration: Unexpected value: 'dynamicPoolConfiguration.lifecycleConfiguration.cooldownPeriodInSeconds'. 'Must not be null and be >= 300 and be <= 3600.'";
const LIFECYCLE =
  "InvalidSessionPoolConfiguration: Unexpected value: 'dynamicPoolConfiguration.lifecycleConfiguration.";
const READY = "SessionPoolInvalidReadySessionInstances: ";
const IDENTITY = "SessionPoolManagedIdentityCreationError: ";
const INVALID = "InvalidSessionPoolConfiguration: Unexpected value: ";

describe("what the service refuses", () => {
  it.each<[story: string, body: Body, error: string]>([
    ["Timed without a cooldown", customPool(timed(null)), COOLDOWN],
    ["a cooldown under 300", customPool(timed(299)), COOLDOWN],
    ["a cooldown over 3600", pythonPool(timed("3601")), COOLDOWN],
    [
      "the flat shape of the first previews",
      pythonPool({ dynamicPoolConfiguration: { executionType: "Timed", cooldownPeriodInSeconds: 300 } }),
      COOLDOWN,
    ],
    ["Dynamic without its configuration", customPool({ dynamicPoolConfiguration: null }), `${INVALID}'dynamicPoolC`],
    ["OnContainerExit without a longest life", customPool(onExit({})), `${LIFECYCLE}maxAlivePeriodInSeconds'`],
    [
      "OnContainerExit with a cooldown",
      customPool(onExit({ maxAlivePeriodInSeconds: 600, cooldownPeriodInSeconds: 300 })),
      `${LIFECYCLE}cooldownPeriodInSeconds'`,
    ],
    ["OnContainerExit for Python", pythonPool(onExit({ maxAlivePeriodInSeconds: 600 })), `${LIFECYCLE}lifecycleType'`],
    [
      "a lifecycle that does not exist",
      customPool({ dynamicPoolConfiguration: { lifecycleConfiguration: { lifecycleType: "Forever" } } }),
      `${LIFECYCLE}lifecycleType'`,
    ],
    ["no ready session", customPool(scale(10, 0)), READY],
    ["as many ready sessions as there may be at all", customPool(scale(10, 10)), READY],
    ["no number of ready sessions", customPool(scale(10, null)), READY],
    ["Manual", customPool({ poolManagementType: "Manual" }), "SessionPoolInvalidPoolManagementType: "],
    ["an identity for Python", pythonPool({}, { identity: { type: "SystemAssigned" } }), IDENTITY],
    [
      "identity settings for Python",
      pythonPool({ managedIdentitySettings: [{ identity: "system", lifecycle: "Main" }] }),
      IDENTITY,
    ],
    ["a template for Python", pythonPool({ customContainerTemplate: templateWith({}) }), `${INVALID}'customContainerT`],
    ["no template", customPool({ customContainerTemplate: null }), `${INVALID}'customContainerTemplate.containers'`],
    ["no environment", customPool({ environmentId: null }), `${INVALID}'environmentId'`],
    ["an environment that is missing", customPool(environment("missing-env")), "ManagedEnvironmentNotFound: "],
    [
      "an identity that is missing",
      customPool({}, { identity: { type: "UserAssigned", userAssignedIdentities: { [identity("missing-id")]: {} } } }),
      "FailedIdentityOperation: ",
    ],
    [
      "a variable from a secret that is not there",
      customPool({ customContainerTemplate: templateWith({ env: [{ name: "KEY", secretRef: "key" }] }) }),
      `${INVALID}'customContainerTemplate'. 'The secret 'key' is not defined`,
    ],
    [
      "a registry password from a secret that is not there",
      customPool({
        customContainerTemplate: templateWith(
          {},
          { registryCredentials: { server: "a.io", username: "u", passwordSecretRef: "pw" } },
        ),
      }),
      `${INVALID}'customContainerTemplate'. 'The secret 'pw' is not defined`,
    ],
    ["a container type that does not exist", customPool({ containerType: "RubyLTS" }), `${INVALID}'containerType'`],
    ["no location", customPool({}, { location: null }), "LocationRequired: "],
    ["a word where a number belongs", customPool(scale("many", 2)), "InvalidRequestContent: "],
    ["an object where a list belongs", customPool({ secrets: { a: "b" } }), "InvalidRequestContent: "],
    [
      "a container's command that is not a list",
      customPool({ customContainerTemplate: templateWith({ command: "sh" }) }),
      "InvalidRequestContent: ",
    ],
    ["a tag name with a slash", customPool({}, { tags: { "a/b": "c" } }), "InvalidTagNameCharacters: "],
    ["a tag value of 257 characters", customPool({}, { tags: { a: "x".repeat(257) } }), "InvalidTagValueLength: "],
    [
      "51 tags",
      customPool({}, { tags: Object.fromEntries(Array.from({ length: 51 }, (_, n) => [`t${n}`, ""])) }),
      "InvalidTags: ",
    ],
  ])("%s: no pool comes of it", (_story, body, error) => {
    const azure = startAzure();
    const answer = azure.call("PUT", POOL, body);
    expect([answer.status, answer.error.slice(0, error.length)]).toEqual([400, error]);
    expect(azure.call("GET", POOL).status).toBe(404);
  });

  it.each<[story: string, body: Body, status: number, error: string]>([
    ["the place", { location: "East US" }, 409, "InvalidResourceLocation: "],
    ["the container type", pythonPool(), 400, `${INVALID}'containerType'`],
    ["the environment", customPool(environment("other")), 400, `${INVALID}'environmentId'`],
    ["anything to what is refused", customPool(scale(2, 2)), 400, READY],
  ])("a pool that exists cannot change %s: it stays as it was", (_story, body, status, error) => {
    const azure = startAzure();
    createPool(azure, "agents");
    const before = azure.call("GET", POOL).json;
    for (const method of ["PUT", "PATCH"]) {
      const answer = azure.call(method, POOL, { ...customPool(), ...body });
      expect([method, answer.status, answer.error.slice(0, error.length)]).toEqual([method, status, error]);
    }
    expect(azure.call("GET", POOL).json).toEqual(before);
  });

  it.each<[story: string, changes: Body, top: Body]>([
    ["the display form of its location", {}, { location: "West US 3" }],
    ["its environment in other letters", environment("ENV"), {}],
  ])("a PUT with %s is the same pool", (_story, changes, top) => {
    const azure = startAzure();
    createPool(azure, "agents");
    expect(azure.call("PUT", POOL, customPool(changes, top)).status).toBe(201);
  });

  it.each(["", "{", "[]", "null", "7"])("a body that is no JSON object is refused: %j", (body) => {
    const azure = startAzure();
    expect(azure.call("PUT", POOL, body)).toMatchObject({
      status: 400,
      error: expect.stringMatching(/^InvalidRequestContent: /) as string,
    });
  });

  it.each(["ab", "Agents", "9lives", "a_b", "a".repeat(64)])("%s is no name of a pool", (name) => {
    const azure = startAzure();
    expect(azure.call("PUT", `${POOLS}/${name}`, customPool()).error).toMatch(/^InvalidResourceName: /);
  });
});
