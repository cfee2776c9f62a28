import { describe, expect, it } from "vitest";
import { fieldsTags, takenOut } from "../../../src/sessionpool/fields-tag.ts";
import { digest, keyedDigest } from "../../../src/sessionpool/hash.ts";
import type { JsonObject } from "../../../src/sessionpool/json.ts";
import { tagOf, withoutOwnTags } from "../../../src/sessionpool/own-tags.ts";
import {
  secretNames,
  secretsTag,
  sentSecrets,
  sentSecretsOf,
  unlistedSecrets,
} from "../../../src/sessionpool/secrets-tag.ts";
import { desired, livePool } from "./bodies.ts";

const UAMI = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.ManagedIdentity/userAssignedIdentities/m";
/** A pool with the tags of a PUT of `body`. */
const sentBy = (body: JsonObject, live: JsonObject = livePool()): JsonObject => ({
  ...live,
  tags: { ...(live.tags as JsonObject), ...fieldsTags(body) },
});
const out = (sent: JsonObject, now: JsonObject, live?: JsonObject): readonly string[] =>
  takenOut(now, sentBy(sent, live)).map(({ path }) => path);

describe("what the user has taken out of the spec", () => {
  it.each<[what: string, sent: JsonObject, now: JsonObject, live: JsonObject, paths: readonly string[]]>([
    [
      "a tag",
      desired({}, { tags: { costcenter: "1", team: "a" } }),
      desired({}, { tags: { team: "a" } }),
      livePool(),
      ["/tags/costcenter"],
    ],
    [
      "a tag that Azure spells otherwise",
      desired({}, { tags: { COSTCENTER: "1" } }),
      desired(),
      livePool(),
      ["/tags/costcenter"],
    ],
    [
      "a field",
      desired({ scaleConfiguration: { maxConcurrentSessions: 10, readySessionInstances: 2 } }),
      desired({ scaleConfiguration: { readySessionInstances: 2 } }),
      livePool(),
      ["/properties/scaleConfiguration/maxConcurrentSessions"],
    ],
    [
      "an identity, as one",
      desired({}, { identity: { type: "UserAssigned", userAssignedIdentities: { [UAMI]: {} } } }),
      desired(),
      livePool({ body: { identity: { type: "UserAssigned", userAssignedIdentities: { [UAMI]: { clientId: "c" } } } } }),
      ["/identity"],
    ],
    [
      "a container's resources, by the container's name",
      desired({
        customContainerTemplate: { containers: [{ name: "x" }, { name: "main", resources: { cpu: 1 } }] },
      }),
      desired({ customContainerTemplate: { containers: [{ name: "main" }] } }),
      livePool(),
      ["/properties/customContainerTemplate/containers/0/resources/cpu"],
    ],
    [
      "credentials, as one",
      desired({ customContainerTemplate: { registryCredentials: { server: "a" } } }),
      desired(),
      livePool(),
      ["/properties/customContainerTemplate/registryCredentials"],
    ],
    ["nothing that is there still", desired({ ingress: 1 }), desired({ ingress: 1 }), livePool(), []],
    ["nothing that Azure has no more", desired({}, { tags: { gone: "x" } }), desired(), livePool(), []],
    [
      "no identity, when there is none in Azure any more",
      desired({}, { identity: { type: "SystemAssigned" } }),
      desired(),
      livePool(),
      [],
    ],
    [
      "nothing that cannot be taken out",
      desired(
        {
          environmentId: "/e",
          dynamicPoolConfiguration: { lifecycleConfiguration: { lifecycleType: "Timed" } },
          customContainerTemplate: { containers: [{ name: "main", image: "img:1", env: [{ name: "A" }] }] },
        },
        { location: "westus3" },
      ),
      {},
      livePool(),
      [],
    ],
  ])("%s", (_what, sent, now, live, paths) => {
    expect(out(sent, now, live)).toEqual(paths);
  });

  it("is never what others put there", () => {
    expect(takenOut(desired(), livePool())).toEqual([]);
    expect(out(desired({}, { tags: { team: "a" } }), desired())).toEqual([]);
  });

  it("comes with the value that Azure has", () => {
    const [field] = takenOut(desired(), sentBy(desired({}, { tags: { costcenter: "1" } })));
    expect(field).toEqual({ id: "/tags/costcenter", path: "/tags/costcenter", value: "42" });
  });

  it("fits into three tags with all the tags and containers that the CRD allows", () => {
    const tags = Object.fromEntries(Array.from({ length: 45 }, (_, index) => [`tag ${index}`, "x"]));
    const containers = Array.from({ length: 10 }, (_, index) => ({
      name: `container ${index}`,
      resources: { cpu: 1, memory: "1Gi" },
    }));
    const body = desired({ customContainerTemplate: { containers, ingress: { targetPort: 80 } } }, { tags });
    const written = fieldsTags(body);
    expect(Object.keys(written)).toEqual([
      "appcontainers.dev.fields",
      "appcontainers.dev.fields-2",
      "appcontainers.dev.fields-3",
    ]);
    expect(Object.values(written).map(({ length }) => length)).toEqual([256, 256, 8 * (45 + 20 + 1 - 64)]);
    expect(out(body, desired(), { ...body, tags: { ...tags } })).toHaveLength(66);
  });

  it("is written in the same words whatever the order of the fields", () => {
    expect(fieldsTags(desired({}, { tags: { a: "1", b: "2" } }))).toEqual(
      fieldsTags(desired({}, { tags: { b: "2", a: "1" } })),
    );
    expect(fieldsTags(desired())).toEqual({});
  });
});

describe("the operator's own tags", () => {
  it("are found in any casing, and are nobody else's", () => {
    const pool = { tags: { "AppContainers.dev.Owner": "o", team: "a", "appcontainers.dev": "theirs" } };
    expect(tagOf(pool, "appcontainers.dev.owner")).toBe("o");
    expect(tagOf(pool, "appcontainers.dev.secrets")).toBeUndefined();
    expect(tagOf({ tags: { "appcontainers.dev.owner": 7 } }, "appcontainers.dev.owner")).toBeUndefined();
    expect(tagOf({}, "appcontainers.dev.owner")).toBeUndefined();
    expect(withoutOwnTags(pool.tags)).toEqual({ team: "a", "appcontainers.dev": "theirs" });
    expect(withoutOwnTags(undefined)).toEqual({});
  });
});

describe("the hash of the secrets", () => {
  const key = { id: "key-1", bytes: Buffer.alloc(32, 1) };
  const values = new Map([
    ["a", "1"],
    ["b", "2"],
  ]);
  const sent = sentSecrets(key, "/pool", values);

  it("survives the way through a tag, which has at most 256 characters", () => {
    const tag = secretsTag(sent);
    expect(tag.length).toBeLessThan(256);
    expect(sentSecretsOf({ tags: { "AppContainers.dev.secrets": tag } })).toEqual(sent);
  });

  it.each([
    ["no tag", {}],
    ["too few parts", { "appcontainers.dev.secrets": "k.v" }],
    ["too many parts", { "appcontainers.dev.secrets": "k.v.n.x" }],
    ["no key", { "appcontainers.dev.secrets": ".v.n" }],
    ["no values", { "appcontainers.dev.secrets": "k..n" }],
    ["no names", { "appcontainers.dev.secrets": "k.v." }],
  ])("is not read from %s", (_what, tags) => {
    expect(sentSecretsOf({ tags })).toBeUndefined();
  });

  it("is the same for the same values in any order, and in any casing of the pool's id", () => {
    expect(sentSecrets(key, "/POOL", new Map([...values].toReversed()))).toEqual(sent);
  });

  it.each<[what: string, other: ReturnType<typeof sentSecrets>]>([
    ["another value", sentSecrets(key, "/pool", new Map([...values, ["b", "3"]]))],
    ["another key", sentSecrets({ id: "key-1", bytes: Buffer.alloc(32, 2) }, "/pool", values)],
    ["another pool", sentSecrets(key, "/other", values)],
    [
      "another name",
      sentSecrets(
        key,
        "/pool",
        new Map([
          ["a", "1"],
          ["c", "2"],
        ]),
      ),
    ],
    ["values that only look the same when written together", sentSecrets(key, "/pool", new Map([["a", '1","b","2']]))],
  ])("is another for %s", (_what, other) => {
    expect(other.values).not.toBe(sent.values);
  });

  it("cannot be made without the key, and hashes are what they are called", () => {
    // printf '{"a":1}' | openssl dgst -sha256 -binary | basenc --base64url
    expect(digest({ a: 1 }, 43)).toBe("AVq9f1zFei3ZS3WQ8ErYCEJzkF7jPsXOvq5iJ2qX-GI");
    expect(digest({ a: 1, b: [{ d: 1, c: 2 }] }, 12)).toBe(digest({ b: [{ c: 2, d: 1 }], a: 1 }, 12));
    expect(digest(["a", "b"], 12)).not.toBe(digest(["b", "a"], 12));
    expect(digest("x", 12)).toHaveLength(12);
    expect(keyedDigest(key.bytes, "x")).not.toBe(digest("x", 43));
  });
});

describe("secrets that the resource does not list", () => {
  const key = { id: "key-1", bytes: Buffer.alloc(32, 1) };
  const tagged = (names: readonly string[], inAzure: readonly string[]): JsonObject => ({
    tags: {
      "appcontainers.dev.secrets": secretsTag(sentSecrets(key, "/p", new Map(names.map((name) => [name, "v"])))),
    },
    properties: { secrets: inAzure.map((name) => ({ name })) },
  });

  it.each<[story: string, pool: JsonObject, listed: readonly string[], unlisted: readonly string[]]>([
    ["nobody knows whose they are", { properties: { secrets: [{ name: "a" }, { name: "b" }] } }, ["a"], ["b"]],
    ["all came by our PUT: the user took one out", tagged(["b", "a"], ["a", "b"]), ["a"], []],
    ["one more than came by our PUT", tagged(["a"], ["a", "b"]), ["a"], ["b"]],
    ["one less than came by our PUT", tagged(["a", "b"], ["a"]), ["a"], []],
    ["none", tagged([], []), [], []],
    ["no secrets at all", {}, ["a"], []],
  ])("%s", (_story, pool, listed, unlisted) => {
    expect(unlistedSecrets(desired({ secrets: listed.map((name) => ({ name })) }), pool)).toEqual(unlisted);
  });

  it("names are read from what looks like secrets", () => {
    expect(secretNames({ properties: { secrets: [{ name: "a" }, { name: 1 }, "x", null] } })).toEqual(["a"]);
    expect(secretNames({ properties: { secrets: "x" } })).toEqual([]);
  });
});
