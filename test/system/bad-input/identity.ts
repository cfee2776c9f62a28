import { GROUP_ID, IDENTITY_ID, type Refusal, custom } from "./refusal.ts";

const ID_FORM =
  "/subscriptions/<uuid>/resourceGroups/<group>/providers/Microsoft.ManagedIdentity/userAssignedIdentities/<name>";
const FOREIGN_ID = `${GROUP_ID}/providers/Microsoft.KeyVault/vaults/puller`;

/** The pool's identities, and what sessions can do with them. */
export const IDENTITY: readonly Refusal[] = [
  {
    when: "the identity's type is misspelt",
    apply: custom({ identity: { type: "systemAssigned" } }),
    field: "spec.identity.type",
    says: 'supported values: "None", "SystemAssigned"',
    instead: custom({ identity: { type: "SystemAssigned" } }),
  },
  {
    when: "identities are user-assigned and none is named",
    apply: custom({ identity: { type: "UserAssigned", userAssignedIdentities: null } }),
    field: "spec.identity.userAssignedIdentities",
    says: "identity.type UserAssigned needs at least one identity; add its ARM id as a key, with {} as the value",
    instead: custom({ identity: { type: "UserAssigned", userAssignedIdentities: { [IDENTITY_ID]: {} } } }),
  },
  {
    when: "both kinds of identity are asked for and no user-assigned one is named",
    apply: custom({ identity: { type: "SystemAssigned,UserAssigned", userAssignedIdentities: {} } }),
    field: "spec.identity.userAssignedIdentities",
    says: "needs at least one identity",
    instead: custom({
      identity: { type: "SystemAssigned, UserAssigned", userAssignedIdentities: { [IDENTITY_ID]: {} } },
    }),
  },
  {
    when: "identities are named and the type leaves them out",
    apply: custom({ identity: { type: "SystemAssigned", userAssignedIdentities: { [IDENTITY_ID]: {} } } }),
    field: "spec.identity.userAssignedIdentities",
    says: "must be left out unless identity.type is UserAssigned or SystemAssigned,UserAssigned; remove it, or change the type",
    instead: custom({ identity: { type: "SystemAssigned", userAssignedIdentities: {} } }),
  },
  {
    when: "a user-assigned identity is an id of another kind of resource",
    apply: custom({ identity: { type: "UserAssigned", userAssignedIdentities: { [FOREIGN_ID]: {} } } }),
    field: "spec.identity.userAssignedIdentities",
    says: `every key must be the ARM id of a user-assigned identity: ${ID_FORM}`,
    instead: custom({
      identity: { type: "UserAssigned", userAssignedIdentities: { [IDENTITY_ID.toLowerCase()]: {} } },
    }),
  },
  {
    when: "an identity setting is for an id of another kind of resource",
    apply: custom({ managedIdentitySettings: [{ identity: FOREIGN_ID, lifecycle: "Main" }] }),
    field: "spec.managedIdentitySettings[0].identity",
    says: `must be \`system\` or the ARM id of a user-assigned identity: ${ID_FORM}`,
    instead: custom({
      managedIdentitySettings: [
        { identity: "system", lifecycle: "None" },
        { identity: IDENTITY_ID, lifecycle: null },
      ],
    }),
  },
  {
    when: "an identity has two settings",
    apply: custom({
      managedIdentitySettings: [{ identity: "system", lifecycle: "Main" }, { identity: "system" }],
    }),
    field: "spec.managedIdentitySettings[1]",
    says: "Duplicate value",
    instead: custom({
      managedIdentitySettings: [{ identity: "system", lifecycle: "Main" }, { identity: IDENTITY_ID }],
    }),
  },
  {
    when: "an identity setting's lifecycle is not one of this API version",
    apply: custom({ managedIdentitySettings: [{ identity: "system", lifecycle: "All" }] }),
    field: "spec.managedIdentitySettings[0].lifecycle",
    says: 'supported values: "None", "Main"',
    instead: custom({ managedIdentitySettings: null }),
  },
  {
    when: "the network's status is misspelt",
    apply: custom({ sessionNetworkConfiguration: { status: "Enabled" } }),
    field: "spec.sessionNetworkConfiguration.status",
    says: 'supported values: "EgressEnabled", "EgressDisabled"',
    instead: custom({ sessionNetworkConfiguration: { status: null } }),
  },
  {
    when: "the deletion policy is misspelt",
    apply: custom({ policy: { deletion: "Retain" } }),
    field: "spec.policy.deletion",
    says: 'supported values: "Delete", "Orphan"',
    instead: custom({ policy: { deletion: "Orphan" }, suspend: null }),
  },
  {
    when: "the mode is misspelt",
    apply: custom({ policy: { mode: "observe" } }),
    field: "spec.policy.mode",
    says: 'supported values: "Apply", "Observe", "Approve"',
    instead: custom({ policy: { mode: "Observe" } }),
  },
  {
    when: "the drift policy is misspelt",
    apply: custom({ policy: { drift: "Ignore" } }),
    field: "spec.policy.drift",
    says: 'supported values: "Correct", "Report"',
    instead: custom({ policy: { drift: "Report", ignore: null } }),
  },
  {
    when: "the drift interval has no unit",
    apply: custom({ policy: { driftInterval: "300" } }),
    field: "spec.policy.driftInterval",
    says: "must be a whole number with its unit s, m or h, from 10s to 24h, such as 30s, 5m or 1h",
    instead: custom({ policy: { driftInterval: "300s" } }),
  },
  {
    when: "the drift interval has two units",
    apply: custom({ policy: { driftInterval: "1h30m" } }),
    field: "spec.policy.driftInterval",
    says: "must be a whole number with its unit s, m or h",
    instead: custom({ policy: { driftInterval: "90m" } }),
  },
  {
    when: "the drift interval is a number",
    apply: custom({ policy: { driftInterval: 300 } }),
    field: "spec.policy.driftInterval",
    says: "must be of type string",
    instead: custom({ policy: { driftInterval: null } }),
  },
  {
    when: "the drift interval is shorter than Azure is to be asked",
    apply: custom({ policy: { driftInterval: "9s" } }),
    field: "spec.policy.driftInterval",
    says: "from 10s to 24h",
    instead: custom({ policy: { driftInterval: "10s" } }),
  },
  {
    when: "the drift interval is longer than a day",
    apply: custom({ policy: { driftInterval: "86401s" } }),
    field: "spec.policy.driftInterval",
    says: "from 10s to 24h",
    instead: custom({ policy: { driftInterval: "86400s" } }),
  },
  {
    when: "the policy for unlisted secrets is misspelt",
    apply: custom({ policy: { unlistedSecrets: "Keep" } }),
    field: "spec.policy.unlistedSecrets",
    says: 'supported values: "Hold", "Remove"',
    instead: custom({ policy: { unlistedSecrets: "Remove" } }),
  },
  {
    when: "a pointer to ignore begins with a field of the spec",
    apply: custom({ policy: { ignore: ["/scaleConfiguration/readySessionInstances"] } }),
    field: "spec.policy.ignore[0]",
    says: "must be a tag's name, or a JSON pointer that begins with /tags/, /identity or /properties/",
    instead: custom({
      policy: { ignore: ["/properties/scaleConfiguration/readySessionInstances", "/identity", "cost"] },
    }),
  },
  {
    when: "secrets are to be ignored",
    apply: custom({ policy: { ignore: ["cost", "/properties/secrets/0"] } }),
    field: "spec.policy.ignore[1]",
    says: "cannot ignore secrets, because every PUT must carry all of them; remove it",
    instead: custom({ policy: { ignore: ["cost", "/properties/secretsOfSomebody"] } }),
  },
  {
    when: "the same is to be ignored twice",
    apply: custom({ policy: { ignore: ["cost", "cost"] } }),
    field: "spec.policy.ignore[1]",
    says: "Duplicate value",
    instead: custom({ policy: { ignore: ["cost", "Cost"] } }),
  },
];
