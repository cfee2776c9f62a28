import type { KubernetesClient } from "./client.ts";
import { isNotFound } from "./errors.ts";

/** Reads a Secret's data, decoded; undefined when the Secret does not exist. Needs only the verb `get`. */
export async function readSecret(
  client: KubernetesClient,
  namespace: string,
  name: string,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, string> | undefined> {
  try {
    const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/secrets/${encodeURIComponent(name)}`;
    const { data } = await client.get<{ data?: Record<string, string> }>(path, signal);
    return new Map(
      Object.entries(data ?? {}).map(([key, value]) => [key, Buffer.from(value, "base64").toString("utf8")]),
    );
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

/** The UID of the kube-system namespace, which serves as the cluster's identity. */
export async function readClusterId(client: KubernetesClient, signal: AbortSignal): Promise<string> {
  const { metadata } = await client.get<{ metadata: { uid: string } }>("/api/v1/namespaces/kube-system", signal);
  return metadata.uid;
}
