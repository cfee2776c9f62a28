import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { callAzure } from "./azure.ts";
import { canary } from "./canaries.ts";
import { conditionOf, customPool, isReady, pythonPool, secret, startWorld, type World } from "./world.ts";

const VALUE = canary("api-key");
/** What Entra says of each request, and no condition repeats. */
const TRACE_ID = canary("trace-id");
let world: World;

beforeAll(async () => {
  world = await startWorld();
});

afterAll(async () => {
  await world.stop();
});

const stalled = (reason: string) => (shown: Parameters<typeof conditionOf>[0]) =>
  conditionOf(shown, "Stalled")?.reason === reason;

describe("what cannot be known at kubectl apply is told, written nowhere, and heals by itself", () => {
  it("a Secret that is not there, then lacks the key, then comes", async () => {
    const secrets = [{ name: "api-key", valueFrom: { secretKeyRef: { name: "keys", key: "token" } } }];
    await world.apply(customPool("needy", { secrets }));
    const missing = await world.until("needy", "stalled", stalled("SecretNotFound"));
    expect(conditionOf(missing, "Ready")?.message).toContain('there is no Secret "keys"');
    expect(
      (await world.events("needy")).find(({ type, reason }) => type === "Warning" && reason === "SecretNotFound"),
    ).toBeDefined();
    await world.apply(secret("keys", { other: canary("other-key") }));
    await world.until("needy", "stalled for the key", stalled("SecretKeyNotFound"));
    expect(world.azureCalls("PUT", "needy")).toEqual([]);
    await world.apply(secret("keys", { token: VALUE }));
    const ready = await world.until("needy", "Ready", isReady);
    expect(world.azureCalls("PUT", "needy")).toEqual([201]);
    expect([...world.emulator.model.secretValues(ready.status?.id ?? "")]).toEqual([["api-key", VALUE]]);
  });

  it("a resource group that does not exist: nothing is sent", async () => {
    await world.apply(pythonPool("grouploss", { resourceGroup: "missing-rg" }));
    const shown = await world.until("grouploss", "stalled", stalled("ResourceGroupNotFound"));
    expect(conditionOf(shown, "Ready")?.message).toContain("Resource group 'missing-rg' could not be found");
    expect(world.azureCalls("PUT", "grouploss")).toEqual([]);
  });

  it("an environment that does not exist: Azure's code and words", async () => {
    await world.apply(
      customPool("envloss", {
        environmentId:
          "/subscriptions/34adfa4f-cedf-4dc0-ba29-b6d1a69ab345/resourceGroups/rg/providers/Microsoft.App/managedEnvironments/missing-env",
      }),
    );
    const shown = await world.until("envloss", "stalled", stalled("ManagedEnvironmentNotFound"));
    expect(conditionOf(shown, "Ready")?.message).toContain("The environment 'missing-env' could not be found");
    expect(callAzure(world.emulator.model, "GET", "envloss").status).toBe(404);
  });

  it.each([
    [
      "no permission",
      403,
      "AuthorizationFailed",
      "The client does not have authorization to perform action 'Microsoft.App/sessionPools/write'",
    ],
    ["Azure says no", 400, "SessionPoolQuotaExceeded", "The quota of session pools in this region is used up"],
  ])("%s: retried until Azure says yes", async (_story, status, code, message) => {
    const name = `refused${status}`;
    world.emulator.model.faults.add({
      method: "PUT",
      pathPattern: name,
      status,
      times: 2,
      body: { error: { code, message } },
    });
    await world.apply(pythonPool(name));
    const shown = await world.until(name, "stalled", stalled(code));
    expect(conditionOf(shown, "Ready")?.message).toContain(message);
    expect(
      (await world.events(name)).find(({ type, reason }) => type === "Warning" && reason === code)?.note,
    ).toContain(message);
    await world.until(name, "Ready", isReady);
    expect(world.azureCalls("PUT", name)).toEqual([status, status, 200]);
    expect(conditionOf(await world.get(name), "Stalled")).toBeUndefined();
  });

  it("a pause that Azure asks for is kept, by every resource of the subscription", async () => {
    world.emulator.model.faults.add({
      method: "PUT",
      pathPattern: "throttled1",
      status: 429,
      headers: { "retry-after": "4" },
      times: 1,
      body: { error: { code: "TooManyRequests", message: "slow down" } },
    });
    await world.apply(pythonPool("throttled1"));
    await world.until("throttled1", "throttled", (shown) => conditionOf(shown, "Reconciling")?.reason === "Throttled");
    await world.apply(pythonPool("throttled2"));
    await world.until("throttled1", "Ready", isReady);
    await world.until("throttled2", "Ready", isReady);
    const puts = world.emulator.model.calls.filter(
      ({ method, path }) => method === "PUT" && path.includes("throttled"),
    );
    const [refused, ...later] = puts;
    for (const call of later)
      expect(Date.parse(call.time) - Date.parse(refused?.time ?? "")).toBeGreaterThanOrEqual(4_000);
    expect(puts.map(({ status }) => status)).toEqual([429, 200, 200]);
  });

  it("an operation that fails in Azure: its words, and a spec edit heals it at once", async () => {
    await world.apply(
      customPool("crashy", { customContainerTemplate: template("contoso.azurecr.io/missing-image:1") }),
    );
    const failed = await world.until("crashy", "stalled", stalled("SessionPoolOperationError"));
    expect(failed.status?.provisioningState).toBe("Failed");
    expect(conditionOf(failed, "Ready")?.message).toContain("pool group create/update failed");
    await world.apply(customPool("crashy", { customContainerTemplate: template("contoso.azurecr.io/image:2") }));
    await world.until("crashy", "Ready", isReady);
  });

  it("a credential that Entra refuses", async () => {
    world.emulator.model.faults.add({
      method: "POST",
      pathPattern: "/oauth2/v2.0/token$",
      status: 401,
      times: 3,
      body: {
        error: "invalid_client",
        error_description: `AADSTS700016: Application not found. Trace ID: ${TRACE_ID} Timestamp: 2026-01-01`,
      },
    });
    await world.restartOperator();
    await world.apply(pythonPool("tokenless"));
    const shown = await world.until("tokenless", "stalled", stalled("AuthenticationFailed"));
    expect(conditionOf(shown, "Ready")?.message).toContain("AADSTS700016");
    await world.until("tokenless", "Ready", isReady);
  });
});

describe("a pool that is not ours", () => {
  it("is neither changed nor deleted, and the condition says so", async () => {
    const body = {
      location: "westus3",
      tags: { owner: "somebody" },
      properties: {
        containerType: "PythonLTS",
        scaleConfiguration: { maxConcurrentSessions: 3 },
        dynamicPoolConfiguration: { lifecycleConfiguration: { lifecycleType: "Timed", cooldownPeriodInSeconds: 300 } },
      },
    };
    expect(callAzure(world.emulator.model, "PUT", "foreign", body).status).toBe(200);
    const before = callAzure(world.emulator.model, "GET", "foreign").json;
    await world.apply(pythonPool("foreign"));
    await world.until("foreign", "stalled", stalled("AlreadyExists"));
    await world.remove("foreign");
    expect(callAzure(world.emulator.model, "GET", "foreign").json).toEqual(before);
    expect((await world.events("foreign")).map(({ reason }) => reason)).toContain("PoolNotOurs");
  });

  it("of another resource is named with its owner", async () => {
    await world.apply(pythonPool("shared"));
    await world.until("shared", "Ready", isReady);
    await world.apply(pythonPool("usurper", { azureName: "shared" }));
    const shown = await world.until("usurper", "stalled", stalled("OwnedByOther"));
    expect(conditionOf(shown, "Ready")?.message).toContain(`${world.namespace}/shared`);
    expect(world.azureCalls("PUT", "shared")).toEqual([200]);
  });
});

describe("what happens between two calls does no harm", () => {
  it("a PUT whose answer was lost is not sent again", async () => {
    world.emulator.model.faults.add({
      method: "PUT",
      pathPattern: "lostanswer",
      status: 504,
      times: 1,
      phase: "after",
      body: {},
    });
    await world.apply(customPool("lostanswer"));
    await world.until("lostanswer", "Ready", isReady);
    expect(world.azureCalls("PUT", "lostanswer")).toEqual([504]);
  });

  it("an operator killed while Azure works finishes without another PUT", async () => {
    await world.apply(customPool("orphaned"));
    await world.until("orphaned", "being created", () => world.azureCalls("PUT", "orphaned").length === 1);
    await world.restartOperator("SIGKILL");
    await world.until("orphaned", "Ready", isReady);
    expect(world.azureCalls("PUT", "orphaned")).toEqual([201]);
  });

  it("a status wiped by hand is written again, without a PUT", async () => {
    const puts = world.azureCalls("PUT", "orphaned").length;
    await world.cluster.kubectl([
      "patch",
      "sessionpool",
      "orphaned",
      "-n",
      world.namespace,
      "--subresource=status",
      "--type=json",
      "-p",
      '[{"op":"replace","path":"/status","value":{"observedGeneration":-1}}]',
    ]);
    await world.until("orphaned", "Ready", isReady);
    expect(world.azureCalls("PUT", "orphaned").length).toBe(puts);
  });

  it("a resource deleted with Orphan and created again takes its pool up without a PUT", async () => {
    await world.apply(pythonPool("phoenix", { policy: { deletion: "Orphan" } }));
    const first = await world.until("phoenix", "Ready", isReady);
    await world.remove("phoenix");
    await world.apply(pythonPool("phoenix"));
    const second = await world.until("phoenix", "Ready", isReady);
    expect(second.metadata.uid).not.toBe(first.metadata.uid);
    expect(world.azureCalls("PUT", "phoenix")).toEqual([200]);
  });

  it("a suspended resource is left alone until it is not", async () => {
    await world.apply(pythonPool("paused", { suspend: true }));
    await world.until("paused", "suspended", (shown) => conditionOf(shown, "Ready")?.reason === "Suspended");
    expect(world.azureCalls("GET", "paused")).toEqual([]);
    await world.apply(pythonPool("paused"));
    await world.until("paused", "Ready", isReady);
  });
});

describe("the operator's own words", () => {
  it("hold no URL of an operation, signed or not: log, status, events", async () => {
    const { stdout } = await world.cluster.kubectl(["get", "sessionpools,events", "-n", world.namespace, "-o", "json"]);
    const words =
      stdout +
      world.operator
        .logs()
        .map((line) => JSON.stringify(line))
        .join("\n");
    expect(words).toContain("needy");
    for (const forbidden of ["operationStatuses", "operationResults"]) expect(words).not.toContain(forbidden);
  });

  it("needs no right that its Roles do not give", async () => {
    const denied = world.cluster
      .auditEvents()
      .filter(
        (event) =>
          event.user.username.endsWith(":sessionpool-operator") &&
          event.responseStatus?.code === 403 &&
          event.objectRef?.namespace === world.namespace,
      );
    expect(denied).toEqual([]);
  });
});

function template(image: string): object {
  return { containers: [{ name: "main", image, resources: { cpu: 0.5, memory: "1Gi" } }], ingress: { targetPort: 80 } };
}
