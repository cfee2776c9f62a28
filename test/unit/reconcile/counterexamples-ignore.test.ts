import { describe, expect, it } from "vitest";
import { valueAt } from "../../../src/sessionpool/json.ts";
import { UAMI, uami, container } from "./counterexamples.ts";
import { puts, readyWorld } from "./in-sync.ts";
import { apply } from "./world.ts";

describe("what is ignored stays as it is in Azure", () => {
  it("a tag that is ignored and taken out of the spec stays in Azure", async () => {
    const world = await readyWorld({ tags: { team: "a", cost: "1" }, policy: { ignore: ["cost"] } });
    await world.portal({ tags: { ...(world.pool().tags as object), cost: "2" } });
    apply(world, { tags: { team: "a" }, policy: { ignore: ["cost"] } });
    await world.run(12);
    expect(world.pool().tags).toMatchObject({ cost: "2" });
  });

  it("a tag that is handed over stays in Azure, without a PUT", async () => {
    const world = await readyWorld({ tags: { team: "a", cost: "1" } });
    apply(world, { tags: { team: "a" }, policy: { ignore: ["cost"] } });
    await world.run(12);
    expect(world.pool().tags).toMatchObject({ cost: "1" });
    expect(puts(world)).toBe(1);
  });

  it("a member of a lifecycle that the spec does not set", async () => {
    const path = "/properties/dynamicPoolConfiguration/lifecycleConfiguration/maxAlivePeriodInSeconds";
    const world = await readyWorld({ policy: { ignore: [path] } });
    await world.portal({
      properties: { dynamicPoolConfiguration: { lifecycleConfiguration: { maxAlivePeriodInSeconds: 3600 } } },
    });
    await world.run(12);
    expect(valueAt(world.pool(), path)).toBe(3600);
    expect(puts(world)).toBe(1);
  });

  it("variables that the spec does not set", async () => {
    const path = "/properties/customContainerTemplate/containers/0/env";
    const world = await readyWorld({ policy: { ignore: [path] } });
    await world.portal({
      properties: { customContainerTemplate: { containers: [{ ...container, env: [{ name: "A", value: "1" }] }] } },
    });
    await world.run(12);
    expect(valueAt(world.pool(), path)).toEqual([{ name: "A", value: "1" }]);
    expect(puts(world)).toBe(1);
  });

  it("an identity that the spec does not list", async () => {
    const path = `/identity/userAssignedIdentities/${UAMI("two").replaceAll("/", "~1")}`;
    const world = await readyWorld({ identity: uami, policy: { ignore: [path] } });
    await world.portal({ identity: { type: "UserAssigned", userAssignedIdentities: { [UAMI("two")]: {} } } });
    await world.run(12);
    expect(puts(world)).toBe(1);
  });

  it("what others put into an ignored part stays when it is ignored no more", async () => {
    const path = "/properties/customContainerTemplate";
    const world = await readyWorld({ policy: { ignore: [path] } });
    await world.portal({ properties: { customContainerTemplate: { ingress: { targetPort: 80 } } } });
    apply(world, { tags: { team: "a" }, policy: { ignore: [path] } });
    await world.run(12);
    expect(valueAt(world.pool(), `${path}/ingress/targetPort`)).toBe(80);
    apply(world, { tags: { team: "a" } });
    await world.run(12);
    expect(valueAt(world.pool(), `${path}/ingress/targetPort`)).toBe(80);
  });

  it("a setting of an identity that Azure spells otherwise", async () => {
    const ignore = ["/properties/managedIdentitySettings/0/lifecycle"];
    const world = await readyWorld({
      identity: uami,
      managedIdentitySettings: [{ identity: UAMI("One"), lifecycle: "Main" }],
      policy: { ignore },
    });
    await world.portal({ properties: { managedIdentitySettings: [{ identity: UAMI("one"), lifecycle: "None" }] } });
    await world.run(12);
    expect(puts(world)).toBe(1);
  });
});
