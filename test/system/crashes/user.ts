import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseAllDocuments } from "yaml";
import { KubernetesClient } from "../../../src/kubernetes/client.ts";
import { isNotFound } from "../../../src/kubernetes/errors.ts";
import { createTransport, loadKubeConfig } from "../../../src/kubernetes/transport.ts";
import { steadyClock } from "../../../src/time/clock.ts";
import type { Cluster } from "../../cluster/cluster.ts";
import { customPool, secret, type Shown } from "../world.ts";

/** The user of a story: sends what kubectl would send, without a process for each of hundreds of requests. */
export interface User {
  /** Makes the namespace, and in it the Secret with the value and the pool that needs it. */
  create(value: string): Promise<void>;
  /** The resource; undefined when there is none. */
  get(): Promise<Shown | undefined>;
  /** Changes one field of the resource's spec. */
  edit(path: string, value: unknown): Promise<void>;
  /** Deletes the resource, and does not wait. */
  remove(): Promise<void>;
  /** Removes what a story that failed has left, since the next test file waits for it; then hangs up. */
  leave(): Promise<void>;
}

const RBAC = join(import.meta.dirname, "..", "..", "..", "deploy", "operator", "rbac.yaml");

/** Where objects of a kind are created. */
const COLLECTIONS: Readonly<Record<string, (namespace: string) => string>> = {
  Namespace: () => "/api/v1/namespaces",
  Secret: (namespace) => `/api/v1/namespaces/${namespace}/secrets`,
  Role: (namespace) => `/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}/roles`,
  RoleBinding: (namespace) => `/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}/rolebindings`,
  SessionPool: (namespace) => `/apis/appcontainers.dev/v1alpha1/namespaces/${namespace}/sessionpools`,
};

/** A user with all rights, who works in one namespace. */
export function userOf(cluster: Cluster, namespace: string): User {
  const transport = createTransport(loadKubeConfig(cluster.adminKubeconfig));
  const client = new KubernetesClient(transport, steadyClock);
  const pool = `${COLLECTIONS.SessionPool?.(namespace)}/pool`;
  const get = async (): Promise<Shown | undefined> => {
    try {
      return await client.get<Shown>(pool);
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  };
  const remove = async (): Promise<void> => {
    const { body } = await transport.send({ method: "DELETE", path: pool });
    for await (const _piece of body) continue;
  };
  return {
    create: async (value) => {
      for (const object of manifests(namespace, value)) {
        const collection = COLLECTIONS[object.kind];
        if (!collection) throw new Error(`no collection is known for ${object.kind}`);
        await client.create(collection(namespace), object);
      }
    },
    get,
    edit: (path, value) => client.patch(pool, [{ op: "replace", path, value }]),
    remove,
    leave: async () => {
      if (await get()) {
        await client.patch(pool, [{ op: "add", path: "/metadata/finalizers", value: [] }]);
        await remove();
      }
      await transport.close();
    },
  };
}

interface Manifest {
  readonly kind: string;
}

/** The namespace, the operator's Role for its own namespace as shipped, the user's Secret and the pool. */
function manifests(namespace: string, value: string): readonly Manifest[] {
  const roles = parseAllDocuments(readFileSync(RBAC, "utf8"))
    .map((document) => document.toJS() as Manifest & { readonly subjects?: { readonly namespace: string }[] })
    .filter(({ kind }) => kind === "Role" || kind === "RoleBinding");
  const secrets = [{ name: "api-key", valueFrom: { secretKeyRef: { name: "keys", key: "token" } } }];
  return [
    { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } } as Manifest,
    ...roles,
    secret("keys", { token: value }) as Manifest,
    customPool("pool", { secrets }) as Manifest,
  ];
}
