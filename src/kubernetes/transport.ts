import type https from "node:https";
import { KubeConfig } from "@kubernetes/client-node";
import { Agent, request } from "undici";

/** One HTTP request to the API server. */
export interface KubernetesRequest {
  readonly method: "GET" | "POST" | "PATCH" | "PUT" | "DELETE";
  /** Path and query, e.g. `/api/v1/namespaces/default/secrets/x`. */
  readonly path: string;
  readonly contentType?: string;
  readonly body?: string;
  readonly signal?: AbortSignal;
  /** A watch: the body stays open, so it gets a connection pool of its own and no limit between two chunks. */
  readonly streaming?: boolean;
}

/** The answer: status, the one header that matters to us, and the body as it arrives. */
export interface KubernetesResponse {
  readonly status: number;
  readonly retryAfter: string | undefined;
  readonly body: AsyncIterable<Uint8Array>;
}

/** Where bytes leave the process for Kubernetes; a simulation puts an in-memory API server here. */
export interface KubernetesTransport {
  send(request: KubernetesRequest): Promise<KubernetesResponse>;
  close(): Promise<void>;
}

/** How long the API server may take to answer with headers, and to pause within the body of an ordinary request, in milliseconds. */
const ANSWER_TIMEOUT_MS = 15_000;

/** There are no credentials for a cluster where they should be. */
export class KubeConfigError extends Error {
  override readonly name = "KubeConfigError";
}

/**
 * Loads credentials as kubectl does: `file`, else $KUBECONFIG or ~/.kube/config, else the ServiceAccount of the pod.
 *
 * @throws KubeConfigError when none is there
 */
export function loadKubeConfig(file: string | undefined): KubeConfig {
  const config = new KubeConfig();
  const { KUBECONFIG } = process.env;
  const isPod = process.env.KUBERNETES_SERVICE_HOST !== undefined && KUBECONFIG === undefined;
  const [where, load] =
    file !== undefined
      ? [`--kubeconfig: ${file}`, () => config.loadFromFile(file)]
      : isPod
        ? ["the pod's ServiceAccount", () => config.loadFromCluster()]
        : [KUBECONFIG === undefined ? "" : `KUBECONFIG: ${KUBECONFIG}`, () => config.loadFromDefault()];
  try {
    load();
  } catch (error) {
    // A parser goes on to show the lines in question, which may be a token.
    const [reason = ""] = (error instanceof Error ? error.message : String(error)).split("\n");
    throw new KubeConfigError(`${where || "~/.kube/config"} cannot be used: ${reason}`);
  }
  // Without any configuration client-node makes up http://localhost:8080.
  if (!config.getCurrentCluster()?.server.startsWith("https://")) {
    throw new KubeConfigError(
      where === ""
        ? "no Kubernetes cluster with https is configured: pass --kubeconfig, set KUBECONFIG, or run in a pod"
        : `${where} cannot be used: its current context names no cluster with an https URL`,
    );
  }
  return config;
}

/** The namespace that the credentials are of: the pod's, or that of the kubeconfig's context; `default` when neither says. */
export function namespaceOf(config: KubeConfig): string {
  return config.getContextObject(config.getCurrentContext())?.namespace ?? "default";
}

/**
 * The real transport. client-node supplies the credentials (and re-reads rotated tokens); requests go through two shared agents,
 * because client-node itself opens a TLS connection per request. HTTP/1.1, so that a dead connection takes only its own request with it.
 */
export function createTransport(config: KubeConfig): KubernetesTransport {
  const server = config.getCurrentCluster()?.server ?? "";
  const agents = new Map<boolean, Agent>();

  const agentFor = (streaming: boolean, tls: https.RequestOptions): Agent => {
    const existing = agents.get(streaming);
    if (existing) return existing;
    const agent = new Agent({
      allowH2: false,
      headersTimeout: ANSWER_TIMEOUT_MS,
      bodyTimeout: streaming ? 0 : ANSWER_TIMEOUT_MS,
      connect: {
        timeout: 10_000,
        keepAliveInitialDelay: 30_000,
        ...(tls.ca ? { ca: tls.ca as Buffer } : {}),
        ...(tls.cert ? { cert: tls.cert as Buffer } : {}),
        ...(tls.key ? { key: tls.key as Buffer } : {}),
        ...(tls.servername ? { servername: tls.servername } : {}),
        ...(tls.rejectUnauthorized === undefined ? {} : { rejectUnauthorized: tls.rejectUnauthorized }),
      },
    });
    agents.set(streaming, agent);
    return agent;
  };

  return {
    async send({ method, path, contentType, body, signal, streaming = false }) {
      const options: https.RequestOptions = {};
      await config.applyToHTTPSOptions(options);
      const headers: Record<string, string> = { accept: "application/json", "user-agent": "sessionpool-operator" };
      for (const [name, value] of Object.entries(options.headers ?? {})) headers[name.toLowerCase()] = String(value);
      if (contentType !== undefined) headers["content-type"] = contentType;
      const response = await request(new URL(path, server), {
        method,
        headers,
        dispatcher: agentFor(streaming, options),
        ...(body === undefined ? {} : { body }),
        ...(signal ? { signal } : {}),
      });
      const retryAfter = response.headers["retry-after"];
      return {
        status: response.statusCode,
        retryAfter: typeof retryAfter === "string" ? retryAfter : undefined,
        body: response.body,
      };
    },
    async close() {
      await Promise.all([...agents.values()].map((agent) => agent.destroy()));
    },
  };
}
