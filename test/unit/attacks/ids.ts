import { expect } from "vitest";
import type { SessionPoolSpec } from "../../../src/api/session-pool.ts";
import { custom } from "../../simulation/specs.ts";
import { ID_TRICKS, SEGMENT_TRICKS } from "../sessionpool/id-tricks.ts";
import { SUBSCRIPTION } from "../../simulation/config.ts";
import { type Stage } from "./stage.ts";

const GROUP = `/subscriptions/${SUBSCRIPTION}/resourceGroups/rg`;
const ENVIRONMENT = `${GROUP}/providers/Microsoft.App/managedEnvironments/env`;
const IDENTITY = `${GROUP}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/one`;

/** A resource for each trick: it is invalid, and Azure is not even asked for its pool. */
async function nobodyAsksFor(
  stage: Stage,
  specs: readonly (readonly [string, Partial<SessionPoolSpec>])[],
): Promise<void> {
  stage.start();
  for (const [index, [, spec]] of specs.entries()) stage.create(`pool-${index}`, custom(spec));
  await stage.pass(3);
  for (const [index, [trick]] of specs.entries())
    expect.soft(stage.told(`pool-${index}`), trick).toContain("InvalidSpec: ");
  expect(stage.asked()).toEqual([]);
  for (const index of specs.keys()) stage.remove(`pool-${index}`);
  await stage.pass(3);
  expect(stage.asked()).toEqual([]);
  for (const [index, [trick]] of specs.entries())
    expect.soft(stage.resource(`pool-${index}`)?.metadata.name, trick).toBeUndefined();
}

const segments =
  (good: string, spec: (value: string) => Partial<SessionPoolSpec>) =>
  async (stage: Stage): Promise<void> => {
    await nobodyAsksFor(
      stage,
      SEGMENT_TRICKS.map(([trick, of]) => [trick, spec(of(good))] as const),
    );
  };

const ids =
  (good: string, spec: (id: string) => Partial<SessionPoolSpec>) =>
  async (stage: Stage): Promise<void> => {
    await nobodyAsksFor(
      stage,
      ID_TRICKS.map(([trick, of]) => [trick, spec(of(good))] as const),
    );
  };

export const inSubscriptionId = segments(SUBSCRIPTION, (subscriptionId) => ({ subscriptionId }));
export const inResourceGroup = segments("rg", (resourceGroup) => ({ resourceGroup }));
export const inAzureName = segments("alpha", (azureName) => ({ azureName }));
export const inEnvironmentId = ids(ENVIRONMENT, (environmentId) => ({ environmentId }));
export const inAssignedIdentities = ids(IDENTITY, (id) => ({
  identity: { type: "UserAssigned", userAssignedIdentities: { [id]: {} } },
}));
export const inIdentitySettings = ids(IDENTITY, (identity) => ({ managedIdentitySettings: [{ identity }] }));
export const inRegistryIdentity = ids(IDENTITY, (identity) => ({
  customContainerTemplate: {
    containers: [{ name: "main", image: "img:1" }],
    registryCredentials: { server: "registry.example", identity },
  },
}));
