import { describe, expect, it } from "vitest";
import { armError, isAbsent } from "../../../src/azure/errors.ts";
import { progressOf } from "../../../src/azure/operations.ts";

const inArm = (error: object): object => ({ error: { code: "Bad", ...error } });

describe("an error body of Azure tells its reason", () => {
  it.each<[name: string, body: unknown, code: string, words: string]>([
    ["ARM's", inArm({ message: "no" }), "Bad", "no"],
    [
      "ARM's details",
      inArm({ message: "See details.", details: [{ code: "QuotaExceeded", message: "At most 20 pools" }] }),
      "Bad",
      "See details. At most 20 pools.",
    ],
    ["a detail that says the same", inArm({ message: "No: bad", details: [{ message: "bad" }] }), "Bad", "No: bad"],
    [
      "a detail with a code alone",
      inArm({ message: "No.", details: [{ code: "QuotaExceeded" }] }),
      "Bad",
      "No. QuotaExceeded.",
    ],
    ["details of details", inArm({ message: "", details: [{ details: [{ message: "no" }] }] }), "Bad", "no"],
    ["an inner error", inArm({ message: "No.", innererror: { code: "X", message: "Why" } }), "Bad", "No. Why."],
    [
      "more details than are told",
      inArm({ message: "No.", details: Array.from({ length: 99 }, (_, index) => ({ message: `D${index}` })) }),
      "Bad",
      "No. D0. D1. D2. D3. D4.",
    ],
    [
      "an error in JSON as a detail's message",
      inArm({ message: "No.", details: [{ message: '{"error":{"code":"X","message":"why"}}' }] }),
      "Bad",
      "No. why.",
    ],
    [
      "a policy's denial",
      inArm({
        message: "Disallowed by policy.",
        additionalInfo: [
          {
            type: "PolicyViolation",
            info: { policyDefinitionDisplayName: "No containers", policyAssignmentName: "all" },
          },
        ],
      }),
      "Bad",
      'Disallowed by policy. The policy is "No containers", assigned by "all".',
    ],
    ["no envelope", { code: "Bad", message: "no" }, "Bad", "no"],
    ["no envelope, in Pascal case", { Code: "Bad", Message: "no" }, "Bad", "no"],
    ["Message alone", { Message: "no" }, "Http400", "no"],
    [
      "ASP.NET's ProblemDetails",
      {
        title: "Invalid.",
        status: 400,
        traceId: "00-1-2-00",
        errors: { "$.cpu": ["no number"], name: ["long", "bad"] },
      },
      "Http400",
      "Invalid. $.cpu: no number. name: long. name: bad.",
    ],
    ["ProblemDetails with a detail", { title: "Bad Request", detail: "no" }, "Http400", "Bad Request. no."],
    ["the error a text", { error: "no" }, "Http400", "no"],
    ["a text", "no\r\n  really\n", "Http400", "no really"],
    ["JSON as a text", '{"error":{"code":"Bad","message":"no"}}', "Bad", "no"],
    [
      "a page",
      "<html><head><title>Bad Request</title><style>a<b{}</style></head>\n<body><h1>no</h1></body></html>",
      "Http400",
      "Bad Request no",
    ],
    ["a long text", "word ".repeat(5_000), "Http400", `${"word ".repeat(59)}word...`],
    ["what is no code", { error: { code: "a b c", message: "no" } }, "Http400", "no"],
    ...[undefined, null, 7, [], {}, "", { error: null }, { error: { code: "", message: "" } }, { error: [] }].map(
      (body): [string, unknown, string, string] => [
        `nothing: ${JSON.stringify(body)}`,
        body,
        "Http400",
        "Azure answered HTTP 400 without an explanation",
      ],
    ),
  ])("%s", (_name, body, code, words) => {
    expect(armError(400, body, undefined)).toMatchObject({ code, message: words });
  });

  it("no more than 2000 characters of it", () => {
    const details = Array.from({ length: 1_000 }, (_, index) => ({ message: `${index} ${"long ".repeat(1_000)}` }));
    expect(armError(400, inArm({ message: "No.", details }), undefined).message.length).toBeLessThanOrEqual(2000);
  });

  it.each(["<", "<style>", "{", '{"error":', "[", "a<b "])("in no time, whatever it is: %j without end", (part) => {
    expect(armError(400, part.repeat(200_000), undefined).message.length).toBeLessThanOrEqual(2000);
  });

  it.each<[name: string, error: object, expected: object]>([
    ["its words", { error: { code: "X", message: "no" } }, { code: "X", words: "no" }],
    ["its details", { error: { code: "X", message: "", details: [{ message: "no" }] } }, { code: "X", words: "no" }],
    ["a status message", { error: null, properties: { statusMessage: '{"error":{"message":"no"}}' } }, { words: "no" }],
    [
      "nothing",
      { error: { code: "", message: "" } },
      { code: "ProvisioningFailed", words: "the operation ended as Failed without an explanation" },
    ],
  ])("of an operation that failed: %s", (_name, error, expected) => {
    const body = { status: "Failed", ...error };
    expect(progressOf({ status: 200, operationUrl: undefined, retryAfterMs: undefined, body })).toMatchObject({
      kind: "failed",
      ...expected,
    });
  });

  it.each<[body: unknown, absent: boolean]>([
    [{ error: { code: "NotFound", message: "" } }, true],
    [{ code: "NotFound", message: "no such route" }, false],
    [{ Error: { Code: "NotFound" } }, false],
    ['{"error":{"code":"NotFound"}}', false],
  ])("only ARM's own error proves that a pool is gone: %j", (body, absent) => {
    expect(isAbsent(armError(404, body, undefined))).toBe(absent);
  });
});
