import { expect } from "vitest";
import { ArmClient } from "../../../src/azure/arm-client.ts";
import { custom, python } from "../../simulation/specs.ts";
import type { Answer, Call } from "../../simulation/calls.ts";
import type { Fault } from "../../simulation/faults.ts";
import { ARM, ENTRA, SUBSCRIPTION } from "../../simulation/config.ts";
import { poolId, type Stage } from "./stage.ts";

const HOST = new URL(ARM).host;
/** Where a URL of an answer may lead, given its path. */
const ELSEWHERE: readonly ((path: string) => string)[] = [
  (path) => `https://evil.example${path}`,
  (path) => `${ARM}:8443${path}`,
  (path) => `http://${HOST}${path}`,
  (path) => `https://${HOST}@evil.example${path}`,
  (path) => `https://${HOST}:443@evil.example${path}`,
  (path) => `https://x.${HOST}${path}`,
  (path) => `https://${HOST}.evil.example${path}`,
  (path) => `https://${HOST.replace("m", "\u0440\u0430")}${path}`,
  (path) => `https://evil.example#@${HOST}${path}`,
  (path) => `https://evil.example\\@${HOST}${path}`,
  (path) => `https:evil.example${path}`,
  (path) => `//evil.example${path}`,
  (path) => `file:///etc/passwd?${path}`,
];

const changed = (change: (answer: Answer, call: Call) => Answer): Fault => ({ kind: "answer", when: "after", change });

/** Each answer to a PUT and a DELETE says that the operation is asked somewhere else. */
const operationAt =
  (header: "azure-asyncoperation" | "location") =>
  async (stage: Stage): Promise<void> => {
    stage.network.inject = ({ name, about }) => {
      if (name !== "PUT pool" && name !== "DELETE pool") return undefined;
      return changed((answer) => {
        const { "azure-asyncoperation": statuses, location, ...headers } = answer.headers;
        const { pathname, search } = new URL(statuses ?? location ?? ARM);
        const url = ELSEWHERE[Number(about.split("-")[1])]?.(pathname + search) ?? "";
        return { ...answer, headers: { ...headers, [header]: url } };
      });
    };
    stage.start();
    for (const index of ELSEWHERE.keys()) stage.create(`pool-${index}`, custom());
    await stage.pass(5);
    for (const index of ELSEWHERE.keys()) {
      expect.soft(stage.told(`pool-${index}`), ELSEWHERE[index]?.("")).toContain("Succeeded: ");
      stage.remove(`pool-${index}`);
    }
    await stage.pass(5);
    for (const index of ELSEWHERE.keys()) expect(stage.resource(`pool-${index}`)).toBeUndefined();
    expect(stage.pool(poolId("pool-0"))).toBeUndefined();
    // The pools themselves were looked at instead.
    expect(stage.callsAbout("/operation")).toEqual([]);
  };

export const operationUrl = operationAt("azure-asyncoperation");
export const operationLocation = operationAt("location");

/** LIST is what `kubectl-sessionpool import` reads; its client takes the way out that the operator's takes. */
export async function nextLink(stage: Stage): Promise<void> {
  for (const name of ["one", "two", "three"]) stage.foreignPool(`pool-${name}`);
  const nothing = (): void => undefined;
  const caller = {
    number: 9,
    isDead: () => false,
    kill: nothing,
    onDeath: nothing,
    arrive: (act: () => void) => act(),
    stall: nothing,
  };
  const client = new ArmClient({
    credential: { getToken: () => Promise.resolve({ token: "canary-token-of-the-caller", expiresOnTimestamp: 9e15 }) },
    endpoint: ARM,
    audience: ARM,
    clock: stage.clock,
    userAgent: "test",
    httpClient: stage.network.azure(caller),
  });
  for (const elsewhere of ELSEWHERE) {
    stage.network.inject = () => ({
      kind: "answer",
      when: "before",
      change: (_answer, { path }) => ({
        status: 200,
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ value: [{ name: "one" }], nextLink: elsewhere(path) }),
      }),
    });
    const before = stage.asked().length;
    const reading = readAll(client);
    const failed = reading.then(
      () => "read on",
      ({ code }: { code: string }) => code,
    );
    await stage.pass(1);
    expect.soft(await failed, elsewhere("")).toBe("UntrustedNextLink");
    expect.soft(stage.asked().length - before, elsewhere("")).toBe(1);
  }
}

async function readAll(client: ArmClient): Promise<void> {
  for await (const _page of client.list({ subscriptionId: SUBSCRIPTION }, new AbortController().signal));
}

const redirect = (status: number, location: string): Fault => ({
  kind: "answer",
  when: "before",
  change: () => ({ status, headers: { location }, body: "" }),
});
const REDIRECTS = [301, 302, 303, 307, 308].flatMap((status) =>
  ["https://evil.example/x", `${ARM}/x`, `http://${HOST}/x`].map((location) => [status, location] as const),
);

/** From each call about a pool, at its creation and at its deletion. */
export async function redirectFromArm(stage: Stage): Promise<void> {
  let from: readonly string[] = [];
  stage.network.inject = ({ name, about, side }) => {
    const [status, location] = REDIRECTS[Number(about.split("-")[1])] ?? [307, "https://evil.example/x"];
    return side === "azure" && from.includes(name) ? redirect(status, location) : undefined;
  };
  stage.start();
  for (const index of REDIRECTS.keys()) stage.create(`pool-${index}`, custom());
  for (const [call, minutes] of [
    [["GET pools", "GET pool"], 1],
    [["PUT pool"], 3],
    [["GET pools", "GET operation"], 4],
  ] as const) {
    from = call;
    await stage.pass(minutes);
    expect(stage.told("pool-0")).not.toContain("Succeeded: ");
  }
  from = [];
  await stage.pass(10);
  for (const index of REDIRECTS.keys()) expect.soft(stage.told(`pool-${index}`)).toContain("Succeeded: ");
  from = ["DELETE pool"];
  for (const index of REDIRECTS.keys()) stage.remove(`pool-${index}`);
  await stage.pass(3);
  // Nothing is taken for done.
  for (const index of REDIRECTS.keys()) expect.soft(stage.resource(`pool-${index}`)).toBeDefined();
  expect(stage.network.calls.filter(({ path }) => path === "/x")).toEqual([]);
}

/** With the proof of who the operator is in the body. */
export async function redirectFromEntra(stage: Stage): Promise<void> {
  let at = 0;
  stage.network.inject = ({ side, name }) => {
    if (side !== "entra" || name !== "POST token") return undefined;
    const [status, location] = REDIRECTS[(at += 1) % REDIRECTS.length] ?? [307, ""];
    return redirect(status, location.replace(ARM, ENTRA));
  };
  stage.start();
  stage.create("alpha", python());
  await stage.pass(30);
  expect(at).toBeGreaterThan(REDIRECTS.length);
  expect(stage.network.calls.filter(({ path }) => path === "/x")).toEqual([]);
  expect(stage.asked()).toEqual([]);
  expect(stage.told("alpha")).toMatch(/^AuthenticationFailed: |^AzureUnavailable: /);
}
