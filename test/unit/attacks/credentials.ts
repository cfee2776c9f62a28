import { expect } from "vitest";
import { CREDENTIALS } from "../../simulation/credentials.ts";
import { custom, python } from "../../simulation/specs.ts";
import { OPERATOR_CLIENT } from "../../simulation/config.ts";
import { FAR_SUBSCRIPTION, poolId, type Stage } from "./stage.ts";

const credentialsRef = { name: "tenant" };
const ID = poolId("alpha");
const REFUSED =
  /^InvalidAuthenticationTokenTenant: could not .*wrong issuer.* \(signed in by spec\.credentialsRef: the Secret "tenant" of namespace team-a\)/;

const use = (stage: Stage, which: "good" | "ofAnotherTenant", more: Readonly<Record<string, string>> = {}): void =>
  stage.secret("tenant", { ...CREDENTIALS[which], ...more });

/** What Azure was asked to change, and whether the resource is still there. */
const changes = (stage: Stage): unknown => [
  stage.asked().filter((method) => method !== "GET"),
  stage.resource("alpha") !== undefined,
];

/** A Ready pool that the tenant's own credential has made, and which is to stay as it is. */
async function begin(stage: Stage, minutes = 4): Promise<void> {
  use(stage, "good");
  stage.start();
  stage.create("alpha", custom({ credentialsRef }));
  await stage.pass(minutes);
}

export async function swappedWhileReading(stage: Stage): Promise<void> {
  await begin(stage);
  stage.keep(ID);
  use(stage, "ofAnotherTenant");
  stage.patch("alpha", { spec: { scaleConfiguration: { maxConcurrentSessions: 21 } } });
  await stage.pass(10);
  expect(stage.told("alpha")).toMatch(REFUSED);
  stage.azure.asSomebody("DELETE", poolId("nothing"));
  expect(changes(stage)).toEqual([["PUT"], true]);
}

export async function swappedWhileAnOperationRuns(stage: Stage): Promise<void> {
  await begin(stage, 0.5);
  expect(stage.told("alpha")).toContain("Creating: ");
  use(stage, "ofAnotherTenant");
  await stage.pass(10);
  expect(stage.told("alpha")).toMatch(REFUSED);
  expect(changes(stage)).toEqual([["PUT"], true]);
  expect(stage.pool(ID)).toBeDefined();
  use(stage, "good");
  await stage.pass(10);
  expect(stage.told("alpha")).toContain("Succeeded: ");
}

export async function swappedBeforeDeletion(stage: Stage): Promise<void> {
  await begin(stage);
  stage.keep(ID);
  use(stage, "ofAnotherTenant");
  stage.remove("alpha");
  await stage.pass(10);
  expect(stage.told("alpha")).toMatch(REFUSED);
  expect(changes(stage)).toEqual([["PUT"], true]);
}

/** The finalizer stays until the tenant that has the pool says that it is gone. */
export async function swappedWhileItIsDeleted(stage: Stage): Promise<void> {
  await begin(stage);
  stage.remove("alpha");
  await stage.pass(0.5);
  expect(stage.told("alpha")).toContain("Deleting: ");
  use(stage, "ofAnotherTenant");
  await stage.pass(10);
  expect(stage.told("alpha")).toMatch(REFUSED);
  expect(changes(stage)).toEqual([["PUT", "DELETE"], true]);
  use(stage, "good");
  await stage.pass(10);
  expect(changes(stage)).toEqual([["PUT", "DELETE"], false]);
}

/** With its own subscription, where there is nothing: neither is the pool made there, nor is it taken for deleted. */
export async function swappedWithItsSubscription(stage: Stage): Promise<void> {
  await begin(stage);
  stage.keep(ID);
  use(stage, "ofAnotherTenant", { AZURE_SUBSCRIPTION_ID: FAR_SUBSCRIPTION });
  await stage.pass(5);
  expect(stage.told("alpha")).toContain(`ImmutableField: the pool is ${ID}`);
  stage.remove("alpha");
  await stage.pass(10);
  expect(stage.told("alpha")).toMatch(REFUSED);
  expect(changes(stage)).toEqual([["PUT"], true]);
  expect(stage.asked(FAR_SUBSCRIPTION)).toEqual([]);
}

/** To somebody who may not see it, Azure says that there is no such subscription, or no such thing: that is no word about the pool. */
export async function notFoundForWhoMayNotSeeIt(stage: Stage): Promise<void> {
  await begin(stage);
  stage.keep(ID);
  const codes = ["SubscriptionNotFound", "InvalidSubscriptionId", "AuthorizationFailed", ""];
  let asked = 0;
  stage.network.inject = ({ side }) =>
    side === "azure"
      ? {
          kind: "answer",
          when: "before",
          change: () => ({
            status: 404,
            headers: { "content-type": "application/json" },
            body: JSON.stringify({ error: { code: codes[(asked += 1) % codes.length], message: "not for you" } }),
          }),
        }
      : undefined;
  await stage.pass(10);
  stage.remove("alpha");
  await stage.pass(30);
  expect(asked).toBeGreaterThan(2 * codes.length);
  expect(changes(stage)).toEqual([["PUT"], true]);
  expect(stage.told("alpha")).toMatch(/Azure refused to read the pool/);
}

/** Principals of the calls about the pool since `from` calls had been made. */
const principals = (stage: Stage, from: number): readonly string[] => [
  ...new Set(
    stage
      .callsAbout("alpha")
      .slice(from)
      .map(({ principal }) => principal),
  ),
];

/** The operator may do more than the tenant, and so may the credential of the namespace. */
export async function deletedToFallBack(stage: Stage): Promise<void> {
  await begin(stage);
  stage.keep(ID);
  const before = stage.callsAbout("alpha").length;
  stage.secret("azure-credential", { ...CREDENTIALS.good, AZURE_CLIENT_ID: OPERATOR_CLIENT });
  stage.removeSecret("tenant");
  stage.patch("alpha", { spec: { scaleConfiguration: { maxConcurrentSessions: 21 } } });
  await stage.pass(10);
  expect(stage.told("alpha")).toContain('CredentialsNotFound: spec.credentialsRef: there is no Secret "tenant"');
  expect(principals(stage, before)).toEqual([]);
}

export async function deletedToFallBackAtDeletion(stage: Stage): Promise<void> {
  await begin(stage);
  stage.keep(ID);
  stage.stop();
  const before = stage.callsAbout("alpha").length;
  stage.removeSecret("tenant");
  stage.remove("alpha");
  stage.start();
  await stage.pass(10);
  expect(stage.told("alpha")).toContain('CredentialsNotFound: spec.credentialsRef: there is no Secret "tenant"');
  expect(principals(stage, before)).toEqual([]);
  expect(changes(stage)).toEqual([["PUT"], true]);
}

/** Where secrets and tokens go is not for the Secret to say, nor which file of the operator's pod is read. */
export async function thatSaysWhereToAsk(stage: Stage): Promise<void> {
  const keys = {
    AZURE_AUTHORITY_HOST: "https://login.evil.example",
    AZURE_RESOURCE_MANAGER_ENDPOINT: "https://evil.example",
    AZURE_RESOURCE_MANAGER_AUDIENCE: "https://evil.example",
    AZURE_ENVIRONMENT: "AzureChinaCloud",
    AZURE_FEDERATED_TOKEN_FILE: "/etc/passwd",
    AZURE_CLIENT_CERTIFICATE_PATH: "/etc/passwd",
  };
  stage.start();
  for (const [index, [key, value]] of Object.entries(keys).entries()) {
    stage.secret(`mine-${index}`, { ...CREDENTIALS.good, [key]: value });
    stage.create(`pool-${index}`, python({ credentialsRef: { name: `mine-${index}` } }));
  }
  await stage.pass(3);
  for (const [index, key] of Object.keys(keys).entries())
    expect
      .soft(stage.told(`pool-${index}`))
      .toMatch(new RegExp(`^CredentialsInvalid: .*${key}: only the operator's own`));
  expect(stage.network.calls.filter(({ side }) => side !== "kubernetes")).toEqual([]);
}
