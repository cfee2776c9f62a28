import { textOf } from "../api-server/kinds.ts";
import type { SessionPoolSpec } from "../../../src/api/session-pool.ts";
import { type Json, type JsonObject, isList, isObject, objectOr } from "../../../src/sessionpool/json.ts";

/**
 * Where a pool is not what a spec asks for. Written from the REST reference and by hand, so that a mistake in the operator's own
 * comparison does not hide itself.
 */
export function mismatches(spec: SessionPoolSpec, pool: JsonObject): readonly string[] {
  const properties = objectOr(pool.properties);
  const isCustom = spec.containerType === "CustomContainer";
  const wanted: Record<string, unknown> = {
    containerType: spec.containerType,
    maxConcurrentSessions: spec.scaleConfiguration?.maxConcurrentSessions,
    ...(isCustom ? { readySessionInstances: spec.scaleConfiguration?.readySessionInstances } : {}),
    lifecycleType: spec.dynamicPoolConfiguration?.lifecycleConfiguration?.lifecycleType,
    cooldownPeriodInSeconds: spec.dynamicPoolConfiguration?.lifecycleConfiguration?.cooldownPeriodInSeconds,
    network: spec.sessionNetworkConfiguration?.status,
    targetPort: spec.customContainerTemplate?.ingress?.targetPort,
    identity: spec.identity?.type,
    secrets: spec.secrets
      ?.map(({ name }) => name)
      .sort()
      .join(),
  };
  const scale = objectOr(properties.scaleConfiguration);
  const lifecycle = objectOr(objectOr(properties.dynamicPoolConfiguration).lifecycleConfiguration);
  const template = objectOr(properties.customContainerTemplate);
  const found: Record<string, unknown> = {
    containerType: properties.containerType,
    maxConcurrentSessions: scale.maxConcurrentSessions,
    readySessionInstances: scale.readySessionInstances,
    lifecycleType: lifecycle.lifecycleType,
    cooldownPeriodInSeconds: lifecycle.cooldownPeriodInSeconds,
    network: objectOr(properties.sessionNetworkConfiguration).status,
    targetPort: objectOr(template.ingress).targetPort,
    identity: objectOr(pool.identity).type,
    secrets: entries(properties.secrets)
      .map(({ name }) => textOf(name))
      .sort()
      .join(),
  };
  const differing = Object.keys(wanted).filter((key) => wanted[key] !== undefined && wanted[key] !== found[key]);
  const tags = Object.entries(spec.tags ?? {}).filter(([name, value]) => objectOr(pool.tags)[name] !== value);
  return [
    ...differing.map((key) => `${key} is ${String(found[key])}, and the spec says ${String(wanted[key])}`),
    ...tags.map(([name]) => `the tag ${name} is not as in the spec`),
    ...containerMismatches(spec, entries(template.containers)),
  ];
}

function containerMismatches(spec: SessionPoolSpec, found: readonly JsonObject[]): readonly string[] {
  const wanted = spec.customContainerTemplate?.containers ?? [];
  const names = found.map(({ name }) => textOf(name));
  const problems = wanted.length === names.length ? [] : [`containers are ${names.join()}`];
  for (const container of wanted) {
    const live = found.find(({ name }) => name === container.name);
    if (live?.image !== container.image) problems.push(`image of ${container.name} is ${textOf(live?.image)}`);
    const env = (list: readonly unknown[]): string =>
      list
        .map((entry) => JSON.stringify(pair(entry)))
        .sort()
        .join();
    if (env(container.env ?? []) !== env(entries(live?.env)))
      problems.push(`env of ${container.name} is ${env(entries(live?.env))}`);
  }
  return problems;
}

function pair(entry: unknown): readonly unknown[] {
  const { name, value, secretRef } = objectOr(entry);
  return [name, value ?? null, secretRef ?? null];
}

function entries(value: Json | undefined): readonly JsonObject[] {
  return isList(value) ? value.filter(isObject) : [];
}
