import type { Logger } from "pino";
import { type Clock, type Random, sleep, type WallClock, withDeadline } from "../time/clock.ts";
import { NotLeading } from "../time/permit.ts";
import { type CallEnd, KubernetesClient } from "./client.ts";
import { isAlreadyExists, isNotFound, isPreconditionFailed, KubernetesError } from "./errors.ts";
import { holderOf, isSame, type LeaseObject, LeaseObjects } from "./lease-objects.ts";
import { LeaseTrouble } from "./lease-trouble.ts";
import type { KubernetesTransport } from "./transport.ts";

/*
 * Who leads, in client-go's way (tools/leaderelection/leaderelection.go): the holder renews the Lease every RETRY_MS; the others take it over when
 * they have seen it unchanged for LEASE_MS. Each goes by the time that passes on its own clock, never by the timestamps in the Lease, so that
 * clocks may differ by hours; only their rates may not differ by more than LEASE_MS : DEADLINE_MS. The clock of a machine that is suspended stands
 * still, which its time of day tells afterwards: it counts too, but only against a write, so that whoever sets it at most delays one.
 *
 * Why two never write at the same time: the holder counts from when it *sent* its last renewal that succeeded, the others from when they *read* it,
 * which is later; and it stops DEADLINE_MS after that, LEASE_MS - DEADLINE_MS before any of them begins. A write may outlast the lease, since
 * Azure takes up to a minute for a PUT, so it has no deadline of its own: it begins only while the lease is surely held for MARGIN_MS more, goes
 * on while renewals succeed, and is aborted when they have not for DEADLINE_MS: it needs no lease that outlives it, only one whose end is noticed in
 * time. What is left is a request that has left the process already:
 * Azure's pools know no If-Match, so nothing can call that back; it is what a PUT of the same spec by the next leader would have been.
 */

/** How long a Lease that does not change is its holder's, in milliseconds. */
export const LEASE_MS = 15_000;
/** How long after its last renewal the holder itself counts on it, in milliseconds. */
export const DEADLINE_MS = 10_000;
/** How far apart renewals are, and looks of those who wait at most, in milliseconds. */
export const RETRY_MS = 2_000;
/** How long the lease must still be held for a write to begin, in milliseconds. */
export const MARGIN_MS = 2_000;
/** How long one request may take, in milliseconds. */
const REQUEST_MS = Math.max(1_000, DEADLINE_MS / 2);
/** Those who wait look up to such a part of RETRY_MS earlier; never later, so that a takeover is at most RETRY_MS late. */
const EARLIER = 0.5;

export interface LeaseOptions {
  readonly transport: KubernetesTransport;
  /** Told of each call. */
  readonly onCall?: (end: CallEnd) => void;
  readonly namespace: string;
  readonly name: string;
  /** Of this replica, and of no other that there ever was. */
  readonly identity: string;
  readonly clock: Clock;
  /** For people who read the Lease. */
  readonly wallClock: WallClock;
  readonly random: Random;
  readonly log: Logger;
  /** Called when it could not be renewed without reading it first. */
  readonly onSlowPath?: () => void;
}

/** The lease was lost: somebody else leads, or may soon. */
export class LeaseLost extends Error {
  override readonly name = "LeaseLost";
}

/** One replica's claim to a Lease: waits for it, keeps it, and gives it back. Once lost it is not sought again. */
export class Lease {
  readonly #options: LeaseOptions;
  readonly #objects: LeaseObjects;
  readonly #trouble: LeaseTrouble;
  readonly #lost = new AbortController();
  /** The Lease as it was seen last, and since when it has been like that, by our clock. */
  #seen: { readonly lease: LeaseObject; readonly text: string; readonly since: number } | undefined;
  /** When the last renewal that succeeded was sent, by our clock. */
  #renewedAt: number | undefined;
  /** The same by the time of day. */
  #renewedTime = 0;
  /** When the last try began. */
  #triedAt: number | undefined;
  /** How long the server asked to wait, in the last try. */
  #pauseMs = 0;
  /** A write that did not land, and on what: somebody was quicker, or it was refused. */
  #doubt: { readonly lease: LeaseObject; readonly error: unknown } | undefined;
  #cancelWatchdog = (): void => undefined;
  /** Who leads, as the log says. */
  #told: string | undefined;

  constructor(options: LeaseOptions) {
    const { transport, clock, onCall, namespace, name, log } = options;
    this.#options = options;
    // Its own writes need no lease. A longer Retry-After would cost it, and a call each RETRY_MS costs the server little.
    const client = new KubernetesClient(transport, clock, undefined, onCall, RETRY_MS);
    this.#objects = new LeaseObjects(client, namespace, name);
    this.#trouble = new LeaseTrouble(clock, log, { namespace, lease: name });
  }

  /** Aborts, with a {@link LeaseLost}, as soon as the lease counts as lost. */
  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  /** Whether it is surely ours now. */
  get isHeld(): boolean {
    return this.#heldFor() > 0;
  }

  /** How long its renewal is overdue, in milliseconds; 0 when it is not, or it was never ours. */
  get overdueMs(): number {
    return this.#renewedAt === undefined ? 0 : Math.max(0, -this.#remainingMs(this.#renewedAt));
  }

  /** How long ago it was last begun to look at, in milliseconds; 0 before and after {@link run}. */
  get idleMs(): number {
    return this.#triedAt === undefined ? 0 : this.#options.clock.now() - this.#triedAt;
  }

  /** @throws NotLeading unless it is ours for long enough to begin a write */
  check(): void {
    const agoMs = this.#options.wallClock.time() - this.#renewedTime;
    if (Math.min(this.#heldFor(), DEADLINE_MS - agoMs) < MARGIN_MS) throw new NotLeading();
  }

  /**
   * Waits for the lease, until `stop` aborts, and then renews it, until `end` aborts.
   *
   * @param onHeld called once, when it becomes ours
   * @throws LeaseLost
   */
  async run(stop: AbortSignal, end: AbortSignal, onHeld: () => void): Promise<void> {
    const { clock, log, name, identity } = this.#options;
    const lost = Promise.withResolvers<never>();
    const ended = AbortSignal.any([end, this.lost]);
    const unwanted = AbortSignal.any([stop, ended]);
    this.lost.addEventListener("abort", () => lost.reject(this.lost.reason), { once: true });
    let wasHeld = false;
    const seek = async (): Promise<void> => {
      while (!(wasHeld ? ended : unwanted).aborted) {
        const before = this.#renewedAt;
        this.#triedAt = clock.now();
        await this.#try();
        if (!wasHeld && this.isHeld) {
          // It came after the stop: nothing has begun by it.
          if (unwanted.aborted) return await this.release();
          wasHeld = true;
          log.info({ lease: name, identity }, "leading");
          onHeld();
        }
        await sleep(clock, this.#nextMs(this.#renewedAt !== before), wasHeld ? ended : unwanted);
      }
    };
    await Promise.race([seek(), lost.promise]).finally(() => (this.#triedAt = undefined));
  }

  /** Gives it to whoever comes first, when it is ours; after {@link run} has ended, and with it every write. */
  async release(): Promise<void> {
    const { log, name } = this.#options;
    this.#cancelWatchdog();
    const seen = this.#seen?.lease;
    if (!this.isHeld || !seen) return;
    this.#renewedAt = undefined;
    try {
      await this.#call((signal) => this.#objects.release(seen, this.#microTime(), signal));
      log.info({ lease: name }, "the lease is released");
    } catch (error) {
      log.warn({ err: error, lease: name }, "the lease could not be released; it runs out by itself");
    }
  }

  #heldFor(): number {
    return this.#renewedAt === undefined || this.lost.aborted ? 0 : this.#remainingMs(this.#renewedAt);
  }

  #remainingMs(renewedAt: number): number {
    return renewedAt + DEADLINE_MS - this.#options.clock.now();
  }

  /** One try to get or renew it; failures are logged, and the next try is the answer to them. */
  async #try(): Promise<void> {
    const { log, name, identity } = this.#options;
    this.#pauseMs = 0;
    // Who was stopped for a while must not renew what it may have lost meanwhile.
    if (this.#renewedAt !== undefined && !this.isHeld) return this.#lose();
    try {
      const known = this.isHeld ? this.#seen?.lease : undefined;
      if (known && (await this.#claim(known))) return;
      const doubt = this.#doubt;
      const lease = await this.#read();
      const holder = lease && holderOf(lease);
      if (this.isHeld && holder !== undefined && holder !== identity) return this.#lose(holder);
      if (holder !== this.#told && holder !== identity && holder) {
        this.#told = holder;
        log.info({ lease: name, holder }, "standing by: another replica leads");
      }
      // It is as it was: nobody was quicker.
      const isRefused = doubt !== undefined && lease !== undefined && isSame(doubt.lease, lease);
      if (isRefused) this.#trouble.met(doubt.error);
      if (known && isRefused) return;
      if (known) this.#options.onSlowPath?.();
      if (this.#isFree()) await this.#claim(lease);
    } catch (error) {
      this.#trouble.met(error);
      if (error instanceof KubernetesError) this.#pauseMs = error.retryAfterMs ?? 0;
    }
  }

  /** Whether nobody else has it, as far as was seen: who deletes a Lease does not end its holder, who makes it anew. */
  #isFree(): boolean {
    const holder = this.#seen ? holderOf(this.#seen.lease) : "";
    return holder === "" || holder === this.#options.identity || this.#foreignForMs() <= 0;
  }

  /** How long what was seen last is still another's, in milliseconds. */
  #foreignForMs(): number {
    if (!this.#seen) return 0;
    const { lease, since } = this.#seen;
    const seconds = lease.spec?.leaseDurationSeconds ?? 0;
    return since + (seconds > 0 ? seconds * 1_000 : LEASE_MS) - this.#options.clock.now();
  }

  /** How soon to try again. @param isRenewed whether it has just been renewed */
  #nextMs(isRenewed: boolean): number {
    // What failed is tried again sooner: there are few tries before the deadline.
    if (this.isHeld) return isRenewed ? RETRY_MS : RETRY_MS / 2;
    const ms = Math.round(RETRY_MS * (1 - EARLIER * this.#options.random()));
    const foreignMs = this.#foreignForMs();
    return Math.max(foreignMs > 0 ? Math.min(ms, foreignMs) : ms, this.#pauseMs);
  }

  async #read(): Promise<LeaseObject | undefined> {
    const lease = await this.#call((signal) => this.#objects.get(signal));
    this.#doubt = undefined;
    if (lease) this.#note(lease);
    return lease;
  }

  #note(lease: LeaseObject): void {
    const text = JSON.stringify(lease.spec ?? {});
    const isUnchanged = this.#seen?.text === text && this.#seen.lease.metadata.uid === lease.metadata.uid;
    this.#seen = { lease, text, since: isUnchanged && this.#seen ? this.#seen.since : this.#options.clock.now() };
  }

  /** Writes our name and the time into it. @returns whether that landed: if not, the next look tells why */
  async #claim(lease: LeaseObject | undefined): Promise<boolean> {
    const { identity, clock, wallClock } = this.#options;
    const [sentAt, sentTime] = [clock.now(), wallClock.time()];
    const renewTime = this.#microTime();
    const { spec = {} } = lease ?? {};
    const isOurs = spec.holderIdentity === identity;
    const acquireTime = (isOurs ? spec.acquireTime : undefined) ?? renewTime;
    const leaseTransitions = (spec.leaseTransitions ?? 0) + (lease && !isOurs ? 1 : 0);
    const leaseDurationSeconds = LEASE_MS / 1_000;
    const claimed = { holderIdentity: identity, leaseDurationSeconds, acquireTime, renewTime, leaseTransitions };
    try {
      const written = await this.#call((signal) =>
        lease ? this.#objects.update(lease, claimed, signal) : this.#objects.create(claimed, signal),
      );
      this.#note(written);
    } catch (error) {
      // Of one that is made, it is the namespace that is not there. A policy that denies says 422 as a failed test does.
      const isOpen = lease ? isPreconditionFailed(error) || isNotFound(error) : isAlreadyExists(error);
      if (!isOpen) throw error;
      if (lease) this.#doubt = { lease, error };
      return false;
    }
    this.#renewed(sentAt, sentTime);
    return true;
  }

  #call<T>(call: (signal: AbortSignal) => Promise<T>): Promise<T> {
    return withDeadline(this.#options.clock, REQUEST_MS, undefined, call);
  }

  /** A claim succeeded. @param sentAt when it was sent; the answer may have come late @param sentTime the same by the time of day */
  #renewed(sentAt: number, sentTime: number): void {
    const { clock } = this.#options;
    const remainingMs = this.#remainingMs(sentAt);
    if (this.#renewedAt !== undefined && !this.isHeld) return this.#lose();
    // Too late to lead by it: the next try claims it again.
    if (remainingMs <= 0 || this.lost.aborted) return;
    this.#trouble.over();
    this.#renewedAt = sentAt;
    this.#renewedTime = sentTime;
    this.#cancelWatchdog();
    this.#cancelWatchdog = clock.timer(remainingMs, () => this.#lose());
  }

  /** @param to who has it, when that is known */
  #lose(to?: string): void {
    if (this.lost.aborted) return;
    this.#cancelWatchdog();
    const { name } = this.#options;
    const { last } = this.#trouble;
    const late = [`it was not renewed for ${DEADLINE_MS / 1_000} s`, ...(last === undefined ? [] : [last])].join(": ");
    const why = to === undefined ? late : `${to === "" ? "nobody" : to} has it`;
    this.#lost.abort(new LeaseLost(`the lease ${name} is lost: ${why}`));
  }

  /** Now, as metav1.MicroTime wants it: with six digits. */
  #microTime(): string {
    return new Date(this.#options.wallClock.time()).toISOString().replace("Z", "000Z");
  }
}
