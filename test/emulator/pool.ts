import { displayName, shortName } from "./locations.ts";
import { type Fields, fields, list, number, present, text } from "./json.ts";

/** What a request asked of a pool, in the form in which the service keeps it. */
export interface PoolSettings {
  readonly location: string;
  readonly tags: Readonly<Record<string, string>> | undefined;
  readonly identity: Identity;
  readonly containerType: string;
  readonly poolManagementType: string;
  readonly environmentId: string | undefined;
  readonly scaleConfiguration: Fields;
  readonly secrets: ReadonlyMap<string, string>;
  readonly lifecycleConfiguration: Fields | undefined;
  readonly customContainerTemplate: Fields | undefined;
  readonly sessionNetworkConfiguration: Fields | undefined;
  readonly managedIdentitySettings: readonly IdentitySetting[];
}

export interface Identity {
  readonly system: boolean;
  /** Ids as they were sent: the service keeps their casing (azure-session-pools §3.3). */
  readonly userAssigned: readonly string[];
}

interface IdentitySetting {
  readonly identity: string;
  readonly lifecycle: string;
}

/** Shell and NodeLTS are built in like PythonLTS (e2e-python-shell-custom.json seq 95; azure-session-pools §3.1). */
export function isBuiltIn(containerType: string): boolean {
  return containerType !== "CustomContainer";
}

/** Reads a complete PUT body, or the merge of a pool with a PATCH. Fields that the service does not know are ignored (azure-session-pools §3.3). */
export function settingsOf(body: Fields): PoolSettings {
  const properties = fields(body.properties);
  const containerType = text(properties.containerType) ?? "";
  const identity = identityOf(fields(body.identity));
  const dynamic = properties.dynamicPoolConfiguration;
  const network = fields(properties.sessionNetworkConfiguration);
  return {
    location: displayName(text(body.location) ?? ""),
    tags:
      body.tags === null || body.tags === undefined
        ? undefined
        : (present(fields(body.tags)) as Record<string, string>),
    identity,
    containerType,
    poolManagementType: text(properties.poolManagementType) ?? "Dynamic",
    environmentId: text(properties.environmentId),
    scaleConfiguration: scaleOf(fields(properties.scaleConfiguration), containerType),
    secrets: new Map(
      list(properties.secrets).map((entry) => [text(fields(entry).name) ?? "", text(fields(entry).value) ?? ""]),
    ),
    lifecycleConfiguration:
      dynamic === null || dynamic === undefined
        ? undefined
        : lifecycleOf(fields(fields(dynamic).lifecycleConfiguration)),
    customContainerTemplate: templateOf(properties.customContainerTemplate),
    sessionNetworkConfiguration: network.status === undefined ? undefined : { status: network.status },
    managedIdentitySettings: identitySettings(list(properties.managedIdentitySettings), identity),
  };
}

/** The request that would make the pool what it is: what a PATCH is merged into. */
export function requestOf(settings: PoolSettings): Fields {
  const { identity } = settings;
  return {
    location: settings.location,
    ...(settings.tags ? { tags: settings.tags } : {}),
    identity: {
      type: identityType(identity),
      userAssignedIdentities: Object.fromEntries(identity.userAssigned.map((id) => [id, {}])),
    },
    properties: {
      environmentId: settings.environmentId,
      poolManagementType: settings.poolManagementType,
      containerType: settings.containerType,
      scaleConfiguration: settings.scaleConfiguration,
      secrets: [...settings.secrets].map(([name, value]) => ({ name, value })),
      dynamicPoolConfiguration: { lifecycleConfiguration: settings.lifecycleConfiguration },
      customContainerTemplate: settings.customContainerTemplate,
      sessionNetworkConfiguration: settings.sessionNetworkConfiguration,
      managedIdentitySettings: settings.managedIdentitySettings,
    },
  };
}

/** A PATCH that names an assigned identity in another casing means that identity: ARM ids compare case-insensitively. */
export function withStoredCasing(body: Fields, { userAssigned }: Identity): Fields {
  const identity = fields(body.identity);
  if (typeof identity.userAssignedIdentities !== "object" || identity.userAssignedIdentities === null) return body;
  const stored = (id: string): string => userAssigned.find((other) => other.toLowerCase() === id.toLowerCase()) ?? id;
  const renamed = Object.entries(identity.userAssignedIdentities).map(([id, value]) => [stored(id), value] as const);
  return { ...body, identity: { ...identity, userAssignedIdentities: Object.fromEntries(renamed) } };
}

/** ARM returns both kinds with a space between (azure-session-pools §3.3). */
export function identityType({ system, userAssigned }: Identity): string {
  const types = [...(system ? ["SystemAssigned"] : []), ...(userAssigned.length > 0 ? ["UserAssigned"] : [])];
  return types.length === 0 ? "None" : types.join(", ");
}

function identityOf(identity: Fields): Identity {
  const type = text(identity.type) ?? "None";
  // null at an id takes the identity away, as in every ARM identity.
  const ids = Object.entries(fields(identity.userAssignedIdentities)).filter(([, value]) => value !== null);
  return {
    system: type.includes("SystemAssigned"),
    userAssigned: type.includes("UserAssigned") ? ids.map(([id]) => id) : [],
  };
}

/** readySessionInstances is dropped for built-in pools (e2e-python-shell-custom.json seq 90). */
function scaleOf(scale: Fields, containerType: string): Fields {
  return present({
    readySessionInstances: isBuiltIn(containerType) ? undefined : number(scale.readySessionInstances),
    maxConcurrentSessions: number(scale.maxConcurrentSessions),
  });
}

function lifecycleOf(lifecycle: Fields): Fields {
  return present({
    lifecycleType: text(lifecycle.lifecycleType),
    cooldownPeriodInSeconds: number(lifecycle.cooldownPeriodInSeconds),
    maxAlivePeriodInSeconds: number(lifecycle.maxAlivePeriodInSeconds),
  });
}

/** `registryCredentials` is completed with nulls, null members of containers disappear (azure-session-pools §3.3; registry-password.json seq 109). */
function templateOf(template: unknown): Fields | undefined {
  if (template === null || template === undefined) return undefined;
  const { registryCredentials, containers, ingress } = fields(template);
  const registry = fields(registryCredentials);
  return present({
    registryCredentials: undefined,
    containers: list(containers).map((container) => containerOf(fields(container))),
    ingress:
      ingress === null || ingress === undefined
        ? undefined
        : present({ targetPort: number(fields(ingress).targetPort) }),
    ...(registryCredentials === null || registryCredentials === undefined
      ? {}
      : {
          registryCredentials: {
            server: text(registry.server) ?? null,
            username: text(registry.username) ?? null,
            passwordSecretRef: text(registry.passwordSecretRef) ?? null,
            identity: text(registry.identity) ?? null,
          },
        }),
  });
}

function containerOf(container: Fields): Fields {
  const resources = fields(container.resources);
  return present({
    image: text(container.image),
    name: text(container.name),
    command: container.command,
    args: container.args,
    env: Array.isArray(container.env) ? container.env.map((entry) => present(fields(entry))) : undefined,
    resources: container.resources
      ? present({ cpu: number(resources.cpu), memory: text(resources.memory) })
      : undefined,
  });
}

/** Every assigned identity that is not listed gets an entry with lifecycle None; one that is no longer assigned loses its entry (azure-session-pools §3.3). */
function identitySettings(sent: readonly unknown[], identity: Identity): readonly IdentitySetting[] {
  const assigned = [...(identity.system ? ["system"] : []), ...identity.userAssigned];
  const known = new Set(assigned.map((id) => id.toLowerCase()));
  const settings = sent.map((entry) => {
    const name = text(fields(entry).identity) ?? "";
    return {
      identity: name.toLowerCase() === "system" ? "system" : name,
      lifecycle: text(fields(entry).lifecycle) ?? "None",
    };
  });
  const kept = settings.filter((setting) => known.has(setting.identity.toLowerCase()));
  const listed = new Set(kept.map((setting) => setting.identity.toLowerCase()));
  return [
    ...kept,
    ...assigned.filter((id) => !listed.has(id.toLowerCase())).map((id) => ({ identity: id, lifecycle: "None" })),
  ];
}

/** Where the pool answers (azure-session-pools §6): built-in pools on a regional host, others on a host of their environment. */
export function endpointOf(
  settings: PoolSettings,
  address: { subscription: string; group: string; name: string },
  environmentHost: string,
): string {
  const region = shortName(settings.location);
  if (isBuiltIn(settings.containerType)) {
    return `https://${region}.dynamicsessions.io/subscriptions/${address.subscription}/resourceGroups/${address.group}/sessionPools/${address.name}`;
  }
  return `https://${address.name}.${environmentHost}.${region}.azurecontainerapps.io`;
}
