import { expect } from "vitest";
import type { SessionPoolSpec } from "../../../src/api/session-pool.ts";
import { objectOr } from "../../../src/sessionpool/json.ts";
import { python } from "../../simulation/specs.ts";
import { ID_TRICKS } from "../sessionpool/id-tricks.ts";
import { SUBSCRIPTION } from "../../simulation/config.ts";
import { HERE, OWNER, poolId, type Stage, THERE } from "./stage.ts";

const THEIRS = "5f9c-other/prod/alpha/uid-9";
const ID = poolId("alpha");
const taking = (changes: Partial<SessionPoolSpec> = {}): SessionPoolSpec =>
  python({ scaleConfiguration: { maxConcurrentSessions: 99 }, ...changes });

/** A resource that does nothing while its status is forged, and then goes on. */
async function goesOnWith(stage: Stage, status: object, spec: SessionPoolSpec = taking()): Promise<void> {
  stage.create("alpha", { ...spec, suspend: true });
  await stage.pass(1);
  stage.forge("alpha", status);
  stage.patch("alpha", { spec: { suspend: false } });
  await stage.pass(3);
}

/** The attacker's resource is older than the victim's, and the operator starts anew and knows only what is written down. */
export async function copiedFromAnotherResource(stage: Stage): Promise<void> {
  stage.start();
  stage.create("alpha", taking({ azureName: "victim", suspend: true }));
  await stage.pass(1);
  stage.create("victim", python(), THERE);
  await stage.pass(1);
  const id = poolId("victim");
  stage.keep(id);
  const tag = objectOr(stage.pool(id)?.tags)[OWNER];
  stage.forge("alpha", { id, adopted: { id, owner: tag, generation: 1 }, syncedHash: "x" });
  stage.stop();
  stage.patch("alpha", { spec: { suspend: false } });
  stage.start();
  await stage.pass(3);
  expect(stage.told("alpha")).toContain(`OwnedByOther: ${id} belongs to the SessionPool ${THERE}/victim`);
  expect(stage.told("victim", THERE)).toContain("Succeeded: ");
  stage.remove("alpha");
  await stage.pass(3);
  expect(stage.resource("alpha")).toBeUndefined();
}

export async function ofAnotherPool(stage: Stage): Promise<void> {
  stage.foreignPool("alpha", THEIRS);
  stage.start();
  await goesOnWith(stage, { adopted: { id: poolId("other"), owner: THEIRS, generation: 1 } });
  expect(stage.told("alpha")).toContain("OwnedByOther: ");
}

/** What was claimed was nobody's; meanwhile it is somebody's. */
export async function ofAnotherOwner(stage: Stage): Promise<void> {
  stage.foreignPool("alpha", THEIRS);
  stage.start();
  await goesOnWith(stage, { adopted: { id: ID, generation: 1 } });
  expect(stage.told("alpha")).toContain("OwnedByOther: ");
}

/** The pool that was claimed is gone, and somebody else has made one under its name. */
export async function ofAnEarlierPool(stage: Stage): Promise<void> {
  stage.foreignPool("alpha");
  stage.start();
  await goesOnWith(stage, { adopted: { id: ID, createdAt: "2020-01-01T00:00:00.0000000", generation: 1 } });
  expect(stage.told("alpha")).toContain("AlreadyExists: ");
}

/** The claim fits in every respect, and is no reason to delete: only the tag is. */
export async function forgedAtDeletion(stage: Stage): Promise<void> {
  stage.start();
  for (const tag of [THEIRS, undefined]) {
    stage.foreignPool("alpha", tag);
    stage.create("alpha", taking({ suspend: true }));
    await stage.pass(1);
    stage.forge("alpha", { id: ID, adopted: { id: ID, ...(tag === undefined ? {} : { owner: tag }), generation: 1 } });
    stage.removeHeld("alpha");
    await stage.pass(3);
    expect(stage.resource("alpha")).toBeUndefined();
    expect(stage.events("alpha").at(-1)).toContain("PoolNotOurs: not deleted, since it was adopted and never updated");
    expect(stage.asked("alpha")).not.toContain("DELETE");
  }
}

/** It neither moves the resource to that pool nor is that pool looked at. */
export async function idOfAnothersPool(stage: Stage): Promise<void> {
  const id = stage.foreignPool("victim", THEIRS);
  stage.start();
  await goesOnWith(stage, { id }, taking({ policy: { adoption: "Always" } }));
  expect(stage.told("alpha")).toContain(`ImmutableField: the pool is ${id}`);
  expect(stage.asked()).toEqual([]);
}

export async function idOfAnothersPoolAtDeletion(stage: Stage): Promise<void> {
  const theirs = stage.foreignPool("victim", THEIRS);
  stage.start();
  stage.create("beta", python(), THERE);
  await stage.pass(1);
  stage.keep(poolId("beta"));
  for (const id of [theirs, poolId("beta")]) {
    stage.create("alpha", taking({ suspend: true }));
    await stage.pass(1);
    stage.forge("alpha", { id });
    stage.removeHeld("alpha");
    await stage.pass(3);
    expect(stage.resource("alpha")).toBeUndefined();
    expect(stage.events("alpha").join("\n")).toContain(
      `PoolNotOurs: not deleted, since its owner tag names another owner or none: ${id}`,
    );
    expect(stage.asked(id)).not.toContain("DELETE");
  }
}

/** The pool itself stands where the spec says, is ours, and is what is deleted. */
export async function idWithPathTricks(stage: Stage): Promise<void> {
  stage.start();
  for (const index of ID_TRICKS.keys()) stage.create(`pool-${index}`, python());
  await stage.pass(2);
  for (const [index, [, of]] of ID_TRICKS.entries()) {
    const id = of(poolId(`pool-${index}`));
    expect(id).not.toBe(poolId(`pool-${index}`));
    stage.forge(`pool-${index}`, { id });
  }
  await stage.pass(2);
  for (const [index, [, of]] of ID_TRICKS.entries()) {
    stage.forge(`pool-${index}`, { id: of(poolId(`pool-${index}`)) });
    stage.remove(`pool-${index}`);
  }
  await stage.pass(5);
  const left = ID_TRICKS.filter(
    (_trick, index) => stage.resource(`pool-${index}`) ?? stage.pool(poolId(`pool-${index}`)),
  );
  expect(left.map(([trick]) => trick)).toEqual([]);
}

/** Between the look at the pool and its deletion the resource goes, and another takes its name: the pool is that one's now. */
export async function nameTakenWhileItIsDeleted(stage: Stage): Promise<void> {
  stage.start();
  const { metadata } = stage.create("alpha", python());
  await stage.pass(1);
  let isTaken = false;
  stage.network.inject = ({ name, side }) => {
    const isLastLook = side === "kubernetes" && name === "GET sessionpool";
    if (!isLastLook || isTaken) return undefined;
    isTaken = true;
    return {
      kind: "meanwhile",
      happens: () => {
        stage.patch("alpha", { metadata: { finalizers: null } });
        stage.create("alpha", python());
      },
    };
  };
  stage.remove("alpha");
  await stage.pass(5);
  expect(isTaken).toBe(true);
  expect(stage.resource("alpha")?.metadata.uid).not.toBe(metadata.uid);
  expect(stage.told("alpha")).toContain("Succeeded: ");
  expect(stage.asked("alpha")).not.toContain("DELETE");
}

/** The second names the pool of the first, at rest and in the same moment, and in another casing of what Azure takes in any. */
export async function twoResourcesForOnePool(stage: Stage): Promise<void> {
  stage.start();
  stage.create("alpha", python(), THERE);
  await stage.pass(1);
  stage.keep(ID);
  const others = {
    same: taking({ azureName: "alpha", policy: { adoption: "Always" } }),
    "in-capitals": taking({ azureName: "alpha", resourceGroup: "RG", subscriptionId: SUBSCRIPTION.toUpperCase() }),
  };
  for (const [name, spec] of Object.entries(others)) stage.create(name, spec);
  await stage.pass(3);
  for (const name of Object.keys(others)) {
    expect
      .soft(stage.told(name))
      .toMatch(new RegExp(`^OwnedByOther: .* belongs to the SessionPool ${THERE}/alpha`, "i"));
    stage.remove(name);
  }
  await stage.pass(3);
  for (const name of Object.keys(others)) expect(stage.resource(name)).toBeUndefined();
}

export async function twoResourcesInOneMoment(stage: Stage): Promise<void> {
  stage.start();
  await stage.pass(1);
  stage.create("first", taking({ azureName: "alpha" }), THERE);
  stage.create("second", taking({ azureName: "alpha", resourceGroup: "RG" }));
  await stage.pass(3);
  expect(stage.asked("alpha").filter((method) => method === "PUT")).toHaveLength(1);
  const told = [stage.told("first", THERE), stage.told("second", HERE)].map((text) => text.split(":")[0]);
  expect(new Set(told)).toEqual(new Set(["OwnedByOther", "Succeeded"]));
}
