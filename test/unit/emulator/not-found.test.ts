import { describe, expect, it } from "vitest";
import { Azure, custom, POOL, POOLS, SUBSCRIPTION } from "./model-azure.ts";

const PROVIDER = "providers/Microsoft.App/sessionPools";
const LOST_GROUP = `/subscriptions/${SUBSCRIPTION}/resourceGroups/missing-rg/${PROVIDER}`;
const LOST_SUBSCRIPTION = `/subscriptions/missing-s/resourceGroups/rg/${PROVIDER}`;

describe("the front end's 404s differ by code (azure-session-pools §3.5)", () => {
  const rows: [method: string, path: string, code: string, message: string][] = [
    ...["GET", "PATCH"].map((method): [string, string, string, string] => [
      method,
      `${POOLS}/beta`,
      "ResourceNotFound",
      "The Resource 'Microsoft.App/sessionPools/beta' under resource group 'rg' was not found. For more details please go to https://aka.ms/ARMResourceNotFoundFix",
    ]),
    ...["GET", "PUT", "PATCH", "DELETE"].flatMap((method): [string, string, string, string][] => [
      [method, `${LOST_GROUP}/alpha`, "ResourceGroupNotFound", "Resource group 'missing-rg' could not be found."],
      [
        method,
        `${LOST_SUBSCRIPTION}/alpha`,
        "SubscriptionNotFound",
        "The subscription 'missing-s' could not be found.",
      ],
    ]),
    ["GET", LOST_GROUP, "ResourceGroupNotFound", "Resource group 'missing-rg' could not be found."],
    ["GET", LOST_SUBSCRIPTION, "SubscriptionNotFound", "The subscription 'missing-s' could not be found."],
    [
      "GET",
      `/subscriptions/missing-s/${PROVIDER}`,
      "SubscriptionNotFound",
      "The subscription 'missing-s' could not be found.",
    ],
  ];

  it.each(rows)("%s %s is answered %s", (method, path, code, message) => {
    const azure = new Azure();
    azure.create();
    const before = azure.state();
    const body = method === "PUT" || method === "PATCH" ? custom() : undefined;
    expect(azure.send(method, path, body)).toMatchObject({
      status: 404,
      headers: { "x-ms-failure-cause": "gateway" },
      body: { error: { code, message } },
    });
    expect(azure.state()).toEqual(before);
  });

  it("a DELETE of a pool that does not exist is answered 204", () => {
    expect(new Azure().send("DELETE", `${POOLS}/beta`)).toMatchObject({ status: 204, text: "" });
  });

  it.each(["/", "/subscriptions", `${POOL}/fetchSecrets`, POOL.replace("Microsoft.App", "Microsoft.Web")])(
    "%s is no resource type",
    (path) => {
      expect(new Azure().send("GET", path)).toMatchObject({
        status: 404,
        headers: { "x-ms-failure-cause": "gateway" },
        body: { error: { code: "InvalidResourceType" } },
      });
    },
  );

  it.each<[method: string, path: string]>([
    ["POST", POOL],
    ["HEAD", POOL],
    ["PUT", POOLS],
    ["DELETE", POOLS],
  ])("%s %s is answered 405", (method, path) => {
    const azure = new Azure();
    azure.create();
    const before = azure.state();
    expect(azure.send(method, path, custom()).status).toBe(405);
    expect(azure.state()).toEqual(before);
  });
});

describe("paths are one whatever their casing, and pools keep that of their creation", () => {
  it.each([POOL.toLowerCase(), POOL.toUpperCase(), `/${POOL}`, `${POOL}/`])("%s", (path) => {
    const azure = new Azure();
    azure.create();
    expect(azure.pool(path)).toEqual(azure.pool());
    expect(azure.pool(path).id).toBe(POOL);
  });

  it("a broken escape is answered 400", () => {
    expect(new Azure().send("GET", `${POOLS}/%E0%A4%A`).status).toBe(400);
  });
});
