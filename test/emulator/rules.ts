import { ArmFault } from "./http.ts";
import { type Fields, fields, list, text } from "./json.ts";
import { shortName } from "./locations.ts";
import { isBuiltIn, type PoolSettings } from "./pool.ts";

const CONTAINER_TYPES = new Set(["CustomContainer", "PythonLTS", "Shell", "NodeLTS"]);

/**
 * What the service refuses although its specification allows it (azure-session-pools §3.5). Where that section has no code or wording for a
 * rule, the code is `InvalidSessionPoolConfiguration`, which it has for the neighbouring rules.
 *
 * @param settings what the pool would be
 * @param body the request, or the merge of pool and PATCH, that it was read from
 * @throws ArmFault 400; nothing was changed
 */
export function checkRules(settings: PoolSettings, body: Fields): void {
  const builtIn = isBuiltIn(settings.containerType);
  if (!CONTAINER_TYPES.has(settings.containerType))
    invalid("containerType", "Must be one of CustomContainer, PythonLTS, Shell, NodeLTS.");
  if (settings.poolManagementType !== "Dynamic") {
    throw new ArmFault(
      400,
      "SessionPoolInvalidPoolManagementType",
      `The pool management type '${settings.poolManagementType}' is not supported. Supported values are 'Dynamic'.`,
    );
  }
  checkLifecycle(settings, builtIn);
  if (builtIn) checkBuiltIn(settings, list(fields(body.properties).managedIdentitySettings).length);
  else checkCustom(settings);
  checkSecretReferences(settings);
  checkDependencies(settings);
}

function checkLifecycle({ lifecycleConfiguration }: PoolSettings, builtIn: boolean): void {
  if (!lifecycleConfiguration) invalid("dynamicPoolConfiguration", "Must not be null for a Dynamic pool.");
  const {
    lifecycleType,
    cooldownPeriodInSeconds: cooldown,
    maxAlivePeriodInSeconds: maxAlive,
  } = fields(lifecycleConfiguration);
  if (lifecycleType === "OnContainerExit") {
    if (builtIn)
      invalid(
        "dynamicPoolConfiguration.lifecycleConfiguration.lifecycleType",
        "OnContainerExit is only supported for CustomContainer.",
      );
    if (typeof maxAlive !== "number")
      invalid("dynamicPoolConfiguration.lifecycleConfiguration.maxAlivePeriodInSeconds", "Must not be null.");
    if (cooldown !== undefined)
      invalid(
        "dynamicPoolConfiguration.lifecycleConfiguration.cooldownPeriodInSeconds",
        "Must be null for OnContainerExit.",
      );
    return;
  }
  if (lifecycleType !== undefined && lifecycleType !== "Timed")
    invalid("dynamicPoolConfiguration.lifecycleConfiguration.lifecycleType", "Must be one of Timed, OnContainerExit.");
  // The flat shape of the first previews ends here as well (azure-session-pools §3.5).
  if (typeof cooldown !== "number" || cooldown < 300 || cooldown > 3600) {
    invalid(
      "dynamicPoolConfiguration.lifecycleConfiguration.cooldownPeriodInSeconds",
      "Must not be null and be >= 300 and be <= 3600.",
    );
  }
}

function checkBuiltIn(settings: PoolSettings, identitySettings: number): void {
  if (settings.identity.system || settings.identity.userAssigned.length > 0 || identitySettings > 0) {
    throw new ArmFault(
      400,
      "SessionPoolManagedIdentityCreationError",
      `Managed identity is not supported for session pools of container type '${settings.containerType}'.`,
    );
  }
  if (settings.customContainerTemplate)
    invalid("customContainerTemplate", "Must be null unless containerType is CustomContainer.");
}

function checkCustom(settings: PoolSettings): void {
  if (!settings.environmentId) invalid("environmentId", "Must not be null for CustomContainer.");
  if (!settings.customContainerTemplate || list(settings.customContainerTemplate.containers).length === 0) {
    invalid("customContainerTemplate.containers", "Must not be null or empty for CustomContainer.");
  }
  const { readySessionInstances: ready, maxConcurrentSessions: max } = settings.scaleConfiguration;
  if (typeof ready !== "number" || ready < 1 || (typeof max === "number" && ready >= max)) {
    throw new ArmFault(
      400,
      "SessionPoolInvalidReadySessionInstances",
      "The readySessionInstances supported values should be greater than 0 and smaller than maxConcurrentSessions.",
    );
  }
}

function checkSecretReferences(settings: PoolSettings): void {
  const template = fields(settings.customContainerTemplate);
  const references = list(template.containers).flatMap((container) =>
    list(fields(container).env).map((entry) => text(fields(entry).secretRef)),
  );
  references.push(text(fields(template.registryCredentials).passwordSecretRef));
  for (const reference of references) {
    if (reference !== undefined && !settings.secrets.has(reference))
      invalid("customContainerTemplate", `The secret '${reference}' is not defined in secrets.`);
  }
}

/** Everything exists but what is called `missing-`. The code of the missing environment is the one that container apps answer (Azure/container-apps-deploy-action issue 84). */
function checkDependencies({ environmentId, identity }: PoolSettings): void {
  const environment = environmentId?.split("/").at(-1) ?? "";
  if (environment.startsWith("missing-")) {
    throw new ArmFault(400, "ManagedEnvironmentNotFound", `The environment '${environment}' could not be found.`);
  }
  const absent = identity.userAssigned.find((id) => id.split("/").at(-1)?.startsWith("missing-"));
  if (absent !== undefined) {
    throw new ArmFault(
      400,
      "FailedIdentityOperation",
      `Identity operation failed with error 'Failed to perform resource identity operation. Status: 'BadRequest'. Resource '${absent}' was not found.'`,
    );
  }
}

/**
 * The front end's own check, before the service sees the request: a location is required, and cannot be changed in place.
 *
 * @throws ArmFault 400 LocationRequired, 409 InvalidResourceLocation
 */
export function checkLocation(before: PoolSettings | undefined, after: PoolSettings, name: string): void {
  if (after.location === "")
    throw new ArmFault(400, "LocationRequired", "The location property is required for this definition.");
  if (before && shortName(before.location) !== shortName(after.location)) {
    throw new ArmFault(
      409,
      "InvalidResourceLocation",
      `The resource '${name}' already exists in location '${before.location}'. A resource with the same name cannot be created in location '${after.location}'. Please select a new resource name.`,
    );
  }
}

/** What else cannot be changed in place (azure-session-pools §4, the specification's mutability); the error's code and words are not known (§9). */
export function checkImmutable(before: PoolSettings, after: PoolSettings): void {
  for (const field of ["containerType", "poolManagementType", "environmentId"] as const) {
    if ((before[field] ?? "").toLowerCase() !== (after[field] ?? "").toLowerCase())
      invalid(field, "Must not be changed on an existing session pool.");
  }
}

/** Why the pool's images cannot be pulled: a path segment that begins with `missing-`. */
export function pullFailure(template: Fields | undefined): boolean {
  return list(template?.containers).some((container) =>
    (text(fields(container).image) ?? "").split("/").some((part) => part.startsWith("missing-")),
  );
}

/** The service's form (azure-session-pools §3.5, the Timed rule). */
function invalid(field: string, rule: string): never {
  throw new ArmFault(400, "InvalidSessionPoolConfiguration", `Unexpected value: '${field}'. '${rule}'`);
}
