import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { isUnknownField, validateDocuments } from "../../src/cli/validate/validate.ts";
import { attachCluster } from "../cluster/cluster.ts";
import { CHANGE, EXISTING } from "./bad-input/change.ts";
import { IDENTITY } from "./bad-input/identity.ts";
import { KIND_OF_POOL } from "./bad-input/kind-of-pool.ts";
import { PLACEMENT } from "./bad-input/placement.ts";
import type { Refusal } from "./bad-input/refusal.ts";
import { TEMPLATE } from "./bad-input/template.ts";

const cluster = attachCluster(inject("cluster"));
const namespace = `bad-input-${randomBytes(4).toString("hex")}`;

/** Resources as the documents of one file. (In a List, kubectl checks some fields itself, and with other words than the server's.) */
function file(...resources: readonly object[]): string {
  return resources.map((resource) => JSON.stringify(resource)).join("\n---\n");
}

beforeAll(async () => {
  await cluster.kubectl(["create", "namespace", namespace]);
  await cluster.kubectl(["apply", "-n", namespace, "-f", "-"], { input: file(...EXISTING) });
});

afterAll(async () => {
  await cluster.kubectl(["delete", "namespace", namespace, "--wait=false"]);
});

describe.for([
  ["a new pool's name, place and tags", PLACEMENT],
  ["a kind of pool", KIND_OF_POOL],
  ["containers, registry and secrets", TEMPLATE],
  ["identities, network and policy", IDENTITY],
  ["a change to an existing pool", CHANGE],
] as const)("kubectl apply of %s", ([, refusals]) => {
  test.for<Refusal>(refusals)("is refused when $when, and taken without the mistake", async (refusal) => {
    const { apply, field, says, instead } = refusal;

    const { stdout, stderr, code } = await cluster.kubectl(["apply", "--dry-run=server", "-n", namespace, "-f", "-"], {
      input: file(apply, instead),
      allowFailure: true,
    });

    expect(code).toBe(1);
    const names = (line: string): boolean => line.includes(field) && line.includes(says);
    expect(stderr.split("\n")).toContainEqual(expect.toSatisfy(names, `${field}: ... ${says}`));
    expect(stdout.trim().split("\n")).toEqual([expect.stringContaining(nameOf(instead))]);

    const found = validateDocuments("-", file(apply, instead));

    // Without the existing pool, a change may look right; what is said of it all the same, the server says too.
    expect(found.length > 0 || refusals === CHANGE).toBe(true);
    expect(found.filter(({ line }) => line !== 1)).toEqual([]);
    // The server says nothing else once it has found an unknown field.
    const said = stderr.includes("strict decoding error") ? found.filter(isUnknownField) : found;
    const isServers = (named: string): boolean => stderr.includes(`${named}: `) || stderr.includes(`field "${named}"`);
    expect(said.filter((finding) => !isServers(finding.field))).toEqual([]);
  });
});

describe("kubectl apply --server-side, which sends pasted nulls as they are", () => {
  const refusals = [...PLACEMENT, ...KIND_OF_POOL, ...TEMPLATE, ...IDENTITY];
  const applyServerSide = (...resources: readonly object[]): ReturnType<typeof cluster.kubectl> =>
    cluster.kubectl(["apply", "--server-side", "--force-conflicts", "--dry-run=server", "-n", namespace, "-f", "-"], {
      input: file(...resources),
      allowFailure: true,
    });

  test("takes all that is without a mistake", async () => {
    const { stdout, stderr } = await applyServerSide(...[...refusals, ...CHANGE].map(({ instead }) => instead));

    expect(stderr.split("\n").filter((line) => line !== "" && !line.startsWith("Warning:"))).toEqual([]);
    expect(stdout.trim().split("\n")).toHaveLength(refusals.length + CHANGE.length);
  });

  test("refuses every mistake", async () => {
    const { stdout } = await applyServerSide(...refusals.map(({ apply }) => apply));

    expect(stdout).toBe("");
  });
});

describe("kubectl scale", () => {
  test("is refused below one ready session for a custom pool, and taken above", async () => {
    const scale = (replicas: number): ReturnType<typeof cluster.kubectl> =>
      cluster.kubectl(["scale", "sessionpool/existingcustom", `--replicas=${replicas}`, "-n", namespace], {
        allowFailure: true,
      });

    const refused = await scale(0);
    const taken = await scale(3);

    expect(refused.stderr).toContain("spec.scaleConfiguration.readySessionInstances");
    expect(refused.stderr).toContain("must be at least 1");
    expect(taken.stdout).toContain("sessionpool.appcontainers.dev/existingcustom scaled");
  });
});

function nameOf(resource: object): string {
  return (resource as { metadata: { name: string } }).metadata.name;
}
