import { describe, expect, it } from "vitest";
import type { JsonObject } from "../../../src/sessionpool/json.ts";
import { OWNER_TAG, SECRETS_TAG } from "../../../src/sessionpool/own-tags.ts";
import { POOL_ID as ID } from "./bodies.ts";
import { decide, type Given, pool } from "./decide.ts";

const CONTAINER_TYPE_SECRETS = { secrets: [{ name: "token" }] };
const adoption = (policy: "Never" | "IfUnowned" | "Always"): NonNullable<Given["spec"]> => ({
  policy: { adoption: policy },
});
const claim = (owner?: string, generation = 3, id = ID): NonNullable<Given["status"]> => ({
  observedGeneration: 3,
  adopted: { id, generation, ...(owner === undefined ? {} : { owner }) },
});
const OURS = "c1/ns/alpha/uid-1";
const FOREIGN = "c2/ns/alpha/uid-2";

describe("secrets of an adopted pool, whose values Azure does not show", () => {
  const sent = (values: string) => ({ kind: "resolved", sent: { keyId: "k1", values, names: "n" } }) as const;
  const spec: NonNullable<Given["spec"]> = {
    ...adoption("IfUnowned"),
    secrets: [{ name: "token", valueFrom: { secretKeyRef: { name: "s", key: "k" } } }],
  };
  const live = (tags: JsonObject = {}): JsonObject => pool({ body: { tags }, properties: CONTAINER_TYPE_SECRETS });
  const claimed = (secrets: string): NonNullable<Given["status"]> => ({
    observedGeneration: 3,
    adopted: { id: ID, generation: 3, secrets },
  });

  it.each<[story: string, given: Given, action: object]>([
    [
      "the values of now are taken to be Azure's",
      { live: live(), input: { secrets: sent("v1") } },
      { kind: "adopt", adopted: { secrets: "k1.v1.n" } },
    ],
    [
      "so nothing is sent",
      { live: live(), status: claimed("k1.v1.n"), input: { secrets: sent("v1") } },
      { kind: "ready" },
    ],
    [
      "also when the key of the hashes is another by now: the claim is made anew",
      { live: live(), status: claimed("k0.v0.n"), input: { secrets: sent("v1") } },
      { kind: "adopt", adopted: { secrets: "k1.v1.n" } },
    ],
    [
      "also when they are listed only later",
      { live: live(), status: claim(), input: { secrets: sent("v1") } },
      { kind: "adopt", adopted: { secrets: "k1.v1.n" } },
    ],
    [
      "until one is rotated",
      { live: live(), status: claimed("k1.v1.n"), input: { secrets: sent("v2") } },
      { kind: "put", reason: "SecretsChanged" },
    ],
    [
      "another owner's hash says nothing about them",
      {
        live: live({ [OWNER_TAG]: FOREIGN, [SECRETS_TAG]: "k9.v9.n9" }),
        spec: { ...spec, ...adoption("Always") },
        input: { secrets: sent("v1") },
      },
      { kind: "adopt", adopted: { owner: FOREIGN, secrets: "k1.v1.n" } },
    ],
    [
      "Never: the plan does not call them a change",
      { live: live(), spec: { ...spec, ...adoption("Never") }, input: { secrets: sent("v1") } },
      { reason: "AlreadyExists", plan: { action: "None", changes: [] } },
    ],
    [
      "an old claim says nothing about a pool that is another's by now",
      {
        live: live({ [OWNER_TAG]: FOREIGN }),
        status: claimed("k1.v1.n"),
        spec: { ...spec, ...adoption("IfUnowned") },
        input: { secrets: sent("v2") },
      },
      { reason: "OwnedByOther" },
    ],
    [
      "an old claim says nothing about one that is taken again",
      {
        live: live({ [OWNER_TAG]: FOREIGN }),
        status: { observedGeneration: 2, adopted: { id: ID, generation: 2, secrets: "k1.v1.n" } },
        spec: { ...spec, ...adoption("Always") },
        input: { secrets: sent("v2") },
      },
      { kind: "adopt", adopted: { owner: FOREIGN, secrets: "k1.v2.n" } },
    ],
    [
      "our own tag counts more than an old claim",
      {
        live: live({ [OWNER_TAG]: OURS, [SECRETS_TAG]: "k1.v2.n" }),
        status: claimed("k1.v1.n"),
        input: { secrets: sent("v2") },
      },
      { kind: "ready" },
    ],
  ])("%s", (_story, given, action) => {
    expect(decide({ spec, ...given })).toMatchObject(action);
  });
});
