import { describe, expect, it } from "vitest";
import {
  type Answer,
  type Azure,
  createPool,
  customPool,
  poolOf,
  POOLS,
  PROVISIONING_SECONDS,
  pythonPool,
  startAzure,
  templateWith,
} from "./azure.ts";

const POOL = `${POOLS}/agents`;

/** What a reader sees of the pool now. */
function seen(azure: Azure): unknown {
  const answer = azure.call("GET", POOL);
  if (answer.status !== 200) return answer.error.split(":")[0];
  const { provisioningState, nodeCount } = poolOf(answer).properties;
  return [provisioningState, nodeCount];
}

function pollUrl(answer: Answer): string {
  return answer.headers["azure-asyncoperation"] ?? answer.headers["location"] ?? "";
}

describe("the life of a custom pool", () => {
  it("is created over minutes: InProgress without nodes, then Succeeded with one", () => {
    const azure = startAzure();
    const put = azure.call("PUT", POOL, customPool());
    expect(put.status).toBe(201);
    expect(poolOf(put).properties["poolManagementEndpoint"]).toMatch(
      /^https:\/\/agents\.\w+-[0-9a-f]{8}\.westus3\.azurecontainerapps\.io$/,
    );
    expect(seen(azure)).toEqual(["InProgress", undefined]);
    azure.advance(PROVISIONING_SECONDS - 1);
    expect(azure.call("GET", pollUrl(put)).json).toMatchObject({ status: "InProgress" });
    azure.advance(1);
    expect(azure.call("GET", pollUrl(put)).json).toMatchObject({ status: "Succeeded" });
    expect(seen(azure)).toEqual(["Succeeded", 1]);
  });

  it("takes an update like a creation: 201 and an operation, also when nothing changed", () => {
    const azure = startAzure();
    createPool(azure, "agents");
    const again = azure.call("PUT", POOL, customPool());
    expect([again.status, poolOf(again).properties["provisioningState"]]).toEqual([201, "InProgress"]);
    expect(pollUrl(again)).toContain("/operationStatuses/");
  });

  it("is replaced whole by a PUT, and merged by a PATCH", () => {
    const azure = startAzure();
    createPool(azure, "agents", customPool({ sessionNetworkConfiguration: { status: "EgressEnabled" } }));
    azure.call("PATCH", POOL, { properties: { scaleConfiguration: { maxConcurrentSessions: 12 } } });
    azure.advance(PROVISIONING_SECONDS);
    expect(poolOf(azure.call("GET", POOL)).properties).toMatchObject({
      scaleConfiguration: { maxConcurrentSessions: 12, readySessionInstances: 2 },
      sessionNetworkConfiguration: { status: "EgressEnabled" },
    });
    azure.call("PUT", POOL, customPool());
    expect(poolOf(azure.call("GET", POOL)).properties).not.toHaveProperty("sessionNetworkConfiguration");
  });

  it("answers 202 twice when it is deleted twice, is Deleting meanwhile, and then gone", () => {
    const azure = startAzure();
    createPool(azure, "agents");
    const first = azure.call("DELETE", POOL);
    const second = azure.call("DELETE", POOL);
    expect([first.status, second.status, pollUrl(second)]).toEqual([202, 202, pollUrl(first)]);
    expect(seen(azure)).toEqual(["Deleting", 1]);
    expect(azure.call("GET", pollUrl(first)).status).toBe(202);
    azure.advance(PROVISIONING_SECONDS);
    expect(azure.call("GET", pollUrl(first)).status).toBe(204);
    expect(seen(azure)).toBe("ResourceNotFound");
    expect(azure.call("DELETE", POOL).status).toBe(204);
  });

  it.each<[running: string, method: string]>([
    ["PUT", "PUT"],
    ["PUT", "PATCH"],
    ["PUT", "DELETE"],
    ["PATCH", "PUT"],
    ["PATCH", "DELETE"],
    ["DELETE", "PUT"],
    ["DELETE", "PATCH"],
  ])("while a %s is at work, a %s is a conflict and changes nothing", (running, method) => {
    const azure = startAzure();
    createPool(azure, "agents");
    azure.call(running, POOL, running === "DELETE" ? undefined : customPool());
    const before = azure.call("GET", POOL).json;
    const changed = customPool({ scaleConfiguration: { maxConcurrentSessions: 50, readySessionInstances: 3 } });
    const answer = azure.call(method, POOL, method === "DELETE" ? undefined : changed);
    expect([answer.status, answer.error.split(":")[0]]).toEqual([409, "SessionPoolOperationInProgress"]);
    expect(azure.call("GET", POOL).json).toEqual(before);
  });

  it("stays Failed when its image cannot be pulled, and a good PUT heals it", () => {
    const azure = startAzure();
    const bad = customPool({ customContainerTemplate: templateWith({ image: "acr.example/missing-image:1" }) });
    const put = azure.call("PUT", POOL, bad);
    expect(put.status).toBe(201);
    azure.advance(PROVISIONING_SECONDS);
    expect(azure.call("GET", pollUrl(put)).json).toMatchObject({
      status: "Failed",
      error: {
        code: "SessionPoolOperationError",
        message:
          "Failed to provision session pool 'agents'. Error details: pool group create/update failed with error: time out.",
      },
    });
    expect(seen(azure)).toEqual(["Failed", 0]);
    createPool(azure, "agents");
    expect(seen(azure)).toEqual(["Succeeded", 1]);
  });
});

describe("the life of a built-in pool", () => {
  it.each(["PythonLTS", "Shell", "NodeLTS"])("%s is there at once and gone at once", (containerType) => {
    const azure = startAzure();
    const put = azure.call(
      "PUT",
      POOL,
      pythonPool({ containerType, scaleConfiguration: { readySessionInstances: 5 } }),
    );
    expect([put.status, pollUrl(put)]).toEqual([200, ""]);
    expect(poolOf(put)).not.toHaveProperty("identity");
    expect(poolOf(put).properties).toMatchObject({
      provisioningState: "Succeeded",
      environmentId: null,
      managedIdentitySettings: null,
      scaleConfiguration: {},
      poolManagementEndpoint: `https://westus3.dynamicsessions.io${POOL.replace("/providers/Microsoft.App", "")}`,
    });
    const read = poolOf(azure.call("GET", POOL));
    expect([read.identity, read.properties["managedIdentitySettings"], read.properties["nodeCount"]]).toEqual([
      { type: "None" },
      [],
      undefined,
    ]);
    expect(azure.call("DELETE", POOL).status).toBe(204);
    expect(azure.call("GET", POOL).error).toContain("ResourceNotFound");
  });
});

describe("poll URLs", () => {
  it.each(["PUT", "PATCH", "DELETE"])(
    "after %s are signed, more than 3 KB long, and refused when altered",
    (method) => {
      const azure = startAzure();
      createPool(azure, "agents");
      const url = pollUrl(azure.call(method, POOL, method === "DELETE" ? undefined : customPool()));
      expect(url.length).toBeGreaterThan(3200);
      expect(url.length).toBeLessThan(3700);
      const id = /\/operation\w+\/([^?]+)\?/.exec(url)?.[1] ?? "";
      expect(Buffer.from(id, "base64").toString()).toMatch(/^sessionPools:[0-9a-f-]{36}$/);
      for (const name of ["t", "c", "s", "h"]) {
        const altered = new URL(url);
        altered.searchParams.set(name, `${altered.searchParams.get(name)}0`);
        expect(azure.call("GET", altered.href).status).toBe(403);
      }
      expect(azure.call("GET", url.replace(id, "bm9uZQ==")).status).toBe(404);
      expect(azure.call("GET", url).status).toBeLessThan(203);
    },
  );

  it.each<[provisioningSeconds: number, retryAfter: string]>([
    [0, "1"],
    [3, "1"],
    [10, "4"],
    [300, "15"],
  ])("operations of %d s ask to be polled again after %s s", (provisioningSeconds, retryAfter) => {
    const azure = startAzure({ provisioningSeconds });
    expect(azure.call("PUT", POOL, customPool()).headers["retry-after"]).toBe(retryAfter);
  });
});
