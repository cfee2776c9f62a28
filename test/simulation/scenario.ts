import type { Config } from "../../src/config.ts";
import type { Ending } from "./ending.ts";
import type { World } from "./world.ts";

/** A story: what people do, one step after the other, and how it ends when nothing else happens. */
export interface Scenario extends Ending {
  readonly name: string;
  /** What the story is, in one line. */
  readonly story: string;
  /** How the operator sees new values of Secrets; `get` when left out. */
  readonly secretAccess?: "get" | "watch";
  /** Pools on a page of a LIST. */
  readonly pageSize?: number;
  /** How many replicas of the operator there are; one when left out. */
  readonly replicas?: number;
  /** Settings of the operator that differ from the usual ones. */
  readonly config?: Partial<Config>;
  /** What there is before the operator starts. */
  readonly before?: (world: World) => void;
  /** How much longer trouble may come once the last step is done, in milliseconds; none when left out. */
  readonly restMs?: number;
  /** Each is taken when the world has come to rest after the one before. */
  readonly steps: readonly ((world: World) => void)[];
}
