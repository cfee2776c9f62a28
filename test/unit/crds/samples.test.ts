import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parse, parseAllDocuments } from "yaml";
import type { SessionPool } from "../../../src/api/session-pool.ts";
import { createValidator } from "../../../src/api/validate.ts";
import { readCredentialSecret } from "../../../src/reconcile/credential-secret.ts";
import rest from "./rest-on-container-exit.json" with { type: "json" };

const CRDS = join(import.meta.dirname, "..", "..", "..", "crds");
const SAMPLES = join(CRDS, "samples");

/** The documents of a sample. */
function sample(file: string): readonly { readonly kind: string; readonly spec?: Readonly<Record<string, unknown>> }[] {
  return parseAllDocuments(readFileSync(join(SAMPLES, file), "utf8")).map((document) => document.toJS());
}

function poolOf(file: string): SessionPool {
  return sample(file).find(({ kind }) => kind === "SessionPool") as unknown as SessionPool;
}

describe("the samples", () => {
  test.for(readdirSync(SAMPLES).filter((file) => file.endsWith(".yaml")))("%s fits the schema", (file) => {
    expect(createValidator()(poolOf(file))).toEqual([]);
  });

  test("can live together", () => {
    const names = readdirSync(SAMPLES).map((file) => poolOf(file).spec.azureName ?? poolOf(file).metadata.name);

    expect(new Set(names).size).toBe(names.length);
  });

  test("on-container-exit.yaml is the REST reference's example, value for value", () => {
    const { metadata, spec } = poolOf("on-container-exit.yaml");
    const { subscriptionId, resourceGroup, location, identity, ...properties } = spec;

    expect({ location, identity, properties }).toEqual(rest.body);
    expect(rest.request).toBe(
      `PUT https://management.azure.com/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}` +
        `/providers/Microsoft.App/sessionPools/${metadata.name}?api-version=2025-07-01`,
    );
  });

  test("timed.yaml differs from it in the lifecycle alone", () => {
    const { dynamicPoolConfiguration: timed, ...timedRest } = poolOf("timed.yaml").spec;
    const { dynamicPoolConfiguration: _, ...exitRest } = poolOf("on-container-exit.yaml").spec;

    expect(timedRest).toEqual(exitRest);
    expect(timed.lifecycleConfiguration).toEqual({ lifecycleType: "Timed", cooldownPeriodInSeconds: 600 });
  });

  test("private-registry.yaml brings the Secret that it refers to", () => {
    const documents = sample("private-registry.yaml") as readonly {
      kind: string;
      metadata: { name: string };
      stringData?: object;
    }[];
    const secret = documents.find(({ kind }) => kind === "Secret");
    const references =
      poolOf("private-registry.yaml").spec.secrets?.map(({ valueFrom }) => valueFrom.secretKeyRef) ?? [];

    expect(references.map(({ name }) => name)).toEqual(references.map(() => secret?.metadata.name));
    expect(references.map(({ key }) => key)).toEqual(Object.keys(secret?.stringData ?? {}));
  });
});

describe("namespace-credential.yaml", () => {
  test("brings the Secret that it refers to, which the operator takes", () => {
    const documents = sample("namespace-credential.yaml") as readonly {
      kind: string;
      metadata: { name: string };
      stringData?: Readonly<Record<string, string>>;
    }[];
    const secret = documents.find(({ kind }) => kind === "Secret");

    expect(poolOf("namespace-credential.yaml").spec.credentialsRef?.name).toBe(secret?.metadata.name);
    expect(readCredentialSecret(new Map(Object.entries(secret?.stringData ?? {})), false)).toMatchObject({ ok: true });
  });
});

describe("kustomization.yaml", () => {
  test("lists the CRD", () => {
    const { resources } = parse(readFileSync(join(CRDS, "kustomization.yaml"), "utf8")) as {
      resources: readonly string[];
    };

    expect(resources).toEqual(readdirSync(CRDS).filter((file) => file.startsWith("sessionpools.")));
  });
});
