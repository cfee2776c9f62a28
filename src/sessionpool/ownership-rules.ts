/**
 * How much of a part of the body belongs to the user once the user sets it. Patterns are JSON pointers with `*` for one token.
 * Everything else merges: members that the user leaves out stay as they are in Azure.
 */

/** Parts that are one value: what the user leaves out inside them is meant to be absent. */
export const OWNED_WHOLE: readonly string[] = [
  "/identity",
  "/identity/userAssignedIdentities",
  "/properties/dynamicPoolConfiguration/lifecycleConfiguration",
  "/properties/customContainerTemplate/registryCredentials",
  "/properties/customContainerTemplate/containers/*/env/*",
];

/** Lists whose entries are told apart by a member, in any order; every list that the user sets is owned whole. */
export const LIST_KEYS: Readonly<Record<string, string>> = {
  "/properties/secrets": "name",
  "/properties/managedIdentitySettings": "identity",
  "/properties/customContainerTemplate/containers": "name",
  "/properties/customContainerTemplate/containers/*/env": "name",
};

/** Maps whose keys ARM compares case-insensitively (tags: azure-session-pools §5; ARM ids). */
export const CASELESS_MAPS: readonly string[] = ["/tags", "/identity/userAssignedIdentities"];

/** Members of a list entry that are lists themselves: absent means empty, since the list around them is owned whole. */
export const OWNED_LISTS_OF_ENTRIES: Readonly<Record<string, readonly string[]>> = {
  "/properties/customContainerTemplate/containers/*": ["command", "args", "env"],
};
