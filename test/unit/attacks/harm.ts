import { isDeepStrictEqual } from "node:util";
import { PLURAL } from "../../../src/api/session-pool.ts";
import type { Call } from "../../simulation/calls.ts";
import { OPERATOR_NAMESPACE } from "../../simulation/process.ts";
import { ARM, ENTRA } from "../../simulation/config.ts";
import { HERE, type Stage, THERE } from "./stage.ts";

/** The only calls to Kubernetes that the operator makes, segment by segment. A name is a name, never a way to somewhere else. */
const NAME = "[a-z0-9](?:[-.a-z0-9]*[a-z0-9])?";
const KUBERNETES = new RegExp(
  `^(?:${[
    "/api/v1/namespaces(?:/kube-system|\\?[^/]*)?",
    `/api/v1/namespaces/${NAME}/secrets(?:/${NAME})?`,
    `/apis/appcontainers\\.dev/v1alpha1/${PLURAL}\\?[^/]*`,
    `/apis/appcontainers\\.dev/v1alpha1/namespaces/${NAME}/${PLURAL}/${NAME}(?:/status)?`,
    `/apis/events\\.k8s\\.io/v1/namespaces/${NAME}/events(?:/${NAME})?`,
  ].join("|")})$`,
);
const POOLS =
  /^\/subscriptions\/[0-9a-fA-F-]{36}(?:\/resourceGroups\/[^/?#\\.]+)?\/providers\/Microsoft\.App\/sessionPools(?:\/[a-z][-a-z0-9]*)?\?/;
const OPERATION = /^\/subscriptions\/[^?]*\/operation(?:Statuses|Results)\//;
/** What would be another way, once it is decoded. */
const ESCAPED = /%(?:2e|2f|5c|00|3f|23)/i;

/** What must never happen, whatever somebody tries; one line for each time that it did. */
export async function harmIn(stage: Stage): Promise<readonly string[]> {
  return [
    ...stage.network.calls.flatMap((call) => harmOf(call, stage)),
    ...changedPools(stage),
    ...leaks(stage, { metrics: await stage.metrics() }),
    ...stage.exits.map((error) => `the operator ended: ${String(error)}`),
  ];
}

function harmOf(call: Call, stage: Stage): readonly string[] {
  const harm: string[] = [];
  const { side, method, host } = call;
  const path = decoded(call.path);
  const what = `${method} ${host}${call.path}`;
  if (side === "kubernetes") {
    if (!KUBERNETES.test(call.path)) harm.push(`a path of Kubernetes that is none of the operator's: ${what}`);
    const [, namespace, name] = /^\/api\/v1\/namespaces\/([^/]+)\/secrets\/(.+)$/.exec(path) ?? [];
    if (namespace !== undefined && name !== undefined && !mayRead(stage, namespace, name))
      harm.push(`a Secret is read that no resource of its namespace names: ${what}`);
    const leaked = stage.secrecy.foundInCall(call);
    if (leaked !== undefined) harm.push(`${leaked} is in ${method} of Kubernetes`);
    return harm;
  }
  if (host !== (side === "entra" ? ENTRA : ARM)) harm.push(`a call to another host: ${what}`);
  if (side === "entra") return harm;
  if (!OPERATION.test(call.path) && (!POOLS.test(call.path) || ESCAPED.test(call.path)))
    harm.push(`a path of ARM that is no pool's: ${what}`);
  const [pool = ""] = path.split("?");
  const isForeign = [...stage.foreign].some(
    ([id, { since }]) => call.index >= since && id.toLowerCase() === pool.toLowerCase(),
  );
  if (method !== "GET" && isForeign) harm.push(`a pool of somebody else is written: ${what}`);
  const leaked = stage.secrecy.foundInCall(call);
  if (leaked !== undefined) harm.push(`${leaked} is in ${method} of ARM`);
  return harm;
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

/** Secrets that a resource of their namespace names, those of the namespaces, and the operator's own. */
function mayRead(stage: Stage, namespace: string, name: string): boolean {
  if (namespace === OPERATOR_NAMESPACE) return name === "sessionpool-hash-key";
  return [HERE, THERE].includes(namespace) && (name === "azure-credential" || stage.named.has(`${namespace}/${name}`));
}

function changedPools(stage: Stage): readonly string[] {
  return [...stage.foreign].flatMap(([id, before]) => {
    const secrets = JSON.stringify([...stage.azure.secretValues(id)]);
    return isDeepStrictEqual(stage.pool(id), before.pool) && secrets === before.secrets
      ? []
      : [`a pool of somebody else is not as it was: ${id}`];
  });
}

function leaks(stage: Stage, pages: Readonly<Record<string, string>>): readonly string[] {
  const places: Readonly<Record<string, string>> = {
    ...pages,
    log: stage.logs.join("\n"),
    events: JSON.stringify(stage.objects("events")),
    statuses: JSON.stringify(stage.objects(PLURAL).map(({ metadata, status = null }) => [metadata ?? null, status])),
  };
  return Object.entries(places).flatMap(([place, text]) => {
    const leaked = stage.secrecy.foundIn(text);
    return leaked === undefined ? [] : [`${leaked} is in: ${place}`];
  });
}
