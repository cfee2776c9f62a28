import { customPool, pythonPool } from "../world.ts";
import { ENVIRONMENT_ID, type Refusal, SUBSCRIPTION } from "./refusal.ts";

const OTHER_SUBSCRIPTION = "00000000-0000-0000-0000-000000000000";

/** Resources that are in the cluster before a change is applied to them. */
export const EXISTING: readonly object[] = [
  customPool("existingcustom", { subscriptionId: SUBSCRIPTION, location: "westus3" }),
  customPool("existing-renamed", { azureName: "renamed" }),
  pythonPool("existingpython"),
];

const changed = (spec: object): object =>
  customPool("existingcustom", { subscriptionId: SUBSCRIPTION, location: "westus3", ...spec });

/** What Azure fixes when it creates a pool; a change would need another pool. */
export const CHANGE: readonly Refusal[] = [
  {
    when: "the pool is to be renamed",
    apply: changed({ azureName: "othername" }),
    field: "spec.azureName",
    says: "cannot be changed, because Azure cannot rename a pool; keep the old name (metadata.name when azureName was left out), or create another SessionPool with the new one",
    instead: changed({ azureName: "existingcustom" }),
  },
  {
    when: "a pool with a name of its own gets another",
    apply: customPool("existing-renamed", { azureName: "othername" }),
    field: "spec.azureName",
    says: "cannot be changed, because Azure cannot rename a pool",
    instead: customPool("existing-renamed", { azureName: "renamed" }),
  },
  {
    when: "the pool is to move to another region",
    apply: changed({ location: "West US 2" }),
    field: "spec.location",
    says: "cannot be changed, because a pool stays in its region; put the old value back, or create another SessionPool in the other region",
    instead: changed({ location: "West US 3" }),
  },
  {
    when: "the pool is to move to another resource group",
    apply: changed({ resourceGroup: "rg2" }),
    field: "spec.resourceGroup",
    says: "cannot be changed, because a pool stays in its resource group; put the old value back, or create another SessionPool in the other group",
    instead: changed({ resourceGroup: "RG" }),
  },
  {
    when: "the pool is to move to another subscription",
    apply: changed({ subscriptionId: OTHER_SUBSCRIPTION }),
    field: "spec.subscriptionId",
    says: "cannot be added, removed or changed, because a pool stays in its subscription; put the old value back, or create another SessionPool in the other subscription",
    instead: changed({ subscriptionId: SUBSCRIPTION.toUpperCase() }),
  },
  {
    when: "the subscription is taken out",
    apply: changed({ subscriptionId: undefined }),
    field: "spec.subscriptionId",
    says: "cannot be added, removed or changed",
    instead: changed({}),
  },
  {
    when: "a subscription is put in",
    apply: pythonPool("existingpython", { subscriptionId: SUBSCRIPTION }),
    field: "spec.subscriptionId",
    says: "cannot be added, removed or changed",
    instead: pythonPool("existingpython", { subscriptionId: null }),
  },
  {
    when: "the pool is to move to another environment",
    apply: changed({ environmentId: `${ENVIRONMENT_ID}2` }),
    field: "spec.environmentId",
    says: "cannot be added, removed or changed, because a pool stays in its environment; put the old value back, or create another SessionPool in the other environment",
    instead: changed({ environmentId: ENVIRONMENT_ID.toUpperCase() }),
  },
  {
    when: "a built-in pool is to get an environment",
    apply: pythonPool("existingpython", { environmentId: ENVIRONMENT_ID }),
    field: "spec.environmentId",
    says: "cannot be added, removed or changed",
    instead: pythonPool("existingpython", { environmentId: null }),
  },
  {
    when: "a pool of own containers is to become a built-in one",
    apply: changed({ containerType: "PythonLTS", customContainerTemplate: null }),
    field: "spec.containerType",
    says: "cannot be changed, because Azure fixes it when it creates the pool; put the old value back, or create another SessionPool",
    instead: changed({ scaleConfiguration: { maxConcurrentSessions: 20, readySessionInstances: 3 } }),
  },
  {
    when: "the pool is to be managed in another way",
    apply: changed({ poolManagementType: "Manual" }),
    field: "spec.poolManagementType",
    says: "cannot be changed, because Azure fixes how a pool is managed when it creates it; put the old value back",
    instead: changed({ poolManagementType: null }),
  },
];
