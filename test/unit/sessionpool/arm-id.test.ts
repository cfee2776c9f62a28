import { describe, expect, it } from "vitest";
import {
  type ArmKind,
  caseless,
  formatArmId,
  formOf,
  isResourceGroup,
  parseArmId,
} from "../../../src/sessionpool/arm-id.ts";
import { ID_TRICKS, SEGMENT_TRICKS } from "./id-tricks.ts";

const SUBSCRIPTION = "34adfa4f-cedf-4dc0-ba29-b6d1a69ab345";
const GROUP = `/subscriptions/${SUBSCRIPTION}/resourceGroups/rg/providers`;
const GOOD: readonly (readonly [ArmKind, string])[] = [
  ["pool", `${GROUP}/Microsoft.App/sessionPools/alpha`],
  ["environment", `${GROUP}/Microsoft.App/managedEnvironments/alpha`],
  ["identity", `${GROUP}/Microsoft.ManagedIdentity/userAssignedIdentities/alpha`],
];

describe.each(GOOD)("the id of a kind: %s", (kind, good) => {
  it("is read as it is written, and called so in messages", () => {
    const id = { subscriptionId: SUBSCRIPTION, resourceGroup: "rg", name: "alpha" };
    expect(parseArmId(kind, good)).toEqual(id);
    expect(formatArmId(kind, id)).toBe(good);
    expect(formOf(kind)).toContain(
      good.replace(SUBSCRIPTION, "<uuid>").replace("/rg/", "/<group>/").replace("alpha", "<name>"),
    );
  });

  it.each<[story: string, id: (good: string) => string]>([
    ["in lower case, as Azure answers it", (id) => id.toLowerCase()],
    ["in capitals", (id) => id.toUpperCase()],
    ["with one segment in lower case", (id) => id.replace("resourceGroups", "resourcegroups")],
  ])("is rebuilt with the fixed segments as they are documented and the names as they were: %s", (_story, of) => {
    const id = parseArmId(kind, of(good));
    expect(id && formatArmId(kind, id)).toBe(
      good
        .replace(SUBSCRIPTION, id?.subscriptionId ?? "")
        .replace("/rg/", `/${id?.resourceGroup}/`)
        .replace("alpha", id?.name ?? ""),
    );
    expect(id?.name).toBe(of("alpha"));
  });

  it.each(ID_TRICKS)("is not read from one %s", (_trick, of) => {
    expect(of(good)).not.toBe(good);
    expect(parseArmId(kind, of(good))).toBeUndefined();
  });

  it.each(GOOD.filter(([other]) => other !== kind))("is not read from that of another kind: %s", (_other, id) => {
    expect(parseArmId(kind, id)).toBeUndefined();
  });

  it.each([undefined, null, 1, {}, [good]])("is not read from what is no text: %j", (value) => {
    expect(parseArmId(kind, value)).toBeUndefined();
  });
});

describe("names", () => {
  it.each<[kind: ArmKind, name: string, legal: boolean]>([
    ["environment", "e", true],
    ["environment", "My.Env_1-x", true],
    ["environment", `e${"x".repeat(127)}`, true],
    ["environment", `e${"x".repeat(128)}`, false],
    ["environment", "-env", false],
    ["identity", "abc", true],
    ["identity", "ab", false],
    ["identity", "a.bc", false],
    ["identity", `a${"x".repeat(127)}`, true],
    ["identity", `a${"x".repeat(128)}`, false],
    ["pool", "a", true],
    ["pool", "9a", false],
    ["pool", "a_b", false],
  ])("of a kind: %s %s is %s", (kind, name, legal) => {
    const id = formatArmId(kind, { subscriptionId: SUBSCRIPTION, resourceGroup: "rg", name });
    expect(parseArmId(kind, id) !== undefined).toBe(legal);
  });

  it.each(SEGMENT_TRICKS)("of a resource group are no tricks: %s", (_trick, of) => {
    expect(isResourceGroup(of("rg"))).toBe(false);
  });
});

it("letters beyond A to Z are not made alike: Azure tells them apart", () => {
  expect(caseless("Rg-K")).toBe("rg-k");
  expect(caseless("rg-\u212a")).not.toBe(caseless("rg-k"));
  expect(caseless("\u0130")).toBe("\u0130");
});
