import { beforeEach, describe, expect, it } from "vitest";
import { findCondition } from "../../../src/api/conditions.ts";
import type { SessionPoolSpec } from "../../../src/api/session-pool.ts";
import { CredentialStore } from "../../../src/reconcile/credentials.ts";
import { apply, armClient, startWorld, type World } from "./world.ts";
import { AT_ONCE } from "../../time/at-once.ts";

const CANARY = "canary-client-secret-31fe";
const TENANT = "11111111-1111-1111-1111-111111111111";
const OTHER = "22222222-2222-2222-2222-222222222222";
const SUBSCRIPTION = "34adfa4f-cedf-4dc0-ba29-b6d1a69ab345";
const credentialsRef = { name: "mine" };
const LOOK_MS = 15_000;

let world: World;
/** Tenants of the clients that called, in order and without repetition. */
let callers: string[];

/** An Azure that is another tenant's for who signs in as OTHER, and quotes what it was sent. */
function start(): void {
  world = startWorld();
  callers = [];
  world.tamper = (_method, response) =>
    callers.at(-1) === OTHER
      ? {
          status: 401,
          headers: { "content-type": "application/json" },
          body: JSON.stringify({
            error: { code: "InvalidAuthenticationTokenTenant", message: `wrong issuer, ${CANARY}-${OTHER} was sent` },
          }),
        }
      : response;
  restart();
}

/** A process that has seen no Secret yet. */
function restart(): void {
  const [own, mine] = [armClient(world), armClient(world)];
  const store = new CredentialStore({
    clients: { own, canFederate: true, of: ({ tenantId }) => (note(tenantId), mine) },
    read: (_namespace, name) => Promise.resolve(world.secrets.get(name)),
    now: () => world.clock.now(),
    keepMs: 3_600_000,
    turns: AT_ONCE,
  });
  world.credentials = {
    of: async (resource, signal) => {
      const signIn = await store.of(resource, signal);
      if (signIn.arm === own) note("own");
      return signIn;
    },
  };
  world.restart();
}

function note(caller: string): void {
  if (callers.at(-1) !== caller) callers.push(caller);
}

function setCredential(tenantId: string, more: Readonly<Record<string, string>> = {}, name = "mine"): void {
  const data = { AZURE_TENANT_ID: tenantId, AZURE_CLIENT_ID: tenantId, AZURE_CLIENT_SECRET: `${CANARY}-${tenantId}` };
  world.secrets.set(name, new Map(Object.entries({ ...data, ...more })));
}

const condition = (type: string) => findCondition(world.live?.status?.conditions, type);

/** A Ready pool, and no call or write counted yet. */
async function ready(spec: Partial<SessionPoolSpec> = { credentialsRef }): Promise<void> {
  apply(world, spec);
  await world.run(8);
  expect(condition("Ready")?.status).toBe("True");
  world.writes.length = 0;
}

function remove(spec: Partial<SessionPoolSpec> = {}): void {
  if (!world.live) return;
  world.live = {
    ...world.live,
    metadata: { ...world.live.metadata, deletionTimestamp: "2026-01-01T00:00:00Z" },
    spec: { ...world.live.spec, ...spec },
  };
  world.cached = world.live;
}

/** All that anybody can read of the resource. */
const shown = (): string => JSON.stringify([world.statusWrites, world.events]);

beforeEach(start);

describe("a credential", () => {
  it("that is missing: Azure is not asked at all, and within a minute after it comes it is used", async () => {
    apply(world, { credentialsRef });
    expect(await world.reconcile()).toEqual({ kind: "retry", maxMs: 60_000, isTerminal: true });
    await world.run(3);
    expect(condition("Stalled")).toMatchObject({ status: "True", reason: "CredentialsNotFound" });
    expect([callers, world.calls(), world.statusWrites.length]).toEqual([[], [], 1]);
    setCredential(TENANT);
    await world.run(5);
    expect(condition("Ready")?.status).toBe("True");
    expect(callers).toEqual([TENANT]);
  });

  it("that is swapped for one of another tenant: nothing is released, created or changed, and it heals", async () => {
    setCredential(TENANT);
    await ready();
    const before = world.pool();
    setCredential(OTHER);
    await world.clock.advance(LOOK_MS);
    await world.run(3);
    expect(condition("Stalled")).toMatchObject({
      reason: "InvalidAuthenticationTokenTenant",
      message:
        'could not read the pool: wrong issuer, <secret> was sent (signed in by spec.credentialsRef: the Secret "mine" of namespace ns)',
    });
    remove();
    await world.run(3);
    expect([world.writes, world.live?.metadata.finalizers]).toEqual([[], ["appcontainers.dev/session-pool"]]);
    expect(world.pool()).toEqual(before);
    setCredential(TENANT);
    await world.clock.advance(LOOK_MS);
    await world.run(8);
    expect([world.writes, world.live?.metadata.finalizers]).toEqual([["Delete"], []]);
    expect(shown()).not.toContain(CANARY);
  });

  it("brings the subscription of a resource that names none; another one there does not move the pool", async () => {
    setCredential(TENANT, { AZURE_SUBSCRIPTION_ID: SUBSCRIPTION.replace("34", "35") });
    await ready();
    expect(world.live?.status?.id).toContain(SUBSCRIPTION.replace("34", "35"));
    setCredential(TENANT, { AZURE_SUBSCRIPTION_ID: SUBSCRIPTION });
    await world.clock.advance(LOOK_MS);
    await world.run(2);
    expect(condition("Stalled")?.reason).toBe("ImmutableField");
    expect(world.writes).toEqual([]);
  });

  it("is not asked for where nothing is asked of Azure", async () => {
    setCredential(TENANT);
    apply(world, { credentialsRef, suspend: true });
    await world.run(2);
    expect(condition("Ready")?.reason).toBe("Suspended");
    remove({ policy: { deletion: "Orphan" } });
    await world.run(2);
    expect([world.live?.metadata.finalizers, callers]).toEqual([[], []]);
  });
});

describe("a deletion whose Secret is gone", () => {
  it.each(["mine", "azure-credential"])("ends with the credential that was last used: %s", async (name) => {
    setCredential(TENANT, {}, name);
    await ready(name === "mine" ? { credentialsRef } : {});
    world.secrets.delete(name);
    remove();
    await world.clock.advance(LOOK_MS);
    await world.run(6);
    expect([world.writes, world.live?.metadata.finalizers, callers]).toEqual([["Delete"], [], [TENANT]]);
  });

  it("waits after a restart for the Secret or for Orphan, and never takes the operator's credential", async () => {
    setCredential(TENANT);
    await ready();
    world.secrets.delete("mine");
    remove();
    restart();
    const calls = world.calls().length;
    await world.run(4);
    expect(condition("Stalled")).toMatchObject({
      reason: "CredentialsNotFound",
      message:
        'spec.credentialsRef: there is no Secret "mine" in namespace ns: restore the Secret, or set spec.policy.deletion to Orphan to let go of the pool',
    });
    expect([world.calls().length, callers]).toEqual([calls, [TENANT]]);
    remove({ policy: { deletion: "Orphan" } });
    await world.run(2);
    expect([world.writes, world.live?.metadata.finalizers, world.calls().length]).toEqual([[], [], calls]);
    expect(world.events.at(-1)).toMatchObject({ reason: "PoolOrphaned" });
  });
});
