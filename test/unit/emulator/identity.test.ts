import { describe, expect, it } from "vitest";
import { Azure, custom, identityId, type Json, POOL } from "./model-azure.ts";

const A = identityId("a");
const B = identityId("b");
const GUID = expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/) as string;
const SYSTEM = { principalId: GUID, tenantId: GUID };
const USER = { principalId: GUID, clientId: GUID };
const BOTH = "SystemAssigned, UserAssigned";

interface Setting {
  readonly identity: string;
  readonly lifecycle?: string | null;
}
const none = (identity: string): Setting => ({ identity, lifecycle: "None" });
const main = (identity: string): Setting => ({ identity, lifecycle: "Main" });

function identity(type: string, ...ids: string[]): Json {
  return { type, ...(ids.length > 0 ? { userAssignedIdentities: Object.fromEntries(ids.map((id) => [id, {}])) } : {}) };
}

function body(sent: Json | undefined, settings: readonly Setting[] | null | undefined): Json {
  return custom({ identity: sent, "properties.managedIdentitySettings": settings });
}

describe("identity and managedIdentitySettings come back", () => {
  it.each<
    [story: string, sent: Json | undefined, settings: readonly Setting[] | undefined, returned: Json, lists: Setting[]]
  >([
    ["none", undefined, undefined, { type: "None" }, []],
    ["None", identity("None"), [], { type: "None" }, []],
    ["system", identity("SystemAssigned"), undefined, { type: "SystemAssigned", ...SYSTEM }, [none("system")]],
    [
      "user, casing kept",
      identity("UserAssigned", A),
      undefined,
      { type: "UserAssigned", userAssignedIdentities: { [A]: USER } },
      [none(A)],
    ],
    [
      "both, without a space",
      identity("SystemAssigned,UserAssigned", A),
      undefined,
      { type: BOTH, ...SYSTEM, userAssignedIdentities: { [A]: USER } },
      [none("system"), none(A)],
    ],
    [
      "both, with a space and what is not listed appended",
      identity(BOTH, A, B),
      [main(B)],
      { type: BOTH, ...SYSTEM, userAssignedIdentities: { [A]: USER, [B]: USER } },
      [main(B), none("system"), none(A)],
    ],
    [
      "System as system",
      identity("SystemAssigned"),
      [main("System")],
      { type: "SystemAssigned", ...SYSTEM },
      [main("system")],
    ],
    [
      "a setting in another casing, listed once",
      identity("UserAssigned", A),
      [main(A.toUpperCase())],
      { type: "UserAssigned", userAssignedIdentities: { [A]: USER } },
      [main(A.toUpperCase())],
    ],
    [
      "a setting without a lifecycle as None",
      identity("SystemAssigned"),
      [{ identity: "system", lifecycle: null }],
      { type: "SystemAssigned", ...SYSTEM },
      [none("system")],
    ],
    [
      "one of two, the other being null",
      { type: "UserAssigned", userAssignedIdentities: { [A]: null, [B]: {} } },
      undefined,
      { type: "UserAssigned", userAssignedIdentities: { [B]: USER } },
      [none(B)],
    ],
  ])("%s", (_story, sent, settings, returned, lists) => {
    const azure = new Azure();
    const put = azure.send("PUT", POOL, body(sent, settings));
    for (const pool of [put.body, azure.pool()])
      expect(pool).toMatchObject({ identity: returned, properties: { managedIdentitySettings: lists } });
    expect(azure.pool().identity).toEqual(returned);
    expect(azure.pool().properties.managedIdentitySettings).toEqual(lists);
  });
});

describe("a pool with both kinds, system and one user-assigned as Main, becomes", () => {
  const start = body(identity(BOTH, A, B), [main("system"), main(A)]);
  const patch = (sent: Json): Json => ({ identity: sent });

  it.each<[story: string, method: string, change: Json, type: string, ids: string[], settings: Setting[]]>([
    [
      "the same without settings: all None",
      "PUT",
      body(identity(BOTH, A, B), undefined),
      BOTH,
      [A, B],
      [none("system"), none(A), none(B)],
    ],
    [
      "the same with settings null: all None",
      "PUT",
      body(identity(BOTH, A, B), null),
      BOTH,
      [A, B],
      [none("system"), none(A), none(B)],
    ],
    ["user-assigned only", "PUT", body(identity("UserAssigned", A), undefined), "UserAssigned", [A], [none(A)]],
    [
      "user-assigned only, its setting kept",
      "PUT",
      body(identity("UserAssigned", A), [main("system"), main(A)]),
      "UserAssigned",
      [A],
      [main(A)],
    ],
    ["system only", "PUT", body(identity("SystemAssigned"), [main("system")]), "SystemAssigned", [], [main("system")]],
    ["without identity", "PUT", body(undefined, undefined), "None", [], []],
    ["without any, as the CLI does", "PATCH", patch({ type: "None", userAssignedIdentities: null }), "None", [], []],
    ["without the system's", "PATCH", patch({ type: "UserAssigned" }), "UserAssigned", [A, B], [main(A), none(B)]],
    ["system only", "PATCH", patch({ type: "SystemAssigned" }), "SystemAssigned", [], [main("system")]],
    [
      "without one user-assigned",
      "PATCH",
      patch({ type: BOTH, userAssignedIdentities: { [A]: null } }),
      BOTH,
      [B],
      [main("system"), none(B)],
    ],
    [
      "with one more",
      "PATCH",
      patch(identity(BOTH, identityId("c"))),
      BOTH,
      [A, B, identityId("c")],
      [main("system"), main(A), none(B), none(identityId("c"))],
    ],
    [
      "the same when identity is left out",
      "PATCH",
      { tags: { a: "1" } },
      BOTH,
      [A, B],
      [main("system"), main(A), none(B)],
    ],
    [
      "the same with other settings",
      "PATCH",
      { properties: { managedIdentitySettings: [main(B)] } },
      BOTH,
      [A, B],
      [main(B), none("system"), none(A)],
    ],
  ])("%s (%s)", (_story, method, change, type, ids, settings) => {
    const azure = new Azure();
    azure.create(POOL, start);
    const before = azure.pool().identity;
    expect(azure.send(method, POOL, change).status).toBe(method === "PUT" ? 201 : 202);
    azure.advance(300);
    const { identity: after = {}, properties } = azure.pool();
    expect(after.type).toBe(type);
    expect(Object.keys(after.userAssignedIdentities ?? {})).toEqual(ids);
    // What stays keeps its principal.
    expect(after.principalId).toBe(type.includes("SystemAssigned") ? before?.principalId : undefined);
    expect(properties.managedIdentitySettings).toEqual(settings);
  });
});
