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

/** Lists with entries that merge like objects: what the user leaves out in an entry is not compared. */
export const MERGED_ENTRIES: readonly string[] = ["/properties/customContainerTemplate/containers"];

/** Maps whose keys ARM compares case-insensitively (tags: azure-session-pools §5; ARM ids). */
export const CASELESS_MAPS: readonly string[] = ["/tags", "/identity/userAssignedIdentities"];

/** Members of a list entry that are lists themselves: absent means empty, since the list around them is owned whole. */
export const OWNED_LISTS_OF_ENTRIES: Readonly<Record<string, readonly string[]>> = {
  "/properties/customContainerTemplate/containers/*": ["command", "args", "env"],
};

/** Parts that every resource sets, so that the user cannot take them out. */
export const NEVER_TAKEN_OUT: readonly string[] = [
  "/location",
  "/properties/containerType",
  "/properties/poolManagementType",
  "/properties/environmentId",
  "/properties/dynamicPoolConfiguration/lifecycleConfiguration",
  "/properties/customContainerTemplate/containers/*/name",
  "/properties/customContainerTemplate/containers/*/image",
  "/properties/customContainerTemplate/containers/*/command",
  "/properties/customContainerTemplate/containers/*/args",
  "/properties/customContainerTemplate/containers/*/env",
];

/** Pointers that Azure sets at creation only (azure-session-pools §1.2, §4). */
export const IMMUTABLE: readonly string[] = [
  "/location",
  "/properties/environmentId",
  "/properties/containerType",
  "/properties/poolManagementType",
];
