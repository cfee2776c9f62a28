import { Budget, type BudgetOptions, type CallKind, TurnPending } from "../../../src/azure/budget.ts";
import { RANK, type Turn } from "../../../src/azure/waiting-line.ts";
import { FakeClock } from "../../time/fake-clock.ts";

export const SUB = "34adfa4f-cedf-4dc0-ba29-b6d1a69ab345";
export const OTHER_SUB = "99999999-cedf-4dc0-ba29-b6d1a69ab345";

/** Those who want to call Azure, in front of a budget. */
export class Callers {
  readonly clock = new FakeClock();
  readonly budget: Budget;
  readonly woken: { readonly key: string; readonly at: number }[] = [];
  readonly waited: { readonly kind: string; readonly ms: number }[] = [];

  constructor(options: Partial<BudgetOptions> = {}) {
    const onWaited = (kind: CallKind, ms: number): void => void this.waited.push({ kind, ms });
    this.budget = new Budget({ clock: this.clock, onWaited, ...options });
  }

  /** Keys whose turn came, in order. */
  keys(): readonly string[] {
    return this.woken.map(({ key }) => key);
  }

  turn(key: string, rank: number = RANK.create): Turn {
    const [flow = ""] = key.split("/");
    return { key, flow, rank, wake: () => void this.woken.push({ key, at: this.clock.now() }) };
  }

  /** A worker makes sure of a call that it makes later. */
  reserve(kind: CallKind, key: string, rank?: number): "paid" | TurnPending {
    return attempt(() => this.budget.reserve(kind, SUB, this.turn(key, rank)));
  }

  /** A worker makes a call, which is answered at once without a count. */
  call(kind: CallKind, key: string, rank?: number, sub = SUB): "paid" | TurnPending {
    return attempt(() => this.budget.follow(kind, sub, {}, this.budget.take(kind, sub, this.turn(key, rank))));
  }

  write(key: string, rank?: number, sub?: string): "paid" | TurnPending {
    return this.call("write", key, rank, sub);
  }

  /** Makes calls until one has to wait. @returns how many */
  spend(kind: CallKind, sub = SUB): number {
    for (let count = 0; ; count += 1) {
      const key = `spent/${kind}${sub}${count}`;
      if (this.call(kind, key, RANK.create, sub) === "paid") continue;
      this.budget.giveBack(key);
      return count;
    }
  }
}

/** What a worker meets: its turn, or a wait. */
function attempt(call: () => unknown): "paid" | TurnPending {
  try {
    call();
    return "paid";
  } catch (error) {
    if (error instanceof TurnPending) return error;
    throw error;
  }
}
