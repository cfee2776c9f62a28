import { describe, expect, it } from "vitest";
import { Ledger } from "../../soak/ledger.ts";

describe("the ledger of PUTs", () => {
  it("is even when each reason had one PUT, whatever case the id has", () => {
    const ledger = new Ledger();
    ledger.reason("/Pools/A");
    expect(ledger.isAllSettled).toBe(false);
    ledger.put("/pools/a", true);
    expect(ledger.isSettled("/POOLS/A")).toBe(true);
    expect(ledger.balance()).toEqual({ reasons: 1, puts: 1, needless: [], surplus: [], missing: [] });
  });

  it("names the pools with PUTs that nobody asked for, that changed nothing, or that never came", () => {
    const ledger = new Ledger();
    for (const id of ["/a", "/b", "/c"]) ledger.reason(id);
    ledger.put("/a", true);
    ledger.put("/a", true);
    ledger.put("/b", false);
    expect(ledger.balance()).toEqual({ reasons: 3, puts: 3, needless: ["/b"], surplus: ["/a"], missing: ["/c"] });
  });
});
