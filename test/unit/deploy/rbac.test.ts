import { globSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { ConfigExit, readConfig } from "../../../src/config.ts";
import { RBAC_FILES } from "../../../tools/generate/rbac-doc.ts";
import { readManifests, readText, ROOT, type Rule, rulesOf } from "./manifests.ts";

const CLUSTER = "deploy/rbac.yaml";
const OWN = "deploy/operator/rbac.yaml";
const WATCHED = "deploy/namespaced/watched/rbac.yaml";
/** What an installation asks for only when somebody says so. */
const OPTIONAL = /^deploy\/(namespaced\/)?secret-watch\//;

describe("the rights of the operator", () => {
  const files = globSync("deploy/**/*.yaml", { cwd: ROOT }).filter((file) => !file.startsWith("deploy/chart/"));
  const granted = files
    .flatMap((file) => {
      const documents = readManifests(file);
      const patches = documents.flatMap((document) => (Array.isArray(document) ? (document as Patch[]) : []));
      const rules = [...documents.flatMap(({ rules: own }) => own ?? []), ...patches.map(({ value }) => value)];
      return rules.map((rule) => ({ file, rule, optional: OPTIONAL.test(file) }));
    })
    .filter(({ rule }) => rule.verbs);

  it("are all in the document", () => {
    expect(new Set(granted.map(({ file }) => file))).toEqual(new Set(RBAC_FILES));
  });

  it("have no wildcard anywhere", () => {
    for (const { rule } of granted) expect(JSON.stringify(rule)).not.toContain("*");
  });

  it("neither list nor watch Secrets, unless secret-watch is asked for", () => {
    const reads = granted.filter(
      ({ rule }) =>
        rule.resources?.includes("secrets") === true && rule.verbs.some((verb) => verb === "list" || verb === "watch"),
    );
    expect(reads.map(({ optional }) => optional)).toEqual([true, true, true]);
  });

  it("ask who somebody is, and what they may do, only where metrics-auth is asked for", () => {
    const asks = granted.filter(({ rule }) => rule.resources?.some((resource) => resource.endsWith("reviews")));
    expect(asks.map(({ file, rule }) => [file, rule.resources, rule.verbs])).toEqual([
      ["deploy/metrics-auth/rbac.yaml", ["tokenreviews"], ["create"]],
      ["deploy/metrics-auth/rbac.yaml", ["subjectaccessreviews"], ["create"]],
    ]);
  });

  it("never update or delete, nor change anything but resources of its own kind, its Lease, and the count of an event", () => {
    const allowed = new Set(["get", "list", "watch", "create", "patch"]);
    for (const { rule } of granted) expect(rule.verbs.filter((verb) => !allowed.has(verb))).toEqual([]);
    const patched = granted.filter(({ rule }) => rule.verbs.includes("patch"));
    const others = patched.filter(({ rule }) => rule.apiGroups?.includes("appcontainers.dev") !== true);
    expect(others.map(({ rule: { resources, resourceNames } }) => [resources, resourceNames])).toEqual([
      [["events"], undefined],
      [["leases"], ["sessionpool-operator"]],
      [["events"], undefined],
    ]);
  });

  it("in a watched namespace are those of the whole cluster without what is cluster-wide", () => {
    const clusterWide = (rule: Rule): boolean => rule.resources?.includes("namespaces") === true;
    expect(rulesOf(WATCHED)).toEqual(rulesOf(CLUSTER).filter((rule) => !clusterWide(rule)));
  });

  it("need no ClusterRole when namespaces are listed", () => {
    for (const file of [OWN, WATCHED])
      expect(readManifests(file).map(({ kind }) => kind)).toEqual(["Role", "RoleBinding"]);
  });
});

describe("the installation for a list of namespaces", () => {
  const { patches } = parse(readText("deploy/namespaced/kustomization.yaml")) as { patches: { patch: string }[] };
  const args = patches.flatMap(({ patch }) => (parse(patch) as { value: string }[]).map(({ value }) => value));

  it("is refused until it has a cluster id, and watches its namespaces then", () => {
    expect(() => readConfig(args, {})).toThrow(ConfigExit);
    expect(readConfig([...args, "--cluster-id=here"], {})).toMatchObject({
      watchNamespaces: ["team-a"],
      clusterId: "here",
    });
  });
});

/** One operation of a JSON Patch that adds a rule. */
interface Patch {
  readonly value: Rule;
}
