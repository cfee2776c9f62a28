import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { SessionPoolSpec } from "../../../src/api/session-pool.ts";
import { validateDocuments } from "../../../src/cli/validate/validate.ts";
import { anySpec, SECRET } from "../../generated/spec-arbitrary.ts";
import { changedPaths, editsOf } from "../../generated/edits.ts";
import { conditionOf, puts } from "./in-sync.ts";
import { applySpec, startWorld, type World } from "./world.ts";

const RUNS = Number(process.env.PROPERTY_RUNS ?? 60);
/** The same specs on every run, unless told otherwise: what a new one finds should not surprise somebody else's change. */
const SEED = Number(process.env.PROPERTY_SEED ?? 20_250_701);

function findings(spec: SessionPoolSpec): readonly string[] {
  const resource = { apiVersion: "appcontainers.dev/v1alpha1", kind: "SessionPool", metadata: { name: "alpha" }, spec };
  return validateDocuments("spec", JSON.stringify(resource)).map(({ field, message }) => `${field}: ${message}`);
}

/** A world in which the spec was applied and all its Secrets are there. */
async function applied(spec: SessionPoolSpec): Promise<World> {
  const world = startWorld();
  world.secrets.set(SECRET.name, new Map(SECRET.entries.map((entry) => [entry, `value of ${entry}`])));
  applySpec(world, spec);
  await world.run(10);
  expect(world.live?.status?.conditions).toMatchObject([{ type: "Ready", status: "True" }]);
  return world;
}

describe("any spec that the CRD takes", { timeout: 300_000 }, () => {
  it("is one", () => {
    fc.assert(
      fc.property(anySpec(), (spec) => {
        expect(findings(spec)).toEqual([]);
      }),
      { numRuns: 300, seed: SEED },
    );
  });

  it("comes to rest by one PUT; ten resyncs and a restart make none", async () => {
    await fc.assert(
      fc.asyncProperty(anySpec(), async (spec) => {
        const world = await applied(spec);
        const writes = world.statusWrites.length;
        await world.run(10);
        world.restart();
        await world.run(3);
        expect(puts(world)).toBe(1);
        expect(world.statusWrites.length).toBe(writes);
        expect(world.live?.status?.applied).toBeUndefined();
      }),
      { numRuns: RUNS, seed: SEED },
    );
  });

  it("comes to rest by one PUT when the operator crashes between the PUT and the status write", async () => {
    await fc.assert(
      fc.asyncProperty(anySpec(), async (spec) => {
        const world = startWorld();
        world.secrets.set(SECRET.name, new Map(SECRET.entries.map((entry) => [entry, `value of ${entry}`])));
        world.beforeStatusWrite = () => {
          if (puts(world) === 1) throw new Error("crash");
        };
        applySpec(world, spec);
        await expect(world.reconcile()).rejects.toThrow("crash");
        world.beforeStatusWrite = () => undefined;
        world.restart();
        await world.run(14);
        expect(conditionOf(world, "Ready")).toMatchObject({ status: "True" });
        expect(puts(world)).toBe(1);
      }),
      { numRuns: RUNS, seed: SEED },
    );
  });

  it("edited in one field makes one PUT, which differs from the last in that field only", async () => {
    await fc.assert(
      fc.asyncProperty(anySpec(), fc.nat(), fc.nat(), fc.boolean(), async (spec, which, seed, forth) => {
        const edits = editsOf(spec, seed).filter((edit) => findings(edit.spec).length === 0);
        const edit = edits[which % Math.max(edits.length, 1)];
        fc.pre(edit !== undefined);
        const [from, to] = forth ? [spec, edit.spec] : [edit.spec, spec];
        const world = await applied(from);
        applySpec(world, to);
        await world.run(14);
        expect(world.live?.status?.conditions).toMatchObject([{ type: "Ready", status: "True" }]);
        expect([edit.path, puts(world)]).toEqual([edit.path, 2]);
        const [first = {}, second = {}] = world.puts;
        // A field that is set for the first time, or taken out, may come with the object around it.
        const within = (path: string): boolean => path.startsWith(edit.path) || edit.path.startsWith(`${path}/`);
        expect(changedPaths(first, second).filter((path) => !within(path))).toEqual([]);
        await world.run(10);
        expect(puts(world)).toBe(2);
      }),
      { numRuns: RUNS, seed: SEED },
    );
  });
});
