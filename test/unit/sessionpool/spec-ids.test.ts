import { describe, expect, it } from "vitest";
import type { SessionPoolSpec } from "../../../src/api/session-pool.ts";
import { desiredBody } from "../../../src/sessionpool/desired.ts";
import type { JsonObject } from "../../../src/sessionpool/json.ts";
import { idProblems, idsNamed } from "../../../src/sessionpool/spec-ids.ts";
import { recordedPairs, resourceFrom } from "../../conformance/recorded-pairs.ts";
import { decide } from "./decide.ts";
import { ID_TRICKS } from "./id-tricks.ts";

const GROUP = "/subscriptions/34adfa4f-cedf-4dc0-ba29-b6d1a69ab345/resourceGroups/rg";
const environment = (name = "env"): string => `${GROUP}/providers/Microsoft.App/managedEnvironments/${name}`;
const identity = (name = "one"): string =>
  `${GROUP}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/${name}`;

/** Every field that has an id, with how the spec has it and where the body does. */
const FIELDS: readonly (readonly [
  field: string,
  good: string,
  spec: (id: string) => Partial<SessionPoolSpec>,
  body: (id: string) => JsonObject,
])[] = [
  [
    "spec.environmentId",
    environment(),
    (id) => ({ environmentId: id }),
    (id) => ({ properties: { environmentId: id } }),
  ],
  [
    "spec.identity.userAssignedIdentities:",
    identity(),
    (id) => ({ identity: { type: "UserAssigned", userAssignedIdentities: { [id]: {} } } }),
    (id) => ({ identity: { type: "UserAssigned", userAssignedIdentities: { [id]: {} } } }),
  ],
  [
    "spec.managedIdentitySettings[1].identity",
    identity(),
    (id) => ({ managedIdentitySettings: [{ identity: "system" }, { identity: id, lifecycle: "Main" }] }),
    (id) => ({
      properties: { managedIdentitySettings: [{ identity: "system" }, { identity: id, lifecycle: "Main" }] },
    }),
  ],
  [
    "spec.customContainerTemplate.registryCredentials.identity",
    identity(),
    (id) => ({ customContainerTemplate: { containers: [], registryCredentials: { server: "s", identity: id } } }),
    (id) => ({ properties: { customContainerTemplate: { registryCredentials: { server: "s", identity: id } } } }),
  ],
];
const base: SessionPoolSpec = {
  resourceGroup: "rg",
  location: "westus3",
  containerType: "CustomContainer",
  dynamicPoolConfiguration: { lifecycleConfiguration: { lifecycleType: "Timed" } },
};

describe.each(FIELDS)("%s", (field, good, spec, body) => {
  it("is sent rebuilt: the fixed segments as ARM documents them, the names as the user writes them", () => {
    const written = good.replace("resourceGroups/rg", "RESOURCEGROUPS/Rg").replace("providers/M", "Providers/m");
    expect(idProblems({ ...base, ...spec(written) })).toEqual([]);
    expect(desiredBody({ ...base, ...spec(written) }, new Map())).toMatchObject(body(good.replace("/rg/", "/Rg/")));
  });

  it.each(ID_TRICKS)("that is one %s makes the spec invalid, and is not in what would be sent", (_trick, of) => {
    const wrong = { ...base, ...spec(of(good)) };
    const [problem, ...others] = idProblems(wrong);
    expect(others).toEqual([]);
    expect(problem).toMatch(`${field} "`);
    expect(problem).toMatch(
      / the ARM id of an? .*: \/subscriptions\/<uuid>\/resourceGroups\/<group>\/providers\/Microsoft\./,
    );
    expect(problem?.length).toBeLessThan(600);
    expect(decide({ spec: spec(of(good)), live: "unknown" })).toEqual({
      kind: "hold",
      condition: "Stalled",
      reason: "InvalidSpec",
      message: `the spec is not valid: ${problem}`,
    });
    expect(Object.keys(flat(desiredBody(wrong, new Map()))).filter((text) => text.includes("/"))).toEqual([]);
  });
});

/** Every text in a body, keys of maps included. */
function flat(value: unknown): Record<string, true> {
  if (typeof value === "string") return { [value]: true };
  if (typeof value !== "object" || value === null) return {};
  const members = Object.entries(value).map(([key, member]) => ({ [key]: true as const, ...flat(member) }));
  return Object.assign({}, ...members) as Record<string, true>;
}

describe("the ids of a spec", () => {
  it("are all named, each once, and the pool's own identity is none", () => {
    const spec: SessionPoolSpec = {
      ...base,
      environmentId: environment(),
      identity: {
        type: "SystemAssigned,UserAssigned",
        userAssignedIdentities: { [identity("one")]: {}, [identity("two")]: {} },
      },
      managedIdentitySettings: [
        { identity: "system" },
        { identity: identity("two").replace("resourceGroups", "resourcegroups") },
        { identity: identity("three") },
      ],
      customContainerTemplate: { containers: [], registryCredentials: { identity: identity("four") } },
    };
    expect(idsNamed(spec)).toEqual({
      environments: [environment()],
      identities: ["one", "two", "three", "four"].map(identity),
    });
  });

  it.each<[story: string, spec: object]>([
    ["nothing", {}],
    [
      "nulls, as pasted from Azure",
      {
        environmentId: null,
        identity: null,
        managedIdentitySettings: null,
        customContainerTemplate: { registryCredentials: null },
      },
    ],
    [
      "nulls further in",
      {
        identity: { type: "None", userAssignedIdentities: null },
        customContainerTemplate: { registryCredentials: { identity: null } },
      },
    ],
    ["what its schema would refuse", { identity: 1, managedIdentitySettings: "x", customContainerTemplate: [] }],
  ])("may be none: %s", (_story, spec) => {
    expect(idProblems({ ...base, ...spec })).toEqual([]);
    expect(idsNamed({ ...base, ...spec })).toEqual({ environments: [], identities: [] });
  });

  it.each<[story: string, spec: object, field: string]>([
    ["a number", { environmentId: 1 }, "spec.environmentId 1 "],
    ["a setting that is none", { managedIdentitySettings: [null] }, "spec.managedIdentitySettings[0].identity null "],
    ["system where an id must be", { environmentId: "system" }, 'spec.environmentId "system" '],
    [
      "System, which Azure's answers have",
      { managedIdentitySettings: [{ identity: "System" }] },
      "spec.managedIdentitySettings[0]",
    ],
  ])("that have no form at all are told, too: %s", (_story, spec, field) => {
    expect(idProblems({ ...base, ...spec })).toEqual([expect.stringContaining(field)]);
  });

  it("that Azure was given in every recording can be read", () => {
    const pairs = recordedPairs();
    expect(pairs.length).toBeGreaterThanOrEqual(5);
    const found = pairs.map(
      ({ request, live }) => resourceFrom(request, typeof live.id === "string" ? live.id : "").spec,
    );
    expect(found.flatMap(idProblems)).toEqual([]);
    expect(found.flatMap((spec) => idsNamed(spec).environments).length).toBeGreaterThan(0);
  });
});
