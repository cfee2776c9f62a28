import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { SessionPoolSpec } from "../../../src/api/session-pool.ts";
import type { JsonObject } from "../../../src/sessionpool/json.ts";
import { normalize } from "../../../src/sessionpool/normalize.ts";
import { withoutOwnTags } from "../../../src/sessionpool/own-tags.ts";
import { conditionOf, puts } from "./in-sync.ts";
import { apply, applySpec, POOL_PATH, startWorld, type World } from "./world.ts";

const RUNS = Number(process.env.PROPERTY_RUNS ?? 60);
const SEED = Number(process.env.PROPERTY_SEED ?? 20_250_701);
const reference = (name: string) => ({ name, valueFrom: { secretKeyRef: { name: "creds", key: name } } });

/** Specs that differ in what can be set, left out and taken out again. */
const SPECS: readonly Partial<SessionPoolSpec>[] = [
  {},
  { tags: { team: "a", stage: "dev" } },
  { tags: { Team: "b" }, sessionNetworkConfiguration: { status: "EgressEnabled" } },
  { scaleConfiguration: { maxConcurrentSessions: 20, readySessionInstances: 5 }, identity: { type: "SystemAssigned" } },
  { secrets: [reference("a")] },
  { secrets: [reference("a"), reference("b")], tags: { stage: "prod" } },
  {
    identity: { type: "SystemAssigned" },
    managedIdentitySettings: [{ identity: "system", lifecycle: "Main" }],
    customContainerTemplate: {
      containers: [
        { name: "main", image: "img:2", env: [{ name: "A", value: "1" }], resources: { cpu: 0.5, memory: "1Gi" } },
      ],
      ingress: { targetPort: 80 },
    },
  },
];

type Step =
  | { readonly kind: "edit"; readonly spec: number }
  | { readonly kind: "portal tag"; readonly value: string }
  | { readonly kind: "portal scale"; readonly max: number }
  | { readonly kind: "rotate"; readonly value: string }
  | { readonly kind: "restart" }
  | { readonly kind: "wipe status" }
  | { readonly kind: "wait"; readonly rounds: number };

const anyStep: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constant("edit" as const), spec: fc.nat(SPECS.length - 1) }),
  fc.record({ kind: fc.constant("portal tag" as const), value: fc.constantFrom("x", "y") }),
  fc.record({ kind: fc.constant("portal scale" as const), max: fc.constantFrom(30, 40) }),
  fc.record({ kind: fc.constant("rotate" as const), value: fc.constantFrom("one", "two", "three") }),
  fc.record({ kind: fc.constant("restart" as const) }),
  fc.record({ kind: fc.constant("wipe status" as const) }),
  fc.record({ kind: fc.constant("wait" as const), rounds: fc.integer({ min: 1, max: 14 }) }),
);

/** @returns the tag that somebody else put on the pool last, if any */
async function live(world: World, steps: readonly Step[]): Promise<string | undefined> {
  let theirs: string | undefined;
  for (const step of steps) {
    switch (step.kind) {
      case "edit":
        apply(world, SPECS[step.spec] ?? {});
        break;
      case "portal tag":
      case "portal scale": {
        const { tags, properties } = world.pool();
        // Azure takes no PATCH of a pool that is not there, or that it works on.
        if ((properties as { provisioningState?: string } | undefined)?.provisioningState !== "Succeeded") break;
        if (step.kind === "portal tag") theirs = step.value;
        await world.portal(
          step.kind === "portal tag"
            ? { tags: { ...(tags as object), theirs: step.value } }
            : { properties: { scaleConfiguration: { maxConcurrentSessions: step.max } } },
        );
        break;
      }
      case "rotate":
        world.secrets.set(
          "creds",
          new Map([
            ["a", `value of a: ${step.value}`],
            ["b", `value of b: ${step.value}`],
          ]),
        );
        break;
      case "restart":
        world.restart();
        break;
      case "wipe status":
        if (world.live) world.live = { ...world.live, status: { observedGeneration: -1 } };
        world.cached = world.live;
        break;
      case "wait":
        await world.run(step.rounds);
        break;
    }
  }
  return theirs;
}

/** The pool that the spec makes where nothing was before. */
async function fresh(spec: SessionPoolSpec | undefined): Promise<JsonObject> {
  const world = startWorld();
  world.secrets.set(
    "creds",
    new Map([
      ["a", "value of a: 1"],
      ["b", "value of b: 2"],
    ]),
  );
  if (spec) applySpec(world, spec);
  await world.run(15);
  return world.pool();
}

/** What of a pool follows from the spec alone. */
function plain(pool: JsonObject): JsonObject {
  const { theirs: _theirs, ...tags } = withoutOwnTags(pool.tags);
  return { ...normalize(pool, "observed"), tags, systemData: undefined };
}

describe("any history of edits, changes in Azure, rotations, restarts and wiped statuses", () => {
  it(
    "ends as the last spec alone would, with others' tags, without a needless PUT, and at rest",
    { timeout: 300_000 },
    async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(anyStep, { maxLength: 12 }), async (steps) => {
          const world = startWorld();
          world.secrets.set(
            "creds",
            new Map([
              ["a", "value of a: zero"],
              ["b", "value of b: zero"],
            ]),
          );
          apply(world);
          const theirs = await live(world, steps);
          await world.run(30);
          expect(world.live?.status?.conditions).toMatchObject([{ type: "Ready", status: "True" }]);

          const pool = world.pool();
          expect(plain(pool)).toEqual(plain(await fresh(world.live?.spec)));
          const values = Object.fromEntries(world.model.secretValues(POOL_PATH));
          const wanted = (world.live?.spec.secrets ?? []).map(({ name }) => [
            name,
            world.secrets.get("creds")?.get(name),
          ]);
          expect(values).toEqual(Object.fromEntries(wanted));
          expect(withoutOwnTags(pool.tags).theirs).toBe(theirs);

          // Each PUT has its cause.
          const causes = steps.filter(({ kind }) => kind === "edit" || kind === "portal scale" || kind === "rotate");
          expect(puts(world)).toBeLessThanOrEqual(1 + causes.length);
          const [made, written] = [puts(world), world.statusWrites.length];
          await world.run(10);
          world.restart();
          await world.run(5);
          expect([puts(world), world.statusWrites.length]).toEqual([made, written]);
          expect(conditionOf(world, "Drifted")).toBeUndefined();
        }),
        { numRuns: RUNS, seed: SEED },
      );
    },
  );
});
