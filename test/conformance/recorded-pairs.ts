import { basename } from "node:path";
import type { SessionPool } from "../../src/api/session-pool.ts";
import { type Json, type JsonObject, isObject } from "../../src/sessionpool/json.ts";
import { parsePoolId } from "../../src/sessionpool/placement.ts";
import { readRecording, recordingFiles } from "./replay.ts";

/** A request that wrote a pool, and the next GET of that pool in which Azure was done. */
export interface RecordedPair {
  readonly name: string;
  readonly request: JsonObject;
  readonly live: JsonObject;
}

/** Every pair in the recordings whose request is of an api-version with lifecycleConfiguration, as 2025-07-01 has it. */
export function recordedPairs(): readonly RecordedPair[] {
  return recordingFiles().flatMap((file) => {
    const exchanges = readRecording(file);
    const asked = new Map<string, JsonObject>();
    return exchanges.flatMap(({ seq, request: { method, url, body } }, index) => {
      if ((method !== "PUT" && method !== "PATCH") || !isObject(body) || JSON.stringify(body).includes("executionType"))
        return [];
      const key = new URL(url).pathname.toLowerCase();
      if (!parsePoolId(key)) return [];
      // A PATCH adds to what was asked before: a user's resource has all of it.
      const request = method === "PUT" ? body : (mergePatch(asked.get(key), body) as JsonObject);
      asked.set(key, request);
      const after = exchanges.slice(index + 1);
      const ofPool = after.filter((other) => sameUrl(other.request.url, url));
      const get = ofPool.findIndex((other) => other.request.method === "GET" && isDone(other.response.body));
      const write = ofPool.findIndex((other) => other.request.method !== "GET");
      const live = ofPool[get]?.response.body;
      if (get < 0 || (write >= 0 && write < get) || !isObject(live)) return [];
      return [{ name: `${basename(file)} seq ${seq} ${method}`, request, live }];
    });
  });
}

/** A resource that asks for what a recorded PUT asked for, as a user would write it; secret values are left to Kubernetes Secrets. */
export function resourceFrom(request: JsonObject, id: string): SessionPool {
  const { subscriptionId = "", resourceGroup = "", name = "" } = parsePoolId(id) ?? {};
  const properties = isObject(request.properties) ? request.properties : {};
  const template = withoutProbes(properties.customContainerTemplate);
  const secrets = Array.isArray(properties.secrets) ? (properties.secrets as { name: string }[]) : undefined;
  const spec = {
    ...request,
    ...properties,
    subscriptionId,
    resourceGroup,
    azureName: name,
    ...(secrets
      ? { secrets: secrets.map((secret) => ({ name: secret.name, valueFrom: reference(secret.name) })) }
      : {}),
    ...(template ? { customContainerTemplate: template } : {}),
    properties: undefined,
  };
  return {
    metadata: { name, namespace: "default", uid: "u", resourceVersion: "1", generation: 1 },
    spec: spec as unknown as SessionPool["spec"],
  };
}

/** Previews had probes; 2025-07-01 does not (azure-session-pools §1.4). */
function withoutProbes(template: Json | undefined): Json | undefined {
  if (!isObject(template) || !Array.isArray(template.containers)) return undefined;
  const containers = (template.containers as readonly JsonObject[]).map(
    ({ probes: _probes, ...container }) => container,
  );
  return { ...template, containers };
}

function reference(name: string): object {
  return { secretKeyRef: { name: "recorded", key: name } };
}

/** RFC 7396. */
function mergePatch(target: Json | undefined, patch: Json): Json {
  if (!isObject(patch)) return patch;
  const result: Record<string, Json | undefined> = isObject(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null || value === undefined) delete result[key];
    else result[key] = mergePatch(result[key], value);
  }
  return result;
}

function sameUrl(a: string, b: string): boolean {
  return new URL(a).pathname.toLowerCase() === new URL(b).pathname.toLowerCase();
}

function isDone(body: unknown): boolean {
  return isObject(body) && isObject(body.properties) && body.properties.provisioningState === "Succeeded";
}
