import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { formatFinding } from "../../../src/cli/validate/finding.ts";
import { validateDocuments } from "../../../src/cli/validate/validate.ts";
import { CHANGE } from "../../system/bad-input/change.ts";
import { IDENTITY } from "../../system/bad-input/identity.ts";
import { KIND_OF_POOL } from "../../system/bad-input/kind-of-pool.ts";
import { PLACEMENT } from "../../system/bad-input/placement.ts";
import { TEMPLATE } from "../../system/bad-input/template.ts";
import { pythonPool } from "../../system/world.ts";

const check = (...objects: readonly object[]): readonly string[] =>
  validateDocuments("pools.yaml", objects.map((object) => JSON.stringify(object)).join("\n---\n")).map(formatFinding);

/** The rows that test/system/bad-input.test.ts shows to the real API server, which refuses each `apply` for the field and takes each `instead`. */
const MISTAKES = [...PLACEMENT, ...KIND_OF_POOL, ...TEMPLATE, ...IDENTITY];

describe("validate agrees with the API server", () => {
  it.each(MISTAKES.map((row) => [row.when, row] as const))("when %s", (_when, { apply, field, says }) => {
    const findings = validateDocuments("pools.yaml", JSON.stringify(apply));
    expect(findings.map((finding) => finding.field)).toContain(field);
    // The rules' own messages word for word; for the rest the server has words of its own.
    const ours = /should|supported|Required value|in body|must be of type|Duplicate|unknown/.test(says) ? "" : says;
    expect(findings.map(({ message }) => message).join("\n")).toContain(ours);
  });

  it.each([...MISTAKES, ...CHANGE].map(({ when, instead }) => [when, instead] as const))(
    "takes what the server takes: not %s",
    (_when, instead) => {
      expect(check(instead)).toEqual([]);
    },
  );

  it.each(readdirSync(join(import.meta.dirname, "..", "..", "..", "crds", "samples")))(
    "takes the sample %s",
    (sample) => {
      const text = readFileSync(join(import.meta.dirname, "..", "..", "..", "crds", "samples", sample), "utf8");
      expect(validateDocuments(sample, text)).toEqual([]);
    },
  );

  it("takes a null for a number of ready sessions, and a status, which the server drops", () => {
    const scaleConfiguration = { maxConcurrentSessions: 10, readySessionInstances: null };
    expect(check({ ...pythonPool("newpool", { scaleConfiguration }), status: { conditions: "none" } })).toEqual([]);
  });
});

describe("a finding says where", () => {
  const manifest = `apiVersion: v1
kind: Secret
metadata: {name: creds}
---
# A pool
apiVersion: appcontainers.dev/v1alpha1
kind: SessionPool
metadata:
  name: agentsandbox
spec:
  resourceGroup: rg
  location: westus3
  containerType: PythonLTS
  scaleConfiguration:
    maxConcurrentSessions: 10
    maxconcurrentsessions: "11"
  dynamicPoolConfiguration:
    lifecycleConfiguration:
      lifecycleType: Timed
  secrets:
    - name: a
      valueFrom: {secretKeyRef: {name: creds, key: a}}
    - name: b
      valueFrom: {secretKeyRef: {name: creds}}
`;
  const linesOf = (text: string): readonly string[] => validateDocuments("f.yaml", text).map(formatFinding);

  it("the line of a field that is there, and of its parent when it is not", () => {
    expect(linesOf(manifest)).toEqual([
      "f.yaml:16: spec.scaleConfiguration.maxconcurrentsessions: unknown field; is maxConcurrentSessions meant?",
      "f.yaml:24: spec.secrets[1].valueFrom.secretKeyRef.key: is required",
    ]);
  });

  it("rules are asked once the schema is kept, as the server does", () => {
    const kept = manifest
      .replace(/ +maxconcurrentsessions.*\n/, "")
      .replace("{name: creds}}\n`", "")
      .replace(/    - name: b\n.*\n/, "");
    expect(linesOf(kept)).toEqual([
      "f.yaml:17: spec.dynamicPoolConfiguration.lifecycleConfiguration.cooldownPeriodInSeconds: lifecycleType Timed needs cooldownPeriodInSeconds; set it to 300 to 3600 seconds",
    ]);
  });

  it("in a List, and in the second document of a file", () => {
    const list = { apiVersion: "v1", kind: "List", items: [pythonPool("goodpool"), pythonPool("Bad_Name")] };
    expect(check({ kind: "ConfigMap" }, list)).toEqual([
      expect.stringMatching(/^pools\.yaml:3: metadata\.name: must consist of/),
    ]);
  });

  it("of text that is no YAML, and of a key that is there twice", () => {
    expect(linesOf("a: [1\n")).toEqual([expect.stringMatching(/^f\.yaml:\d: /)]);
    expect(linesOf(manifest.replace("  location", "  resourceGroup: other\n  location"))).toEqual([
      "f.yaml:12: Map keys must be unique",
    ]);
  });
});

describe("what else the server refuses", () => {
  it.each<[what: string, object: object, finding: string]>([
    [
      "a version that there is not",
      { ...pythonPool("newpool"), apiVersion: "appcontainers.dev/v1" },
      "apiVersion: must be appcontainers.dev/v1alpha1",
    ],
    ["a kind that there is not", { ...pythonPool("newpool"), kind: "SessionPools" }, "kind: must be SessionPool"],
    ["no metadata", { ...pythonPool("newpool"), metadata: undefined }, "metadata: must be an object with a name"],
    ["no name", { ...pythonPool("newpool"), metadata: {} }, "metadata.name: is required"],
    ["a namespace that cannot be", meta({ namespace: "A" }), "metadata.namespace: must consist of"],
    ["labels that are a list", meta({ labels: ["a"] }), "metadata.labels: must be an object"],
    [
      "an annotation that is a number",
      meta({ annotations: { a: 1 } }),
      "metadata.annotations.a: must be a string: put it in quotes",
    ],
    ["a label with a space", meta({ labels: { "a/b": "c d" } }), "metadata.labels[a/b]: must be at most 63"],
    ["a member of metadata that there is not", meta({ lables: {} }), "metadata.lables: unknown field"],
    ["no spec", { ...pythonPool("newpool"), spec: undefined }, "spec: is required"],
    ["a spec that is a text", { ...pythonPool("newpool"), spec: "x" }, 'spec: must be an object, not the text "x"'],
    ["a field beside spec", { ...pythonPool("newpool"), data: {} }, "data: unknown field"],
    [
      "a number beyond 32 bits",
      pythonPool("newpool", { scaleConfiguration: { maxConcurrentSessions: 2 ** 31 } }),
      "must be at most 2147483647",
    ],
    [
      "a part of a number",
      pythonPool("newpool", { scaleConfiguration: { maxConcurrentSessions: 1.5 } }),
      "must be an integer, not 1.5",
    ],
    [
      "a policy for secrets",
      pythonPool("newpool", { policy: { ignore: ["/properties/secrets/0"] } }),
      "spec.policy.ignore[0]: cannot ignore secrets",
    ],
    [
      "the same ignored twice",
      pythonPool("newpool", { policy: { ignore: ["a", "a"] } }),
      'spec.policy.ignore[1]: is there twice: "a"',
    ],
  ])("%s", (_what, object, finding) => {
    expect(check(object).join("\n")).toContain(finding);
  });

  it("and what is not ours is passed over", () => {
    expect(check({ apiVersion: "v1", kind: "Secret" }, ["a list"], { apiVersion: "apps/v1" })).toEqual([]);
  });
});

function meta(metadata: object): object {
  return { ...pythonPool("newpool"), metadata: { name: "newpool", ...metadata } };
}
