import type { SessionPool } from "../api/session-pool.ts";
import type { EventNote } from "../kubernetes/events.ts";
import type { SessionPools } from "../kubernetes/session-pools.ts";
import type { PutReason } from "../sessionpool/action.ts";
import type { Random } from "../time/clock.ts";
import type { Claims } from "./claims.ts";
import type { ObserveOptions } from "./observe.ts";
import type { Pacer } from "./pacer.ts";
import type { Reporter } from "./report.ts";
import type { SettleOptions } from "./settle.ts";

/** What carrying out an action needs. */
export interface ActOptions extends SettleOptions, ObserveOptions {
  readonly sessionPools: SessionPools;
  readonly reporter: Reporter;
  readonly recordEvent: (resource: SessionPool, event: EventNote) => void;
  /** Called after each PUT and DELETE that Azure took; `isRepair`: it undoes what somebody did in Azure. */
  readonly onWrite: (reason: PutReason | "Delete", isRepair: boolean) => void;
  /** Which resources are for which pool. */
  readonly claims: Claims;
  /** Turns for PUTs that all pools with secrets may need at the same time. */
  readonly unverifiedPacer: Pacer;
  readonly random: Random;
  /** How often a pool at rest is compared with Azure, unless its resource says, in milliseconds. */
  readonly driftIntervalMs: number;
}
