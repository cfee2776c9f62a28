import type { Logger } from "pino";
import { type Config, ConfigExit } from "./config.ts";
import type { KubernetesClient } from "./kubernetes/client.ts";
import { readClusterId } from "./kubernetes/core.ts";
import { KubernetesError } from "./kubernetes/errors.ts";
import { KubeConfigError, loadKubeConfig } from "./kubernetes/transport.ts";
import { Namespaces } from "./kubernetes/namespaces.ts";
import { ScopeFileError, Scopes } from "./reconcile/scopes.ts";
import { backoff } from "./time/backoff.ts";
import { type Clock, type Random, sleep } from "./time/clock.ts";
import type { Turns } from "./time/turns.ts";

/** What the parts of the operator that are read once, at start, are made of. */
export interface StartUpParts {
  /** Measures how much time passes, and is never set. */
  readonly clock: Clock;
  /** How long work gives way to what else there is to do. */
  readonly turns: Turns;
  readonly random: Random;
  readonly log: Logger;
  /** Reads the file with the scope table; absent: every namespace may name everything. */
  readonly readScopes?: () => Promise<string>;
}

/** The credentials for the cluster. @throws ConfigExit when there are none that can be used */
export function kubeConfigOf({ kubeconfig }: Config): ReturnType<typeof loadKubeConfig> {
  try {
    return loadKubeConfig(kubeconfig);
  } catch (error) {
    throw error instanceof KubeConfigError ? new ConfigExit(error.message, 2) : error;
  }
}

/**
 * The scope table, if there is one.
 *
 * @param enqueue asks for a reconcile of the resources of a namespace, or of all
 * @throws ConfigExit when it cannot be used
 */
export async function openScopes(
  { readScopes, clock, turns, random, log }: StartUpParts,
  client: KubernetesClient,
  enqueue: (of?: string) => void,
): Promise<Scopes | undefined> {
  if (!readScopes) return undefined;
  const namespaces = new Namespaces({ client, clock, turns, random, log, onLabels: enqueue });
  try {
    return await Scopes.open({ read: readScopes, namespaces, clock, log, enqueueAll: () => enqueue() });
  } catch (error) {
    throw error instanceof ScopeFileError ? new ConfigExit(error.message, 2) : error;
  }
}

/** The cluster's identity is needed before anything is written; the API server may be starting too. Undefined once the signal aborts. */
export async function clusterIdOf(
  client: KubernetesClient,
  { clock, random, log }: StartUpParts,
  signal: AbortSignal,
): Promise<string | undefined> {
  for (let failures = 1; ; failures += 1) {
    try {
      return await readClusterId(client, signal);
    } catch (error) {
      if (signal.aborted) return undefined;
      log.warn({ err: error }, "the kube-system namespace could not be read; trying again");
      const asked = error instanceof KubernetesError ? (error.retryAfterMs ?? 0) : 0;
      await sleep(clock, Math.max(backoff({ baseMs: 1_000, maxMs: 30_000 }, failures, random), asked), signal);
    }
  }
}
