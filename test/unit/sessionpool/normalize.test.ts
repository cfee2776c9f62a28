import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { JsonObject, MutableJson } from "../../../src/sessionpool/json.ts";
import { NORMALIZATION, normalize } from "../../../src/sessionpool/normalize.ts";

const RECORDINGS = join(import.meta.dirname, "..", "..", "conformance", "recordings");

describe("every row of the table", () => {
  it.each(NORMALIZATION.map(({ name, evidence }) => [name, evidence]))("%s cites its evidence", (_name, evidence) => {
    expect(evidence).toMatch(/azure-session-pools §\d/);
    const recordings = evidence.match(/[\w-]+\.json/g) ?? [];
    expect(recordings.filter((file) => !existsSync(join(RECORDINGS, file)))).toEqual([]);
  });

  it.each<JsonObject>([
    {},
    { properties: null },
    { properties: {} },
    { identity: {}, properties: { containerType: "PythonLTS" } },
    { identity: { principalId: "p" }, properties: { scaleConfiguration: {}, customContainerTemplate: {} } },
    { location: 1, identity: "x", properties: { managedIdentitySettings: "x", secrets: "x", environmentId: 1 } },
  ])("takes a body that lacks its part or has another shape there: %j", (body) => {
    expect(() => normalize(body, "desired")).not.toThrow();
    expect(() => normalize(body, "observed")).not.toThrow();
  });
});

describe("the form in which both sides are compared", () => {
  it.each<[story: string, body: JsonObject, form: JsonObject]>([
    [
      "a null or a member never set is absent, at any depth",
      { tags: null, identity: undefined, properties: { environmentId: null, list: [{ a: null }] } },
      { properties: { list: [{}] } },
    ],
    [
      "what identities are given by Azure is left out, the identities stay",
      {
        identity: {
          type: "SystemAssigned, UserAssigned",
          principalId: "p",
          tenantId: "t",
          userAssignedIdentities: { "/Id1": { principalId: "p", clientId: "c" }, "/Id2": {} },
        },
      },
      { identity: { type: "SystemAssigned,UserAssigned", userAssignedIdentities: { "/Id1": {}, "/Id2": {} } } },
    ],
    [
      "an environment is shown in lower case",
      { properties: { environmentId: "/A/b" } },
      { properties: { environmentId: "/a/b" } },
    ],
    [
      "a setting without lifecycle, or none at all, is one with None: left out",
      {
        properties: {
          managedIdentitySettings: [{ identity: "system" }, null, { identity: "/Id", lifecycle: "Main" }],
        },
      },
      { properties: { managedIdentitySettings: [null, null, { identity: "/id", lifecycle: "Main" }] } },
    ],
    [
      "a pool of custom containers keeps its ready instances",
      { properties: { containerType: "CustomContainer", scaleConfiguration: { readySessionInstances: 2 } } },
      { properties: { containerType: "CustomContainer", scaleConfiguration: { readySessionInstances: 2 } } },
    ],
    [
      "a pool of which nobody says the type keeps them too",
      { properties: { scaleConfiguration: { readySessionInstances: 2 } } },
      { properties: { scaleConfiguration: { readySessionInstances: 2 } } },
    ],
    [
      "a built-in pool has none to compare",
      { properties: { containerType: "PythonLTS", scaleConfiguration: { readySessionInstances: 2 } } },
      { properties: { containerType: "PythonLTS", scaleConfiguration: {} } },
    ],
    [
      "a secret is its name",
      { properties: { secrets: [{ name: "password", value: "s3cret" }] } },
      { properties: { secrets: [{ name: "password" }] } },
    ],
  ])("%s", (_story, body, form) => {
    expect(normalize(body, "desired")).toStrictEqual(form);
  });

  it.each<[story: string, dynamicPoolConfiguration: JsonObject, form: JsonObject]>([
    [
      "the flat form of early previews is a lifecycle",
      { executionType: "Timed", cooldownPeriodInSeconds: 300, lifecycleConfiguration: null },
      { lifecycleConfiguration: { lifecycleType: "Timed", cooldownPeriodInSeconds: 300 } },
    ],
    [
      "and is Timed, the only type then, also when it does not say so",
      { executionType: null, cooldownPeriodInSeconds: 300 },
      { lifecycleConfiguration: { lifecycleType: "Timed", cooldownPeriodInSeconds: 300 } },
    ],
    ["a type alone is no lifecycle", { executionType: "Timed" }, { executionType: "Timed" }],
    [
      "where there is a lifecycle, it stands",
      {
        executionType: "Timed",
        cooldownPeriodInSeconds: 300,
        lifecycleConfiguration: { lifecycleType: "OnContainerExit" },
      },
      {
        executionType: "Timed",
        cooldownPeriodInSeconds: 300,
        lifecycleConfiguration: { lifecycleType: "OnContainerExit" },
      },
    ],
  ])("%s", (_story, dynamicPoolConfiguration, form) => {
    const properties = { dynamicPoolConfiguration };
    expect(normalize({ properties }, "observed").properties).toStrictEqual({ dynamicPoolConfiguration: form });
  });

  it("a pool without identity has type None, but a resource that says nothing of it asks for none of them", () => {
    expect(normalize({}, "observed")).toStrictEqual({ identity: { type: "None" } });
    expect(normalize({}, "desired")).toStrictEqual({});
  });

  it("a row for one side leaves the other alone", () => {
    const mark = (body: MutableJson): void => {
      body.marked = true;
    };
    const rows = [{ name: "mark", evidence: "none: a test", only: "desired", rewrite: mark }] as const;
    expect(normalize({}, "desired", undefined, rows)).toEqual({ marked: true });
    expect(normalize({}, "observed", undefined, rows)).toEqual({});
  });

  it("what it is given stays as it is", () => {
    const body = Object.freeze({ location: "West US 3", properties: Object.freeze({ environmentId: "/A" }) });
    normalize(body, "observed");
    expect(body).toEqual({ location: "West US 3", properties: { environmentId: "/A" } });
  });
});
