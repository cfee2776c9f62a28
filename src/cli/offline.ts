import type { Secrets } from "../sessionpool/action.ts";
import type { SecretValues } from "../sessionpool/desired.ts";
import type { SessionPool } from "../api/session-pool.ts";
import { HASH_KEY_SECRET, hashKeyOf } from "../reconcile/hash-key.ts";
import type { Observation } from "../sessionpool/action.ts";
import { sentSecrets } from "../sessionpool/secrets-tag.ts";
import type { Documents } from "./documents.ts";

/**
 * Values of spec.secrets from Secrets among the documents. Whether they are those that Azure has can be told only when all of them are there,
 * and the hash key's Secret as well; else they count as unchanged.
 */
export function secretsFrom(
  { secrets }: Documents,
  resource: SessionPool,
  observation: Observation,
): { readonly secrets: Secrets; readonly values: SecretValues } {
  const values = new Map<string, string>();
  for (const { name, valueFrom } of resource.spec.secrets ?? []) {
    const { name: secret, key } = valueFrom.secretKeyRef;
    const value = secrets.get(`${resource.metadata.namespace}/${secret}`)?.get(key);
    if (value !== undefined) values.set(name, value);
  }
  const keyText = [...secrets].find(([id]) => id.endsWith(`/${HASH_KEY_SECRET}`))?.[1].get("key");
  const complete = values.size > 0 && values.size === resource.spec.secrets?.length;
  if (!complete || keyText === undefined || observation.kind !== "present" || typeof observation.pool.id !== "string")
    return { secrets: { kind: "resolved" }, values };
  return { secrets: { kind: "resolved", sent: sentSecrets(hashKeyOf(keyText), observation.pool.id, values) }, values };
}
