import type { Logger } from "pino";
import type { SessionPool } from "../api/session-pool.ts";
import type { Namespaces } from "../kubernetes/namespaces.ts";
import type { Placement } from "../sessionpool/placement.ts";
import type { JsonObject } from "../sessionpool/json.ts";
import {
  type NamedThing,
  placeNamed,
  scopeProblem,
  type ScopeTable,
  thingsNamed,
  thingsOf,
  usesLabels,
} from "../sessionpool/scope.ts";
import { type Clock, sleep } from "../time/clock.ts";
import { type ParsedScopes, parseScopes } from "./scope-file.ts";

export interface ScopesOptions {
  /** Reads the file with the table, by its path: a mounted ConfigMap is replaced as a whole. */
  readonly read: () => Promise<string>;
  /** Runs only while a table goes by labels. */
  readonly namespaces: Namespaces;
  readonly clock: Clock;
  readonly log: Logger;
  /** Asks for a reconcile of every resource. */
  readonly enqueueAll: () => void;
}

/** What was found where the table should be. */
interface Found {
  /** The same for the same finding. */
  readonly seen: string;
  readonly parsed: ParsedScopes;
}

/** How often the file is read, in milliseconds. */
const PERIOD_MS = 10_000;

/** The scope table as the file has it now, and the labels that it goes by. A file that breaks or goes away changes nothing. */
export class Scopes {
  readonly #options: ScopesOptions;
  readonly #ready = Promise.withResolvers<void>();
  #table: ScopeTable;
  /** What the table was read from. */
  #inUse: string;
  #lastSeen: string;
  #watching: Promise<void> | undefined;

  private constructor(options: ScopesOptions, table: ScopeTable, seen: string) {
    this.#options = options;
    this.#table = table;
    this.#inUse = seen;
    this.#lastSeen = seen;
  }

  /** @throws ScopeFileError when there is no table to begin with */
  static async open(options: ScopesOptions): Promise<Scopes> {
    const { seen, parsed } = await look(options.read);
    if (!parsed.ok) throw new ScopeFileError(parsed.problems);
    options.log.info(summary(parsed.table), "the scope table is in use");
    return new Scopes(options, parsed.table, seen);
  }

  /** Whether the table can be used: the labels that it goes by have been listed. */
  get isReady(): boolean {
    return !usesLabels(this.#table) || this.#options.namespaces.isSynced;
  }

  /** Undefined while the labels that it goes by are followed; else why they are not. @param now by the clock that the namespaces were given */
  stuckFor(now: number): string | undefined {
    return this.#options.namespaces.stuckFor(now);
  }

  /** For how long the API server has told nothing of the labels; undefined while no table has gone by them. */
  get quiet(): Namespaces["quiet"] {
    return this.#options.namespaces.quiet;
  }

  /** Resolves when the table can be used for the first time. */
  get ready(): Promise<void> {
    return this.#ready.promise;
  }

  /**
   * Why the resource's namespace may not name what the resource names, and what to do; undefined when it may.
   *
   * @param target where the resource's pool is; all that counts of a deleted resource
   */
  problemOf({ metadata, spec }: SessionPool, target: Placement): string | undefined {
    const things = metadata.deletionTimestamp === undefined ? thingsNamed({ spec }, target) : placeNamed(target);
    return this.#problemWith(metadata.namespace, things);
  }

  /** The same of what an existing pool names: with a pool, a namespace gets to use its identities. */
  problemOfPool({ metadata }: SessionPool, target: Placement, pool: JsonObject): string | undefined {
    return this.#problemWith(metadata.namespace, thingsOf(pool, target));
  }

  #problemWith(namespace: string, things: readonly NamedThing[]): string | undefined {
    const labels = usesLabels(this.#table) ? this.#options.namespaces.labelsOf(namespace) : undefined;
    return scopeProblem(this.#table, { name: namespace, labels }, things);
  }

  /** Follows the file and the labels until `signal` aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    this.#followLabels(signal);
    while (!signal.aborted) {
      await sleep(clock, PERIOD_MS, signal);
      if (!signal.aborted) await this.#reload(signal);
    }
    await this.#watching;
  }

  async #reload(signal: AbortSignal): Promise<void> {
    const { read, log, enqueueAll } = this.#options;
    const { seen, parsed } = await look(read);
    if (seen === this.#lastSeen) return;
    this.#lastSeen = seen;
    if (!parsed.ok) {
      log.error({ problems: parsed.problems }, "the scope table cannot be used; the one from before still counts");
      return;
    }
    log.info(summary(parsed.table), "the scope table is in use");
    if (seen === this.#inUse) return;
    this.#inUse = seen;
    this.#table = parsed.table;
    this.#followLabels(signal);
    enqueueAll();
  }

  /** Begins to watch the namespaces once a table goes by labels. They stay watched: the next table may do so too. */
  #followLabels(signal: AbortSignal): void {
    const { namespaces, log } = this.#options;
    if (!usesLabels(this.#table)) this.#ready.resolve();
    else if (!this.#watching) {
      log.info(
        "the scope table goes by labels of namespaces: list and watch of namespaces are needed (deploy/tenants)",
      );
      this.#watching = namespaces.run(signal);
      void namespaces.synced.then(() => this.#ready.resolve());
    }
  }
}

/** There is no scope table that can be used: one line per mistake. */
export class ScopeFileError extends Error {
  override readonly name = "ScopeFileError";
  constructor(problems: readonly string[]) {
    super(problems.map((problem) => `the scope table: ${problem}`).join("\n"));
  }
}

async function look(read: ScopesOptions["read"]): Promise<Found> {
  try {
    const text = await read();
    return { seen: `text ${text}`, parsed: parseScopes(text) };
  } catch (error) {
    const problem = `cannot be read: ${error instanceof Error ? error.message : String(error)}`;
    return { seen: problem, parsed: { ok: false, problems: [problem] } };
  }
}

function summary(table: ScopeTable): object {
  return { default: table.default, scopes: table.scopes.length };
}
