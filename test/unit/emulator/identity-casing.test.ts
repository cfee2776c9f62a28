import { expect, it } from "vitest";
import { fields } from "../../emulator/json.ts";
import { settingsOf, withStoredCasing } from "../../emulator/pool.ts";

const ID = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.ManagedIdentity/userAssignedIdentities/Msi1";

it("a PATCH that names an assigned identity in another casing means that identity", () => {
  const { identity } = settingsOf({ identity: { type: "UserAssigned", userAssignedIdentities: { [ID]: {} } } });
  const patch = {
    identity: { type: "UserAssigned", userAssignedIdentities: { [ID.toLowerCase()]: null, "/other": {} } },
  };
  expect(fields(withStoredCasing(patch, identity).identity).userAssignedIdentities).toEqual({
    [ID]: null,
    "/other": {},
  });
  expect(withStoredCasing({ properties: {} }, identity)).toEqual({ properties: {} });
});
