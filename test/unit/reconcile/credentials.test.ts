import { describe, expect, it } from "vitest";
import type { SessionPool, SessionPoolSpec } from "../../../src/api/session-pool.ts";
import type { ArmClient } from "../../../src/azure/arm-client.ts";
import type { CredentialContent } from "../../../src/azure/credential.ts";
import { KubernetesError } from "../../../src/kubernetes/errors.ts";
import { CredentialStore, type SignIn } from "../../../src/reconcile/credentials.ts";
import type { OwnTurns } from "../../../src/time/turns.ts";
import { AT_ONCE } from "../../time/at-once.ts";

const never = new AbortController().signal;
const HOUR_MS = 3_600_000;
const CANARY = "canary-client-secret-77aa";

/** Two tenants, each with an application. */
const ONE = credential("1");
const TWO = credential("2");
const BROKEN = new Map([...ONE, ["AZURE_CLIENT_ID", "x"]]);

function credential(digit: string): ReadonlyMap<string, string> {
  const uuid = `${digit.repeat(8)}-1111-1111-1111-111111111111`;
  return new Map([
    ["AZURE_TENANT_ID", uuid],
    ["AZURE_CLIENT_ID", uuid],
    ["AZURE_SUBSCRIPTION_ID", uuid],
    ["AZURE_CLIENT_SECRET", `${CANARY}-${digit}`],
  ]);
}

type Secret = ReadonlyMap<string, string> | KubernetesError;

/** A store over Secrets by `namespace/name`; clients are named by who signs in. */
function open(secrets: Record<string, Secret>, turns: OwnTurns = AT_ONCE) {
  const world = {
    now: 0,
    secrets: new Map(Object.entries(secrets)),
    reads: [] as string[],
    turns: [] as (() => void)[],
  };
  const client = (name: string): ArmClient => name as unknown as ArmClient;
  const store = new CredentialStore({
    clients: {
      own: client("own"),
      canFederate: true,
      of: ({ tenantId }: CredentialContent) => client(tenantId.slice(0, 1)),
    },
    read: (namespace, name) => {
      world.reads.push(`${namespace}/${name}`);
      const found = world.secrets.get(`${namespace}/${name}`);
      return found instanceof KubernetesError ? Promise.reject(found) : Promise.resolve(found);
    },
    now: () => world.now,
    keepMs: HOUR_MS,
    turns,
  });
  const of = (named?: string, more: Partial<SessionPool["metadata"]> = {}): Promise<SignIn> =>
    store.of(resource(named, more), never);
  /** Who signs in, or why nobody does. */
  const who = async (...asked: Parameters<typeof of>): Promise<unknown> => {
    const { state, arm } = await of(...asked);
    return state.kind === "missing" ? `${state.reason}: ${state.message}` : arm;
  };
  return { world, of, who };
}

function resource(named: string | undefined, metadata: Partial<SessionPool["metadata"]>): SessionPool {
  const spec = named === undefined ? {} : { credentialsRef: { name: named } };
  return {
    metadata: { name: "a", namespace: "ns", uid: "u", resourceVersion: "1", generation: 1, ...metadata },
    spec: spec as SessionPoolSpec,
  };
}

const deleted = { deletionTimestamp: "2026-01-01T00:00:00Z" };
const forbidden = new KubernetesError(403, "Forbidden", "secrets is forbidden");

describe("who signs in for a resource", () => {
  it.each<[story: string, secrets: Record<string, Secret>, named: string | undefined, who: string]>([
    ["the operator, where nothing else is said", {}, undefined, "own"],
    ["the namespace's Secret", { "ns/azure-credential": ONE }, undefined, "1"],
    ["the Secret that it names, before the namespace's", { "ns/azure-credential": ONE, "ns/mine": TWO }, "mine", "2"],
    ["never a Secret of another namespace", { "other/azure-credential": ONE }, undefined, "own"],
    [
      "nobody, where the Secret that it names is missing, whatever else there is",
      { "ns/azure-credential": ONE, "other/mine": TWO },
      "mine",
      'CredentialsNotFound: spec.credentialsRef: there is no Secret "mine" in namespace ns: create it, or name another',
    ],
    [
      "nobody, where the Secret that it names is wrong",
      { "ns/azure-credential": ONE, "ns/mine": BROKEN },
      "mine",
      'CredentialsInvalid: spec.credentialsRef: the Secret "mine" of namespace ns cannot be used: AZURE_CLIENT_ID: must be a UUID',
    ],
    [
      "nobody, where the namespace's is wrong",
      { "ns/azure-credential": BROKEN },
      undefined,
      'CredentialsInvalid: the Secret "azure-credential" of namespace ns cannot be used: AZURE_CLIENT_ID: must be a UUID',
    ],
    [
      "nobody, where the Secret that it names cannot be read",
      { "ns/mine": forbidden },
      "mine",
      'CredentialsUnreadable: spec.credentialsRef: the Secret "mine" of namespace ns cannot be read: grant the operator the verb get on Secrets in namespace ns',
    ],
    [
      "nobody, where nobody can tell whether the namespace has one",
      { "ns/azure-credential": forbidden },
      undefined,
      'CredentialsUnreadable: the Secret "azure-credential" of namespace ns cannot be read, which would say with which credential to ask Azure instead of the operator\'s own: grant the operator the verb get on Secrets in namespace ns',
    ],
  ])("%s", async (_story, secrets, named, wanted) => {
    expect(await open(secrets).who(named)).toBe(wanted);
  });

  it.each(["../other/secrets/mine", "..", ".", "other/mine", "a%2Fb", "mine?x", "", "UPPER", "mine\n"])(
    "nobody, and nothing is read, where the name is %j",
    async (name) => {
      const { who, world } = open({});
      expect(await who(name)).toBe(
        `CredentialsInvalid: spec.credentialsRef: ${JSON.stringify(name)} is not the name of a Secret`,
      );
      expect(world.reads).toEqual([]);
    },
  );

  it("those who wait for one read go on one after the other, each in a turn of the event loop of its own; later ones at once", async () => {
    const turns: (() => void)[] = [];
    const own = (): Promise<void> => new Promise((resolve) => void turns.push(resolve));
    const { who, world } = open({ "ns/azure-credential": ONE }, { own });
    const done: number[] = [];
    const all = [0, 1, 2, 3].map(async (number) => {
      await who();
      done.push(number);
    });
    for (const expected of [[0], [0, 1], [0, 1, 2], [0, 1, 2, 3]]) {
      await new Promise((resolve) => setImmediate(resolve));
      expect(done).toEqual(expected);
      turns.shift()?.();
    }
    await Promise.all(all);
    expect(await who()).toBe("1");
    expect([world.reads.length, turns.length]).toEqual([1, 0]);
  });

  it("an outage of the API server is no answer, and is not remembered", async () => {
    const { who, world } = open({ "ns/azure-credential": new KubernetesError(500, "InternalError", "no") });
    await expect(who()).rejects.toThrow("no");
    world.secrets.set("ns/azure-credential", ONE);
    expect(await who()).toBe("1");
  });

  it("the Secret brings the subscription, and its values are to be hidden", async () => {
    const { of } = open({ "ns/azure-credential": ONE });
    const { subscriptionId, values, where } = await of();
    expect([subscriptionId, [...values.values()], where]).toEqual([
      "11111111-1111-1111-1111-111111111111",
      [`${CANARY}-1`],
      'the Secret "azure-credential" of namespace ns',
    ]);
  });
});

describe("a look at a Secret", () => {
  it.each<[story: string, secrets: Record<string, Secret>]>([
    ["that is there", { "ns/azure-credential": ONE }],
    ["that is not", {}],
    ["that may not be read", { "ns/azure-credential": forbidden }],
  ])("counts for fifteen seconds, for all resources of the namespace: %s", async (_story, secrets) => {
    const { who, world } = open(secrets);
    await Promise.all([who(), who(), who()]);
    world.now = 14_999;
    await who();
    expect(world.reads).toEqual(["ns/azure-credential"]);
    world.now = 15_000;
    await who();
    await who(undefined, { namespace: "other" });
    expect(world.reads).toEqual(["ns/azure-credential", "ns/azure-credential", "other/azure-credential"]);
  });

  it("sees a changed credential at the next look, and the old one when it is back", async () => {
    const { who, world } = open({ "ns/mine": ONE });
    const seen: unknown[] = [];
    for (const secret of [ONE, TWO, BROKEN, ONE]) {
      world.secrets.set("ns/mine", secret);
      seen.push(await who("mine"));
      world.now += 15_000;
    }
    expect(seen).toEqual(["1", "2", expect.stringMatching(/^CredentialsInvalid/), "1"]);
  });
});

describe("a deletion", () => {
  /** A store that has seen `used`, and whose Secret then became `now`. */
  async function after(used: Secret | undefined, now: Secret | undefined, named?: string) {
    const id = `ns/${named ?? "azure-credential"}`;
    const opened = open(used ? { [id]: used } : {});
    await opened.who(named);
    if (now) opened.world.secrets.set(id, now);
    else opened.world.secrets.delete(id);
    opened.world.now += 15_000;
    return opened;
  }

  it.each<[story: string, used: Secret | undefined, now: Secret | undefined, named: string | undefined, who: string]>([
    ["with the named Secret gone: the credential that was last used", ONE, undefined, "mine", "1"],
    ["with the namespace's Secret gone: the same", ONE, undefined, undefined, "1"],
    ["with the right to read it gone, as in a terminating namespace: the same", ONE, forbidden, "mine", "1"],
    [
      "with that right gone, in a namespace that had no Secret: the operator's own",
      undefined,
      forbidden,
      undefined,
      "own",
    ],
    ["in a namespace that never had one: the operator's own", undefined, undefined, undefined, "own"],
    ["with another credential in the Secret: that one", ONE, TWO, "mine", "2"],
    [
      "with a wrong Secret: held",
      ONE,
      BROKEN,
      "mine",
      'CredentialsInvalid: spec.credentialsRef: the Secret "mine" of namespace ns cannot be used: AZURE_CLIENT_ID: must be a UUID, or set spec.policy.deletion to Orphan to let go of the pool',
    ],
    [
      "with a named Secret that this process never saw: held, never the operator's own",
      undefined,
      undefined,
      "mine",
      'CredentialsNotFound: spec.credentialsRef: there is no Secret "mine" in namespace ns: restore the Secret, or set spec.policy.deletion to Orphan to let go of the pool',
    ],
    [
      "with a named Secret that may not be read and was never seen: held",
      forbidden,
      forbidden,
      "mine",
      'CredentialsUnreadable: spec.credentialsRef: the Secret "mine" of namespace ns cannot be read: grant the operator the verb get on Secrets in namespace ns, or set spec.policy.deletion to Orphan to let go of the pool',
    ],
  ])("%s", async (_story, used, now, named, wanted) => {
    const { who } = await after(used, now, named);
    expect(await who(named, deleted)).toBe(wanted);
  });

  it("only that: a resource that stays does not go on with a credential that is gone", async () => {
    const { who } = await after(ONE, undefined, "mine");
    expect(await who("mine")).toMatch(/^CredentialsNotFound/);
  });

  it("goes on with a named credential for as long as it takes, and with the namespace's for an hour", async () => {
    for (const [named, end] of [
      ["mine", "1"],
      [undefined, "own"],
    ] as const) {
      const { who, world } = await after(ONE, undefined, named);
      for (let minutes = 0; minutes < 55; minutes += 5) {
        expect(await who(named, deleted)).toBe("1");
        world.now += 300_000;
      }
      world.now += 600_000;
      expect(await who(named, deleted)).toBe(end);
    }
  });

  it("forgets a credential that no resource used for an hour", async () => {
    const { who, world } = await after(ONE, undefined, "mine");
    world.now += HOUR_MS;
    expect(await who("mine", deleted)).toMatch(/^CredentialsNotFound/);
  });
});
