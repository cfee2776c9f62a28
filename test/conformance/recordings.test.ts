import { basename } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { readRecording, recordingFiles, replay, replayEmulator } from "./replay.ts";

const files = recordingFiles();
let replayed = 0;

describe("the emulator answers recorded requests as Azure did", () => {
  it.each(files.map((file) => ({ name: basename(file), file })))("$name", async ({ file }) => {
    const exchanges = readRecording(file);
    const { emulator, send, advance } = await replayEmulator();
    const result = await replay(file, exchanges, send, advance);
    await emulator.close();
    expect(result.differences).toEqual([]);
    expect(result.exchanges + result.skipped.length).toBe(exchanges.length);
    replayed += result.exchanges;
  });

  it("covers every recording there is", () => {
    expect(files.length).toBeGreaterThanOrEqual(3);
  });

  afterAll(() => {
    console.log(`conformance: ${replayed} recorded exchanges replayed from ${files.length} recordings`);
  });
});
