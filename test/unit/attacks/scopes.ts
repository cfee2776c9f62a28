import { expect } from "vitest";
import type { SessionPoolSpec } from "../../../src/api/session-pool.ts";
import { CREDENTIALS } from "../../simulation/credentials.ts";
import { custom, python } from "../../simulation/specs.ts";
import { SUBSCRIPTION } from "../../simulation/config.ts";
import { FAR_SUBSCRIPTION, HERE, poolId, type Stage, THERE } from "./stage.ts";

const GROUP = `/subscriptions/${SUBSCRIPTION}/resourceGroups/rg-ks`;
const ENVIRONMENT = `${GROUP}/providers/Microsoft.App/managedEnvironments/env`;
const identity = (name: string): string =>
  `${GROUP}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/${name}`;

/** The attacker may name one group, one environment and one identity; a second entry allows another group elsewhere. */
export const TABLE = `
default: Deny
scopes:
  - namespaces: [${HERE}]
    subscriptions: [${SUBSCRIPTION}]
    resourceGroups: [rg-ks]
    environments: [${ENVIRONMENT}]
    identities: [${identity("one")}]
  - namespaces: [${HERE}]
    subscriptions: [${FAR_SUBSCRIPTION}]
    resourceGroups: [rg-far]
  - namespaces: [${THERE}]
    subscriptions: ["*"]
    resourceGroups: ["*"]
    environments: ["*"]
    identities: ["*"]
`;
const allowed = (changes: Partial<SessionPoolSpec> = {}): SessionPoolSpec =>
  custom({ resourceGroup: "rg-ks", environmentId: ENVIRONMENT, ...changes });

/** Azure is not asked about any, no Secret of spec.secrets is read, and each says what it may not use. */
async function refused(stage: Stage, specs: Readonly<Record<string, SessionPoolSpec>>, what: RegExp): Promise<void> {
  stage.secret("keys", { token: "canary-scopes-41c0" });
  const secrets = [{ name: "key", valueFrom: { secretKeyRef: { name: "keys", key: "token" } } }];
  stage.start();
  for (const [name, spec] of Object.entries(specs)) stage.create(name, { ...spec, secrets });
  await stage.pass(3);
  for (const name of Object.keys(specs)) {
    expect.soft(stage.told(name), name).toMatch(what);
    expect.soft(stage.resource(name)?.metadata.finalizers, name).toBeUndefined();
  }
  expect(stage.asked()).toEqual([]);
  expect(stage.network.calls.filter(({ path }) => path.endsWith("/secrets/keys"))).toEqual([]);
}

/** What JavaScript, or a person, takes for the same, and Azure does not. */
export async function lookAlikes(stage: Stage): Promise<void> {
  const groups = {
    kelvin: "rg-\u212as",
    "long-s": "rg-k\u017f",
    cyrillic: "rg-\u043as",
    wide: "\uff52\uff47-ks",
    "dotless-i": "rg-ks\u0131",
    longer: "rg-ks2",
    shorter: "rg-k",
  };
  const specs = Object.entries(groups).map(([name, resourceGroup]) => [name, allowed({ resourceGroup })] as const);
  await refused(stage, Object.fromEntries(specs), /^ScopeNotAllowed: .*may not use the resource group/);
}

/** The same in other casing is the same: it is allowed, and is no second pool. */
export async function casing(stage: Stage): Promise<void> {
  stage.start();
  stage.create("alpha", allowed());
  await stage.pass(4);
  expect(stage.told("alpha")).toContain("Succeeded: ");
  stage.keep(`${GROUP}/providers/Microsoft.App/sessionPools/alpha`);
  const capitals = { resourceGroup: "RG-KS", environmentId: ENVIRONMENT.toUpperCase() };
  stage.create("beta", allowed({ ...capitals, azureName: "alpha", policy: { adoption: "Always" } }));
  stage.create("gamma", allowed({ resourceGroup: "RG-OTHER" }));
  await stage.pass(4);
  expect(stage.told("beta")).toMatch(/^OwnedByOther: .* belongs to the SessionPool team-a\/alpha/);
  expect(stage.told("gamma")).toContain("ScopeNotAllowed: ");
}

export async function hiddenIdentities(stage: Stage): Promise<void> {
  const two = identity("two");
  const assigned = (...ids: string[]): Partial<SessionPoolSpec> => ({
    identity: { type: "UserAssigned", userAssignedIdentities: Object.fromEntries(ids.map((id) => [id, {}])) },
  });
  const registry = (id: string): Partial<SessionPoolSpec> => ({
    customContainerTemplate: {
      containers: [{ name: "main", image: "img:1" }],
      registryCredentials: { server: "registry.example", identity: id },
    },
  });
  const both = assigned(identity("one"), two);
  await refused(
    stage,
    {
      assigned: allowed(assigned(two)),
      "assigned-second": allowed(both),
      "in-capitals": allowed(assigned(two.toUpperCase())),
      unused: allowed({ identity: { type: "None", userAssignedIdentities: { [two]: {} } } }),
      settings: allowed({
        ...assigned(identity("one")),
        managedIdentitySettings: [{ identity: two, lifecycle: "Main" }],
      }),
      "settings-second": allowed({
        ...assigned(identity("one")),
        managedIdentitySettings: [{ identity: identity("one") }, { identity: two }],
      }),
      registry: allowed({ ...assigned(identity("one")), ...registry(two) }),
    },
    /^ScopeNotAllowed: .*may not use the identity .*(?:two|TWO): /,
  );
}

export async function entriesThatDoNotAddUp(stage: Stage): Promise<void> {
  await refused(
    stage,
    {
      "far-group-here": allowed({ resourceGroup: "rg-far" }),
      "group-far-away": python({ resourceGroup: "rg-ks", subscriptionId: FAR_SUBSCRIPTION }),
      "environment-of-here": python({
        resourceGroup: "rg-far",
        subscriptionId: FAR_SUBSCRIPTION,
        environmentId: ENVIRONMENT,
      }),
    },
    /^ScopeNotAllowed: /,
  );
}

/** The subscription is not in the resource: the attacker's own Secret brings it. */
export async function subscriptionOfACredential(stage: Stage): Promise<void> {
  stage.secret("azure-credential", { ...CREDENTIALS.ofAnotherTenant, AZURE_SUBSCRIPTION_ID: FAR_SUBSCRIPTION });
  await refused(stage, { alpha: allowed() }, new RegExp(`^ScopeNotAllowed: .*the subscription ${FAR_SUBSCRIPTION}`));
}

/** The finalizer is the tenant's own work, so that the operator deletes in its name. */
export async function finalizerByHand(stage: Stage): Promise<void> {
  const id = stage.foreignPool("victim", `${stage.clusterId}/${HERE}/alpha/uid-1`);
  stage.start();
  stage.create("alpha", python({ azureName: "victim", resourceGroup: "rg" }));
  stage.create("forged", python({ resourceGroup: "rg-ks" }));
  await stage.pass(1);
  stage.forge("forged", { id });
  for (const name of ["alpha", "forged"]) stage.removeHeld(name);
  await stage.pass(5);
  for (const name of ["alpha", "forged"]) {
    expect.soft(stage.told(name)).toContain("ScopeNotAllowed: the pool is neither read nor deleted: ");
    expect.soft(stage.resource(name), name).toBeDefined();
  }
  expect(stage.asked(id)).toEqual([]);
}

/** A pool that was made when the table was another; the spec says since that it is somewhere else. */
export async function deletionOutOfScope(stage: Stage): Promise<void> {
  const id = stage.foreignPool("alpha", `${stage.clusterId}/${HERE}/alpha/uid-1`);
  stage.start();
  stage.create("alpha", python());
  await stage.pass(1);
  stage.forge("alpha", { id });
  stage.patch("alpha", { metadata: { finalizers: ["appcontainers.dev/session-pool"] } });
  stage.patch("alpha", { spec: { resourceGroup: "rg-ks" } });
  stage.remove("alpha");
  await stage.pass(5);
  expect(stage.told("alpha")).toContain("ScopeNotAllowed: the pool is neither read nor deleted: ");
  expect(stage.told("alpha")).toContain(
    `set spec.policy.deletion to Orphan, which lets go of it and leaves it in Azure: ${poolId("alpha")}`,
  );
  expect(stage.resource("alpha")).toBeDefined();
  expect(stage.asked(id)).toEqual([]);
}
