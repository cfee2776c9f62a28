import { randomBytes } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { waitUntil } from "../cluster/processes.ts";
import { clientCertificate, encrypted } from "../unit/azure/certificates.ts";
import { canary, guard } from "./canaries.ts";
import { conditionOf, isReady, pythonPool, secret, type Shown, startWorld, type World } from "./world.ts";

const RIGHT = canary("client-secret");
const WRONG = canary("wrong-client-secret");
const PASSWORD = canary("certificate-password");
/** No secret, and in a Secret all the same. */
const ELSEWHERE = "https://evil.example";
guard("a host", ELSEWHERE);
const OPERATOR_TENANT = "72f988bf-86f1-41af-91ab-2d7cd011db47";
const DEFAULT_SUBSCRIPTION = "34adfa4f-cedf-4dc0-ba29-b6d1a69ab345";
/** The tenant, the subscription and the application of a team. */
const uuid = (digit: number): string => `${String(digit).repeat(8)}-1111-1111-1111-111111111111`;
const run = randomBytes(3).toString("hex");
const [ONE, TWO, BROKEN] = [`one-${run}`, `two-${run}`, `broken-${run}`];

let world: World;

beforeAll(async () => {
  world = await startWorld({
    emulator: {
      clients: [1, 2, 3].map((digit) => ({ tenantId: uuid(digit), clientId: uuid(digit), secret: RIGHT })),
      tenants: {
        [DEFAULT_SUBSCRIPTION]: OPERATOR_TENANT,
        ...Object.fromEntries([1, 2, 3].map((digit) => [uuid(digit), uuid(digit)])),
      },
    },
  });
  for (const namespace of [ONE, TWO, BROKEN]) await world.cluster.kubectl(["create", "namespace", namespace]);
});

afterAll(async () => {
  for (const namespace of [ONE, TWO, BROKEN]) {
    const all = ["delete", "sessionpools", "--all", "-n", namespace, "--timeout=30s"];
    await world.cluster.kubectl(all, { allowFailure: true });
    await world.cluster.kubectl(["delete", "namespace", namespace, "--wait=false"], { allowFailure: true });
  }
  await world.stop();
});

async function apply(namespace: string, ...objects: readonly object[]): Promise<void> {
  const input = JSON.stringify({ apiVersion: "v1", kind: "List", items: objects });
  await world.cluster.kubectl(["apply", "-n", namespace, "-f", "-"], { input });
}

async function until(namespace: string, name: string, what: string, when: (shown: Shown) => boolean): Promise<Shown> {
  const args = ["get", "sessionpool", name, "-n", namespace, "-o", "json"];
  const get = async (): Promise<Shown> => JSON.parse((await world.cluster.kubectl(args)).stdout) as Shown;
  await waitUntil(`${namespace}/${name} is ${what}`, 75_000, [], async () => when(await get()));
  return await get();
}

const stalled =
  (reason: string) =>
  (shown: Shown): boolean =>
    conditionOf(shown, "Stalled")?.reason === reason;

/** A Secret with the credential of a team. */
function credential(name: string, digit: number, proof: Readonly<Record<string, string>>): object {
  return secret(name, {
    AZURE_TENANT_ID: uuid(digit),
    AZURE_CLIENT_ID: uuid(digit),
    AZURE_SUBSCRIPTION_ID: uuid(digit),
    ...proof,
  });
}

describe("namespaces with credentials of their own", () => {
  it("have their pools in their own subscriptions, beside one whose credential is broken", async () => {
    const { cert, key } = await clientCertificate();
    const pem = `${cert}\n${encrypted(key, PASSWORD)}\n`;
    for (const text of [key, pem]) guard("a certificate's key", text);
    const certificate = {
      AZURE_CLIENT_CERTIFICATE: pem,
      AZURE_CLIENT_CERTIFICATE_PASSWORD: PASSWORD,
    };
    await apply(BROKEN, credential("azure-credential", 3, { AZURE_CLIENT_SECRET: WRONG }));
    await apply(BROKEN, ...Array.from({ length: 12 }, (_, index) => pythonPool(`broken${index}`)));
    await apply(ONE, credential("azure-credential", 1, { AZURE_CLIENT_SECRET: RIGHT }), pythonPool("pool"));
    await apply(TWO, credential("mine", 2, certificate), pythonPool("pool", { credentialsRef: { name: "mine" } }));
    await world.apply(pythonPool("operators"));
    const ids: string[] = [];
    for (const namespace of [ONE, TWO]) ids.push((await until(namespace, "pool", "Ready", isReady)).status?.id ?? "");
    expect(ids.map((id) => id.split("/")[2])).toEqual([uuid(1), uuid(2)]);
    await world.until("operators", "Ready", isReady);
    const shown = await until(BROKEN, "broken11", "stalled", stalled("AuthenticationFailed"));
    expect(conditionOf(shown, "Ready")?.message).toMatch(
      new RegExp(`AADSTS7000215: .* \\(signed in by the Secret "azure-credential" of namespace ${BROKEN}\\)$`),
    );
  });

  it("are planned for in those subscriptions, signed in as who plans", async () => {
    const file = join(world.cluster.dir, "planned.json");
    await writeFile(file, JSON.stringify(pythonPool("pool", { credentialsRef: { name: "mine" } })));
    const args = ["plan", "-f", file, "-n", TWO, "-o", "json"];
    const { stdout } = await world.commandLine(args, { AZURE_TENANT_ID: uuid(2) });
    expect(JSON.parse(stdout)).toMatchObject({ plans: [{ action: "None", changes: [] }] });
  });

  it("heal without a restart when the credential is right", async () => {
    await apply(BROKEN, credential("azure-credential", 3, { AZURE_CLIENT_SECRET: RIGHT }));
    const { status } = await until(BROKEN, "broken11", "Ready", isReady);
    expect(status?.id).toContain(uuid(3));
  });

  it("hold while the Secret that is named is missing or wrong, and never use another's", async () => {
    await apply(ONE, pythonPool("other", { credentialsRef: { name: "mine" } }));
    await until(ONE, "other", "stalled", stalled("CredentialsNotFound"));
    await apply(ONE, credential("mine", 1, { AZURE_CLIENT_SECRET: RIGHT, AZURE_AUTHORITY_HOST: ELSEWHERE }));
    const shown = await until(ONE, "other", "stalled", stalled("CredentialsInvalid"));
    expect(conditionOf(shown, "Ready")?.message).toContain(
      "AZURE_AUTHORITY_HOST: only the operator's own configuration",
    );
    expect(world.azureCalls("PUT", "other")).toEqual([]);
    await world.cluster.kubectl(["delete", "sessionpool", "other", "-n", ONE, "--timeout=30s"]);
  });

  it("go away with their Secrets and their pools", async () => {
    await world.cluster.kubectl(["delete", "namespace", ONE, "--timeout=60s"]);
    expect(world.emulator.model.peek().map((pool) => (pool as { id: string }).id.split("/")[2])).not.toContain(uuid(1));
    const asked = world.emulator.model.calls.filter(
      ({ method, path }) => method === "DELETE" && path.includes(uuid(1)),
    );
    expect(asked.map(({ status }) => status)).toEqual([204]);
  });
});
