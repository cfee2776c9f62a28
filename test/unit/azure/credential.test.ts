import type { AccessToken } from "@azure/identity";
import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { ArmHttpClient } from "../../../src/azure/pipeline.ts";
import { createCredential } from "../../../src/azure/credential.ts";
import { Manners } from "../../../src/azure/manners.ts";
import { sleep } from "../../../src/time/clock.ts";
import { FakeClock } from "../../time/fake-clock.ts";

const SCOPE = "https://management.azure.com/.default";

interface EntraAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A workload identity, and an Entra that answers each request so, or never. */
async function credential(answer: (path: string) => EntraAnswer | "never" | "reset") {
  const clock = new FakeClock();
  const paths: string[] = [];
  const tokenFilePath = join(await mkdtemp(join(tmpdir(), "credential-")), "token");
  await writeFile(tokenFilePath, "e30.e30.x");
  const httpClient: ArmHttpClient = {
    sendRequest: (request) => {
      const { pathname } = new URL(request.url);
      paths.push(pathname);
      const given = answer(pathname);
      if (given === "never") return new Promise(() => undefined);
      if (given === "reset") return Promise.reject(new Error("read ECONNRESET"));
      const all = new Map(Object.entries(given.headers ?? {}));
      const headers = { get: (name: string) => all.get(name.toLowerCase()), toJSON: () => Object.fromEntries(all) };
      return Promise.resolve({ request, status: given.status, headers, bodyAsText: "{}" } as never);
    },
  };
  const options = {
    tenantId: "72f988bf-86f1-41af-91ab-2d7cd011db47",
    clientId: "bce8c037-3d10-44a4-a970-25f799611fc6",
    federatedTokenFile: tokenFilePath,
    authorityHost: "https://login.example",
  };
  return { clock, paths, credential: createCredential(options, { clock, wallClock: clock, httpClient }) };
}

describe("a credential", () => {
  it("asks Entra for nothing before the time that Entra named", async () => {
    const {
      credential: identity,
      clock,
      paths,
    } = await credential(() => ({ status: 429, headers: { "retry-after": "40" } }));
    await expect(identity.getToken(SCOPE)).rejects.toMatchObject({ kind: "throttled", retryAfterMs: 40_000 });
    await clock.advance(39_000);
    await expect(identity.getToken(SCOPE)).rejects.toMatchObject({ kind: "throttled", retryAfterMs: 1_000 });
    expect(paths).toHaveLength(1);
    await clock.advance(1_000);
    await expect(identity.getToken(SCOPE)).rejects.toMatchObject({ kind: "throttled", retryAfterMs: 40_000 });
    expect(paths).toHaveLength(2);
  });

  it("holds nobody for more than five seconds when Entra does not answer, and one at a time after that", async () => {
    const { credential: identity, clock, paths } = await credential(() => "never");
    const late = { kind: "unavailable", code: "Timeout", message: "no token for Azure: Entra did not answer in time" };
    const waits: number[] = [];
    const ask = async (): Promise<void> => {
      const since = clock.now();
      await expect(identity.getToken(SCOPE)).rejects.toMatchObject(late);
      waits.push(clock.now() - since);
    };
    await Promise.all([ask(), ask(), ask(), clock.advance(5_000)]);
    expect(waits.splice(0)).toEqual([5_000, 5_000, 5_000]);
    // The request is on its way for ten seconds more, and is remembered for five after that.
    for (let seconds = 0; seconds < 14; seconds += 1) {
      await ask();
      await clock.advance(1_000);
    }
    expect(waits.splice(0).every((wait) => wait === 0)).toBe(true);
    const before = paths.length;
    await clock.advance(1_000);
    await Promise.all([ask(), ask(), ask(), clock.advance(5_000)]);
    expect(waits.sort((a, b) => a - b)).toEqual([0, 0, 5_000]);
    expect(paths.length - before).toBe(1);
  });

  it.each<[story: string, answer: EntraAnswer | "reset", error: object]>([
    [
      "cannot be reached",
      "reset",
      { kind: "unavailable", code: "ConnectionFailed", message: "no token for Azure: Entra could not be reached" },
    ],
    ["fails", { status: 502 }, { kind: "unavailable", code: "Http502" }],
    ["says no", { status: 400 }, { name: "CredentialUnavailableError" }],
  ])("asks once in five seconds while Entra %s, and says the same each time", async (_story, answer, error) => {
    const { credential: identity, clock, paths } = await credential(() => answer);
    for (let round = 0; round < 2; round += 1) {
      const before = paths.length;
      await expect(identity.getToken(SCOPE)).rejects.toMatchObject(error);
      const asked = paths.length;
      expect(asked).toBeGreaterThan(before);
      await clock.advance(4_900);
      await expect(identity.getToken(SCOPE)).rejects.toMatchObject(error);
      expect(paths).toHaveLength(asked);
      await clock.advance(100);
    }
  });
});

describe("a token", () => {
  /**
   * A source of tokens that live an hour, which fails, or never answers, when it is told to; `set` is how far the wall clock was set. As MSAL does, it
   * keeps a token for as long as that clock says.
   */
  function source() {
    const clock = new FakeClock();
    const given = { asked: 0, fails: false, silent: false, delayMs: 0, set: 0 };
    const wallClock = { time: () => clock.now() + given.set };
    const credential = new Manners(clock, wallClock).over(() => {
      let kept: AccessToken | undefined;
      return {
        getToken: (_scopes, { claims } = {}) => {
          if (claims === undefined && kept && kept.expiresOnTimestamp - wallClock.time() > 300_000)
            return Promise.resolve(kept);
          given.asked += 1;
          if (given.silent) return new Promise(() => undefined);
          if (given.fails) return Promise.reject(new Error("no"));
          const token = { token: `t${given.asked}`, expiresOnTimestamp: wallClock.time() + 3_600_000 };
          kept = token;
          return given.delayMs === 0 ? Promise.resolve(token) : sleep(clock, given.delayMs).then(() => token);
        },
      };
    });
    const token = async (options = {}) => (await credential.getToken(SCOPE, options))?.token;
    return { clock, given, token };
  }

  it("is asked for once, however many want it at the same time and after", async () => {
    const { given, token } = source();
    expect(await Promise.all([token(), token(), token()])).toEqual(["t1", "t1", "t1"]);
    expect(await token()).toBe("t1");
    expect(given.asked).toBe(1);
  });

  it("is renewed two minutes before its end", async () => {
    const { clock, token } = source();
    await token();
    await clock.advance(3_479_000);
    expect(await token()).toBe("t1");
    await clock.advance(1_000);
    expect(await token()).toBe("t2");
  });

  it.each([-86_400_000, -3_600_000, -1_800_000, 3_600_000])(
    "is renewed then also when the wall clock was set by %i ms meanwhile",
    async (set) => {
      const { clock, given, token } = source();
      await token();
      await clock.advance(600_000);
      given.set = set;
      await clock.advance(2_879_000);
      expect(await token()).toBe("t1");
      await clock.advance(1_000);
      expect(await token()).toBe("t2");
      await clock.advance(3_479_000);
      expect(await token()).toBe("t2");
      expect(given.asked).toBe(2);
    },
  );

  it.each(["fails", "silent"] as const)("is used on while it cannot be renewed: %s", async (how) => {
    const { clock, given, token } = source();
    await token();
    given[how] = true;
    await clock.advance(3_500_000);
    expect(await Promise.all([token(), clock.advance(5_000)])).toEqual(["t1", undefined]);
    await clock.advance(65_000);
    await Promise.all([expect(token()).rejects.toThrow(/^no$|did not answer/), clock.advance(5_000)]);
  });

  it("is there again when it can be renewed", async () => {
    const { clock, given, token } = source();
    given.fails = true;
    await expect(token()).rejects.toThrow("no");
    given.fails = false;
    await clock.advance(5_000);
    expect(await token()).toBe("t2");
    // The failure of then is forgotten: who asks while it is renewed waits for it.
    await clock.advance(3_590_000);
    given.delayMs = 1_000;
    expect(await Promise.all([token(), token(), clock.advance(1_000)])).toEqual(["t3", "t3", undefined]);
  });

  it("that Azure challenged is asked for anew, and counts from then on", async () => {
    const { token } = source();
    await token();
    expect(await token({ claims: "c" })).toBe("t2");
    expect(await token()).toBe("t2");
  });
});
