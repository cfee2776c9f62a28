import { DEADLINE_MS, LEASE_MS, LeaseLost, MARGIN_MS, RETRY_MS } from "../../../src/kubernetes/lease.ts";
import { objectOr } from "../../../src/sessionpool/json.ts";
import { textOf } from "../api-server/kinds.ts";
import type { Answer, Call } from "../calls.ts";
import type { World } from "../world.ts";
import { parsed } from "./reading.ts";

/** How long a call to the API server takes at most without a fault, both ways and twice, and a start until it seeks the lease, in milliseconds. */
const LATENCY_MS = 200;
const START_MS = 1_000;
/** A leader learns by its next renewal what a person did to the Lease, in milliseconds. */
const NOTICE_MS = RETRY_MS + LATENCY_MS;
/** How long a process that lost the lease takes to end, in milliseconds. */
const EXIT_MS = 2_000;

/** Whether a call is about the Lease. */
export function isOfLease({ name }: Call): boolean {
  return / leases?$/.test(name);
}

/** What one start of the operator has of the lease. */
interface Reign {
  /** When the last renewal was sent whose answer came. */
  renewedAt?: number;
  /** Its calls that change Azure, and were neither answered nor given up. */
  readonly writing: Set<number>;
  /** Calls that were given up; an answer that comes all the same is not seen. */
  readonly givenUp: Set<number>;
  /** In its own eyes. */
  hasLed: boolean;
}

/** What the Lease says. */
interface Held {
  /** Which start of the operator; undefined: none. */
  readonly by: number | undefined;
  readonly isReleased: boolean;
  readonly at: number;
}

/**
 * Watches who leads (P13). A write leaves a process only while its own last renewal says so for MARGIN_MS more, and never when the Lease is another's;
 * the Lease changes hands LEASE_MS after the last renewal and not much later; when a new leader writes, the old one has given up each write of its
 * own, unless it stands still or is dead; and it ends with LeaseLost. What no process can help is allowed: a request that left before arrives
 * after, and for NOTICE_MS after a person emptied or deleted the Lease two may lead.
 */
export class Leadership {
  readonly #world: World;
  readonly #broken: (text: string) => void;
  readonly #reigns = new Map<number, Reign>();
  readonly #startedAt = new Map<number, number>();
  #held: Held | undefined;
  /** When a person last changed the Lease. */
  #touchedAt = -Infinity;
  /** Set by runs in which the one that waits cannot read or write the Lease in time. */
  mayBeLate = false;

  constructor(world: World, broken: (text: string) => void) {
    this.#world = world;
    this.#broken = broken;
    if (!world.config.leaderElect) return;
    world.api.store.listen(({ kind, object, type }) => {
      if (kind.plural !== "leases") return;
      if (type === "DELETED") this.#touchedAt = this.#now;
      else this.#changed(textOf(objectOr(object.spec).holderIdentity));
    });
  }

  onSend(call: Call): void {
    if (!this.#world.config.leaderElect) return;
    if (!this.#startedAt.has(call.process)) this.#startedAt.set(call.process, call.at);
    const reign = this.#of(call.process);
    if (isRelease(call) && reign.writing.size > 0)
      this.#broken(`the lease is given back while #${[...reign.writing].join(", #")} is under way`);
    if (!isWrite(call)) return;
    const heldMs = reign.renewedAt === undefined ? Infinity : (call.at - reign.renewedAt) * this.#rate(call.process);
    if (heldMs > DEADLINE_MS - MARGIN_MS)
      this.#broken(
        `${call.name} ${call.about} ${reign.hasLed ? `${heldMs} ms after the last renewal` : "by a standby"}`,
      );
    const isTouched = call.at - this.#touchedAt <= NOTICE_MS;
    if (this.#held?.by !== undefined && this.#held.by !== call.process && !isTouched)
      this.#broken(`${call.name} ${call.about} while ${this.#held.by} has the lease`);
    if (call.side !== "azure") return;
    for (const [other, { writing }] of this.#reigns)
      if (other !== call.process && writing.size > 0 && this.#isAwake(other) && !isTouched)
        this.#broken(`${call.name} ${call.about} while ${other} waits for the answer to #${[...writing].join(", #")}`);
    reign.writing.add(call.index);
  }

  onAnswer(call: Call, { status, body }: Answer): void {
    const reign = this.#of(call.process);
    reign.writing.delete(call.index);
    const isSeen = !reign.givenUp.has(call.index) && parsed(body) !== undefined;
    if (isSeen && isClaim(call) && status < 300) {
      reign.renewedAt = Math.max(reign.renewedAt ?? -Infinity, call.at);
      reign.hasLed ||= (this.#now - call.at) * this.#rate(call.process) < DEADLINE_MS;
    }
  }

  onGivenUp(call: Call): void {
    const { writing, givenUp } = this.#of(call.process);
    writing.delete(call.index);
    givenUp.add(call.index);
  }

  /** A process ended by itself. @returns whether it may */
  mayEnd(process: number, error: unknown): boolean {
    if (!(error instanceof LeaseLost)) return false;
    const { renewedAt, hasLed } = this.#of(process);
    if (!hasLed) return false;
    const agoMs = (this.#now - (renewedAt ?? -Infinity)) * this.#rate(process);
    return agoMs >= DEADLINE_MS || this.#held?.by !== process;
  }

  /** Once all trouble is over, one leads. */
  problemAtEnd(): string | undefined {
    if (!this.#world.config.leaderElect) return undefined;
    const { by, at } = this.#held ?? { by: undefined, at: 0 };
    const leads = by !== undefined && this.#isAwake(by) && this.#now - at <= DEADLINE_MS;
    return leads ? undefined : "nobody leads, and all could";
  }

  #changed(identity: string): void {
    const by = /^operator-(\d+)_/.exec(identity)?.[1];
    const before = this.#held;
    const held = { by: by === undefined ? undefined : Number(by), isReleased: identity === "", at: this.#now };
    this.#held = held;
    // A person, or a release; which of them it is does not matter to those who wait.
    if (held.by === undefined) {
      if (identity !== "" || before?.by === undefined || this.#isAwake(before.by)) this.#touchedAt = this.#now;
      return;
    }
    if (before && before.by !== held.by) this.#tookOver(held.by, before);
  }

  #tookOver(by: number, before: Held): void {
    const rate = this.#rate(by);
    const waited = this.#now - before.at;
    const isTouched = this.#touchedAt >= before.at;
    if (!before.isReleased && !isTouched && waited < LEASE_MS / rate)
      this.#broken(`${by} took the lease ${waited} ms after its last renewal`);
    const since = Math.max(before.at, (this.#startedAt.get(by) ?? 0) + START_MS);
    const longest = ((before.isReleased ? 0 : LEASE_MS) + RETRY_MS) / rate + LATENCY_MS;
    if (!this.mayBeLate && this.#now - since > longest)
      this.#broken(`${by} took the lease ${this.#now - since} ms after it could, where ${longest} ms are enough`);
    for (const [other, { hasLed }] of this.#reigns) if (other !== by && hasLed) this.#mustEnd(other);
  }

  /** Who lost the lease ends as soon as it runs. */
  #mustEnd(process: number): void {
    this.#world.clock.timer(EXIT_MS, () => {
      const running = this.#world.machines.process(process);
      if (running?.isStalled === true) this.#mustEnd(process);
      else if (running) this.#broken(`${process} has lost the lease and still runs`);
    });
  }

  #isAwake(process: number): boolean {
    const running = this.#world.machines.process(process);
    return running !== undefined && !running.isStalled;
  }

  #rate(process: number): number {
    return this.#world.machines.clocksOf(process)?.rate ?? 1;
  }

  #of(process: number): Reign {
    const reign = this.#reigns.get(process) ?? {
      writing: new Set<number>(),
      givenUp: new Set<number>(),
      hasLed: false,
    };
    this.#reigns.set(process, reign);
    return reign;
  }

  get #now(): number {
    return this.#world.clock.now();
  }
}

function isRelease(call: Call): boolean {
  return isOfLease(call) && call.body?.includes('"holderIdentity":""') === true;
}

/** Whether a call gets or renews the lease, and does not give it back. */
function isClaim(call: Call): boolean {
  return isOfLease(call) && call.method !== "GET" && /"holderIdentity":"operator-/.test(call.body ?? "");
}

/** Whether a call changes something that counts: a token is asked for by POST. */
function isWrite(call: Call): boolean {
  return call.method !== "GET" && call.side !== "entra" && !isOfLease(call);
}
