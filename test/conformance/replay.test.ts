import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Exchange, readRecording, recordingFiles, replay, replayEmulator } from "./replay.ts";

const file = recordingFiles().find((name) => name.endsWith("registry-password.json")) ?? "";
const exchanges = readRecording(file);

function at(seq: number): Exchange {
  const found = exchanges.find((exchange) => exchange.seq === seq);
  if (!found) throw new Error(`${file} has no seq ${seq}`);
  return found;
}

let world: Awaited<ReturnType<typeof replayEmulator>>;
beforeEach(async () => {
  world = await replayEmulator();
});
afterEach(async () => {
  await world.emulator.close();
});

async function differencesOf(recording: readonly Exchange[]): Promise<readonly string[]> {
  return (await replay("made up", recording, world.send, world.advance)).differences;
}

describe("a replay tells what is wrong with a recording, or with the emulator", () => {
  it("says that a recording starts in the middle", async () => {
    expect(await differencesOf([at(234), at(244)])).toEqual([
      "seq 234 GET sessionPools/spcc000005: the recording starts in the middle, this pool was never PUT in it",
      "seq 244 PATCH sessionPools/spcc000005: the recording starts in the middle, this pool was never PUT in it",
    ]);
  });

  it("says when a poll belongs to nothing", async () => {
    const [line] = await differencesOf([at(110)]);
    expect(line).toContain("polls an operation that nothing in this recording started");
  });

  it("goes on from a write that the recording never polled, because the next one was accepted", async () => {
    expect(await differencesOf([at(109), at(234), at(244), at(252)])).toEqual([]);
  });

  it("leaves calls to other services out, and counts them", async () => {
    const url = "https://spcc000005.proudflower-c1dfe120.eastasia.azurecontainerapps.io/?identifier=a";
    const other = { ...at(109), seq: 1, request: { method: "GET", url, body: null } };
    const result = await replay("made up", [other, at(109)], world.send, world.advance);
    expect([result.exchanges, result.skipped.length, result.differences]).toEqual([1, 1, []]);
  });

  it.each<[story: string, change: (exchange: Exchange) => Exchange, told: string]>([
    ["another status", (e) => ({ ...e, response: { ...e.response, status: 200 } }), "status 201 instead of 200"],
    [
      "a poll URL where Azure gave none",
      (e) => ({ ...e, response: { ...e.response, headers: { "content-type": "application/json; charset=utf-8" } } }),
      "azure-asyncoperation is /providers/Microsoft.App/locations/eastasia/operationStatuses?",
    ],
    [
      "a field with another value",
      (e) => withBody(e, { location: "East Asia 2" }),
      '/location: "East Asia" instead of',
    ],
    ["a field that is missing", (e) => withBody(e, { kind: "k" }), '/kind: "(absent)" instead of "k"'],
    [
      "a time with another form",
      (e) => withBody(e, { systemData: { createdAt: "2025-10-10T07:52:38.4832082" } }),
      '/systemData/createdAt: "TIMEZ" instead of "TIME"',
    ],
  ])("finds %s", async (_story, change, told) => {
    expect((await differencesOf([change(at(109))])).join("\n")).toContain(told);
  });
});

function withBody(exchange: Exchange, members: object): Exchange {
  return {
    ...exchange,
    response: { ...exchange.response, body: { ...(exchange.response.body as object), ...members } },
  };
}
