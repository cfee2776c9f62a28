import { describe, expect, it } from "vitest";
import { isList, isObject, type JsonObject } from "../../../src/sessionpool/json.ts";
import type { LivePool } from "../../../src/cli/live-file.ts";
import { livePool } from "../sessionpool/bodies.ts";
import { GROUP, idOf, importBody, planAgainst, pool, PYTHON } from "./import-run.ts";

describe("what is not imported", () => {
  it.each<[story: string, live: LivePool, field: string, words: string]>([
    [
      "a container type that the CRD does not have",
      pool({ ...PYTHON, containerType: "Shell" }),
      "spec.containerType",
      'Unsupported value: "Shell"',
    ],
    [
      "a pool that is managed by hand",
      pool({ poolManagementType: "Manual" }),
      "spec.poolManagementType",
      "must be Dynamic",
    ],
    [
      "a pool from before Azure wanted ready sessions",
      pool({ scaleConfiguration: { maxConcurrentSessions: 10, readySessionInstances: 0 } }),
      "spec.scaleConfiguration.readySessionInstances",
      "at least 1",
    ],
    ["a pool without lifecycle", pool({ dynamicPoolConfiguration: null }), "spec.dynamicPoolConfiguration", "Required"],
    [
      "a pool that says nothing of its management",
      pool({ poolManagementType: null }),
      "/properties/poolManagementType",
      "Azure has absent",
    ],
    ["a name that Azure once took", pool({}, { id: idOf("ends-") }), "spec.azureName", "lower-case letter"],
    ["a name that is too short", pool({}, { id: idOf("ab") }), "metadata.name", "not a legal name"],
    ["another resource", pool({}, { id: `${GROUP}/providers/Microsoft.App/containerApps/app` }), "id", "not the id"],
    ["a pool on its way out", pool({ provisioningState: "Deleting" }), "properties.provisioningState", "is deleting"],
    ["a secret with another name", pool({ secrets: [{ name: "UPPER" }] }), "spec.secrets[0].name", "lower-case"],
    [
      "more tags than leave room",
      pool({}, { tags: Object.fromEntries(Array.from({ length: 46 }, (_, n) => [`t${n}`, ""])) }),
      "spec.tags",
      "Too many",
    ],
    [
      "an identity with a member of its own",
      pool({}, { identity: { type: "SystemAssigned", future: { a: 1 } } }),
      "/identity/future",
      "Azure has",
    ],
  ])("%s is told, and the others are printed", async (_story, live, field, words) => {
    const { manifests, code, stderr } = await importBody({ value: [live, pool({}, { id: idOf("other") })] });
    expect(code).toBe(1);
    expect(manifests.map(({ metadata }) => metadata.name)).toEqual(["other"]);
    const line = stderr.split("\n").find((other) => other.startsWith("not imported"));
    expect(line).toContain(`not imported: ${live.id}: ${field}: `);
    expect(line).toContain(words);
    expect(stderr).toContain("1 pool imported, 0 Secrets to create, 1 pool not imported.\n");
  });

  it("does not break a line, whatever Azure says", async () => {
    const id = `${GROUP}\n# apiVersion: v1/providers/Microsoft.App/sessionPools/alpha`;
    const owner = "c1/ns\nkind: Secret/alpha\u2028x/u";
    const live = {
      value: [pool({}, { id }), pool({}, { id: idOf("beta"), tags: { "appcontainers.dev.owner": owner } })],
    };
    const { stdout, stderr } = await importBody(live);
    expect(stdout).not.toMatch(/^kind: Secret/m);
    expect(stdout.split("\u2028")).toHaveLength(1);
    expect(
      stderr
        .trimEnd()
        .split("\n")
        .every((line) => /^(note|not imported): |pool imported/.test(line)),
    ).toBe(true);
  });
});

describe("secrets", () => {
  const CANARY = "canary-of-import-7f3a91";

  it("are named, never shown, and told with the command that creates them", async () => {
    const withValues = livePool({
      properties: {
        secrets: [
          { name: "password", value: CANARY },
          { name: "api.key", value: CANARY },
        ],
      },
    });
    const { stdout, stderr, manifests, code } = await importBody({
      value: [withValues, pool({}, { id: idOf("plain") })],
    });
    expect(code).toBe(0);
    const command =
      "kubectl create secret generic alpha-secrets --from-literal=password=<VALUE> --from-literal=api.key=<VALUE>";
    expect(stdout).toContain(`#   ${command}\n`);
    expect(stderr).toContain(`Secret to create: alpha-secrets with the keys password, api.key\n  ${command}\n`);
    expect(stderr).toContain("taken to be those in Azure until they change");
    expect(stderr).toContain("2 pools imported, 1 Secret to create, 0 pools not imported.");
    expect(manifests[0]?.spec.secrets).toEqual(
      ["password", "api.key"].map((key) => ({
        name: key,
        valueFrom: { secretKeyRef: { name: "alpha-secrets", key } },
      })),
    );
    expect(manifests[1]?.spec.secrets).toBeUndefined();
    expect(stdout + stderr).not.toContain(CANARY);
  });

  it("are not told of a pool that is not printed", async () => {
    const { stderr } = await importBody(pool({ poolManagementType: "Manual", secrets: [{ name: "password" }] }));
    expect(stderr).not.toContain("kubectl create");
  });
});

describe("pools with something to know", () => {
  it.each([
    [
      "Failed",
      "the pool's last operation ended as Failed: it is adopted as it is, and an edit of the spec tries an update",
    ],
    ["InProgress", "Azure is working on the pool (InProgress): its manifest has what it will be"],
  ])("that are %s", async (provisioningState, said) => {
    const { stdout, stderr, code } = await importBody(pool({ provisioningState }));
    expect(code).toBe(0);
    expect(stdout).toContain(`# ${said}\n`);
    expect(stderr).toContain(`note: alpha: ${said}\n`);
  });

  it("that an operator has: its tags are not in the manifest", async () => {
    const live = livePool({ properties: { secrets: null, ...PYTHON } });
    const { manifests, stderr } = await importBody(live, "--adoption", "Always");
    expect(manifests[0]?.spec.tags).toEqual({ costcenter: "42" });
    expect(stderr).toContain("belongs to the SessionPool ns/alpha of cluster c1");
    expect(stderr).toContain(
      "needs spec.policy.adoption Always, or that very resource and an operator with --cluster-id c1",
    );
  });

  it("of a list that goes on", async () => {
    const { stderr } = await importBody({ value: [pool()], nextLink: "https://management.azure.com/next?t=secret" });
    expect(stderr).toMatch(/^note: \S+live\.json is one page of a longer list/);
    expect(stderr).not.toContain("t=secret");
  });

  it("none at all is no error", async () => {
    expect(await importBody({ value: [] })).toMatchObject({
      code: 0,
      stdout: "",
      stderr: "0 pools imported, 0 Secrets to create, 0 pools not imported.\n",
    });
  });

  it("of any shape never break it", { timeout: 60_000 }, async () => {
    const odd = (value: unknown): unknown[] =>
      isObject(value)
        ? Object.keys(value).flatMap((key) => [
            ...[7, "x", [], {}, [1], [null], true].map((other) => ({ ...value, [key]: other })),
            ...odd(value[key]).map((inner) => ({ ...value, [key]: inner })),
          ])
        : isList(value)
          ? odd(value[0]).map((inner) => [inner])
          : [];
    const bodies = odd(livePool()).filter((body) => typeof (body as JsonObject).id === "string");
    expect(bodies.length).toBeGreaterThan(300);
    const value = bodies.map((body, index) => ({ ...(body as JsonObject), id: idOf(`pool${index}`) }));
    const { stdout, stderr, manifests } = await importBody({ value });
    expect(stderr).toContain(`${manifests.length} pools imported`);
    const plans = await planAgainst(stdout, { value });
    expect(plans.filter(({ changes }) => changes.length > 0)).toEqual([]);
  });
});
