import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { validateDocuments } from "../../src/cli/validate/validate.ts";
import { attachCluster } from "../cluster/cluster.ts";
import { TEXTS } from "./bad-input/text.ts";

const cluster = attachCluster(inject("cluster"));
const namespace = `bad-input-${randomBytes(4).toString("hex")}`;

beforeAll(async () => {
  await cluster.kubectl(["create", "namespace", namespace]);
});

afterAll(async () => {
  await cluster.kubectl(["delete", "namespace", namespace, "--wait=false"]);
});

describe("validate, without a cluster, and kubectl apply", () => {
  test.for(TEXTS)("say the same of $what", async ({ text, refused }) => {
    const { code } = await cluster.kubectl(["apply", "--dry-run=server", "-n", namespace, "-f", "-"], {
      input: text,
      allowFailure: true,
    });
    const fields = new Set(validateDocuments("-", text).map(({ field }) => field));

    expect(code).toBe(refused === undefined ? 0 : 1);
    expect([...fields].filter((field) => field === (refused ?? field))).toEqual(refused === undefined ? [] : [refused]);
  });
});
