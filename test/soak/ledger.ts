/** What Azure took of the operator's PUTs, against what there was to write. */
export interface Balance {
  /** Reasons for a PUT that there were: new resources, edits, changes in Azure, new values of Secrets. */
  readonly reasons: number;
  readonly puts: number;
  /** PUTs after which the pool was as before. */
  readonly needless: readonly string[];
  /** Pools with more PUTs than reasons. */
  readonly surplus: readonly string[];
  /** Pools with a reason that no PUT followed. */
  readonly missing: readonly string[];
}

interface Account {
  reasons: number;
  puts: number;
}

/** Counts, for each pool by its ARM id in lower case, reasons to write and writes. */
export class Ledger {
  readonly #accounts = new Map<string, Account>();
  readonly #needless: string[] = [];

  /** There is something to write to a pool. */
  reason(id: string): void {
    this.#of(id).reasons += 1;
  }

  /** Azure took a PUT. @param changed whether the pool is another than before */
  put(id: string, changed: boolean): void {
    this.#of(id).puts += 1;
    if (!changed) this.#needless.push(id.toLowerCase());
  }

  /** Whether each reason has had its PUT; only then may there be another one, since one PUT may serve two. */
  isSettled(id: string): boolean {
    const { reasons, puts } = this.#of(id);
    return puts >= reasons;
  }

  get isAllSettled(): boolean {
    return [...this.#accounts.values()].every(({ reasons, puts }) => puts >= reasons);
  }

  balance(): Balance {
    const all = [...this.#accounts];
    const sum = (key: keyof Account): number => all.reduce((total, [, account]) => total + account[key], 0);
    const those = (when: (account: Account) => boolean): string[] =>
      all.filter(([, account]) => when(account)).map(([id]) => id);
    return {
      reasons: sum("reasons"),
      puts: sum("puts"),
      needless: [...this.#needless],
      surplus: those(({ reasons, puts }) => puts > reasons),
      missing: those(({ reasons, puts }) => puts < reasons),
    };
  }

  #of(id: string): Account {
    const key = id.toLowerCase();
    const account = this.#accounts.get(key) ?? { reasons: 0, puts: 0 };
    this.#accounts.set(key, account);
    return account;
  }
}
