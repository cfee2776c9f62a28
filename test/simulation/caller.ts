/** A run of the operator, from the network's point of view. */
export interface Caller {
  /** Which start of the operator, from 1. */
  readonly number: number;
  readonly isDead: () => boolean;
  /** Ends the process at once; nothing of it runs on. */
  readonly kill: () => void;
  readonly onDeath: (act: () => void) => void;
  /** Does something once what has come can reach the process. */
  readonly arrive: (act: () => void) => void;
  /** Lets nothing of the process run for so long, in milliseconds. */
  readonly stall: (ms: number) => void;
  /** What this process sees of collections, when it looks at a server that lags behind. */
  readonly oldView?: { readonly version: number; readonly until: number };
}
