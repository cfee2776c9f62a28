import { describe, expect, it } from "vitest";
import { type Change, diff } from "../../../src/sessionpool/diff.ts";
import type { JsonObject } from "../../../src/sessionpool/json.ts";
import { desired, livePool } from "./bodies.ts";

const CONTAINERS = "/properties/customContainerTemplate/containers";
const env = (...names: readonly string[]): JsonObject =>
  desired({
    customContainerTemplate: {
      containers: [{ name: "main", env: names.map((name) => ({ name, value: "1" })) }],
    },
  });
const live = (...names: readonly string[]): JsonObject => ({
  properties: {
    containerType: "CustomContainer",
    customContainerTemplate: {
      containers: [{ image: "img:1", name: "main", env: names.map((name) => ({ name, value: "1" })) }],
    },
  },
});

describe("an entry under another name", () => {
  it.each<[story: string, wanted: JsonObject, observed: JsonObject, changes: readonly Change[]]>([
    [
      "is one difference, when all the rest is the same",
      env("A", "B"),
      live("B", "C"),
      [{ path: `${CONTAINERS}/0/env/0/name`, desired: "A", observed: "C" }],
    ],
    [
      "is two, when more than the name differs",
      desired({ customContainerTemplate: { containers: [{ name: "side", image: "img:2" }] } }),
      livePool(),
      [
        { path: `${CONTAINERS}/0`, desired: { name: "side", image: "img:2" } },
        {
          path: `${CONTAINERS}/0`,
          observed: {
            image: "img:1",
            name: "main",
            env: [{ name: "A", value: "1" }],
            resources: { cpu: 0.5, memory: "1Gi" },
          },
        },
      ],
    ],
    [
      "a secret",
      desired({ secrets: [{ name: "key", value: "v" }] }),
      livePool(),
      [{ path: "/properties/secrets/0/name", desired: "key", observed: "password" }],
    ],
    [
      "two of them, each for one",
      env("A", "B"),
      live("C", "D"),
      [
        { path: `${CONTAINERS}/0/env/0/name`, desired: "A", observed: "C" },
        { path: `${CONTAINERS}/0/env/1/name`, desired: "B", observed: "D" },
      ],
    ],
    [
      "one more on our side",
      env("A", "B"),
      live("C"),
      [
        { path: `${CONTAINERS}/0/env/0/name`, desired: "A", observed: "C" },
        { path: `${CONTAINERS}/0/env/1`, desired: { name: "B", value: "1" } },
      ],
    ],
    [
      "one more in Azure",
      env("A"),
      live("C", "D"),
      [
        { path: `${CONTAINERS}/0/env/0/name`, desired: "A", observed: "C" },
        { path: `${CONTAINERS}/0/env/1`, observed: { name: "D", value: "1" } },
      ],
    ],
    ["the same in another order is none", env("A", "B"), live("B", "A"), []],
  ])("%s", (_story, wanted, observed, changes) => {
    expect(diff(wanted, observed)).toEqual(changes);
  });

  it("an identity under another setting", () => {
    const settings = (identity: string, lifecycle: string): JsonObject => ({
      managedIdentitySettings: [{ identity, lifecycle }],
    });
    expect(diff(desired(settings("system", "Main")), livePool({ properties: settings("/id", "Main") }))).toEqual([
      { path: "/properties/managedIdentitySettings/0/identity", desired: "system", observed: "/id" },
    ]);
    expect(diff(desired(settings("system", "Main")), livePool({ properties: settings("System", "None") }))).toEqual([
      { path: "/properties/managedIdentitySettings/0/lifecycle", desired: "Main", observed: "None" },
    ]);
    expect(diff(desired(settings("/id", "None")), livePool({ properties: settings("/ID", "Main") }))).toEqual([
      { path: "/properties/managedIdentitySettings/0/lifecycle", desired: "None", observed: "Main" },
    ]);
  });
});

describe("numbers in quotes", () => {
  const lifecycle = (value: unknown): JsonObject =>
    desired({
      dynamicPoolConfiguration: {
        lifecycleConfiguration: { lifecycleType: "OnContainerExit", maxAlivePeriodInSeconds: value as never },
      },
    });
  const observed = livePool({
    properties: {
      dynamicPoolConfiguration: {
        lifecycleConfiguration: { lifecycleType: "OnContainerExit", maxAlivePeriodInSeconds: 600 },
      },
    },
  });
  it.each([
    ["600", 0],
    ["601", 1],
    ["600s", 1],
    ["x600", 1],
    ["", 1],
    [600, 0],
  ])("%j differs in %i places", (value, count) => {
    expect(diff(lifecycle(value), observed)).toHaveLength(count);
  });
});
