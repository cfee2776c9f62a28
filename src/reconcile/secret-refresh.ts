import type { Logger } from "pino";
import { type Clock, sleep } from "../time/clock.ts";
import type { ReadSecret, SecretFingerprints } from "./secret-fingerprints.ts";

export interface SecretRefreshOptions {
  readonly clock: Clock;
  readonly log: Logger;
  readonly fingerprints: SecretFingerprints;
  readonly read: ReadSecret;
  /** Looks at the key of the hashes again. */
  readonly refreshHashKey: (signal: AbortSignal) => Promise<unknown>;
  /** Asks for a reconcile. */
  readonly enqueue: (key: string) => void;
}

/** Each referenced Secret is read again once in this time, in milliseconds: one that is named just after a round began is seen within a minute too. */
const PERIOD_MS = 25_000;
/** Reads are at least this far apart, in milliseconds: 50 a second at most, so more than 1,250 Secrets take longer than the period. */
const MIN_GAP_MS = 20;
/** How often to look whether there is a Secret to read, in milliseconds. */
const IDLE_MS = 5_000;

/**
 * Sees rotated Secrets with the verb `get` alone: reads each referenced Secret from time to time, spread evenly, and asks for a reconcile of
 * the resources for which a value changed. Runs until `signal` aborts.
 */
export async function refreshSecrets(options: SecretRefreshOptions, signal: AbortSignal): Promise<void> {
  const { clock, log, fingerprints, read, refreshHashKey, enqueue } = options;
  while (!signal.aborted) {
    const references = fingerprints.references();
    const gap = Math.max(PERIOD_MS / references.length, MIN_GAP_MS);
    try {
      if (references.length > 0) await refreshHashKey(signal);
    } catch (error) {
      if (!signal.aborted) log.warn({ err: error }, "the key of the secret hashes could not be looked at");
    }
    if (references.length === 0) await sleep(clock, IDLE_MS, signal);
    for (const reference of references) {
      await sleep(clock, gap, signal);
      if (signal.aborted) return;
      try {
        const data = await read(reference.namespace, reference.name, signal);
        for (const key of fingerprints.usersOfChanged(reference, data)) enqueue(key);
      } catch (error) {
        // The next round looks again; a reconcile says what is wrong.
        if (!signal.aborted)
          log.debug({ err: error, secret: `${reference.namespace}/${reference.name}` }, "a Secret could not be read");
      }
    }
  }
}
