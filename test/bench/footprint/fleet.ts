import { isReadyAt } from "../../../src/api/conditions.ts";
import { FINALIZER, type SessionPool, type SessionPoolSpec } from "../../../src/api/session-pool.ts";
import { KubernetesClient, type ObjectList } from "../../../src/kubernetes/client.ts";
import { SessionPools } from "../../../src/kubernetes/session-pools.ts";
import { createTransport, loadKubeConfig } from "../../../src/kubernetes/transport.ts";
import { desiredBody } from "../../../src/sessionpool/desired.ts";
import { specHash } from "../../../src/sessionpool/drift.ts";
import { fieldsTags } from "../../../src/sessionpool/fields-tag.ts";
import type { JsonObject } from "../../../src/sessionpool/json.ts";
import { OWNER_TAG } from "../../../src/sessionpool/own-tags.ts";
import { ownerTag } from "../../../src/sessionpool/ownership.ts";
import { putBody } from "../../../src/sessionpool/put-body.ts";
import { statusFor } from "../../../src/sessionpool/status.ts";
import { steadyClock } from "../../../src/time/clock.ts";
import type { ArmModel } from "../../emulator/model.ts";
import { SUBSCRIPTION } from "../../simulation/config.ts";

/** How the operator names its cluster in owner tags. */
export const CLUSTER_ID = "footprint";
const API = "/apis/appcontainers.dev/v1alpha1";
/** A namespace holds a tenth of the resources. */
const NAMESPACES = Array.from({ length: 10 }, (_, index) => `team-${index}`);
const GROUP = "rg-sessions";
/** Requests at the same time. */
const SIDE_BY_SIDE = 16;
const PAGE = 500;

/** Resources in a real API server, each Ready, with its pool in Azure: as an operator has left them that was stopped. */
export class Fleet {
  readonly #client: KubernetesClient;
  readonly #transport: ReturnType<typeof createTransport>;
  readonly #sessionPools: SessionPools;
  readonly #azure: ArmModel;
  #size = 0;

  /** @param kubeconfig of somebody who may do everything */
  constructor(kubeconfig: string, azure: ArmModel) {
    this.#transport = createTransport(loadKubeConfig(kubeconfig));
    this.#client = new KubernetesClient(this.#transport, steadyClock);
    this.#sessionPools = new SessionPools(this.#client);
    this.#azure = azure;
  }

  async createNamespaces(): Promise<void> {
    for (const name of NAMESPACES) await this.#client.create("/api/v1/namespaces", { metadata: { name } });
  }

  /** Makes resources and pools until there are so many. */
  async growTo(size: number): Promise<void> {
    const worker = async (): Promise<void> => {
      while (this.#size < size) await this.#create((this.#size += 1));
    };
    await Promise.all(Array.from({ length: SIDE_BY_SIDE }, worker));
  }

  /** How many are Ready as they are now. */
  async ready(): Promise<number> {
    let ready = 0;
    let token: string | undefined = "";
    while (token !== undefined) {
      const query: string = `limit=${PAGE}${token === "" ? "" : `&continue=${encodeURIComponent(token)}`}`;
      const page: ObjectList<SessionPool> = await this.#client.get(`${API}/sessionpools?${query}`);
      ready += page.items.filter(({ metadata, status }) => isReadyAt(status?.conditions, metadata.generation)).length;
      token = page.metadata.continue === "" ? undefined : page.metadata.continue;
    }
    return ready;
  }

  async close(): Promise<void> {
    await this.#transport.close();
  }

  async #create(number: number): Promise<void> {
    const namespace = NAMESPACES[number % NAMESPACES.length] ?? "";
    const name = `pool-${String(number).padStart(5, "0")}`;
    const spec = specOf(number);
    const applied = { apiVersion: "appcontainers.dev/v1alpha1", kind: "SessionPool", metadata: { name }, spec };
    const resource = await this.#client.create<SessionPool>(`${API}/namespaces/${namespace}/sessionpools`, {
      ...applied,
      // As kubectl apply leaves it.
      metadata: {
        name,
        finalizers: [FINALIZER],
        annotations: { "kubectl.kubernetes.io/last-applied-configuration": JSON.stringify(applied) },
      },
    });
    const desired = desiredBody(spec, new Map());
    const owner = ownerTag({ clusterId: CLUSTER_ID, namespace, name, uid: resource.metadata.uid });
    const path = `/subscriptions/${SUBSCRIPTION}/resourceGroups/${GROUP}/providers/Microsoft.App/sessionPools/${name}`;
    const body = putBody(desired, undefined, [], { [OWNER_TAG]: owner, ...fieldsTags(desired) });
    this.#ask("PUT", path, body);
    const pool = this.#ask("GET", path);
    const [generation, now] = [resource.metadata.generation, `${new Date().toISOString().slice(0, 19)}Z`];
    const observed = { kind: "present", pool } as const;
    const ready = { kind: "ready", known: undefined } as const;
    const status = statusFor(generation, undefined, ready, observed, undefined, specHash(desired), now);
    await this.#sessionPools.writeStatus(resource, status, AbortSignal.timeout(60_000));
  }

  #ask(method: string, path: string, body?: object): JsonObject {
    const answer = this.#azure.asSomebody(method, path, body);
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${answer.body}`);
    return JSON.parse(answer.body ?? "{}") as JsonObject;
  }
}

/** A pool of an agent's sessions, as people write it. */
function specOf(number: number): SessionPoolSpec {
  const env = Array.from({ length: 8 }, (_, index) => ({
    name: `AGENT_SETTING_${index}`,
    value: `value-${number}-${index}`,
  }));
  return {
    resourceGroup: GROUP,
    location: "westus3",
    tags: { team: `team-${number % NAMESPACES.length}`, costCenter: String(1000 + (number % 50)), stage: "production" },
    environmentId: `/subscriptions/${SUBSCRIPTION}/resourceGroups/${GROUP}/providers/Microsoft.App/managedEnvironments/env`,
    containerType: "CustomContainer",
    scaleConfiguration: { maxConcurrentSessions: 10 + (number % 90), readySessionInstances: 2 },
    dynamicPoolConfiguration: { lifecycleConfiguration: { lifecycleType: "Timed", cooldownPeriodInSeconds: 300 } },
    customContainerTemplate: {
      containers: [
        {
          name: "agent",
          image: `contoso.azurecr.io/agents/runner:1.${number % 20}.0`,
          resources: { cpu: 0.5, memory: "1Gi" },
          env,
        },
      ],
      ingress: { targetPort: 8080 },
    },
    sessionNetworkConfiguration: { status: "EgressDisabled" },
  };
}
