import type { CredentialContent } from "../azure/credential.ts";
import { readCertificate } from "./certificate.ts";

/** What a Secret says about who signs in to Azure, or what is wrong with it: the key and no value. */
export type CredentialSecret =
  | {
      readonly ok: true;
      readonly content: CredentialContent;
      /** Subscription of resources that name none. */
      readonly subscriptionId: string | undefined;
      /** What must never be shown. */
      readonly secrets: readonly string[];
    }
  | { readonly ok: false; readonly message: string };

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
/** A tenant's id or one of its domains; `common` and the like are no tenant. */
const DOMAIN = /^[a-z0-9-]+(\.[a-z0-9-]+)+$/i;

/**
 * Keys that would send a token or a secret elsewhere, or read a file of the operator's pod: refused, since a namespace must not decide that, and whoever sets
 * one believes that it has an effect.
 */
const FOREIGN = [
  "AZURE_AUTHORITY_HOST",
  "AZURE_RESOURCE_MANAGER_ENDPOINT",
  "AZURE_RESOURCE_MANAGER_AUDIENCE",
  "AZURE_ENVIRONMENT",
  "AZURE_FEDERATED_TOKEN_FILE",
  "AZURE_CLIENT_CERTIFICATE_PATH",
] as const;

class Refusal extends Error {}

/**
 * Reads the data of a Secret with Azure Service Operator's keys
 * (https://azure.github.io/azure-service-operator/guide/authentication/credential-format/): AZURE_TENANT_ID, AZURE_CLIENT_ID, AZURE_SUBSCRIPTION_ID;
 * AZURE_CLIENT_SECRET, or AZURE_CLIENT_CERTIFICATE and AZURE_CLIENT_CERTIFICATE_PASSWORD, or neither for workload identity. White space around a value
 * does not count, since files end with a line break; of a password, the line break alone.
 *
 * @param canFederate whether the operator has a federated token
 */
export function readCredentialSecret(data: ReadonlyMap<string, string>, canFederate: boolean): CredentialSecret {
  try {
    const foreign = FOREIGN.find((key) => data.has(key));
    if (foreign !== undefined)
      refuse(foreign, "only the operator's own configuration may say that: take it out of the Secret");
    const tenantId = required(data, "AZURE_TENANT_ID");
    if (!UUID.test(tenantId) && !DOMAIN.test(tenantId))
      refuse("AZURE_TENANT_ID", "must be the tenant's UUID, or a domain");
    const clientId = required(data, "AZURE_CLIENT_ID");
    if (!UUID.test(clientId)) refuse("AZURE_CLIENT_ID", "must be a UUID");
    const subscriptionId = optional(data, "AZURE_SUBSCRIPTION_ID")?.toLowerCase();
    if (subscriptionId !== undefined && !UUID.test(subscriptionId)) refuse("AZURE_SUBSCRIPTION_ID", "must be a UUID");
    const { proof, secrets } = proofOf(data, canFederate);
    return { ok: true, content: { tenantId, clientId, proof }, subscriptionId, secrets };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return { ok: false, message: error.message };
  }
}

type Proof = CredentialContent["proof"];

function proofOf(
  data: ReadonlyMap<string, string>,
  canFederate: boolean,
): { readonly proof: Proof; readonly secrets: readonly string[] } {
  const secret = optional(data, "AZURE_CLIENT_SECRET");
  const certificate = optional(data, "AZURE_CLIENT_CERTIFICATE");
  // Other white space may be a part of it.
  const password = data.get("AZURE_CLIENT_CERTIFICATE_PASSWORD")?.replace(/\r?\n$/, "");
  if (secret !== undefined && certificate !== undefined)
    refuse("AZURE_CLIENT_CERTIFICATE", "there is AZURE_CLIENT_SECRET too: keep one of them");
  if (certificate === undefined && password !== undefined)
    refuse("AZURE_CLIENT_CERTIFICATE_PASSWORD", "there is no AZURE_CLIENT_CERTIFICATE that it could open");
  checkMode(data, secret === undefined && certificate === undefined);
  if (secret !== undefined) return { proof: { kind: "secret", secret }, secrets: [secret] };
  if (certificate !== undefined) return certificateProof(certificate, password);
  if (!canFederate)
    refuse(
      "AZURE_CLIENT_SECRET",
      "there is neither this key nor AZURE_CLIENT_CERTIFICATE, which means workload identity, and the operator has no federated token (AZURE_FEDERATED_TOKEN_FILE)",
    );
  return { proof: { kind: "federated" }, secrets: [] };
}

function certificateProof(
  certificate: string,
  password: string | undefined,
): { readonly proof: Proof; readonly secrets: readonly string[] } {
  const read = readCertificate(certificate, password);
  if (!read.ok)
    return refuse(
      read.key === "password" ? "AZURE_CLIENT_CERTIFICATE_PASSWORD" : "AZURE_CLIENT_CERTIFICATE",
      read.problem,
    );
  const [key = ""] = read.pem.split("-----BEGIN CERTIFICATE-----");
  const secrets = [certificate, read.pem, key.trim(), ...(password === undefined ? [] : [password])];
  return { proof: { kind: "certificate", pem: read.pem }, secrets };
}

/** The ways in which Azure Service Operator says which of them is meant must say the same. */
function checkMode(data: ReadonlyMap<string, string>, isFederated: boolean): void {
  const mode = optional(data, "AUTH_MODE")?.toLowerCase();
  if (mode !== undefined && mode !== "workloadidentity")
    refuse("AUTH_MODE", "must be workloadidentity; pod identity is not supported");
  const flag = optional(data, "USE_WORKLOAD_IDENTITY_AUTH")?.toLowerCase();
  if (flag !== undefined && flag !== "true" && flag !== "false")
    refuse("USE_WORKLOAD_IDENTITY_AUTH", "must be true or false");
  for (const key of ["AUTH_MODE", ...(flag === "true" ? ["USE_WORKLOAD_IDENTITY_AUTH"] : [])])
    if (data.has(key) && !isFederated)
      refuse(key, "means workload identity, and there is a client secret or certificate: keep one of them");
  if (flag === "false" && isFederated)
    refuse(
      "USE_WORKLOAD_IDENTITY_AUTH",
      "is false, and there is neither AZURE_CLIENT_SECRET nor AZURE_CLIENT_CERTIFICATE",
    );
}

function required(data: ReadonlyMap<string, string>, key: string): string {
  return optional(data, key) ?? refuse(key, "is missing");
}

/** A key that is there and empty is a mistake: what it stands for must not be replaced by something else. */
function optional(data: ReadonlyMap<string, string>, key: string): string | undefined {
  const value = data.get(key)?.trim();
  return value === "" ? refuse(key, "is empty") : value;
}

function refuse(key: string, problem: string): never {
  throw new Refusal(`${key}: ${problem}`);
}
