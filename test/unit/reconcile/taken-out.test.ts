import { describe, expect, it } from "vitest";
import type { SessionPoolSpec } from "../../../src/api/session-pool.ts";
import { isObject, valueAt, withoutNulls } from "../../../src/sessionpool/json.ts";
import { conditionOf, expectRest, puts, readyWorld } from "./in-sync.ts";
import { apply, POOL_PATH } from "./world.ts";

const UAMI = (name: string): string =>
  `${POOL_PATH.split("/providers/")[0]}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/${name}`;
const container = { name: "main", image: "img:1" };
const full = {
  tags: { team: "a", stage: "dev" },
  identity: { type: "UserAssigned", userAssignedIdentities: { [UAMI("one")]: {}, [UAMI("two")]: {} } },
  managedIdentitySettings: [{ identity: UAMI("one"), lifecycle: "Main" }],
  sessionNetworkConfiguration: { status: "EgressEnabled" },
  customContainerTemplate: {
    containers: [
      {
        ...container,
        env: [
          { name: "A", value: "1" },
          { name: "B", value: "2" },
        ],
        resources: { cpu: 0.5, memory: "1Gi" },
      },
    ],
    ingress: { targetPort: 80 },
    registryCredentials: { server: "a.azurecr.io", identity: UAMI("one") },
  },
} satisfies Partial<SessionPoolSpec>;
const template = full.customContainerTemplate;

describe("what the user takes out of the spec is taken out in Azure, by one PUT", () => {
  it.each<[what: string, path: string, without: Partial<SessionPoolSpec>]>([
    ["a tag", "/tags/stage", { ...full, tags: { team: "a" } }],
    ["all tags", "/tags/team", { ...full, tags: null }],
    [
      "a managed identity",
      `/identity/userAssignedIdentities/${UAMI("two").replaceAll("/", "~1")}`,
      {
        ...full,
        identity: { type: "UserAssigned", userAssignedIdentities: { [UAMI("one")]: {} } },
      },
    ],
    [
      "the network configuration",
      "/properties/sessionNetworkConfiguration",
      { ...full, sessionNetworkConfiguration: null },
    ],
    [
      "an environment variable",
      "/properties/customContainerTemplate/containers/0/env/1",
      {
        ...full,
        customContainerTemplate: {
          ...template,
          containers: [{ ...template.containers[0], ...container, env: [{ name: "A", value: "1" }] }],
        },
      },
    ],
    [
      "all environment variables",
      "/properties/customContainerTemplate/containers/0/env",
      {
        ...full,
        customContainerTemplate: { ...template, containers: [container] },
      },
    ],
    [
      "a container's resources",
      "/properties/customContainerTemplate/containers/0/resources",
      {
        ...full,
        customContainerTemplate: {
          ...template,
          containers: [{ ...container, env: template.containers[0]?.env ?? [] }],
        },
      },
    ],
    [
      "the ingress",
      "/properties/customContainerTemplate/ingress",
      {
        ...full,
        customContainerTemplate: { ...template, ingress: null },
      },
    ],
    [
      "the registry's credentials",
      "/properties/customContainerTemplate/registryCredentials",
      {
        ...full,
        customContainerTemplate: { ...template, registryCredentials: null },
      },
    ],
  ])("%s", async (_what, path, without) => {
    const world = await readyWorld(full);
    expect(valueAt(world.pool(), path)).toBeDefined();

    apply(world, without);
    await world.run(12);

    expect(valueAt(withoutNulls(world.pool()), path)).toBeUndefined();
    expect(conditionOf(world, "Ready")).toMatchObject({ status: "True" });
    await expectRest(world, 2);
  });

  it("the settings of the identities", async () => {
    const world = await readyWorld(full);
    apply(world, { ...full, managedIdentitySettings: null });
    await world.run(12);
    expect(valueAt(world.pool(), "/properties/managedIdentitySettings/0/lifecycle")).toBe("None");
    await expectRest(world, 2);
  });

  it("all identities, with what depends on them", async () => {
    const world = await readyWorld(full);
    apply(world, {
      ...full,
      identity: null,
      managedIdentitySettings: null,
      customContainerTemplate: { ...template, registryCredentials: null },
    });
    await world.run(12);
    expect(world.pool().identity).toEqual({ type: "None" });
    await expectRest(world, 2);
  });

  it("also when a crash came between the PUT and the status write, and the status was wiped", async () => {
    const world = await readyWorld(full);
    world.restart();
    if (world.live) world.live = { ...world.live, status: { observedGeneration: -1 } };
    apply(world, { ...full, tags: { team: "a" } });
    await world.run(12);
    expect(world.pool().tags).not.toHaveProperty("stage");
    await expectRest(world, 2);
  });
});

describe("what others put there stays", () => {
  it("a tag of somebody else's, also when the user's tags go", async () => {
    const world = await readyWorld(full);
    await world.portal({ tags: { ...(world.pool().tags as object), costcenter: "42" } });
    apply(world, { ...full, tags: null });
    await world.run(12);
    const { tags } = world.pool();
    const names = isObject(tags) ? Object.keys(tags) : [];
    expect(names.filter((name) => !name.startsWith("appcontainers.dev."))).toEqual(["costcenter"]);
  });

  it("a field that the spec never set, and that somebody set in Azure", async () => {
    const world = await readyWorld();
    await world.portal({ properties: { sessionNetworkConfiguration: { status: "EgressEnabled" } } });
    apply(world, { scaleConfiguration: { maxConcurrentSessions: 11, readySessionInstances: 2 } });
    await world.run(12);
    expect(valueAt(world.pool(), "/properties/sessionNetworkConfiguration/status")).toBe("EgressEnabled");
    await expectRest(world, 2);
  });

  it("a PUT differs from the last in the edited field only", async () => {
    const world = await readyWorld(full);
    apply(world, { ...full, scaleConfiguration: { maxConcurrentSessions: 11, readySessionInstances: 2 } });
    await world.run(12);
    expect(puts(world)).toBe(2);
    const [first, second] = world.puts;
    expect(second).toEqual({
      ...first,
      properties: {
        ...(first?.properties as object),
        scaleConfiguration: { maxConcurrentSessions: 11, readySessionInstances: 2 },
      },
    });
  });
});
