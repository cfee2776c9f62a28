import { expect } from "vitest";
import type { SessionPoolSpec } from "../../../src/api/session-pool.ts";
import { custom, python } from "../../simulation/specs.ts";
import { HERE, poolId, type Stage, THERE } from "./stage.ts";

const THEIRS = "canary-of-team-b-77d1";
const MINE = "canary-of-team-a-77d2";
/** What somebody may write for a Secret's name. */
const NAMES: readonly string[] = [
  "..",
  ".",
  "../theirs",
  `../../${THERE}/secrets/theirs`,
  `${THERE}/theirs`,
  `/api/v1/namespaces/${THERE}/secrets/theirs`,
  `..%2f..%2f${THERE}%2fsecrets%2ftheirs`,
  "%2e%2e",
  "%2e%2e%2ftheirs",
  "theirs?x",
  "theirs#x",
  "theirs\\..",
  "theirs\n",
  "",
  " ",
  "Theirs",
];
const secretsOf = (name: string, key = "token"): Pick<SessionPoolSpec, "secrets"> => ({
  secrets: [{ name: "key", valueFrom: { secretKeyRef: { name, key } } }],
});

/** Nothing of them is sent, and the only Secrets that are read are those of the namespaces that might hold a credential. */
async function nothingIsRead(
  stage: Stage,
  spec: (name: string) => Partial<SessionPoolSpec>,
  reason: RegExp,
): Promise<void> {
  stage.secret("theirs", { token: THEIRS }, THERE);
  stage.start();
  for (const [index, name] of NAMES.entries()) stage.create(`pool-${index}`, custom(spec(name)));
  await stage.pass(3);
  for (const [index, name] of NAMES.entries()) expect.soft(stage.told(`pool-${index}`), name).toMatch(reason);
  expect(stage.asked()).toEqual([]);
  expect(readIn(stage).filter((path) => !path.endsWith("/azure-credential"))).toEqual([]);
}

/** Paths of the Secrets that were asked for, but for the operator's own. */
function readIn(stage: Stage): readonly string[] {
  const paths = stage.network.calls.filter(({ side, path }) => side === "kubernetes" && path.includes("secrets"));
  return paths.map(({ path }) => path).filter((path) => !path.includes("/sessionpool-system/"));
}

export async function nameOfASecretAsAPath(stage: Stage): Promise<void> {
  await nothingIsRead(stage, secretsOf, /^SecretNotFound: /);
}

export async function nameOfACredentialAsAPath(stage: Stage): Promise<void> {
  await nothingIsRead(
    stage,
    (name) => ({ credentialsRef: { name } }),
    /^CredentialsInvalid: .* is not the name of a Secret/,
  );
}

/** There is one of that name, elsewhere. */
export async function ofAnotherNamespace(stage: Stage): Promise<void> {
  const theirs = {
    AZURE_TENANT_ID: "72f988bf-86f1-41af-91ab-2d7cd011db47",
    AZURE_CLIENT_SECRET: THEIRS,
    token: THEIRS,
  };
  for (const name of ["theirs", "azure-credential"]) stage.secret(name, theirs, THERE);
  stage.start();
  stage.create("values", custom(secretsOf("theirs")));
  stage.create("credential", python({ credentialsRef: { name: "theirs" } }));
  await stage.pass(3);
  expect(stage.told("values")).toBe(
    `SecretNotFound: spec.secrets[0] (key): there is no Secret "theirs" in namespace ${HERE}: create it`,
  );
  expect(stage.told("credential")).toContain(`CredentialsNotFound: spec.credentialsRef: there is no Secret "theirs"`);
  expect(readIn(stage).filter((path) => !path.includes(`/namespaces/${HERE}/`))).toEqual([]);
  expect(stage.asked().filter((method) => method !== "GET")).toEqual([]);
}

/** A Secret of something else in the namespace is named as a credential, so that its values come up in what is wrong with them. */
export async function shownAsAWrongCredential(stage: Stage): Promise<void> {
  const good = {
    AZURE_TENANT_ID: "72f988bf-86f1-41af-91ab-2d7cd011db47",
    AZURE_CLIENT_ID: "33333333-3333-3333-3333-333333333333",
    AZURE_CLIENT_SECRET: MINE,
  };
  const keys = ["AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_SUBSCRIPTION_ID", "AZURE_CLIENT_CERTIFICATE", "AUTH_MODE"];
  stage.start();
  for (const [index, key] of keys.entries()) {
    stage.secret(`other-${index}`, { ...good, [key]: `${MINE}-${index}` });
    stage.create(`pool-${index}`, python({ credentialsRef: { name: `other-${index}` } }));
  }
  await stage.pass(3);
  for (const [index, key] of keys.entries())
    expect.soft(stage.told(`pool-${index}`)).toMatch(new RegExp(`^CredentialsInvalid: .*${key}: `));
  expect(stage.asked()).toEqual([]);
}

/** A pool of another resource: who only observes, or asks for a plan, learns nothing of it. */
export async function planOfAnothersPool(stage: Stage): Promise<void> {
  stage.secret("keys", { token: THEIRS }, THERE);
  stage.start();
  stage.create("victim", custom({ ...secretsOf("keys"), tags: { note: "of-team-b-alone" } }), THERE);
  await stage.pass(4);
  stage.keep(poolId("victim"));
  const policies = [
    { mode: "Observe" },
    { mode: "Approve", adoption: "Always" },
    { drift: "Report", adoption: "Always", ignore: ["/properties/secrets"] },
  ] as const;
  for (const [index, policy] of policies.entries())
    stage.create(`spy-${index}`, python({ azureName: "victim", policy: { ...policy, ignore: ["/tags/x"] } }));
  await stage.pass(4);
  for (const index of policies.keys()) {
    const { status } = stage.resource(`spy-${index}`) ?? {};
    expect(stage.told(`spy-${index}`)).toContain("OwnedByOther: ");
    expect(Object.keys(status ?? {}).sort()).toEqual(["conditions", "observedGeneration"]);
    expect(JSON.stringify([status, stage.events(`spy-${index}`)])).not.toContain("of-team-b-alone");
  }
}

/** Somebody has put the values of a resource where Azure shows them: nobody reads them from a plan, an event or a condition. */
export async function planOfAValueThatIsShown(stage: Stage): Promise<void> {
  stage.secret("keys", { token: MINE });
  stage.start();
  const policy = { drift: "Report" } as const;
  stage.create("alpha", custom({ ...secretsOf("keys"), tags: { note: "mine" }, policy }));
  await stage.pass(4);
  const tags = { ...(stage.pool(poolId("alpha"))?.tags as object), note: `it is ${MINE}` };
  stage.azure.asSomebody("PATCH", poolId("alpha"), { tags });
  await stage.pass(4);
  const told = JSON.stringify([stage.resource("alpha")?.status, stage.events("alpha")]);
  expect(stage.told("alpha")).toContain("Drifted: ");
  expect(told).toContain("it is <secret>");
}

/** Azure quotes the values that it was sent in its refusals, as its services write JSON and URLs. */
export async function quotedByAzure(stage: Stage): Promise<void> {
  const aspNet = (text: string): string =>
    text.replaceAll(/["&'+<>`]/g, (sign) => `\\u${sign.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}`);
  const asItIs = (text: string): string => text;
  const rows: readonly (readonly [value: string, quote: (text: string) => string])[] = [
    [`W3xQ+${MINE}/12`, aspNet],
    [`W3xQ+${MINE}/12`, encodeURIComponent],
    [`{"token":"eyJhbGciOiJI.eyJzdWIiOiIx.c2ln","password":"${MINE}"}`, asItIs],
    [`{"issued":"2026-01-05T09:00:00.000Z","password":"${MINE}"}`, aspNet],
    [`https://a.blob.core.windows.net/?sv=1&sig=abc password=${MINE}`, asItIs],
  ];
  stage.network.inject = ({ side, method, path }) => {
    const [value, quote] = rows[Number(/pool(\d)/.exec(path)?.[1])] ?? [];
    if (side !== "azure" || method !== "PUT" || value === undefined || quote === undefined) return undefined;
    const message = `Error converting value ${quote(value)} to type 'Int32'.`;
    const body = JSON.stringify({ error: { code: "InvalidRequestContent", message } });
    return { kind: "answer", when: "before", change: () => ({ status: 400, headers: {}, body }) };
  };
  stage.start();
  for (const [index, [value]] of rows.entries()) {
    stage.secret(`mine-${index}`, { token: value });
    stage.create(`pool${index}`, custom(secretsOf(`mine-${index}`)));
  }
  await stage.pass(2);
  for (const index of rows.keys()) {
    expect
      .soft(stage.told(`pool${index}`))
      .toMatch(/^InvalidRequestContent: .*Error converting value .*<secret>.* to type/);
    expect.soft(JSON.stringify(stage.resource(`pool${index}`)?.status)).not.toContain(MINE);
    expect.soft(stage.events(`pool${index}`).join()).not.toContain(MINE);
  }
  expect(stage.logs.join()).not.toContain(MINE);
}
