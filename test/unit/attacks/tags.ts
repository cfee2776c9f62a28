import { expect } from "vitest";
import type { SessionPoolSpec } from "../../../src/api/session-pool.ts";
import { python } from "../../simulation/specs.ts";
import { HERE, OWNER, poolId, type Stage, THERE } from "./stage.ts";

type Adoption = "Never" | "IfUnowned" | "Always";

const THEIRS = "5f9c-other/prod/alpha/uid-9";
/** What the attacker would make of the pool. */
const taking = (adoption: Adoption, changes: Partial<SessionPoolSpec> = {}): SessionPoolSpec =>
  python({ scaleConfiguration: { maxConcurrentSessions: 99 }, policy: { adoption }, ...changes });

/** A resource for a pool that is there: it is refused, edited, deleted, and gone, and says why at each turn. */
async function refused(stage: Stage, adoption: Adoption, reason: string): Promise<void> {
  stage.create("alpha", taking(adoption));
  await stage.pass(3);
  expect(stage.told("alpha")).toContain(`${reason}: `);
  stage.patch("alpha", { spec: { scaleConfiguration: { maxConcurrentSessions: 98 } } });
  await stage.pass(3);
  expect(stage.told("alpha")).toContain(`${reason}: `);
  await leftAtDeletion(stage);
}

async function leftAtDeletion(stage: Stage): Promise<void> {
  stage.remove("alpha");
  await stage.pass(3);
  expect(stage.resource("alpha")).toBeUndefined();
  expect(stage.events("alpha").join("\n")).toContain("PoolNotOurs: not deleted");
}

export async function ofAnotherCluster(stage: Stage): Promise<void> {
  stage.foreignPool("alpha", THEIRS);
  stage.start();
  await refused(stage, "IfUnowned", "OwnedByOther");
}

/** The other is there, and Always does not take from those who are. */
export async function ofAnotherResource(stage: Stage): Promise<void> {
  stage.start();
  stage.create("alpha", python(), THERE);
  await stage.pass(1);
  stage.keep(poolId("alpha"));
  await refused(stage, "Always", "OwnedByOther");
}

export async function none(stage: Stage): Promise<void> {
  stage.foreignPool("alpha");
  stage.start();
  await refused(stage, "Never", "AlreadyExists");
}

/** A resource for each tag, which says that the tag is not this operator's, and no tag leads anywhere. */
async function unreadable(stage: Stage, tags: readonly string[]): Promise<void> {
  for (const [index, tag] of tags.entries()) stage.foreignPool(`pool-${index}`, tag);
  stage.start();
  for (const index of tags.keys()) stage.create(`pool-${index}`, taking("IfUnowned"));
  await stage.pass(3);
  for (const [index, tag] of tags.entries())
    expect.soft(stage.told(`pool-${index}`), tag).toContain("an owner tag that this operator did not write");
  for (const index of tags.keys()) stage.remove(`pool-${index}`);
  await stage.pass(3);
  for (const [index, tag] of tags.entries()) expect.soft(stage.resource(`pool-${index}`), tag).toBeUndefined();
}

export async function thatCannotBeRead(stage: Stage): Promise<void> {
  await unreadable(stage, [
    "x",
    "////",
    "{}",
    "null",
    "a/b/c",
    "a/b/c/d/e",
    " ",
    "\u0000",
    "x".repeat(256),
    "é/ns/alpha/u",
  ]);
}

/** In each, the cluster is ours, so that somebody could believe that the rest is a resource of ours. */
export async function withPathTricks(stage: Stage): Promise<void> {
  const id = stage.clusterId;
  const paths = [
    "../x",
    "./x",
    "team-b/..",
    "team-b/.",
    "team-b/%2e%2e",
    "%2e%2e/x",
    "..%2fteam-b/x",
    "team-b/x?watch=1",
    "team-b/x#",
    "team-b/x\\..",
    "team-b/X",
    "/x",
    "team-b/",
    "kube-system%2fsecrets/x",
  ];
  await unreadable(stage, ["c1/../x/uid", ...paths.map((path) => `${id}/${path}/uid`)]);
}

/** The attacker's resource, which does nothing yet, so that a tag can be made with its UID. */
function waiting(stage: Stage, adoption: Adoption): string {
  stage.start();
  return stage.create("alpha", taking(adoption, { suspend: true })).metadata.uid;
}

async function refusedWith(stage: Stage, tag: string): Promise<void> {
  stage.foreignPool("alpha", tag);
  stage.patch("alpha", { spec: { suspend: false } });
  await stage.pass(3);
  expect(stage.told("alpha")).toContain("OwnedByOther: ");
  await leftAtDeletion(stage);
}

export async function ofAnotherClusterWithOurNames(stage: Stage): Promise<void> {
  const uid = waiting(stage, "IfUnowned");
  await refusedWith(stage, `5f9c-other/${HERE}/alpha/${uid}`);
}

export async function ofTheSameNameInAnotherNamespace(stage: Stage): Promise<void> {
  const uid = waiting(stage, "IfUnowned");
  await refusedWith(stage, `${stage.clusterId}/${THERE}/alpha/${uid}`);
}

export async function withOurUidAndAnotherName(stage: Stage): Promise<void> {
  const uid = waiting(stage, "IfUnowned");
  await refusedWith(stage, `${stage.clusterId}/${HERE}/beta/${uid}`);
}

/** Names are compared as they are. */
export async function inOtherCasing(stage: Stage): Promise<void> {
  const uid = waiting(stage, "IfUnowned");
  await refusedWith(stage, `${stage.clusterId.toUpperCase()}/${HERE}/alpha/${uid}`);
}

/** Somebody puts another's tag on our pool, after which it is ours no longer. */
export async function putOnOurPool(stage: Stage): Promise<void> {
  stage.start();
  stage.create("alpha", python());
  await stage.pass(1);
  stage.azure.asSomebody("PATCH", poolId("alpha"), { tags: { [OWNER]: THEIRS } });
  await stage.pass(2);
  stage.keep(poolId("alpha"));
  stage.patch("alpha", { spec: { scaleConfiguration: { maxConcurrentSessions: 98 } } });
  await stage.pass(3);
  expect(stage.told("alpha")).toContain("OwnedByOther: ");
  await leftAtDeletion(stage);
}
