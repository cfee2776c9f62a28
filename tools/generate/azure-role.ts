/** An action of the operator's custom role in Azure. */
export interface AzureAction {
  readonly action: string;
  readonly why: string;
  /** Whether the operator calls it itself, or Azure asks for it when it takes a PUT; the second has not been seen in live Azure. */
  readonly asked: "by a call of the operator" | "by Azure, for a PUT";
}

/**
 * What the operator may do in Azure: nothing more, no wildcard, no action on sessions, no data action. Names are those of "Azure permissions for
 * Compute" and "… for Identity" in the Azure RBAC reference.
 */
export const AZURE_ACTIONS: readonly AzureAction[] = [
  {
    action: "Microsoft.App/sessionPools/read",
    why: "LIST of the subscription or of a resource group, to see what changed; GET of a pool before each write",
    asked: "by a call of the operator",
  },
  {
    action: "Microsoft.App/sessionPools/write",
    why: "PUT, to create and update",
    asked: "by a call of the operator",
  },
  {
    action: "Microsoft.App/sessionPools/delete",
    why: "DELETE, when the resource is deleted and its policy does not say Orphan",
    asked: "by a call of the operator",
  },
  {
    action: "Microsoft.App/locations/operationStatuses/read",
    why: "the outcome of a PUT, with Azure's words when it fails; without it the operator knows only that the pool failed",
    asked: "by a call of the operator",
  },
  {
    action: "Microsoft.App/locations/operationResults/read",
    why: "the same, where Azure names only this address, as it does for a DELETE",
    asked: "by a call of the operator",
  },
  {
    action: "Microsoft.App/managedEnvironments/read",
    why: "a custom pool names its environment",
    asked: "by Azure, for a PUT",
  },
  {
    action: "Microsoft.App/managedEnvironments/join/action",
    why: "a custom pool runs in its environment",
    asked: "by Azure, for a PUT",
  },
  {
    action: "Microsoft.ManagedIdentity/userAssignedIdentities/read",
    why: "a pool names its user-assigned identities",
    asked: "by Azure, for a PUT",
  },
  {
    action: "Microsoft.ManagedIdentity/userAssignedIdentities/assign/action",
    why: "a pool uses its user-assigned identities",
    asked: "by Azure, for a PUT",
  },
];

/** The role in the form that `az role definition create --role-definition` takes. */
export function azureRoleJson(): string {
  const role = {
    Name: "SessionPool Operator",
    IsCustom: true,
    Description: "Manages session pools of Azure Container Apps, and nothing in them.",
    Actions: AZURE_ACTIONS.map(({ action }) => action),
    NotActions: [],
    DataActions: [],
    NotDataActions: [],
    AssignableScopes: ["/subscriptions/00000000-0000-0000-0000-000000000000"],
  };
  return `${JSON.stringify(role, undefined, 2)}\n`;
}
