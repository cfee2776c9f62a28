import { describe, expect, it } from "vitest";
import { AccessReviews } from "../../../src/kubernetes/access-reviews.ts";
import { KubernetesClient } from "../../../src/kubernetes/client.ts";
import type { KubernetesRequest } from "../../../src/kubernetes/transport.ts";
import { FakeClock } from "../../time/fake-clock.ts";

const ANNA = { username: "anna", uid: "1", groups: ["team-a"], extra: { "example.com/k": ["v"] } };

/** Reviews by an API server that gives this status to each, and what it was sent. */
function reviewsWith(status: object | undefined) {
  const clock = new FakeClock();
  const sent: Pick<KubernetesRequest, "method" | "path" | "body">[] = [];
  const transport = {
    send: async ({ method, path, body = "" }: KubernetesRequest) => {
      sent.push({ method, path, body });
      if (status === undefined) await new Promise(() => undefined);
      return { status: 201, retryAfter: undefined, body: bytes(JSON.stringify({ status })) };
    },
    close: () => Promise.resolve(),
  };
  return { clock, sent, reviews: new AccessReviews(new KubernetesClient(transport, clock), clock) };
}

async function* bytes(text: string): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(Buffer.from(text));
}

describe("a TokenReview", () => {
  it("asks who a token is of", async () => {
    const { reviews, sent } = reviewsWith({ authenticated: true, user: ANNA });
    expect(await reviews.identify("t0ken")).toEqual(ANNA);
    expect(sent.map(({ method, path }) => `${method} ${path}`)).toEqual([
      "POST /apis/authentication.k8s.io/v1/tokenreviews",
    ]);
    expect(JSON.parse(sent[0]?.body ?? "")).toEqual({
      apiVersion: "authentication.k8s.io/v1",
      kind: "TokenReview",
      spec: { token: "t0ken" },
    });
  });

  it.each([
    ["not valid", { authenticated: false, error: "invalid bearer token" }],
    ["not decided", {}],
    ["of nobody", { authenticated: true, user: { username: "" } }],
    ["said to be somebody's, but not valid", { authenticated: false, user: ANNA }],
  ])("says of a token that is %s that it is nobody's", async (_what, status) => {
    expect(await reviewsWith(status).reviews.identify("t0ken")).toBeUndefined();
  });

  it("is given up when the API server takes too long", async () => {
    const { reviews, clock } = reviewsWith(undefined);
    const asked = reviews.identify("t0ken").catch(String);
    await clock.advance(5_000);
    expect(await asked).toContain("no answer within 5000 ms");
  });
});

describe("a SubjectAccessReview", () => {
  it("asks for all that is known of them whether they may get a path", async () => {
    const { reviews, sent } = reviewsWith({ allowed: true });
    expect(await reviews.mayGet("/metrics", ANNA)).toBe(true);
    expect(sent[0]?.path).toBe("/apis/authorization.k8s.io/v1/subjectaccessreviews");
    const { username: user, ...rest } = ANNA;
    expect(JSON.parse(sent[0]?.body ?? "")).toMatchObject({
      kind: "SubjectAccessReview",
      spec: { user, ...rest, nonResourceAttributes: { path: "/metrics", verb: "get" } },
    });
  });

  it.each([
    ["no opinion", { allowed: false }],
    ["a denial that overrules", { allowed: true, denied: true }],
    ["nothing", {}],
  ])("takes %s for no", async (_what, status) => {
    expect(await reviewsWith(status).reviews.mayGet("/metrics", ANNA)).toBe(false);
  });
});
