import { ArmFault } from "./http.ts";
import { type Fields, fields, list, number } from "./json.ts";

type Kind = "object" | "array" | "string" | "number";

const IS: Readonly<Record<Kind, (value: unknown) => boolean>> = {
  object: (value) => typeof value === "object" && !Array.isArray(value),
  array: Array.isArray,
  string: (value) => typeof value === "string",
  // The service takes a number as a string too (azure-session-pools §3.3).
  number: (value) => number(value) !== undefined,
};

/** What each known member must be; unknown members are ignored, and null is the same as absent. */
const BODY: Readonly<Record<string, Kind>> = {
  location: "string",
  tags: "object",
  identity: "object",
  "identity.type": "string",
  "identity.userAssignedIdentities": "object",
  properties: "object",
  "properties.environmentId": "string",
  "properties.containerType": "string",
  "properties.poolManagementType": "string",
  "properties.scaleConfiguration": "object",
  "properties.scaleConfiguration.maxConcurrentSessions": "number",
  "properties.scaleConfiguration.readySessionInstances": "number",
  "properties.secrets": "array",
  "properties.dynamicPoolConfiguration": "object",
  "properties.dynamicPoolConfiguration.lifecycleConfiguration": "object",
  "properties.dynamicPoolConfiguration.lifecycleConfiguration.lifecycleType": "string",
  "properties.dynamicPoolConfiguration.lifecycleConfiguration.cooldownPeriodInSeconds": "number",
  "properties.dynamicPoolConfiguration.lifecycleConfiguration.maxAlivePeriodInSeconds": "number",
  "properties.customContainerTemplate": "object",
  "properties.customContainerTemplate.registryCredentials": "object",
  "properties.customContainerTemplate.containers": "array",
  "properties.customContainerTemplate.ingress": "object",
  "properties.customContainerTemplate.ingress.targetPort": "number",
  "properties.sessionNetworkConfiguration": "object",
  "properties.sessionNetworkConfiguration.status": "string",
  "properties.managedIdentitySettings": "array",
};
const CONTAINER: Readonly<Record<string, Kind>> = {
  image: "string",
  name: "string",
  command: "array",
  args: "array",
  env: "array",
  resources: "object",
  "resources.cpu": "number",
  "resources.memory": "string",
};

/**
 * Refuses a body whose members cannot be read as the specification's types (azure-session-pools §1.2).
 *
 * @throws ArmFault 400 InvalidRequestContent, ARM's code for it; the wording is ours, and no value is quoted
 */
export function checkShape(body: Fields): void {
  check(body, BODY, "");
  const template = fields(fields(body.properties).customContainerTemplate);
  for (const [index, container] of list(template.containers).entries())
    check(fields(container), CONTAINER, `properties.customContainerTemplate.containers[${index}].`);
}

function check(body: Fields, kinds: Readonly<Record<string, Kind>>, prefix: string): void {
  for (const [path, kind] of Object.entries(kinds)) {
    const value = path.split(".").reduce<unknown>((at, key) => fields(at)[key], body);
    if (value !== undefined && value !== null && !IS[kind](value)) {
      throw new ArmFault(
        400,
        "InvalidRequestContent",
        `The request content was invalid and could not be deserialized: '${prefix}${path}' is not of type ${kind}.`,
      );
    }
  }
}
