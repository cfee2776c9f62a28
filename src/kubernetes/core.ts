import type { KubernetesClient, ObjectMeta } from "./client.ts";
import { isNotFound } from "./errors.ts";

/** Not the Secrets of Helm and of ServiceAccounts, which nobody names and which can be large. */
const WORTH_WATCHING = "fieldSelector=type!%3Dhelm.sh%2Frelease.v1%2Ctype!%3Dkubernetes.io%2Fservice-account-token";

/**
 * Collection paths of the Secrets to watch: those of the namespaces, or of the whole cluster.
 *
 * @param own the operator's own Secret, which alone is watched of a namespace that is not in the list
 */
export function secretPaths(
  namespaces: readonly string[] | undefined,
  own: { readonly namespace: string; readonly name: string },
): readonly string[] {
  if (namespaces === undefined) return [`/api/v1/secrets?${WORTH_WATCHING}`];
  const paths = namespaces.map((namespace) => `/api/v1/namespaces/${namespace}/secrets?${WORTH_WATCHING}`);
  if (namespaces.includes(own.namespace)) return paths;
  return [...paths, `/api/v1/namespaces/${own.namespace}/secrets?fieldSelector=metadata.name%3D${own.name}`];
}

/** A Secret, as far as it is read. */
export interface SecretObject {
  readonly metadata: ObjectMeta;
  /** Values in base64. */
  readonly data?: Readonly<Record<string, string>>;
}

/** A Secret's data, decoded. */
export function decoded({ data }: SecretObject): ReadonlyMap<string, string> {
  return new Map(
    Object.entries(data ?? {}).map(([key, value]) => [key, Buffer.from(value, "base64").toString("utf8")]),
  );
}

/** An RFC 1123 subdomain. */
const SECRET_NAME = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

/** Whether the API server takes it for a Secret's name: a resource that is older than the CRD's rule may name `..`, which would become another path. */
export function isSecretName(name: string): boolean {
  return SECRET_NAME.test(name);
}

function secretPath(namespace: string, name: string): string {
  return `/api/v1/namespaces/${encodeURIComponent(namespace)}/secrets/${encodeURIComponent(name)}`;
}

/** Reads a Secret's data, decoded; undefined when the Secret does not exist. Needs only the verb `get`. */
export async function readSecret(
  client: KubernetesClient,
  namespace: string,
  name: string,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, string> | undefined> {
  if (!isSecretName(name)) return undefined;
  try {
    return decoded(await client.get<SecretObject>(secretPath(namespace, name), signal));
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

/**
 * The same for who would do something else without the Secret: undefined only when the API server itself says that this Secret does not exist.
 *
 * @throws KubernetesError 404 when something else says that, e.g. a proxy in between
 */
export async function lookUpSecret(
  client: KubernetesClient,
  namespace: string,
  name: string,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, string> | undefined> {
  try {
    return decoded(await client.get<SecretObject>(secretPath(namespace, name), signal));
  } catch (error) {
    if (isNotFound(error) && error.reason === "NotFound") return undefined;
    throw error;
  }
}

/** Creates an Opaque Secret. @throws KubernetesError 409 when there is one of that name */
export async function createSecret(
  client: KubernetesClient,
  namespace: string,
  name: string,
  data: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<void> {
  const body = { apiVersion: "v1", kind: "Secret", metadata: { namespace, name }, type: "Opaque", stringData: data };
  await client.create(`/api/v1/namespaces/${encodeURIComponent(namespace)}/secrets`, body, signal);
}

/** The UID of the kube-system namespace, which serves as the cluster's identity. */
export async function readClusterId(client: KubernetesClient, signal: AbortSignal): Promise<string> {
  const { metadata } = await client.get<{ metadata: { uid: string } }>("/api/v1/namespaces/kube-system", signal);
  return metadata.uid;
}
