/** What was measured; null: the phase that shows it did not come to its end. Times in seconds. */
export interface Figures {
  callsPerMinuteAtRest: number | null;
  getsPerMinutePeer: number | null;
  writesAtRest: number | null;
  putFloorSeconds: number | null;
  putSeconds: number | null;
  throttled: number | null;
  editDelaySeconds: number | null;
  readyLagP50: number | null;
  readyLagP99: number | null;
  /** The slowest of the edits, until its PUT left the operator. */
  editSentSeconds: number | null;
  /** PUTs that Azure took for the new pools; one each is enough. */
  putsTaken: number | null;
  /** How many pools the lags are of. */
  poolsInFlight: number | null;
  /** Reads that Azure served from the last new PUT to the last pool Ready, as a part of what the bucket gives in that time. */
  readShareInFlight: number | null;
  /** The same from the first pool that Azure finished. */
  readShareWhileEnding: number | null;
  /** Calls sent before the time that a 429 of the storm had named. */
  callsBeforeRetryAfter: number | null;
  /** 429s that the operator met in the storm. */
  stormRefusals: number | null;
  /** Most writes taken in any one second of the 30 s after the first that Azure took after the storm. */
  peakAfterStorm: number | null;
}

/** Nothing measured yet; the keys in the order in which they are told. */
export function noFigures(): Figures {
  return {
    callsPerMinuteAtRest: null,
    getsPerMinutePeer: null,
    writesAtRest: null,
    putFloorSeconds: null,
    putSeconds: null,
    throttled: null,
    editDelaySeconds: null,
    readyLagP50: null,
    readyLagP99: null,
    editSentSeconds: null,
    putsTaken: null,
    poolsInFlight: null,
    readShareInFlight: null,
    readShareWhileEnding: null,
    callsBeforeRetryAfter: null,
    stormRefusals: null,
    peakAfterStorm: null,
  };
}

/** A number as it is told: three digits after the point. */
export function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}

/** Milliseconds in seconds, as they are told. */
export function inSeconds(ms: number): number {
  return rounded(ms / 1000);
}
