import { describe, expect, it } from "vitest";
import type { SessionPool, SessionPoolSpec } from "../../../src/api/session-pool.ts";
import { formatPoolId, parsePoolId, placementOf, sameId } from "../../../src/sessionpool/placement.ts";

const SUBSCRIPTION = "0a1b2c3d-0000-4000-8000-00000000cafe";
const OTHER = "1111aaaa-2222-4333-8444-555555555555";
const GROUP_ID = `/subscriptions/${SUBSCRIPTION}/resourceGroups/rg`;
const ID = `${GROUP_ID}/providers/Microsoft.App/sessionPools/alpha`;

/** A resource `alpha` for the group `rg`, with the changes of a story. */
function resource(changes: Partial<SessionPoolSpec>, name = "alpha"): SessionPool {
  return {
    metadata: { name, namespace: "ns", uid: "uid-1", resourceVersion: "1", generation: 1 },
    spec: {
      resourceGroup: "rg",
      location: "westus3",
      containerType: "PythonLTS",
      dynamicPoolConfiguration: { lifecycleConfiguration: { lifecycleType: "Timed" } },
      ...changes,
    },
  };
}

const ILLEGAL_NAME = (name: string): string =>
  `"${name}" is not a legal pool name (a lower-case letter, then 2 to 62 lower-case letters, digits or hyphens, not ending with a hyphen): set spec.azureName`;
const ILLEGAL_GROUP = (group: string): string => `spec.resourceGroup "${group}" is not a legal resource group name`;
const NO_UUID = (id: string): string => `the subscription "${id}" is not a UUID`;

describe("where a resource's pool is", () => {
  it.each<[story: string, changes: Partial<SessionPoolSpec>, placement: object]>([
    ["named as the resource, in the operator's subscription", {}, {}],
    ["the subscription that the resource names", { subscriptionId: OTHER }, { subscriptionId: OTHER }],
    ["a UUID in capitals", { subscriptionId: OTHER.toUpperCase() }, { subscriptionId: OTHER.toUpperCase() }],
    ["a null subscription is none", { subscriptionId: null }, {}],
    ["another name in Azure", { azureName: "beta9" }, { name: "beta9" }],
    ["a null name is none", { azureName: null }, {}],
    ["the shortest name", { azureName: "abc" }, { name: "abc" }],
    ["the longest name", { azureName: "a".repeat(63) }, { name: "a".repeat(63) }],
    ["a group of one letter", { resourceGroup: "g" }, { resourceGroup: "g" }],
    ["every sign that Azure allows", { resourceGroup: "My_rg-1.(eu)" }, { resourceGroup: "My_rg-1.(eu)" }],
    ["a group that ends in an underscore", { resourceGroup: "rg_" }, { resourceGroup: "rg_" }],
    ["letters and digits of other scripts", { resourceGroup: "группа٣é" }, { resourceGroup: "группа٣é" }],
    ["a digit of another script at the end", { resourceGroup: "rg٣" }, { resourceGroup: "rg٣" }],
    ["the longest group", { resourceGroup: "g".repeat(90) }, { resourceGroup: "g".repeat(90) }],
  ])("%s", (_story, changes, placement) => {
    expect(placementOf(resource(changes), SUBSCRIPTION)).toEqual({
      ok: true,
      placement: { subscriptionId: SUBSCRIPTION, resourceGroup: "rg", name: "alpha", ...placement },
    });
  });

  it.each<[story: string, changes: Partial<SessionPoolSpec>, message: string]>([
    ["a subscription's display name", { subscriptionId: "Production" }, NO_UUID("Production")],
    ["a UUID with more before it", { subscriptionId: `x${OTHER}` }, NO_UUID(`x${OTHER}`)],
    ["a UUID with a path after it", { subscriptionId: `${OTHER}/x` }, NO_UUID(`${OTHER}/x`)],
    ["a UUID without its hyphens", { subscriptionId: "1".repeat(36) }, NO_UUID("1".repeat(36))],
    ["no group", { resourceGroup: "" }, ILLEGAL_GROUP("")],
    ["a group that climbs out of its place in the URL", { resourceGroup: "../rg" }, ILLEGAL_GROUP("../rg")],
    ["a group with a path after it", { resourceGroup: "rg/x" }, ILLEGAL_GROUP("rg/x")],
    ["a group with a query", { resourceGroup: "rg?x" }, ILLEGAL_GROUP("rg?x")],
    ["a sign after the first letters", { resourceGroup: "a rg" }, ILLEGAL_GROUP("a rg")],
    ["a group that ends in a space", { resourceGroup: "rg " }, ILLEGAL_GROUP("rg ")],
    ["a group that ends in a period, as Azure forbids", { resourceGroup: "rg." }, ILLEGAL_GROUP("rg.")],
    ["a group that is too long", { resourceGroup: "g".repeat(91) }, ILLEGAL_GROUP("g".repeat(91))],
    ["a name with capitals", { azureName: "Alpha" }, ILLEGAL_NAME("Alpha")],
    ["a name that ends with a hyphen", { azureName: "my-pool-" }, ILLEGAL_NAME("my-pool-")],
    ["a name with a path after it", { azureName: "pool/x" }, ILLEGAL_NAME("pool/x")],
    ["a name that starts with a digit", { azureName: "9pool" }, ILLEGAL_NAME("9pool")],
    ["a name that is too short", { azureName: "ab" }, ILLEGAL_NAME("ab")],
    ["a name that is too long", { azureName: "a".repeat(64) }, ILLEGAL_NAME("a".repeat(64))],
  ])("refused: %s", (_story, changes, message) => {
    expect(placementOf(resource(changes), SUBSCRIPTION)).toEqual({ ok: false, message });
  });

  it("refused: the resource's own name is none for a pool, and the user is told to set another", () => {
    expect(placementOf(resource({}, "my.pool"), SUBSCRIPTION)).toEqual({ ok: false, message: ILLEGAL_NAME("my.pool") });
  });

  it("refused: no subscription anywhere, and the user is told where to set one", () => {
    expect(placementOf(resource({}), undefined)).toEqual({
      ok: false,
      message: "no subscription: set spec.subscriptionId, or give the operator a default (AZURE_SUBSCRIPTION_ID)",
    });
  });
});

describe("the id of a pool", () => {
  it("is read as it is written", () => {
    const placement = { subscriptionId: SUBSCRIPTION, resourceGroup: "rg", name: "alpha" };
    expect(formatPoolId(placement)).toBe(ID);
    expect(parsePoolId(ID)).toEqual(placement);
  });

  it("is read in any casing, as ARM answers it", () => {
    expect(parsePoolId(ID.replace("resourceGroups", "resourcegroups").replace("sessionPools", "sessionpools"))).toEqual(
      {
        subscriptionId: SUBSCRIPTION,
        resourceGroup: "rg",
        name: "alpha",
      },
    );
  });

  it.each<[story: string, id: string]>([
    ["nothing", ""],
    ["a resource group's", GROUP_ID],
    ["another kind of resource's", `${GROUP_ID}/providers/Microsoft.App/managedEnvironments/alpha`],
    ["that of a session in the pool", `${ID}/sessions/1`],
    ["one with the host before it", `https://management.azure.com${ID}`],
    ["one with a query after it", `${ID}?api-version=2025-07-01`],
    ["one whose group is two segments", ID.replace("/rg/", "/rg/x/")],
    ["one whose group has an escaped slash", ID.replace("/rg/", "/rg%2Fx/")],
    ["one without a pool's name", ID.replace("alpha", "")],
    ["one whose pool's name starts with a digit", ID.replace("alpha", "9alpha")],
  ])("is not read from: %s", (_story, id) => {
    expect(parsePoolId(id)).toBeUndefined();
  });

  it("is the same in any casing, and another pool's is not", () => {
    expect(sameId(ID, ID.toUpperCase())).toBe(true);
    expect(sameId(ID, `${ID}2`)).toBe(false);
  });
});
