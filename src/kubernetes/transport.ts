import { KubeConfig } from "@kubernetes/client-node";
import { request } from "undici";
import { type Clock, steadyClock } from "../time/clock.ts";
import { Agents } from "./agents.ts";
import { CredentialSource } from "./credentials.ts";

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
  /** Host and port of the API server, for metrics; left out where there is no network. */
  readonly host?: string;
  send(request: KubernetesRequest): Promise<KubernetesResponse>;
  close(): Promise<void>;
}

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
  const { server, proxyUrl } = config.getCurrentCluster() ?? {};
  // Without any configuration client-node makes up http://localhost:8080.
  if (!server?.startsWith("https://")) {
    throw new KubeConfigError(
      where === ""
        ? "no Kubernetes cluster with https is configured: pass --kubeconfig, set KUBECONFIG, or run in a pod"
        : `${where} cannot be used: its current context names no cluster with an https URL`,
    );
  }
  // Left unsaid, the server would be asked directly, and not be reached.
  if (proxyUrl)
    throw new KubeConfigError(
      `${where || "~/.kube/config"} cannot be used: its cluster has a proxy-url, and proxies are not supported`,
    );
  return config;
}

/** The namespace that the credentials are of: the pod's, or that of the kubeconfig's context; `default` when neither says. */
export function namespaceOf(config: KubeConfig): string {
  return config.getContextObject(config.getCurrentContext())?.namespace ?? "default";
}

/**
 * The real transport. client-node supplies the credentials; requests go through two shared agents, because client-node itself opens a TLS connection
 * per request. HTTP/1.1, so that a dead connection takes only its own request with it.
 *
 * @param clock measures how much time passes; one that is never set
 */
export function createTransport(config: KubeConfig, clock: Pick<Clock, "now"> = steadyClock): KubernetesTransport {
  const server = new URL(config.getCurrentCluster()?.server ?? "");
  // A cluster behind a proxy such as Rancher's has a path of its own.
  const base = server.origin + server.pathname.replace(/\/+$/, "");
  const credentials = new CredentialSource(config, clock);
  const agents = new Agents();
  return {
    host: server.host,
    async send({ method, path, contentType, body, signal, streaming = false }) {
      const own = await credentials.get();
      const headers: Record<string, string> = {
        accept: "application/json",
        "user-agent": "sessionpool-operator",
        ...own.headers,
      };
      if (contentType !== undefined) headers["content-type"] = contentType;
      const response = await request(base + path, {
        method,
        headers,
        dispatcher: agents.get(streaming, own.tls),
        ...(body === undefined ? {} : { body }),
        ...(signal ? { signal } : {}),
      });
      if (response.statusCode === 401) credentials.refused(own);
      const retryAfter = response.headers["retry-after"];
      return {
        status: response.statusCode,
        retryAfter: typeof retryAfter === "string" ? retryAfter : undefined,
        body: response.body,
      };
    },
    close: () => agents.destroy(),
  };
}
