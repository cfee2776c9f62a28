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

  it("leaves no difference behind", () => {
    const wanted: JsonObject = desired(
      { scaleConfiguration: { maxConcurrentSessions: 7 } },
      { location: "West US 3", tags: { A: "b" }, identity: { type: "None" } },
    );
    expect(diff(wanted, putBody(wanted, livePool(), [], OWN))).toEqual([]);
  });
});
