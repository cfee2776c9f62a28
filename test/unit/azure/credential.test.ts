import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { ArmHttpClient } from "../../../src/azure/arm-client.ts";
import { createCredential } from "../../../src/azure/credential.ts";
import { FakeClock } from "../../time/fake-clock.ts";

const SCOPE = "https://management.azure.com/.default";

interface EntraAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A workload identity, and an Entra that answers each request so, or never. */
async function credential(answer: (path: string) => EntraAnswer | "never") {
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
  return { clock, paths, credential: createCredential(options, { clock, httpClient }) };
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

  it("does not wait for ever for an answer that never comes", async () => {
    const { credential: identity, clock, paths } = await credential(() => "never");
    for (const _try of [1, 2])
      await Promise.all([
        expect(identity.getToken(SCOPE)).rejects.toThrow("endpoints_resolution_error"),
        clock.advance(15_000),
      ]);
    expect(paths.length).toBeGreaterThan(1);
  });
});
