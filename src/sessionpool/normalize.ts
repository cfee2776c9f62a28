import {
  type Json,
  type JsonObject,
  type MutableJson,
  copied,
  isEmpty,
  isList,
  isObject,
  lowerText,
  objectOr,
  withoutNulls,
} from "./json.ts";

/** Which of the two bodies is being rewritten: what the resource asks for, or what Azure has. */
export type Side = "desired" | "observed";

/** One way in which Azure rewrites what it is given, undone on both sides so that the two can be compared. */
export interface NormalizationRow {
  readonly name: string;
  /** The recorded exchange or the source that proves the rewrite. */
  readonly evidence: string;
  /** Sides it applies to; both unless said. */
  readonly only?: Side;
  /** Whether the value is shown to people in this form too. */
  readonly shown?: boolean;
  /** Whether only the casing of an id is lost, which people want to see as Azure has it. */
  readonly casing?: boolean;
  /** Changes `body` in place; `other` is the other side's body, if it is known. A list entry that does not count becomes null. */
  readonly rewrite: (body: MutableJson, other: JsonObject | undefined) => void;
}

/** A pool's properties, when there are any. */
function properties(body: MutableJson): MutableJson | undefined {
  return mutable(body.properties);
}

function mutable(value: Json | undefined): MutableJson | undefined {
  return isObject(value) ? value : undefined;
}

function lowerCase(holder: MutableJson | undefined, key: string): void {
  const value = holder?.[key];
  if (holder && typeof value === "string") holder[key] = value.toLowerCase();
}

function identitiesIn(settings: Json | undefined): ReadonlySet<string> {
  return new Set((isList(settings) ? settings : []).map((setting) => lowerText(objectOr(setting).identity)));
}

function numbers(holder: MutableJson | undefined, keys: readonly string[]): void {
  for (const key of keys) {
    const value = holder?.[key];
    if (holder && typeof value === "string" && /^\d+$/.test(value)) holder[key] = Number(value);
  }
}

/** `West US 3`, `westus3`, `North Central US (Stage)`, `northcentralusstage`: letters and digits only. */
function shortLocation(location: string): string {
  return location.toLowerCase().replaceAll(/[^a-z0-9]/g, "");
}

/** The table. The order does not matter but for `null-is-absent`, which comes first. */
export const NORMALIZATION: readonly NormalizationRow[] = [
  {
    name: "null-is-absent",
    evidence:
      "azure-session-pools §3.3: registryCredentials null, username null; registry-password.json seq 109: identity null added",
    shown: true,
    rewrite: (body) => {
      for (const [key, value] of Object.entries(body)) {
        if (value === undefined || value === null) delete body[key];
        else body[key] = withoutNulls(value);
      }
    },
  },
  {
    name: "location-display-form",
    evidence:
      "azure-session-pools §3.3: westus3 comes back as West US 3, northcentralusstage as North Central US (Stage); on-container-exit.json seq 68",
    rewrite: (body) => {
      if (typeof body.location === "string") body.location = shortLocation(body.location);
    },
  },
  {
    name: "no-identity-is-none",
    evidence:
      "azure-session-pools §3.3: a PUT without identity is read back as type None; the PUT answer of a built-in pool has no identity at all (e2e-python-shell-custom.json seq 90, 233)",
    only: "observed",
    rewrite: (body) => {
      if (isEmpty(body.identity)) body.identity = { type: "None" };
    },
  },
  {
    name: "identity-type-spacing",
    evidence: "azure-session-pools §3.3: SystemAssigned, UserAssigned has a space in answers",
    rewrite: (body) => {
      const identity = mutable(body.identity);
      if (identity && typeof identity.type === "string") identity.type = identity.type.replaceAll(/\s/g, "");
    },
  },
  {
    name: "identity-generated-ids",
    evidence: "azure-session-pools §3.3: principalId, tenantId, clientId are filled in by Azure",
    shown: true,
    rewrite: (body) => {
      const identity = mutable(body.identity);
      if (!identity) return;
      delete identity.principalId;
      delete identity.tenantId;
      const assigned = mutable(identity.userAssignedIdentities);
      for (const id of Object.keys(assigned ?? {})) if (assigned) assigned[id] = {};
    },
  },
  {
    name: "numbers-in-quotes",
    evidence:
      'azure-session-pools §3.3: cooldownPeriodInSeconds "300" comes back as 300; on-container-exit.json seq 68',
    only: "desired",
    rewrite: (body) => {
      const { scaleConfiguration, dynamicPoolConfiguration, customContainerTemplate } = properties(body) ?? {};
      numbers(mutable(scaleConfiguration), ["readySessionInstances", "maxConcurrentSessions"]);
      const lifecycle = mutable(mutable(dynamicPoolConfiguration)?.lifecycleConfiguration);
      numbers(lifecycle, ["cooldownPeriodInSeconds", "maxAlivePeriodInSeconds"]);
      numbers(mutable(mutable(customContainerTemplate)?.ingress), ["targetPort"]);
    },
  },
  {
    name: "lifecycle-of-early-previews",
    evidence:
      "azure-session-pools §1.4: until 2024-10-02-preview it is {executionType, cooldownPeriodInSeconds}, of which Timed was the only type; since 2025-01-01 lifecycleConfiguration is in its place",
    only: "observed",
    rewrite: (body) => {
      const dynamic = mutable(properties(body)?.dynamicPoolConfiguration);
      if (!dynamic || dynamic.lifecycleConfiguration !== undefined) return;
      const { executionType: lifecycleType = "Timed", cooldownPeriodInSeconds } = dynamic;
      if (cooldownPeriodInSeconds === undefined) return;
      delete dynamic.executionType;
      delete dynamic.cooldownPeriodInSeconds;
      dynamic.lifecycleConfiguration = { lifecycleType, cooldownPeriodInSeconds };
    },
  },
  {
    name: "environment-id-casing",
    evidence: "azure-session-pools §4: the environment id is compared case-insensitively by Terraform's provider",
    casing: true,
    rewrite: (body) => lowerCase(properties(body), "environmentId"),
  },
  {
    name: "enum-casing",
    evidence: "azure-session-pools §1.2, §3.3: containerType is modelAsString, and System comes back as system",
    only: "observed",
    casing: true,
    rewrite: (body, other) => {
      const [holder, wanted] = [properties(body), objectOr(other?.properties)];
      for (const key of ["containerType", "poolManagementType"]) {
        const value = wanted[key];
        if (holder && typeof value === "string" && lowerText(holder[key]) === value.toLowerCase()) holder[key] = value;
      }
    },
  },
  {
    name: "registry-identity-casing",
    evidence: "azure-session-pools §3.3: identity ids can come back with another casing of their segments",
    casing: true,
    rewrite: (body) => {
      lowerCase(mutable(mutable(properties(body)?.customContainerTemplate)?.registryCredentials), "identity");
    },
  },
  {
    name: "setting-identity-casing",
    evidence: "azure-session-pools §3.3: System comes back as system, ids with another casing of their segments",
    casing: true,
    rewrite: (body) => {
      const settings = properties(body)?.managedIdentitySettings;
      if (isList(settings)) for (const setting of settings) lowerCase(mutable(setting), "identity");
    },
  },
  {
    name: "none-settings-are-absent",
    evidence:
      "azure-session-pools §3.3: the service appends an entry with lifecycle None for every assigned identity that is not listed; None is the default (§1.2)",
    rewrite: (body, other) => {
      const holder = properties(body);
      const settings = holder?.managedIdentitySettings;
      if (!holder || !isList(settings)) return;
      const listed = identitiesIn(objectOr(other?.properties).managedIdentitySettings);
      holder.managedIdentitySettings = settings.map((setting) => {
        const { identity, lifecycle = "None" } = objectOr(setting);
        return lifecycle === "None" && !listed.has(lowerText(identity)) ? null : { identity, lifecycle };
      });
    },
  },
  {
    name: "no-ready-instances-on-built-in-pools",
    evidence:
      "azure-session-pools §3.3: readySessionInstances is dropped for PythonLTS; e2e-python-shell-custom.json seq 90",
    only: "desired",
    rewrite: (body) => {
      const holder = properties(body);
      const scale = mutable(holder?.scaleConfiguration);
      if (scale && holder?.containerType !== undefined && holder.containerType !== "CustomContainer")
        delete scale.readySessionInstances;
    },
  },
  {
    name: "secret-values-never-come-back",
    evidence: "azure-session-pools §3.3: secrets come back as names only; e2e-python-shell-custom.json seq 101",
    shown: true,
    rewrite: (body) => {
      const holder = properties(body);
      if (holder && isList(holder.secrets))
        holder.secrets = holder.secrets.map((secret) => (isObject(secret) ? { name: secret.name } : secret));
    },
  },
];

/** A copy of `body` as people may see it: without nulls, secret values and generated ids, and otherwise as it is. */
export function shownForm(body: JsonObject, side: Side, rows: readonly NormalizationRow[] = NORMALIZATION): JsonObject {
  return normalize(
    body,
    side,
    undefined,
    rows.filter(({ shown }) => shown === true),
  );
}

/**
 * A copy of `body` in the form in which desired and observed can be compared.
 *
 * @param other the body that it is compared with, when there is one
 */
export function normalize(
  body: JsonObject,
  side: Side,
  other?: JsonObject,
  rows: readonly NormalizationRow[] = NORMALIZATION,
): JsonObject {
  const copy = copied(body) as MutableJson;
  for (const row of rows) if (row.only === undefined || row.only === side) row.rewrite(copy, other);
  return copy;
}
