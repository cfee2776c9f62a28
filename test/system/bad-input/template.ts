import { IDENTITY_ID, type Refusal, custom, customContainer, registry, secret } from "./refusal.ts";

const env = (...entries: readonly object[]): object =>
  customContainer({ env: entries }, { secrets: [secret("api-key")] });

/** Containers, environment variables, registry and secrets. */
export const TEMPLATE: readonly Refusal[] = [
  {
    when: "two containers have one name",
    apply: custom({
      customContainerTemplate: { containers: ["a:1", "b:1"].map((image) => ({ name: "main", image })) },
    }),
    field: "spec.customContainerTemplate.containers[1]",
    says: "Duplicate value",
    instead: custom({
      customContainerTemplate: { containers: ["a:1", "b:1"].map((image) => ({ name: image.slice(0, 1), image })) },
    }),
  },
  {
    when: "a container has no image",
    apply: customContainer({ image: undefined }),
    field: "spec.customContainerTemplate.containers[0].image",
    says: "Required value",
    instead: customContainer({ image: "repo/image:1" }),
  },
  {
    when: "memory has no unit",
    apply: customContainer({ resources: { cpu: 0.5, memory: "1" } }),
    field: "spec.customContainerTemplate.containers[0].resources.memory",
    says: "must be an amount of memory above 0 with a unit, such as 0.5Gi, 1Gi or 250Mb",
    instead: customContainer({ resources: { cpu: 0.5, memory: "250Mb" } }),
  },
  {
    when: "memory is nothing",
    apply: customContainer({ resources: { cpu: 0.5, memory: "0.0Gi" } }),
    field: "spec.customContainerTemplate.containers[0].resources.memory",
    says: "above 0",
    instead: customContainer({ resources: { cpu: null, memory: null } }),
  },
  {
    when: "cpu is nothing",
    apply: customContainer({ resources: { cpu: 0, memory: "1Gi" } }),
    field: "spec.customContainerTemplate.containers[0].resources.cpu",
    says: "should be greater than 0",
    instead: customContainer({ resources: { cpu: 0.25, memory: "0.5Gi" } }),
  },
  {
    when: "the port is none",
    apply: custom({
      customContainerTemplate: {
        containers: [{ name: "main", image: "repo/image:1" }],
        ingress: { targetPort: 65_536 },
      },
    }),
    field: "spec.customContainerTemplate.ingress.targetPort",
    says: "should be less than or equal to 65535",
    instead: custom({
      customContainerTemplate: {
        containers: [{ name: "main", image: "repo/image:1" }],
        ingress: { targetPort: 65_535 },
      },
    }),
  },
  {
    when: "two environment variables have one name",
    apply: env({ name: "LEVEL", value: "info" }, { name: "LEVEL", value: "debug" }),
    field: "spec.customContainerTemplate.containers[0].env[1]",
    says: "Duplicate value",
    instead: env({ name: "LEVEL", value: "info" }, { name: "level", value: "debug" }),
  },
  {
    when: "an environment variable has a value and a secret",
    apply: env({ name: "API_KEY", value: "", secretRef: "api-key" }),
    field: "spec.customContainerTemplate.containers[0].env[0]",
    says: "must have value or secretRef, not both; remove one of them",
    instead: env({ name: "API_KEY", value: null, secretRef: "api-key" }),
  },
  {
    when: "an environment variable names a secret that is not in spec.secrets",
    apply: env({ name: "API_KEY", secretRef: "apikey" }),
    field: "spec.customContainerTemplate.containers",
    says: "every secretRef under env must name an entry of spec.secrets; add the secret there, or correct the name",
    instead: env({ name: "API_KEY", secretRef: "api-key" }, { name: "EMPTY", secretRef: null }),
  },
  {
    when: "an environment variable names a secret and there are none",
    apply: customContainer({ env: [{ name: "API_KEY", secretRef: "api-key" }] }, { secrets: null }),
    field: "spec.customContainerTemplate.containers",
    says: "must name an entry of spec.secrets",
    instead: customContainer({ env: null }, { secrets: null }),
  },
  {
    when: "the registry's password names a secret that is not in spec.secrets",
    apply: registry({ server: "contoso.azurecr.io", username: "contoso", passwordSecretRef: "passwort" }),
    field: "spec.customContainerTemplate.registryCredentials.passwordSecretRef",
    says: "must name an entry of spec.secrets; add the secret there, or correct the name",
    instead: registry({ server: "contoso.azurecr.io", username: "contoso", passwordSecretRef: "password" }),
  },
  {
    when: "registry credentials have no server",
    apply: registry({ identity: IDENTITY_ID }),
    field: "spec.customContainerTemplate.registryCredentials.server",
    says: "registryCredentials need the registry that they are for; set server, such as contoso.azurecr.io",
    instead: registry({ server: "contoso.azurecr.io", identity: IDENTITY_ID }),
  },
  {
    when: "registry credentials have an identity and a password",
    apply: registry({
      server: "contoso.azurecr.io",
      identity: IDENTITY_ID,
      username: "contoso",
      passwordSecretRef: "password",
    }),
    field: "spec.customContainerTemplate.registryCredentials.identity",
    says: "cannot be used together with username and passwordSecretRef; remove either identity or those two",
    instead: registry({
      server: "contoso.azurecr.io",
      identity: "system",
      username: null,
      passwordSecretRef: null,
    }),
  },
  {
    when: "the registry's password has no user name",
    apply: registry({ server: "contoso.azurecr.io", passwordSecretRef: "password" }),
    field: "spec.customContainerTemplate.registryCredentials.username",
    says: "passwordSecretRef needs the username that the password is for; set username",
    instead: registry({ server: "contoso.azurecr.io" }),
  },
  {
    when: "the registry's user name has no password",
    apply: registry({ server: "contoso.azurecr.io", username: "contoso", passwordSecretRef: null }),
    field: "spec.customContainerTemplate.registryCredentials.passwordSecretRef",
    says: "username needs a password; set passwordSecretRef to the name of an entry of spec.secrets",
    instead: registry({
      server: "contoso.azurecr.io",
      username: "contoso",
      passwordSecretRef: "password",
      identity: null,
    }),
  },
  {
    when: "the registry's identity is no ARM id",
    apply: registry({ server: "contoso.azurecr.io", identity: "puller" }),
    field: "spec.customContainerTemplate.registryCredentials.identity",
    says: "must be `system` or the ARM id of a user-assigned identity",
    instead: registry({
      server: "contoso.azurecr.io",
      identity: IDENTITY_ID.replace("resourceGroups", "resourcegroups"),
    }),
  },
  {
    when: "two secrets have one name",
    apply: custom({ secrets: [secret("password"), secret("password")] }),
    field: "spec.secrets[1]",
    says: "Duplicate value",
    instead: custom({ secrets: [secret("password"), secret("password2")] }),
  },
  {
    when: "a secret's name has capitals",
    apply: custom({ secrets: [secret("Password")] }),
    field: "spec.secrets[0].name",
    says: "must consist of lower-case letters, digits, - and . and begin and end with a letter or digit",
    instead: custom({ secrets: [secret("acr000004azurecrio-acr000004")] }),
  },
  {
    when: "the Kubernetes Secret's name would climb out of the namespace",
    apply: custom({ secrets: [secret("password", { name: "../other/secrets/x", key: "value" })] }),
    field: "spec.secrets[0].valueFrom.secretKeyRef.name",
    says: "must be the name of a Kubernetes Secret of this namespace",
    instead: custom({ secrets: [secret("password", { name: "my.credentials-1", key: "value" })] }),
  },
  {
    when: "the key cannot be one of a Secret",
    apply: custom({ secrets: [secret("password", { name: "credentials", key: "a/b" })] }),
    field: "spec.secrets[0].valueFrom.secretKeyRef.key",
    says: "must be a key of the Secret's data",
    instead: custom({ secrets: [secret("password", { name: "credentials", key: ".dockerconfigjson" })] }),
  },
  {
    when: "a secret's value is written into the resource",
    apply: custom({ secrets: [{ name: "password", value: "hunter2" }] }),
    field: "spec.secrets[0].value",
    says: "unknown field",
    instead: custom({ secrets: [secret("password")] }),
  },
];
