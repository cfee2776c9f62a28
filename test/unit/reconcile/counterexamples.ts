import type { SessionPoolSpec } from "../../../src/api/session-pool.ts";
import { readyWorld } from "./in-sync.ts";
import { POOL_PATH, type World } from "./world.ts";

/** Where the number of sessions is in the ARM body. */
export const MAX = "/properties/scaleConfiguration/maxConcurrentSessions";
/** ARM id of a user-assigned identity. */
export const UAMI = (name: string): string =>
  `${POOL_PATH.split("/providers/")[0]}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/${name}`;
/** An entry of spec.secrets. */
const reference = (name: string, key: string): object => ({
  name,
  valueFrom: { secretKeyRef: { name: "creds", key } },
});
/** A spec with these secrets, each from the entry of its name. */
export const listed = (...names: string[]): Partial<SessionPoolSpec> =>
  ({ secrets: names.map((name) => reference(name, name)) }) as Partial<SessionPoolSpec>;
/** Data of a Kubernetes Secret. */
export const values = (entries: Record<string, string>): ReadonlyMap<string, string> =>
  new Map(Object.entries(entries));
/** The secret values that Azure has. */
export const inAzure = (world: World): Record<string, string> =>
  Object.fromEntries(world.model.secretValues(POOL_PATH));
/** Somebody else sets the secrets of the pool. */
export const secretsInAzure = (world: World, ...names: string[]): Promise<void> =>
  world.portal({ properties: { secrets: names.map((name) => ({ name, value: `theirs-${name}` })) } });
/** A Ready pool with the secrets a and b. */
export const ready = (spec = listed("a", "b")): Promise<World> =>
  readyWorld(spec, ({ secrets }) => secrets.set("creds", values({ a: "value-a1", b: "value-b1", other: "value-x1" })));
/** A user-assigned identity called One. */
export const uami = { type: "UserAssigned", userAssignedIdentities: { [UAMI("One")]: {} } } as NonNullable<
  SessionPoolSpec["identity"]
>;
/** The container of the pool. */
export const container = { name: "main", image: "img:1" };
/** The user's approval. */
export function annotate(world: World, hash: string | undefined): void {
  if (!world.live || hash === undefined) throw new Error("there is nothing to approve");
  world.live = {
    ...world.live,
    metadata: {
      ...world.live.metadata,
      annotations: { "appcontainers.dev/approved-plan": hash },
      resourceVersion: `${hash}-1`,
    },
  };
  world.cached = world.live;
}
