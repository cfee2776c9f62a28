import * as fc from "fast-check";
import type { Arbitrary } from "fast-check";
import { crdSchema } from "../../src/api/crd-schema.generated.ts";
import type { CrdSchema } from "../../src/api/crd-schema.ts";
import type { SessionPoolSpec } from "../../src/api/session-pool.ts";

const GROUP = "/subscriptions/34adfa4f-cedf-4dc0-ba29-b6d1a69ab345/resourceGroups/rg";
const identity = (name: string): string =>
  `${GROUP}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/${name}`;
const IDENTITIES = [identity("one1"), identity("two2"), identity("Three3")];
const SECRETS = ["alpha", "beta-2", "gamma.3"];

/** The Kubernetes Secret that generated specs name. */
export const SECRET = { name: "creds", entries: ["one", "two", "three"] };

/** Texts that must have a form of their own: the schema says so in CEL, which cannot be turned round. `*` stands for an index or a key. */
const TEXTS: Readonly<Record<string, Arbitrary<string>>> = {
  subscriptionId: fc.constant("34adfa4f-cedf-4dc0-ba29-b6d1a69ab345"),
  resourceGroup: fc.constant("rg"),
  location: fc.constantFrom("westus3", "West US 3", "North Central US (Stage)", "eastasia"),
  environmentId: fc.constantFrom(
    `${GROUP}/providers/Microsoft.App/managedEnvironments/env`,
    `${GROUP.replace("resourceGroups", "resourcegroups")}/providers/microsoft.app/managedEnvironments/Env`,
  ),
  "managedIdentitySettings/*/identity": fc.constantFrom("system", ...IDENTITIES),
  "customContainerTemplate/registryCredentials/identity": fc.constantFrom("system", ...IDENTITIES),
  "customContainerTemplate/registryCredentials/passwordSecretRef": fc.constantFrom(...SECRETS),
  "customContainerTemplate/containers/*/env/*/secretRef": fc.constantFrom(...SECRETS),
  "customContainerTemplate/containers/*/resources/memory": fc.constantFrom("0.5Gi", "1Gi", "250Mb"),
  "secrets/*/name": fc.constantFrom(...SECRETS),
  "secrets/*/valueFrom/secretKeyRef/name": fc.constant(SECRET.name),
  "secrets/*/valueFrom/secretKeyRef/key": fc.constantFrom(...SECRET.entries),
  "policy/driftInterval": fc.constantFrom("10s", "90s", "5m", "1h", "24h"),
  "policy/ignore/*": fc.constantFrom("ignored-tag", "/properties/sessionNetworkConfiguration/status"),
};
const TAG_NAMES = fc.constantFrom("team", "Cost Center", "stage.x", "a~b", "ünïcode");
const PRINTABLE = (schema: CrdSchema): Arbitrary<string> =>
  fc.string({ minLength: schema.minLength ?? 0, maxLength: Math.min(schema.maxLength ?? 12, 12) });

/** Fields that a test sets itself, or that change what the test is about. */
const LEFT_OUT: ReadonlySet<string> = new Set([
  "azureName",
  "credentialsRef",
  "suspend",
  "policy/mode",
  "policy/deletion",
]);

/** Any spec that the CRD takes: made from its schema, then put right where its rules tie fields together. */
export function anySpec(): Arbitrary<SessionPoolSpec> {
  return of(crdSchema.properties?.spec ?? {}, "").map((value) => consistent(value as Draft));
}

/** Any value for the field at a path of the spec, e.g. `customContainerTemplate/ingress/targetPort`. */
export function anyValue(path: string): Arbitrary<unknown> {
  let schema: CrdSchema = crdSchema.properties?.spec ?? {};
  for (const token of path.split("/"))
    schema = (token === "*" ? (schema.items ?? schema.additionalProperties) : schema.properties?.[token]) ?? {};
  return of(schema, path);
}

function of(schema: CrdSchema, path: string): Arbitrary<unknown> {
  const allowed = schema.enum ?? schema.anyOf?.flatMap((alternative) => alternative.enum);
  if (allowed) return fc.constantFrom(...allowed);
  switch (schema.type ?? "object") {
    case "string":
      return TEXTS[path] ?? PRINTABLE(schema);
    case "integer":
      return fc.integer({ min: schema.minimum ?? 0, max: Math.min(schema.maximum ?? 10_000, 10_000) });
    case "number":
      return fc.constantFrom(0.25, 0.5, 1, 2, 1.75);
    case "boolean":
      return fc.boolean();
    case "array":
      return listOf(schema, path);
    default:
      return objectOf(schema, path);
  }
}

function listOf(schema: CrdSchema, path: string): Arbitrary<unknown> {
  const [key] = schema["x-kubernetes-list-map-keys"] ?? [];
  return fc.uniqueArray(of(schema.items ?? {}, `${path}/*`), {
    minLength: schema.minItems ?? 0,
    maxLength: 3,
    selector: (entry) => (key === undefined ? JSON.stringify(entry) : (entry as Record<string, unknown>)[key]),
  });
}

function objectOf(schema: CrdSchema, path: string): Arbitrary<unknown> {
  if (schema.additionalProperties) {
    const keys = path === "identity/userAssignedIdentities" ? fc.constantFrom(...IDENTITIES) : TAG_NAMES;
    return fc.dictionary(keys, of(schema.additionalProperties, `${path}/*`), { maxKeys: 3 });
  }
  const members = Object.entries(schema.properties ?? {}).filter(([name]) => !LEFT_OUT.has(join(path, name)));
  const arbitraries = members.map(([name, member]) => {
    const value = of(member, join(path, name));
    return [name, member.nullable === true ? fc.option(value, { freq: 8 }) : value] as const;
  });
  return fc.record(Object.fromEntries(arbitraries), { requiredKeys: [...(schema.required ?? [])] as never[] });
}

function join(path: string, name: string): string {
  return path === "" ? name : `${path}/${name}`;
}

/** A spec before its fields fit together. */
type Draft = {
  -readonly [Key in keyof SessionPoolSpec]: SessionPoolSpec[Key];
};

function consistent(draft: Draft): SessionPoolSpec {
  const spec: Draft = { ...draft, poolManagementType: "Dynamic" };
  const custom = spec.containerType === "CustomContainer";
  const { lifecycleType } = spec.dynamicPoolConfiguration.lifecycleConfiguration;
  const timed = !custom || lifecycleType === "Timed";
  spec.dynamicPoolConfiguration = {
    lifecycleConfiguration: timed
      ? { lifecycleType: "Timed", cooldownPeriodInSeconds: period(spec, 300, 3600) }
      : { lifecycleType: "OnContainerExit", maxAlivePeriodInSeconds: period(spec, 60, 86_400) },
  };
  if (!custom) {
    for (const field of ["customContainerTemplate", "identity", "managedIdentitySettings", "environmentId"] as const)
      delete spec[field];
    return spec;
  }
  spec.environmentId ??= `${GROUP}/providers/Microsoft.App/managedEnvironments/env`;
  const ready = 1 + ((spec.scaleConfiguration?.readySessionInstances ?? 0) % 50);
  const max = spec.scaleConfiguration?.maxConcurrentSessions;
  spec.scaleConfiguration = {
    readySessionInstances: ready,
    ...(typeof max === "number" ? { maxConcurrentSessions: ready + max } : {}),
  };
  withIdentities(spec);
  withTemplate(spec);
  return spec;
}

function period(spec: Draft, min: number, max: number): number {
  const { cooldownPeriodInSeconds: some } = spec.dynamicPoolConfiguration.lifecycleConfiguration;
  return min + ((some ?? 0) % (max - min));
}

/** Settings and credentials name only identities that the pool has. */
function withIdentities(spec: Draft): void {
  const ids = Object.keys(spec.identity?.userAssignedIdentities ?? {});
  if (spec.identity && !spec.identity.type.includes("UserAssigned")) delete spec.identity.userAssignedIdentities;
  else if (spec.identity && ids.length === 0) spec.identity.userAssignedIdentities = { [IDENTITIES[0] ?? ""]: {} };
  const assigned = new Set(Object.keys(spec.identity?.userAssignedIdentities ?? {}));
  if (spec.identity?.type.includes("SystemAssigned")) assigned.add("system");
  if (spec.managedIdentitySettings)
    spec.managedIdentitySettings = spec.managedIdentitySettings.filter((setting) => assigned.has(setting.identity));
}

/** Variables have a value or a secret, and secrets that are named are listed. */
function withTemplate(spec: Draft): void {
  const listed = new Set((spec.secrets ?? []).map(({ name }) => name));
  const template = spec.customContainerTemplate ?? { containers: [{ name: "main", image: "img:1" }] };
  const containers = template.containers.map((container) => {
    if (!container.env) return container;
    const env = container.env.map(({ name, value, secretRef }) =>
      typeof secretRef === "string" && listed.has(secretRef) ? { name, secretRef } : { name, value: value ?? "" },
    );
    return { ...container, env };
  });
  const { registryCredentials: registry, ...rest } = template;
  spec.customContainerTemplate = { ...rest, containers };
  if (!registry) return;
  const server = registry.server ?? "a.azurecr.io";
  const { passwordSecretRef: password, identity: own } = registry;
  if (typeof password === "string" && listed.has(password))
    spec.customContainerTemplate.registryCredentials = { server, username: "user", passwordSecretRef: password };
  else if (typeof own === "string") spec.customContainerTemplate.registryCredentials = { server, identity: own };
}
