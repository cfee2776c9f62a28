/** The tenant of the operator, and of the subscription that all pools are in. */
export const OPERATOR_TENANT = "72f988bf-86f1-41af-91ab-2d7cd011db47";
const OTHER_TENANT = "22222222-2222-2222-2222-222222222222";
const CLIENT = "33333333-3333-3333-3333-333333333333";

const GOOD = "canary-good-client-secret-6d1f0d";
const WRONG = "canary-wrong-client-secret-6d1f0e";
const OTHER = "canary-other-tenants-client-secret-6d1f0f";

const data = (tenantId: string, secret: string) => ({
  AZURE_TENANT_ID: tenantId,
  AZURE_CLIENT_ID: CLIENT,
  AZURE_CLIENT_SECRET: secret,
});

/** What the Secret of a credential may hold in a story. */
export const CREDENTIALS = {
  good: data(OPERATOR_TENANT, GOOD),
  /** Entra refuses it. */
  wrong: data(OPERATOR_TENANT, WRONG),
  /** Entra takes it, and the subscription is another tenant's. */
  ofAnotherTenant: data(OTHER_TENANT, OTHER),
  /** What Entra knows. */
  clients: [
    { tenantId: OPERATOR_TENANT, clientId: CLIENT, secret: GOOD },
    { tenantId: OTHER_TENANT, clientId: CLIENT, secret: OTHER },
  ],
  canaries: [GOOD, WRONG, OTHER],
} as const;
