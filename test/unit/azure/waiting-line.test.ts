import { beforeEach, describe, expect, it } from "vitest";
import { type Turn, WaitingLine } from "../../../src/azure/waiting-line.ts";

const EDIT = 0;
const CREATE = 1;
const OBSERVE = 4;

let line: WaitingLine;
let now: number;

const turn = (key: string, rank: number, flow = key.split("/")[0] ?? ""): Turn => ({
  key,
  flow,
  rank,
  wake: () => undefined,
});
/** Each comes a millisecond after the one before. */
function come(rank: number, ...keys: readonly string[]): void {
  for (const key of keys) line.add(turn(key, rank), (now += 1));
}
const many = (namespace: string, count: number): readonly string[] =>
  Array.from({ length: count }, (_, index) => `${namespace}/${index}`);
const served = (count = Infinity): readonly string[] => {
  const keys: string[] = [];
  while (keys.length < count) {
    const next = line.shift();
    if (!next) break;
    keys.push(next.key);
  }
  return keys;
};

beforeEach(() => {
  line = new WaitingLine();
  now = 0;
});

describe("who waits for a turn", () => {
  it("goes by rank, and within a rank by time", () => {
    come(OBSERVE, "a/look", "b/look");
    come(CREATE, "a/new");
    come(EDIT, "a/edited", "b/edited");
    expect(served()).toEqual(["a/edited", "b/edited", "a/new", "a/look", "b/look"]);
    expect(line.first()).toBeUndefined();
  });

  it("goes before a newcomer of the same or a worse rank, and after one of a better", () => {
    come(CREATE, "a/new");
    expect([EDIT, CREATE, OBSERVE].map((rank) => line.isAhead(rank))).toEqual([false, true, true]);
    served();
    expect(line.isAhead(OBSERVE)).toBe(false);
  });

  it("has the place that he has, however often he asks", () => {
    come(CREATE, "a/1", "b/1");
    come(CREATE, "a/1", "a/1");
    come(OBSERVE, "a/1");
    expect(line.size).toBe(2);
    expect(served()).toEqual(["a/1", "b/1"]);
  });

  it("moves up when he edits what he waits for, and has waited since he came", () => {
    come(CREATE, "a/1", "a/2");
    come(EDIT, "a/2");
    expect(line.size).toBe(2);
    expect(line.first()).toMatchObject({ key: "a/2", rank: EDIT, since: 2 });
    expect(served()).toEqual(["a/2", "a/1"]);
  });

  it("leaves no gap when he goes away", () => {
    come(CREATE, "a/1", "a/2", "b/1");
    line.remove("a/1");
    line.remove("a/1");
    line.remove("nobody/0");
    expect([line.has("a/1"), line.has("a/2"), line.size]).toEqual([false, true, 2]);
    expect(served()).toEqual(["a/2", "b/1"]);
  });
});

describe("teams that want many at once", () => {
  it("share evenly", () => {
    come(CREATE, ...many("a", 100), ...many("b", 100), ...many("c", 100));
    const first = served(96).map((key) => key.split("/")[0]);
    // The oldest, one in eight, are all of the team that came first.
    const shares = ["a", "b", "c"].map((team) => first.filter((each) => each === team).length);
    expect(Math.min(...shares)).toBeGreaterThanOrEqual(28);
  });

  it("do not delay another team's one", () => {
    come(CREATE, ...many("a", 10_000));
    served(1_000);
    come(CREATE, "b/1");
    expect(served(3)).toContain("b/1");
  });

  it("do not delay it after an edit of their own, either", () => {
    come(CREATE, ...many("a", 10_000));
    come(EDIT, "a/edited");
    expect(served(1)).toEqual(["a/edited"]);
    come(CREATE, "b/1");
    expect(served(3)).toContain("b/1");
  });

  it("have their edits among those of others, as if they had nothing else", () => {
    come(CREATE, ...many("a", 10_000));
    come(EDIT, ...many("b-edited", 50), "a/edited");
    expect(served(4)).toContain("a/edited");
  });

  it("are not made to wait for what they have given up", () => {
    come(CREATE, "b/0", ...many("a", 10_000));
    for (const key of many("a", 10_000)) line.remove(key);
    come(CREATE, ...many("b", 20), "a/again");
    expect(served(3)).toContain("a/again");
  });
});

describe("one turn in eight", () => {
  it("goes to who has waited longest, so that a look comes about among edits that do not end", () => {
    come(OBSERVE, "a/look", "b/look");
    come(EDIT, ...many("c", 100));
    const order = served(16);
    expect([order.indexOf("a/look"), order.indexOf("b/look")]).toEqual([7, 15]);
  });

  it("counts from when he came, also for who moved up since", () => {
    come(OBSERVE, "c/moved");
    come(CREATE, ...many("a", 10));
    come(EDIT, ...many("c", 20));
    come(CREATE, "c/moved");
    expect(served(8)[7]).toBe("c/moved");
  });

  it("comes to everybody, however many with a better rank go on coming", () => {
    come(OBSERVE, ...many("z", 20));
    const left = new Set(many("z", 20));
    for (let round = 0; round < 200; round += 1) {
      come(EDIT, `a/${round}`, `b/${round}`);
      for (const key of served(2)) left.delete(key);
    }
    expect([...left]).toEqual([]);
  });

  it("is told of when the wait begins and when it ends, once each, whatever ends it", () => {
    const told: string[] = [];
    line = new WaitingLine(() => {
      const wait = told.push("begins");
      return () => told.push(`${wait} ends`);
    });
    come(CREATE, "a/served", "a/gone");
    come(EDIT, "a/served");
    line.shift();
    line.remove("a/gone");
    line.remove("a/gone");
    expect(told).toEqual(["begins", "begins", "1 ends", "2 ends"]);
  });
});
