import { describe, expect, it } from "vitest";
import { diff } from "../../../src/sessionpool/diff.ts";
import { type JsonObject, objectOr } from "../../../src/sessionpool/json.ts";
import { putBody } from "../../../src/sessionpool/put-body.ts";
import { desired, livePool } from "./bodies.ts";

const OWNER = "c1/ns/alpha/uid-2";
const OWN = { "appcontainers.dev.owner": OWNER };
const UAMI = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.ManagedIdentity/userAssignedIdentities/m";

describe("the body of a PUT", () => {
  it("is what the resource asks for, and the owner tag, for a new pool", () => {
    const wanted = desired(
      { scaleConfiguration: { maxConcurrentSessions: 5 } },
      { location: "westus3", tags: { team: "a" } },
    );
    expect(putBody(wanted, undefined, [], OWN)).toEqual({
      ...wanted,
      tags: { team: "a", "appcontainers.dev.owner": OWNER },
    });
  });

  it("keeps what the user left out as it is in Azure, without what Azure fills in", () => {
    const body = putBody(
      desired(
        { scaleConfiguration: { maxConcurrentSessions: 5 }, secrets: [{ name: "password", value: "v" }] },
        { tags: { team: "a" } },
      ),
      livePool(),
      [],
      OWN,
    );
    expect(body).toEqual({
      location: "West US 3",
      tags: { costcenter: "42", team: "a", "appcontainers.dev.owner": OWNER },
      properties: {
        ...objectOr(livePool().properties),
        scaleConfiguration: { readySessionInstances: 2, maxConcurrentSessions: 5 },
        secrets: [{ name: "password", value: "v" }],
        customContainerTemplate: {
          ...objectOr(objectOr(livePool().properties).customContainerTemplate),
          registryCredentials: { server: "a.azurecr.io", username: "a", passwordSecretRef: "password" },
        },
        provisioningState: undefined,
        nodeCount: undefined,
        poolManagementEndpoint: undefined,
        managedIdentitySettings: undefined,
      },
    });
  });

  it("keeps a tag that JavaScript has a meaning of its own for", () => {
    const tags = JSON.parse('{"__proto__":"theirs","constructor":"c"}') as JsonObject;
    const asked = JSON.parse('{"__proto__":"ours"}') as JsonObject;
    const body = (spec: JsonObject | undefined): Record<string, unknown> =>
      putBody(desired({}, spec ? { tags: spec } : {}), livePool({ body: { tags } }), [], OWN);
    expect(JSON.stringify(body(undefined).tags)).toBe(JSON.stringify({ ...tags, ...OWN }));
    expect(JSON.stringify(body(asked).tags)).toContain('"__proto__":"ours"');
    expect(diff(desired({}, { tags: asked }), livePool({ body: { tags } }))).toEqual([
      { path: "/tags/__proto__", desired: "ours", observed: "theirs" },
    ]);
  });

  it("never sends a secret without its value", () => {
    expect(objectOr(putBody(desired(), livePool(), [], OWN).properties).secrets).toBeUndefined();
  });

  it("replaces parts that are one value: a Timed pool that becomes OnContainerExit keeps no cooldown", () => {
    const lifecycleConfiguration = { lifecycleType: "OnContainerExit", maxAlivePeriodInSeconds: 600 };
    const body = putBody(desired({ dynamicPoolConfiguration: { lifecycleConfiguration } }), livePool(), [], OWN);
    expect(objectOr(body.properties).dynamicPoolConfiguration).toEqual({ lifecycleConfiguration });
  });

  it("carries identities and their settings over, and drops the settings of an identity that the PUT takes away", () => {
    const live = livePool({
      body: {
        identity: {
          type: "SystemAssigned, UserAssigned",
          principalId: "p",
          userAssignedIdentities: { [UAMI]: { clientId: "c" } },
        },
      },
      properties: {
        managedIdentitySettings: [
          { identity: "system", lifecycle: "Main" },
          { identity: UAMI, lifecycle: "None" },
        ],
      },
    });
    const kept = putBody(desired(), live, [], OWN);
    expect(kept.identity).toEqual({ type: "SystemAssigned, UserAssigned", userAssignedIdentities: { [UAMI]: {} } });
    // Azure adds those with lifecycle None by itself.
    expect(objectOr(kept.properties).managedIdentitySettings).toEqual([{ identity: "system", lifecycle: "Main" }]);
    const changed = putBody(
      desired({}, { identity: { type: "UserAssigned", userAssignedIdentities: { [UAMI]: {} } } }),
      live,
      [],
      OWN,
    );
    expect(objectOr(changed.properties).managedIdentitySettings).toBeUndefined();
  });

  it("does not double a tag that Azure spells differently, nor let anyone keep another owner", () => {
    const live = livePool({ body: { tags: { Team: "old", "AppContainers.dev.Owner": "c9/x/y/z" } } });
    expect(putBody(desired({}, { tags: { team: "new" } }), live, [], OWN).tags).toEqual({
      team: "new",
      "appcontainers.dev.owner": OWNER,
    });
  });

  it("keeps fields that nobody here knows", () => {
    const live = livePool({ properties: { futureSetting: { a: [1] } } });
    expect(objectOr(putBody(desired(), live, [], OWN).properties).futureSetting).toEqual({ a: [1] });
  });

  it("leaves out what the user has taken out of the spec, and the objects that are empty then", () => {
    const taken = (path: string): Parameters<typeof putBody>[2] => [{ id: path, path, value: null }];
    const body = (path: string) => putBody(desired(), livePool(), taken(path), OWN);
    expect(objectOr(body("/tags/costcenter").tags)).toEqual(OWN);
    expect(objectOr(body("/properties/sessionNetworkConfiguration/status").properties)).not.toHaveProperty(
      "sessionNetworkConfiguration",
    );
    const template = objectOr(
      objectOr(body("/properties/customContainerTemplate/ingress/targetPort").properties).customContainerTemplate,
    );
    expect(Object.keys(template)).toEqual(["registryCredentials", "containers"]);
    const scale = objectOr(body("/properties/scaleConfiguration/maxConcurrentSessions").properties).scaleConfiguration;
    expect(scale).toEqual({ readySessionInstances: 2 });
    expect(body("/properties/nothing/there")).toEqual(putBody(desired(), livePool(), [], OWN));
  });

  it("carries over neither an identity that there is not, nor lists that are empty", () => {
    const body = putBody(desired(), livePool(), [], OWN);
    expect(body).not.toHaveProperty("identity");
    expect(objectOr(body.properties)).not.toHaveProperty("managedIdentitySettings");
    const system = putBody(
      desired(),
      livePool({ body: { identity: { type: "SystemAssigned", principalId: "p" } } }),
      [],
      OWN,
    );
    expect(system.identity).toEqual({ type: "SystemAssigned" });
    expect(putBody(desired(), livePool({ body: { identity: null } }), [], OWN)).not.toHaveProperty("identity");
    expect(
      objectOr(putBody(desired(), livePool({ properties: { future: [] } }), [], OWN).properties),
    ).not.toHaveProperty("future");
  });

  it("carries over settings that Azure spells otherwise than the identity", () => {
    const identity = { type: "UserAssigned", userAssignedIdentities: { [UAMI.toUpperCase()]: {} } };
    const settings = [{ identity: UAMI, lifecycle: "Main" }];
    const live = livePool({ body: { identity }, properties: { managedIdentitySettings: settings } });
    expect(objectOr(putBody(desired(), live, [], OWN).properties).managedIdentitySettings).toEqual(settings);
    const other = livePool({
      body: { identity },
      properties: { managedIdentitySettings: [{ identity: "/x", lifecycle: "Main" }] },
    });
    expect(objectOr(putBody(desired(), other, [], OWN).properties)).not.toHaveProperty("managedIdentitySettings");
  });

  it("sends the settings that the user lists as they are", () => {
    const settings = [{ identity: "system", lifecycle: "None" }];
    const body = putBody(desired({ managedIdentitySettings: settings }), livePool(), [], OWN);
    expect(objectOr(body.properties).managedIdentitySettings).toEqual(settings);
  });

  it("leaves no difference behind", () => {
    const wanted: JsonObject = desired(
      { scaleConfiguration: { maxConcurrentSessions: 7 } },
      { location: "West US 3", tags: { A: "b" }, identity: { type: "None" } },
    );
    expect(diff(wanted, putBody(wanted, livePool(), [], OWN))).toEqual([]);
  });
});
