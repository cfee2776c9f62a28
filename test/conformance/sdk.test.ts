import { readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ContainerAppsAPIClient } from "@azure/arm-appcontainers";
import { createContainerAppsAPI } from "@azure/arm-appcontainers/api";
import { WorkloadIdentityCredential } from "@azure/identity";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type EmulatorCommand, startCommand } from "./command.ts";

const SUBSCRIPTION = "34adfa4f-cedf-4dc0-ba29-b6d1a69ab345";
const TENANT = "72f988bf-86f1-41af-91ab-2d7cd011db47";
const CLIENT = "bce8c037-3d10-44a4-a970-25f799611fc6";
const SCOPE = "https://management.azure.com/.default";
const POOL_PATH = "/subscriptions/{s}/resourceGroups/{rg}/providers/Microsoft.App/sessionPools/{n}";
const CONTAINER = { name: "main", image: "mcr.microsoft.com/k8se/quickstart:latest" };
const CUSTOM = {
  location: "westus3",
  environmentId: `/subscriptions/${SUBSCRIPTION}/resourceGroups/rg/providers/Microsoft.App/managedEnvironments/env`,
  containerType: "CustomContainer",
  poolManagementType: "Dynamic",
  scaleConfiguration: { maxConcurrentSessions: 10, readySessionInstances: 2 },
  dynamicPoolConfiguration: { lifecycleConfiguration: { lifecycleType: "Timed", cooldownPeriodInSeconds: 300 } },
  customContainerTemplate: { containers: [CONTAINER], ingress: { targetPort: 80 } },
};

let command: EmulatorCommand;
let dir: string;

/** The token that Kubernetes projects for workload identity; nobody checks its signature. */
function federatedToken(claims: object): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  return `${part({ alg: "RS256", kid: "k" })}.${part(claims)}.c2ln`;
}

async function credentialFor(claims: object): Promise<WorkloadIdentityCredential> {
  const tokenFilePath = join(dir, `${Object.keys(claims).join("-")}-token`);
  await writeFile(tokenFilePath, federatedToken(claims));
  return new WorkloadIdentityCredential({
    tenantId: TENANT,
    clientId: CLIENT,
    tokenFilePath,
    authorityHost: command.tokenUrl,
    disableInstanceDiscovery: true,
    tlsOptions: { ca: readFileSync(command.caFile, "utf8") },
    retryOptions: { maxRetries: 0 },
  });
}

const clientOptions = (): object => ({
  endpoint: command.url,
  apiVersion: "2025-07-01",
  credentials: { scopes: [SCOPE] },
  tlsOptions: { ca: readFileSync(command.caFile, "utf8") },
  retryOptions: { maxRetries: 0 },
});

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "sessionpool-sdk-"));
  command = await startCommand("--provisioning-seconds", "0.2");
});

afterAll(async () => {
  await command.stop();
  await rm(dir, { recursive: true });
});

describe("the emulator's command, used by Azure's own packages", () => {
  it("gives a workload identity a token, and takes a raw PUT with it", async () => {
    const credential = await credentialFor({ aud: ["api://AzureADTokenExchange"], exp: Date.now() / 1000 + 600 });
    const api = createContainerAppsAPI(credential, SUBSCRIPTION, clientOptions());
    const { location, ...properties } = CUSTOM;
    const response = await api
      .pathUnchecked(POOL_PATH, SUBSCRIPTION, "rg", "rawpool")
      .put({ body: { location, properties }, queryParameters: { "api-version": "2025-07-01" } });
    expect([response.status, (response.body as { properties: { provisioningState: string } }).properties]).toEqual([
      "201",
      expect.objectContaining({ provisioningState: "InProgress" }),
    ]);
    expect(response.headers["azure-asyncoperation"]?.startsWith(`${command.url}/subscriptions/${SUBSCRIPTION}/`)).toBe(
      true,
    );
  });

  it("lets the client's own pollers follow create, update and delete to their ends", async () => {
    const credential = await credentialFor({ aud: "api://AzureADTokenExchange" });
    const { containerAppsSessionPools: pools } = new ContainerAppsAPIClient(credential, SUBSCRIPTION, clientOptions());
    const created = await pools.createOrUpdate("rg", "sdkpool", CUSTOM);
    expect([created.provisioningState, created.location, created.nodeCount]).toEqual(["Succeeded", "West US 3", 1]);
    const updated = await pools.update("rg", "sdkpool", { scaleConfiguration: { maxConcurrentSessions: 12 } });
    expect(updated.scaleConfiguration).toEqual({ maxConcurrentSessions: 12, readySessionInstances: 2 });
    await pools.delete("rg", "sdkpool");
    await expect(pools.get("rg", "sdkpool")).rejects.toMatchObject({ statusCode: 404, code: "ResourceNotFound" });
  }, 20_000);

  it("gives no token for a service account token that is meant for somebody else", async () => {
    const credential = await credentialFor({ aud: "https://kubernetes.default.svc", other: 1 });
    await expect(credential.getToken(SCOPE)).rejects.toThrow(/AADSTS700212/);
  });
});
