import { randomBytes } from "node:crypto";
import { mkdtemp, readFile, rename, writeFile } from "node:fs/promises";
import { request } from "node:https";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { attachCluster } from "../cluster/cluster.ts";
import { type OperatorProcess, startOperator } from "../cluster/operator.ts";
import { waitUntil } from "../cluster/processes.ts";
import { certificate } from "../emulator/certificate.ts";
import { startWorld, type World } from "./world.ts";

const READER_ROLE = "sessionpool-operator-metrics-reader";
const binding = `metrics-reader-${randomBytes(4).toString("hex")}`;
let world: World;
let dir: string;
let first: string;
let readerToken: string;
let otherToken: string;

beforeAll(async () => {
  const cluster = attachCluster(inject("cluster"));
  dir = await mkdtemp(join(cluster.dir, "metrics-tls-"));
  first = await replaceCertificate("first");
  const files = [`--metrics-tls-cert-file=${join(dir, "tls.crt")}`, `--metrics-tls-key-file=${join(dir, "tls.key")}`];
  world = await startWorld({
    args: ["--metrics-auth=token", ...files],
    manifests: ["deploy/metrics-auth/rbac.yaml", "deploy/metrics-auth/reader.yaml"],
  });
  const { namespace } = world;
  for (const name of ["reader", "other"]) await cluster.kubectl(["create", "serviceaccount", name, "-n", namespace]);
  const reader = `--serviceaccount=${namespace}:reader`;
  await cluster.kubectl(["create", "clusterrolebinding", binding, `--clusterrole=${READER_ROLE}`, reader]);
  readerToken = await cluster.serviceAccountToken(namespace, "reader");
  otherToken = await cluster.serviceAccountToken(namespace, "other");
  // What is granted takes effect once the API server's own watch has brought it.
  await waitUntil("the roles are in effect", 30_000, [], async () => {
    const operator = "sessionpool-system:sessionpool-operator";
    const reviews = await may("create", "subjectaccessreviews.authorization.k8s.io", operator);
    return reviews && (await mayRead(`${namespace}:reader`));
  });
});

afterAll(async () => {
  await world.cluster.kubectl(["delete", "clusterrolebinding", binding]);
  await world.stop();
});

describe("metrics for those whom the API server allows them", () => {
  it("are given to a ServiceAccount with the role, and to nobody else", async () => {
    const allowed = await get(readerToken);
    expect(allowed.status).toBe(200);
    expect(allowed.text).toContain('leader_election_master_status{name="sessionpool-operator"}');
    expect(await get(otherToken)).toMatchObject({
      status: 403,
      text: `system:serviceaccount:${world.namespace}:other may not get /metrics\n`,
    });
    expect(await get(undefined)).toMatchObject({ status: 401, challenge: "Bearer" });
    expect((await get("made-up")).status).toBe(401);
    // Of the same ServiceAccount, but for somebody else than the API server.
    const elsewhere = await world.cluster.serviceAccountToken(world.namespace, "reader", "https://elsewhere.example");
    expect((await get(elsewhere)).status).toBe(401);
  });

  it("are given to who applies what docs/metrics.md says", async () => {
    const { cluster } = world;
    const documented = await manifestsOfDocs();
    await cluster.kubectl(["apply", "--filename=-"], { input: documented });
    try {
      const secret = ["secret", READER_ROLE, "--namespace=sessionpool-system", "--output=jsonpath={.data.token}"];
      let token = "";
      await waitUntil("Kubernetes has written the token, and the role is in effect", 30_000, [], async () => {
        token = Buffer.from((await cluster.kubectl(["get", ...secret])).stdout, "base64").toString();
        return token !== "" && (await mayRead(`sessionpool-system:${READER_ROLE}`));
      });
      expect((await get(token)).status).toBe(200);
    } finally {
      await cluster.kubectl(["delete", "--filename=-", "--ignore-not-found"], { input: documented });
    }
  });

  it("asks the API server once for one token", async () => {
    for (let count = 0; count < 3; count += 1) expect((await get(readerToken)).status).toBe(200);
    const asked = /rest_client_requests_total\{code="201",method="POST",host="([^"]+)"\} (\d+)/;
    const [, host, posts] = asked.exec((await get(readerToken)).text) ?? [];
    expect(host).toBe(new URL(world.cluster.server).host);
    const after = asked.exec((await get(readerToken)).text)?.[2];
    expect(after).toBe(posts);
  });

  it("are not given over plain HTTP", async () => {
    await expect(fetch(world.operator.metrics)).rejects.toThrow("fetch failed");
  });

  it("are served with the new certificate as soon as the files are replaced", async () => {
    const next = await replaceCertificate("next");
    expect((await get(readerToken, next)).status).toBe(200);
    await expect(get(readerToken, first)).rejects.toThrow(/self-signed|unable to verify/i);
    first = next;
  });

  it("are not served with a key of another certificate: the operator ends, and says what is wrong", async () => {
    const key = join(dir, "other.key");
    await writeFile(key, (await certificate("other")).key);
    let refused: OperatorProcess | undefined;
    const started = startOperator({
      cluster: world.cluster,
      emulator: world.emulator,
      args: [`--metrics-tls-cert-file=${join(dir, "tls.crt")}`, `--metrics-tls-key-file=${key}`],
      onSpawn: (operator) => {
        refused = operator;
      },
    });
    await expect(started).rejects.toThrow("ended");
    expect(await refused?.ended).toBe(2);
    expect(refused?.logs().map(({ msg }) => msg)).toEqual([
      expect.stringMatching(/^--metrics-tls-cert-file, --metrics-tls-key-file: .* do not belong together: /),
    ]);
  });

  it("leave no token in the log", () => {
    const log = JSON.stringify(world.operator.logs());
    for (const token of [readerToken, otherToken]) expect(log).not.toContain(token.slice(-20));
  });
});

/** Whether a ServiceAccount, `namespace:name`, may do that. */
async function may(verb: string, what: string, who: string): Promise<boolean> {
  const as = `--as=system:serviceaccount:${who}`;
  const { stdout } = await world.cluster.kubectl(["auth", "can-i", verb, what, as], { allowFailure: true });
  return stdout.trim() === "yes";
}

async function mayRead(who: string): Promise<boolean> {
  return await may("get", "/metrics", who);
}

/** What docs/metrics.md says to apply, without what needs Prometheus' operator. */
async function manifestsOfDocs(): Promise<string> {
  const text = await readFile(join(import.meta.dirname, "../../docs/metrics.md"), "utf8");
  const [, manifests = ""] = /## Who may read them\n[\s\S]*?```yaml\n([\s\S]*?)```/.exec(text) ?? [];
  return manifests
    .split("---\n")
    .filter((manifest) => !manifest.includes("kind: PodMonitor"))
    .join("---\n");
}

/** Puts a new certificate in place, as a mounted Secret is replaced. @returns it, to be trusted */
async function replaceCertificate(name: string): Promise<string> {
  const { cert, key } = await certificate(name);
  for (const [file, text] of [
    ["tls.crt", cert],
    ["tls.key", key],
  ] as const) {
    await writeFile(join(dir, "new"), text, { mode: 0o600 });
    await rename(join(dir, "new"), join(dir, file));
  }
  return cert;
}

interface Got {
  readonly status: number | undefined;
  readonly challenge: string | undefined;
  readonly text: string;
}

/** Asks over a connection of its own. @param ca trusted, and nothing else */
async function get(token: string | undefined, ca = first): Promise<Got> {
  const url = world.operator.metrics.replace("http:", "https:");
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const { promise, resolve, reject } = Promise.withResolvers<Got>();
  const asked = request(url, { ca, headers, agent: false }, (response) => {
    const chunks: Buffer[] = [];
    response.on("data", (chunk: Buffer) => chunks.push(chunk));
    response.on("end", () =>
      resolve({
        status: response.statusCode,
        challenge: response.headers["www-authenticate"],
        text: Buffer.concat(chunks).toString(),
      }),
    );
  });
  asked.once("error", reject);
  asked.end();
  return await promise;
}
