import { afterEach, describe, expect, it } from "vitest";
import { startAzure } from "../../soak/azure.ts";
import { Ledger } from "../../soak/ledger.ts";
import type { Emulator } from "../../emulator/start.ts";
import { callAzure } from "../../system/azure.ts";

const ID =
  "/subscriptions/34adfa4f-cedf-4dc0-ba29-b6d1a69ab345/resourcegroups/rg/providers/microsoft.app/sessionpools/pool";
const lifecycleConfiguration = { lifecycleType: "Timed", cooldownPeriodInSeconds: 300 };
let emulator: Emulator;

afterEach(async () => {
  await emulator.close();
});

function put(maxConcurrentSessions: number): number {
  const dynamicPoolConfiguration = { lifecycleConfiguration };
  const properties = { containerType: "PythonLTS", scaleConfiguration: { maxConcurrentSessions } };
  const body = { location: "westus3", properties: { ...properties, dynamicPoolConfiguration } };
  return callAzure(emulator.model, "PUT", "pool", body).status;
}

describe("the soak's Azure", () => {
  it("enters each PUT that it takes, also one whose answer is lost, and knows which changed nothing", async () => {
    const ledger = new Ledger();
    emulator = await startAzure(ledger);
    for (const sessions of [10, 11]) {
      ledger.reason(ID);
      expect(put(sessions)).toBe(200);
    }
    expect(ledger.balance()).toMatchObject({ reasons: 2, puts: 2, needless: [], surplus: [] });
    const fault = { method: "PUT", pathPattern: "pool", status: 503, times: 1 };
    emulator.model.faults.add({ ...fault, phase: "before" });
    expect(put(12)).toBe(503);
    expect(ledger.balance().puts).toBe(2);
    emulator.model.faults.add({ ...fault, phase: "after" });
    expect(put(12)).toBe(503);
    expect(ledger.balance()).toMatchObject({ puts: 3, needless: [], surplus: [ID] });
    expect(put(12)).toBe(200);
    expect(ledger.balance()).toMatchObject({ puts: 4, needless: [ID] });
  });
});
