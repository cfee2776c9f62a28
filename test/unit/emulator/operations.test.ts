import { describe, expect, it } from "vitest";
import {
  type Answer,
  Azure,
  change,
  custom,
  type Json,
  type PoolBody,
  POOL,
  python,
  SUBSCRIPTION,
} from "./model-azure.ts";

const CONTAINERS = "properties.customContainerTemplate.containers";
const brokenImage = custom({ [CONTAINERS]: [{ name: "main", image: "registry.example/missing-app:1" }] });
const PATCH: Json = { properties: { scaleConfiguration: { maxConcurrentSessions: 12 } } };
const BUSY = { status: 409, body: { error: { code: "SessionPoolOperationInProgress" } } };

const pollUrl = ({ headers }: Answer): string => headers["azure-asyncoperation"] ?? headers.location ?? "";
const stateOf = (azure: Azure): unknown => azure.pool().properties.provisioningState;

/** Each call that starts an operation on a pool that exists. */
const WRITES: [method: string, body: Json | undefined, status: number, state: string][] = [
  ["PUT", custom(), 201, "InProgress"],
  ["PATCH", PATCH, 202, "InProgress"],
  ["DELETE", undefined, 202, "Deleting"],
];

describe("PUT", () => {
  it("of a new pool and of one that exists are answered 201 with the pool and an operation to poll", () => {
    const azure = new Azure();
    for (const [maximum, nodes] of [
      [10, undefined],
      [20, 1],
    ]) {
      const put = azure.send("PUT", POOL, custom({ "properties.scaleConfiguration.maxConcurrentSessions": maximum }));
      const { properties } = put.body as PoolBody;
      expect([put.status, put.headers.location, put.headers["x-ms-async-operation-timeout"]]).toEqual([
        201,
        undefined,
        "PT30M",
      ]);
      expect([properties.provisioningState, properties.nodeCount]).toEqual(["InProgress", nodes]);
      expect(properties.scaleConfiguration).toMatchObject({ maxConcurrentSessions: maximum });
      expect(properties.poolManagementEndpoint).toMatch(
        /^https:\/\/alpha\.[a-z]+-[0-9a-f]{8}\.westus3\.azurecontainerapps\.io$/,
      );
      const name = /operationStatuses\/([^?]+)/.exec(pollUrl(put))?.[1];
      const status = {
        id: `/subscriptions/${SUBSCRIPTION}/providers/Microsoft.App/locations/westus3/operationStatuses/${name}`,
        name,
        startTime: expect.stringMatching(/^[-0-9T:.]+$/),
      };
      azure.advance(299.999);
      const running = azure.send("GET", pollUrl(put));
      expect([running.status, running.body]).toEqual([200, { ...status, status: "InProgress" }]);
      expect(running.headers["retry-after"]).toBe("15");
      expect(azure.pool().properties).toEqual(properties);
      azure.advance(0.001);
      expect(azure.send("GET", pollUrl(put)).body).toEqual({ ...status, status: "Succeeded" });
      expect(azure.pool().properties).toEqual({ ...properties, provisioningState: "Succeeded", nodeCount: 1 });
    }
  });

  it("replaces the whole pool", () => {
    const azure = new Azure();
    azure.create(POOL, custom({ tags: { a: "1" }, "properties.secrets": [{ name: "s", value: "v" }] }));
    azure.create(POOL, custom({ "properties.sessionNetworkConfiguration": undefined }));
    const pool = azure.pool();
    expect(pool).not.toHaveProperty("tags");
    expect(pool.properties).not.toHaveProperty("secrets");
    expect(pool.properties).not.toHaveProperty("sessionNetworkConfiguration");
    expect([...azure.model.secretValues(POOL)]).toEqual([]);
  });

  it.each(["PythonLTS", "Shell", "NodeLTS"])("of %s is answered 200 at once, first and again", (containerType) => {
    const azure = new Azure();
    for (let turn = 0; turn < 2; turn += 1) {
      const put = azure.send("PUT", POOL, python({ "properties.containerType": containerType }));
      expect(put).toMatchObject({
        status: 200,
        body: {
          properties: {
            provisioningState: "Succeeded",
            poolManagementEndpoint: `https://westus3.dynamicsessions.io${POOL.replace("/providers/Microsoft.App", "")}`,
          },
        },
      });
      expect(pollUrl(put)).toBe("");
    }
  });
});

describe("PATCH and DELETE", () => {
  it("PATCH is answered 202 with Location alone, and its poll ends with 200 and the pool", () => {
    const azure = new Azure();
    azure.create();
    const patch = azure.send("PATCH", POOL, PATCH);
    expect([patch.status, patch.text, patch.headers["azure-asyncoperation"]]).toEqual([202, "", undefined]);
    expect(patch.headers["retry-after"]).toBe("15");
    expect(azure.pool().properties).toMatchObject({
      provisioningState: "InProgress",
      scaleConfiguration: { maxConcurrentSessions: 12 },
    });
    const running = azure.send("GET", pollUrl(patch));
    expect([running.status, running.text, pollUrl(running)]).toEqual([202, "", pollUrl(patch)]);
    expect(running.headers["retry-after"]).toBe("15");
    azure.advance(300);
    const done = azure.send("GET", pollUrl(patch));
    expect([done.status, done.body]).toEqual([200, azure.pool()]);
    expect(done.body).toMatchObject({ properties: { provisioningState: "Succeeded" } });
  });

  it("DELETE goes 202, 202 again for the same operation, 204, and then the pool is gone", () => {
    const azure = new Azure();
    azure.create();
    const first = azure.send("DELETE", POOL);
    expect([first.status, first.text, first.headers["azure-asyncoperation"]]).toEqual([202, "", undefined]);
    expect(stateOf(azure)).toBe("Deleting");
    azure.advance(299);
    const again = azure.send("DELETE", POOL);
    expect([again.status, pollUrl(again)]).toEqual([202, pollUrl(first)]);
    const running = azure.send("GET", pollUrl(first));
    expect([running.status, running.text, pollUrl(running)]).toEqual([202, "", pollUrl(first)]);
    azure.advance(1);
    expect(azure.send("GET", pollUrl(first))).toMatchObject({ status: 204, text: "" });
    expect(azure.send("GET", POOL)).toMatchObject({ status: 404, body: { error: { code: "ResourceNotFound" } } });
    expect(azure.send("DELETE", POOL)).toMatchObject({ status: 204, text: "" });
    expect([...azure.model.secretValues(POOL)]).toEqual([]);
  });

  it("a pool made again after a DELETE is a new one", () => {
    const azure = new Azure();
    azure.create();
    const { createdAt } = azure.pool().systemData;
    const deleted = azure.send("DELETE", POOL);
    azure.advance(300);
    const put = azure.send("PUT", POOL, custom());
    expect(put.status).toBe(201);
    expect((put.body as PoolBody).properties).not.toHaveProperty("nodeCount");
    expect(azure.pool().systemData.createdAt).not.toBe(createdAt);
    expect(azure.send("GET", pollUrl(deleted)).status).toBe(204);
    expect(stateOf(azure)).toBe("InProgress");
  });

  it.each(["PythonLTS", "Shell", "NodeLTS"])("DELETE of %s is answered 204 at once, and it is gone", (type) => {
    const azure = new Azure();
    azure.create(POOL, python({ "properties.containerType": type }));
    expect(azure.send("DELETE", POOL)).toMatchObject({ status: 204, text: "" });
    expect(azure.send("GET", POOL).status).toBe(404);
  });
});

describe("while an operation runs", () => {
  it.each(WRITES)(
    "%s: GET shows the state, and the other writes are refused with 409",
    (method, body, status, state) => {
      const azure = new Azure();
      azure.create();
      expect(azure.send(method, POOL, body).status).toBe(status);
      expect(stateOf(azure)).toBe(state);
      azure.advance(299);
      const before = azure.state();
      expect(azure.send("PUT", POOL, custom({ tags: { late: "yes" } }))).toMatchObject(BUSY);
      expect(azure.send("PATCH", POOL, PATCH)).toMatchObject(BUSY);
      expect(azure.send("DELETE", POOL)).toMatchObject(method === "DELETE" ? { status: 202 } : BUSY);
      expect(azure.state()).toEqual(before);
      azure.advance(1);
      expect(azure.send("PUT", POOL, custom()).status).toBe(201);
    },
  );

  it("other pools are free", () => {
    const azure = new Azure();
    azure.send("PUT", POOL, custom());
    expect(azure.send("PUT", `${POOL}2`, custom()).status).toBe(201);
  });

  it.each([
    [0, "1"],
    [2, "1"],
    [30, "10"],
    [45, "15"],
    [600, "15"],
  ])("an operation of %i s says Retry-After: %s", (provisioningSeconds, retryAfter) => {
    const azure = new Azure({ provisioningSeconds });
    expect(azure.send("PUT", POOL, custom()).headers["retry-after"]).toBe(retryAfter);
  });
});

describe("an image that cannot be pulled", () => {
  const error = {
    code: "SessionPoolOperationError",
    message:
      "Failed to provision session pool 'alpha'. Error details: pool group create/update failed with error: time out.",
  };
  const patch = {
    properties: { customContainerTemplate: change(brokenImage.properties as Json, {}).customContainerTemplate },
  };

  it.each<[story: string, exists: boolean, method: string, body: Json]>([
    ["a new pool", false, "PUT", brokenImage],
    ["a pool that was good", true, "PUT", brokenImage],
    ["a pool that was good", true, "PATCH", patch],
  ])("in %s (%s %s): operation and pool fail, no node runs, and a good PUT heals", (_story, exists, method, body) => {
    const azure = new Azure();
    if (exists) azure.create();
    const write = azure.send(method, POOL, body);
    expect(write.status).toBe(method === "PUT" ? 201 : 202);
    expect(stateOf(azure)).toBe("InProgress");
    azure.advance(300);
    const polled = azure.send("GET", pollUrl(write));
    expect(polled).toMatchObject(
      method === "PUT" ? { status: 200, body: { status: "Failed", error } } : { status: 400, body: { error } },
    );
    expect(azure.pool().properties).toMatchObject({ provisioningState: "Failed", nodeCount: 0 });

    const heal = azure.send("PUT", POOL, custom());
    expect([heal.status, stateOf(azure)]).toEqual([201, "InProgress"]);
    azure.advance(300);
    const healed = azure.send("GET", pollUrl(heal)).body;
    expect(healed).toMatchObject({ status: "Succeeded" });
    expect(healed).not.toHaveProperty("error");
    expect(azure.pool().properties).toMatchObject({ provisioningState: "Succeeded", nodeCount: 1 });
  });

  it("leaves a pool that can be deleted", () => {
    const azure = new Azure();
    azure.create(POOL, brokenImage);
    const deleted = azure.send("DELETE", POOL);
    azure.advance(300);
    expect([azure.send("GET", pollUrl(deleted)).status, azure.send("GET", POOL).status]).toEqual([204, 404]);
  });
});

describe("poll URLs", () => {
  it.each(WRITES)("of %s are 3.2 to 3.7 KB long and signed", (method, body) => {
    const azure = new Azure();
    azure.create();
    const url = new URL(pollUrl(azure.send(method, POOL, body)));
    const results = method !== "PUT";
    expect(url.href.length).toBeGreaterThanOrEqual(3200);
    expect(url.href.length).toBeLessThanOrEqual(3700);
    const at = `https://management.azure.com/subscriptions/${SUBSCRIPTION}/providers/Microsoft.App/locations/westus3`;
    const [route, id = ""] = [url.href.slice(0, url.href.lastIndexOf("/")), url.pathname.split("/").at(-1)];
    expect(route).toBe(`${at}/${results ? "operationResults" : "operationStatuses"}`);
    expect(Buffer.from(id, "base64").toString()).toMatch(/^sessionPools:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    const names = ["api-version", ...(results ? [] : ["azureAsyncOperation"]), "t", "c", "s", "h"];
    expect([...url.searchParams.keys()]).toEqual(names);
  });

  it.each(["t", "c", "s", "h"])("are refused when %s is altered or missing, and still work intact", (name) => {
    const azure = new Azure();
    const url = pollUrl(azure.send("PUT", POOL, custom()));
    const altered = new URL(url);
    altered.searchParams.set(name, `${altered.searchParams.get(name)?.slice(0, -1)}!`);
    const missing = new URL(url);
    missing.searchParams.delete(name);
    for (const { href } of [altered, missing])
      expect(azure.send("GET", href)).toMatchObject({ status: 403, body: { error: { code: "AuthorizationFailed" } } });
    expect(azure.send("GET", url).status).toBe(200);
  });

  it.each<[story: string, change: (url: string) => string]>([
    [
      "the signature of another operation",
      (url) => url.replace(/operationStatuses\/[^?]+/, "operationStatuses/bm9uZQ=="),
    ],
    ["the other kind of poll", (url) => url.replace("operationStatuses", "operationResults")],
  ])("with %s are answered 404", (_story, alter) => {
    const azure = new Azure();
    const url = pollUrl(azure.send("PUT", POOL, custom()));
    expect(azure.send("GET", alter(url)).status).toBe(404);
  });

  it("of one operation do not open another", () => {
    const azure = new Azure();
    const [one = "", two = ""] = [POOL, `${POOL}2`].map((path) => pollUrl(azure.send("PUT", path, custom())));
    const mixed = `${one.slice(0, one.indexOf("?"))}${two.slice(two.indexOf("?"))}`;
    expect(azure.send("GET", mixed).status).toBe(403);
  });
});
