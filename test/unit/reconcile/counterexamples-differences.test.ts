import { describe, expect, it } from "vitest";
import { valueAt } from "../../../src/sessionpool/json.ts";
import { MAX, UAMI, uami, container } from "./counterexamples.ts";
import { puts, readyWorld } from "./in-sync.ts";
import { apply, startWorld } from "./world.ts";

describe("what Azure keeps, and what others do", () => {
  it("an identity that Azure drops from the registry credentials costs at most three PUTs", async () => {
    const world = startWorld();
    world.tamper = (_m, r) => ({
      ...r,
      body: r.body?.replace(
        /("server":"a.azurecr.io","username":null,"passwordSecretRef":null,"identity":)"[^"]*"/,
        "$1null",
      ),
    });
    apply(world, {
      identity: uami,
      customContainerTemplate: {
        containers: [container],
        registryCredentials: { server: "a.azurecr.io", identity: UAMI("One") },
      },
    });
    await world.run(60);
    expect(puts(world)).toBeLessThanOrEqual(3);
  });

  it("settings that Azure drops cost at most three PUTs", async () => {
    const world = startWorld();
    world.tamper = (_m, r) => ({
      ...r,
      body: r.body?.replace(/"managedIdentitySettings":\[.*?\]/, '"managedIdentitySettings":[]'),
    });
    apply(world, { identity: uami, managedIdentitySettings: [{ identity: UAMI("One"), lifecycle: "Main" }] });
    await world.run(60);
    expect(puts(world)).toBeLessThanOrEqual(3);
  });

  it("a lifecycle that Azure insists on costs at most three PUTs", async () => {
    const world = startWorld();
    world.tamper = (_m, r) => ({ ...r, body: r.body?.replace(/"lifecycle":"None"/g, '"lifecycle":"Main"') });
    apply(world, { identity: uami, managedIdentitySettings: [{ identity: UAMI("One"), lifecycle: "None" }] });
    await world.run(60);
    expect(puts(world)).toBeLessThanOrEqual(3);
  });

  it("a change by another right after our PUT is put right", async () => {
    const world = startWorld();
    apply(world);
    await world.reconcile();
    await world.clock.advance(61_000);
    await world.portal({ properties: { scaleConfiguration: { maxConcurrentSessions: 50 } } });
    await world.run(20);
    expect(valueAt(world.pool(), MAX)).toBe(10);
  });

  it("more differences than the status holds: no loop", async () => {
    const env = (n: string): object[] => Array.from({ length: 100 }, (_, i) => ({ name: `${n}${i}`, value: "x " }));
    const world = startWorld();
    world.tamper = (_m, r) => ({ ...r, body: r.body?.replaceAll('"value":"x "', '"value":"x"') });
    apply(world, {
      customContainerTemplate: { containers: ["a", "b", "c"].map((n) => ({ ...container, name: n, env: env(n) })) },
    } as never);
    await world.run(60);
    expect(puts(world)).toBeLessThanOrEqual(3);
  });

  it("what others set in a container survives another edit", async () => {
    const world = await readyWorld();
    await world.portal({
      properties: { customContainerTemplate: { containers: [{ ...container, resources: { cpu: 1, memory: "2Gi" } }] } },
    });
    await world.run(3);
    expect(puts(world)).toBe(1);
    apply(world, { tags: { team: "a" } });
    await world.run(12);
    expect(valueAt(world.pool(), "/properties/customContainerTemplate/containers/0/resources")).toEqual({
      cpu: 1,
      memory: "2Gi",
    });
  });
});
