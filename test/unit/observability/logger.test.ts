import { describe, expect, it } from "vitest";
import { createLogger, switchLevel } from "../../../src/observability/logger.ts";

/** A logger, and what it wrote. */
function written(level: string, fields?: () => object) {
  const lines: Record<string, unknown>[] = [];
  const write = (line: string): void => void lines.push(JSON.parse(line) as Record<string, unknown>);
  return { log: createLogger(level, fields, { write }), lines, words: () => lines.map(({ msg }) => msg) };
}

describe("the log level", () => {
  it("is debug after one signal, and what was configured after the next; loggers made before go with it", () => {
    const { log, words } = written("info");
    const child = log.child({ key: "team-a/alpha" });
    const grandchild = child.child({ more: 1 });
    const speak = (when: string): void => {
      for (const [name, each] of Object.entries({ log, child, grandchild })) each.debug(`${name} ${when}`);
    };
    speak("before");
    switchLevel(log, "info");
    speak("meanwhile");
    log.child({}).debug("a new one meanwhile");
    switchLevel(log, "info");
    speak("after");
    const said = "the log level is another now, until the next SIGUSR1 or restart";
    expect(words()).toEqual([
      said,
      "log meanwhile",
      "child meanwhile",
      "grandchild meanwhile",
      "a new one meanwhile",
      said,
    ]);
    expect(child.isLevelEnabled("debug")).toBe(false);
  });

  it.each([
    ["fatal", ["debug", "fatal", "debug"]],
    ["warn", ["debug", "warn", "debug"]],
    ["trace", ["debug", "trace", "debug"]],
    ["debug", ["info", "debug", "info"]],
  ])("of %s goes to and fro, and each change is said", (configured, levels) => {
    const { log, lines } = written(configured);
    for (const level of levels) {
      switchLevel(log, configured);
      expect(log.level).toBe(level);
    }
    expect(lines.map(({ level, logLevel }) => [level, logLevel])).toEqual(levels.map((level) => [30, level]));
  });
});

it("each line has the fields of its moment", () => {
  let trace = 0;
  const { log, lines } = written("info", () => ({ trace_id: (trace += 1) }));
  log.info("one");
  log.child({ key: "a" }).info("two");
  expect(lines.map(({ trace_id, key }) => [trace_id, key])).toEqual([
    [1, undefined],
    [2, "a"],
  ]);
});
