import { describe, expect, it } from "vitest";
import type { JsonObject } from "../../../src/sessionpool/json.ts";
import { OWNER_TAG } from "../../../src/sessionpool/own-tags.ts";
import { type Ownership, ownerTag, ownershipOf } from "../../../src/sessionpool/ownership.ts";

const owner = { clusterId: "c1", namespace: "ns", name: "alpha", uid: "uid-2" };

describe("whose pool it is", () => {
  it.each<[story: string, tags: JsonObject | null | undefined, ownership: Ownership]>([
    ["ours", { [OWNER_TAG]: ownerTag(owner) }, { kind: "ours" }],
    ["ours, with other tags before and after", { a: "x", [OWNER_TAG]: ownerTag(owner), z: "y" }, { kind: "ours" }],
    ["ours, with the tag's name in another casing", { "AppContainers.Dev.OWNER": ownerTag(owner) }, { kind: "ours" }],
    ["ours after the resource was created again: another UID", { [OWNER_TAG]: "c1/ns/alpha/uid-1" }, { kind: "ours" }],
    [
      "another cluster's resource of the same name",
      { [OWNER_TAG]: "c2/ns/alpha/uid-2" },
      {
        kind: "other",
        tag: "c2/ns/alpha/uid-2",
        owner: { clusterId: "c2", namespace: "ns", name: "alpha", uid: "uid-2" },
      },
    ],
    [
      "the same name in another namespace",
      { [OWNER_TAG]: "c1/prod/alpha/uid-2" },
      {
        kind: "other",
        tag: "c1/prod/alpha/uid-2",
        owner: { clusterId: "c1", namespace: "prod", name: "alpha", uid: "uid-2" },
      },
    ],
    [
      "another resource that named the same pool",
      { [OWNER_TAG]: "c1/ns/beta/uid-3" },
      {
        kind: "other",
        tag: "c1/ns/beta/uid-3",
        owner: { clusterId: "c1", namespace: "ns", name: "beta", uid: "uid-3" },
      },
    ],
    [
      "another's, with a cluster id that somebody chose and names of one letter",
      { [OWNER_TAG]: "a/b/c/d" },
      { kind: "other", tag: "a/b/c/d", owner: { clusterId: "a", namespace: "b", name: "c", uid: "d" } },
    ],
    [
      "another's, with dots, hyphens and underscores where they may be",
      { [OWNER_TAG]: "West.eu_1-x/my-ns/my.pool-1/3f2c-9" },
      {
        kind: "other",
        tag: "West.eu_1-x/my-ns/my.pool-1/3f2c-9",
        owner: { clusterId: "West.eu_1-x", namespace: "my-ns", name: "my.pool-1", uid: "3f2c-9" },
      },
    ],
    ["nobody's: no tags", undefined, { kind: "unowned" }],
    ["nobody's: tags that are null", null, { kind: "unowned" }],
    ["nobody's: somebody's tag that looks like ours", { owner: ownerTag(owner) }, { kind: "unowned" }],
    ["nobody's: a tag that is not text", { [OWNER_TAG]: ["c1", "ns", "alpha", "uid-2"] }, { kind: "unowned" }],
    ["unreadable: edited by hand", { [OWNER_TAG]: "mine" }, { kind: "other", tag: "mine" }],
    ["unreadable: no cluster", { [OWNER_TAG]: "/ns/alpha/uid-2" }, { kind: "other", tag: "/ns/alpha/uid-2" }],
    ["unreadable: no namespace", { [OWNER_TAG]: "c1//alpha/uid-2" }, { kind: "other", tag: "c1//alpha/uid-2" }],
    ["unreadable: no name", { [OWNER_TAG]: "c1/ns//uid-2" }, { kind: "other", tag: "c1/ns//uid-2" }],
    ["unreadable: no UID", { [OWNER_TAG]: "c1/ns/alpha/" }, { kind: "other", tag: "c1/ns/alpha/" }],
    ["unreadable: cut off", { [OWNER_TAG]: "c1/ns/alpha" }, { kind: "other", tag: "c1/ns/alpha" }],
    [
      "unreadable: a path in place of a namespace",
      { [OWNER_TAG]: "c1/../alpha/uid-2" },
      { kind: "other", tag: "c1/../alpha/uid-2" },
    ],
    [
      "unreadable: a path in place of a name",
      { [OWNER_TAG]: "c1/ns/../uid-2" },
      { kind: "other", tag: "c1/ns/../uid-2" },
    ],
    [
      "unreadable: a query in place of a name",
      { [OWNER_TAG]: "c1/ns/alpha?x/uid-2" },
      { kind: "other", tag: "c1/ns/alpha?x/uid-2" },
    ],
    ["nobody's: an empty tag", { [OWNER_TAG]: "" }, { kind: "unowned" }],
    [
      "unreadable: a part too many",
      { [OWNER_TAG]: `${ownerTag(owner)}/x` },
      { kind: "other", tag: `${ownerTag(owner)}/x` },
    ],
  ])("%s", (_story, tags, ownership) => {
    expect(ownershipOf({ name: "alpha", tags }, owner, undefined)).toEqual(ownership);
  });

  it("the longest tag that Kubernetes' names allow fits into Azure's 256 characters", () => {
    const longest = "x".repeat(63);
    const tag = ownerTag({ clusterId: longest, namespace: longest, name: longest, uid: "u".repeat(36) });
    expect(tag).toHaveLength(228);
  });
});
