import { customPool, pythonPool } from "../world.ts";

/** A mistake that the API server refuses at `kubectl apply`, and the nearest thing that it takes. */
export interface Refusal {
  readonly when: string;
  readonly apply: object;
  /** The field, as kubectl prints it. */
  readonly field: string;
  /** Words of the message on that field that say what to do. */
  readonly says: string;
  readonly instead: object;
}

export const SUBSCRIPTION = "34adfa4f-cedf-4dc0-ba29-b6d1a69ab345";
export const GROUP_ID = `/subscriptions/${SUBSCRIPTION}/resourceGroups/rg`;
export const ENVIRONMENT_ID = `${GROUP_ID}/providers/Microsoft.App/managedEnvironments/demokube`;
export const IDENTITY_ID = `${GROUP_ID}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/puller`;

/** A custom pool that is not in the cluster yet. */
export function custom(spec: object): object {
  return customPool("newpool", spec);
}

/** A built-in pool that is not in the cluster yet. */
export function python(spec: object): object {
  return pythonPool("newpool", spec);
}

/** A custom pool whose only container has these members too. */
export function customContainer(container: object, spec: object = {}): object {
  const containers = [{ name: "main", image: "mcr.microsoft.com/k8se/quickstart:latest", ...container }];
  return custom({ customContainerTemplate: { containers }, ...spec });
}

/** A custom pool with these registry credentials and a secret called password. */
export function registry(registryCredentials: object): object {
  const containers = [{ name: "main", image: "contoso.azurecr.io/sandbox:1" }];
  return custom({ customContainerTemplate: { containers, registryCredentials }, secrets: [secret("password")] });
}

/** A custom pool that ends its sessions this way. */
export function lifecycle(lifecycleConfiguration: object): object {
  return custom({ dynamicPoolConfiguration: { lifecycleConfiguration } });
}

/** An entry of spec.secrets. */
export function secret(name: string, secretKeyRef: object = { name: "credentials", key: "value" }): object {
  return { name, valueFrom: { secretKeyRef } };
}
