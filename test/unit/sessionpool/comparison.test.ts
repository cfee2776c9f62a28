import { describe, expect, it } from "vitest";
import { compare } from "../../../src/sessionpool/comparison.ts";
import { driftOf, isDrift, specHash } from "../../../src/sessionpool/drift.ts";
import { fieldsTags } from "../../../src/sessionpool/fields-tag.ts";
import type { JsonObject } from "../../../src/sessionpool/json.ts";
import { secretsTag, sentSecrets } from "../../../src/sessionpool/secrets-tag.ts";
import { desired, livePool } from "./bodies.ts";

const KEY = { id: "key-1", bytes: Buffer.alloc(32, 1) };
const ID = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.App/sessionPools/alpha";
const sent = (values: Record<string, string>, key = KEY) => sentSecrets(key, ID, new Map(Object.entries(values)));
const tagged = (tags: JsonObject, live = livePool()): JsonObject => ({
  ...live,
  tags: { ...(live.tags as JsonObject), ...tags },
});
const SECRETS = "appcontainers.dev.secrets";
const password = desired({ secrets: [{ name: "password", value: "v" }] });
const OPTIONS = { ignore: [], secrets: undefined };

describe("the values of the secrets", () => {
  const live = tagged({ [SECRETS]: secretsTag(sent({ password: "v" })) });

  it.each<[story: string, pool: JsonObject, secrets: ReturnType<typeof sent> | undefined, verdict: string]>([
    ["are those that were sent", live, sent({ password: "v" }), "same"],
    ["are others", live, sent({ password: "w" }), "changed"],
    [
      "cannot be verified with another key",
      live,
      sent({ password: "v" }, { id: "key-2", bytes: Buffer.alloc(32, 2) }),
      "unverified",
    ],
    ["cannot be verified without a tag", livePool(), sent({ password: "v" }), "unverified"],
    ["count as the same where nobody knows them", live, undefined, "same"],
  ])("%s", (_story, pool, secrets, verdict) => {
    const { secretValues, changes } = compare(password, pool, { ignore: [], secrets });
    expect(secretValues).toBe(verdict);
    expect(changes.map(({ path }) => path)).toEqual(verdict === "same" ? [] : ["/properties/secrets"]);
  });

  it("are told by their keyed hashes", () => {
    const { changes } = compare(password, live, { ignore: [], secrets: sent({ password: "w" }) });
    const hash = (values: Record<string, string>): string => sent(values).values.slice(0, 12);
    expect(changes).toEqual([
      {
        path: "/properties/secrets",
        desired: `values with the keyed hash ${hash({ password: "w" })}`,
        observed: `values with the keyed hash ${hash({ password: "v" })}`,
      },
    ]);
    const unverified = compare(password, livePool(), { ignore: [], secrets: sent({ password: "w" }) }).changes;
    expect(unverified).toEqual([{ path: "/properties/secrets", desired: changes[0]?.desired }]);
  });

  it.each<[story: string, wanted: JsonObject, values: Record<string, string>]>([
    ["a secret more", desired({ secrets: [{ name: "password" }, { name: "key" }] }), { password: "v", key: "k" }],
    ["another secret", desired({ secrets: [{ name: "key" }] }), { key: "k" }],
  ])("are not told beside names that differ: %s", (_story, wanted, values) => {
    const { changes } = compare(wanted, live, { ignore: [], secrets: sent(values) });
    expect(changes.every(({ path }) => path.startsWith("/properties/secrets/"))).toBe(true);
    expect(changes).not.toEqual([]);
  });
});

describe("the list of secrets taken out as a whole", () => {
  it.each<[story: string, wanted: JsonObject, pool: JsonObject, changes: readonly object[]]>([
    [
      "a difference, when our PUT had brought them",
      desired(),
      tagged({ ...fieldsTags(password), [SECRETS]: secretsTag(sent({ password: "v" })) }),
      [{ path: "/properties/secrets", observed: [{ name: "password" }] }],
    ],
    [
      "a difference, also when somebody lost the tag with the hash",
      desired(),
      tagged(fieldsTags(password)),
      [{ path: "/properties/secrets", observed: [{ name: "password" }] }],
    ],
    ["none, when somebody else did", desired(), livePool(), []],
    ["none, when there are none", desired(), livePool({ properties: { secrets: null } }), []],
  ])("%s", (_story, wanted, pool, changes) => {
    expect(compare(wanted, pool, OPTIONS).changes).toEqual(changes);
  });

  it("an empty list is one that can be compared", () => {
    expect(compare(desired({ secrets: [] }), livePool(), OPTIONS)).toMatchObject({
      changes: [{ path: "/properties/secrets/0", observed: { name: "password" } }],
      unlistedSecrets: ["password"],
    });
  });
});

describe("what is taken out and what is ignored", () => {
  it("a tag taken out is a difference that has no desired value", () => {
    const pool = tagged(fieldsTags(desired({}, { tags: { costcenter: "42" } })));
    const { changes, takenOut } = compare(desired(), pool, OPTIONS);
    expect(changes).toEqual([{ path: "/tags/costcenter", observed: "42" }]);
    expect(takenOut).toMatchObject([{ path: "/tags/costcenter" }]);
  });

  it("what is ignored is asked for as it is, and no difference", () => {
    const wanted = desired({}, { tags: { costcenter: "7" } });
    const { changes, desired: asked } = compare(wanted, livePool(), { ignore: ["costcenter"], secrets: undefined });
    expect(changes).toEqual([]);
    expect(asked.tags).toEqual({ costcenter: "42" });
  });
});

describe("somebody's change in Azure", () => {
  const wanted = desired({ secrets: [{ name: "a", value: "v" }] }, { location: "westus3" });
  const resource = (status: object | undefined, drift?: "Report" | "Correct") =>
    ({ metadata: { generation: 4 }, spec: { policy: { drift } }, status }) as never;
  const synced = { syncedHash: specHash(wanted) };
  const edited = { syncedHash: specHash(desired({}, { location: "westus3" })), observedGeneration: 2 };

  it.each<[story: string, status: object | undefined, drift: "Report" | "Correct" | undefined, is: boolean]>([
    ["is a difference after all was in sync", synced, undefined, true],
    ["is not one after an edit", edited, undefined, false],
    ["is not one after an edit either where it is only reported", edited, "Report", false],
    ["is not one before the first sync", { observedGeneration: 3 }, "Report", false],
    ["is not one of a new resource that the operator has seen", { observedGeneration: 0 }, "Report", false],
    ["is one where it is only reported and the status was wiped", { observedGeneration: -1 }, "Report", true],
    ["is one where it is only reported and there is no status", undefined, "Report", true],
    ["is not one where it is corrected and the status was wiped", { observedGeneration: -1 }, "Correct", false],
    ["is not one by default and without a status", undefined, undefined, false],
  ])("%s", (_story, status, drift, is) => {
    expect(isDrift(resource(status, drift), wanted, false)).toBe(is);
  });

  it("is one where it is only reported and the pool was adopted at this generation, perhaps after the status was wiped", () => {
    const claimed = (generation: number) =>
      resource({ observedGeneration: 4, adopted: { id: "/", generation } }, "Report");
    expect(isDrift(claimed(4), wanted, true)).toBe(true);
    expect(isDrift(claimed(3), wanted, true)).toBe(false);
    expect(isDrift(claimed(4), wanted, false)).toBe(false);
  });

  it("is told by what is asked for, whatever the secret values and Azure's spelling", () => {
    const respelt = desired({ secrets: [{ name: "a", value: "other" }] }, { location: "West US 3" });
    expect(specHash(respelt)).toBe(specHash(wanted));
    expect(specHash(desired({}, { location: "eastus" }))).not.toBe(specHash(desired({}, { location: "westus3" })));
  });

  it.each<[story: string, systemData: JsonObject, message: string]>([
    [
      "by whom and when, in UTC",
      { lastModifiedBy: "ann@example.com", lastModifiedByType: "User", lastModifiedAt: "2025-11-03T08:29:15.1131876" },
      "; last changed by ann@example.com (User) at 2025-11-03T08:29:15Z",
    ],
    ["a time that has its Z", { lastModifiedAt: "2025-11-03T08:29:15Z" }, "; last changed at 2025-11-03T08:29:15Z"],
    ["a person of no type", { lastModifiedBy: "app" }, "; last changed by app"],
    ["nothing of it", {}, ""],
    ["nonsense", { lastModifiedBy: 1, lastModifiedByType: 2, lastModifiedAt: 3 }, ""],
  ])("says %s", (_story, systemData, message) => {
    const { paths, message: told, timeless = told } = driftOf([{ path: "/a" }, { path: "/b" }], { systemData });
    expect([paths, told]).toEqual([["/a", "/b"], `the pool was changed in Azure at /a, /b${message}`]);
    // An event has its own time, and the same change made again is told in the same words.
    expect(timeless).toBe(
      `the pool was changed in Azure at /a, /b${message.replace(/( by .*\))? at .*$/, "$1").replace(/; last changed$/, "")}`,
    );
  });
});
