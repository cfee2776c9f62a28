import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { validateDocuments } from "../../src/cli/validate/validate.ts";
import { attachCluster } from "../cluster/cluster.ts";
import { pythonPool } from "./world.ts";

/** The members of an ARM body that the spec has at its top. */
interface ArmBody {
  readonly location: string;
  readonly identity?: object;
  readonly tags?: object;
  readonly properties: Readonly<Record<string, unknown>> & {
    readonly secrets?: readonly { readonly name: string }[] | null;
    readonly customContainerTemplate?: { readonly containers: readonly object[] } | null;
    readonly dynamicPoolConfiguration: { readonly lifecycleConfiguration: Readonly<Record<string, unknown>> };
  };
}

/** A recorded exchange, as far as it is read here. */
interface Exchange {
  readonly seq: number;
  readonly request: { readonly method: string; readonly url: string; readonly body: ArmBody };
}

const cluster = attachCluster(inject("cluster"));
const namespace = `bad-input-${randomBytes(4).toString("hex")}`;
const root = join(import.meta.dirname, "..", "..");

/** The PUTs of session pools in a recording; a pool of type Shell is only for previews. */
function recordedPuts(recording: string): readonly [name: string, body: ArmBody][] {
  const file = join(root, "test", "conformance", "recordings", `${recording}.json`);
  return (JSON.parse(readFileSync(file, "utf8")) as Exchange[])
    .filter(({ request }) => request.method === "PUT" && request.url.includes("/sessionPools/"))
    .filter(({ request }) => request.body.properties.containerType !== "Shell")
    .map(({ seq, request }) => [`${recording} seq ${seq}`, request.body]);
}

/**
 * What a person pastes: `properties` lifted to the top and nulls kept. Secret values, which have no place here, become references; members
 * that the API version does not have (keyVaultUrl and identity of a secret, volumeMounts) are left out, and az's quoted numbers are numbers.
 */
function pasted({ properties, ...body }: ArmBody): object {
  const { secrets, customContainerTemplate: template, dynamicPoolConfiguration: dynamic } = properties;
  const numbers = Object.entries(dynamic.lifecycleConfiguration).map(([name, value]) =>
    typeof value === "string" && /^\d+$/.test(value) ? [name, Number(value)] : [name, value],
  );
  return {
    resourceGroup: "rg",
    ...body,
    ...properties,
    secrets:
      secrets?.map(({ name }) => ({ name, valueFrom: { secretKeyRef: { name: "credentials", key: name } } })) ?? null,
    customContainerTemplate: template && {
      ...template,
      containers: template.containers.map((container) => ({ ...container, volumeMounts: undefined })),
    },
    dynamicPoolConfiguration: { lifecycleConfiguration: Object.fromEntries(numbers) },
  };
}

beforeAll(async () => {
  await cluster.kubectl(["create", "namespace", namespace]);
});

afterAll(async () => {
  await cluster.kubectl(["delete", "namespace", namespace, "--wait=false"]);
});

describe("kubectl apply of what Azure accepted", () => {
  test.for(["e2e-python-shell-custom", "on-container-exit", "registry-password"].flatMap(recordedPuts))(
    "takes the pasted body of %s, nulls and all",
    async ([, body]) => {
      const spec = pasted(body);
      const resource = {
        apiVersion: "appcontainers.dev/v1alpha1",
        kind: "SessionPool",
        metadata: { name: "pasted" },
        spec,
      };

      const { stdout } = await cluster.kubectl(
        ["create", "--dry-run=server", "-n", namespace, "-f", "-", "-o", "json"],
        { input: JSON.stringify(resource) },
      );

      expect((JSON.parse(stdout) as { spec: object }).spec).toEqual(JSON.parse(JSON.stringify(spec)));
      expect(validateDocuments("-", JSON.stringify(resource))).toEqual([]);
    },
  );

  test("takes a null for the number of ready sessions, and drops it for the sake of kubectl scale", async () => {
    const scaleConfiguration = { maxConcurrentSessions: 10, readySessionInstances: null };

    const { stdout } = await cluster.kubectl(["create", "--dry-run=server", "-n", namespace, "-f", "-", "-o", "json"], {
      input: JSON.stringify(pythonPool("pasted", { scaleConfiguration })),
    });

    expect((JSON.parse(stdout) as { spec: object }).spec).toMatchObject({
      scaleConfiguration: { maxConcurrentSessions: 10 },
    });
    expect(stdout).not.toContain("readySessionInstances");
  });

  test.for(["on-container-exit", "timed", "python-lts", "private-registry"])("takes the sample %s", async (sample) => {
    const file = join(root, "crds", "samples", `${sample}.yaml`);

    const { stdout } = await cluster.kubectl(["apply", "--dry-run=server", "-n", namespace, "-f", file]);

    expect(stdout).toMatch(/^sessionpool\.appcontainers\.dev\/\w[\w-]* created \(server dry run\)$/m);
    expect(validateDocuments(file, readFileSync(file, "utf8"))).toEqual([]);
  });
});

describe("kubectl explain", () => {
  test("teaches limits and meaning", async () => {
    const { stdout } = await cluster.kubectl([
      "explain",
      "spool.spec.dynamicPoolConfiguration.lifecycleConfiguration.cooldownPeriodInSeconds",
    ]);

    expect(stdout).toContain("<integer>");
    expect(stdout.replaceAll(/\s+/g, " ")).toContain(
      "Seconds without a request after which a Timed session ends and its data is deleted, 300 to 3600",
    );
  });
});
