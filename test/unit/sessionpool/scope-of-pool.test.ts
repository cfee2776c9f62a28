import { describe, expect, it } from "vitest";
import { thingsOf } from "../../../src/sessionpool/scope.ts";

const SUB = "34adfa4f-cedf-4dc0-ba29-b6d1a69ab345";

describe("what an existing pool brings with it", () => {
  it("its environment and every identity, wherever ARM shows them, in any casing", () => {
    const id = (name: string): string =>
      `/subscriptions/${SUB}/resourcegroups/rg/providers/microsoft.managedidentity/userassignedidentities/${name}`;
    const pool = {
      identity: { type: "UserAssigned", userAssignedIdentities: { [id("one1")]: { principalId: "p" } } },
      properties: {
        environmentId: `/subscriptions/${SUB}/resourceGroups/rg/providers/Microsoft.App/managedEnvironments/env`,
        managedIdentitySettings: [{ identity: id("two2"), lifecycle: "Main" }, { identity: "system" }],
        customContainerTemplate: { registryCredentials: { identity: id("three3"), server: "a.azurecr.io" } },
      },
    };
    const target = { subscriptionId: SUB, resourceGroup: "rg", name: "alpha" };
    expect(thingsOf(pool, target).map(({ kind, name }) => `${kind} ${name.split("/").at(-1) ?? ""}`)).toEqual([
      `subscriptions ${SUB}`,
      "resourceGroups rg",
      "environments env",
      "identities one1",
      "identities two2",
      "identities three3",
    ]);
  });
});
