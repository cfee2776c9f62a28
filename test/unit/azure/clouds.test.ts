import { describe, expect, it } from "vitest";
import { readConfig } from "../../../src/config.ts";

describe("the configuration of a cloud", () => {
  const PUBLIC = ["https://management.azure.com", "https://management.azure.com", "https://login.microsoftonline.com"];
  const USGOV = [
    "https://management.usgovcloudapi.net",
    "https://management.usgovcloudapi.net",
    "https://login.microsoftonline.us",
  ];
  const CHINA = [
    "https://management.chinacloudapi.cn",
    "https://management.chinacloudapi.cn",
    "https://login.chinacloudapi.cn",
  ];
  it.each<[story: string, env: Record<string, string>, places: readonly (string | undefined)[]]>([
    ["none", {}, [...PUBLIC.slice(0, 2), undefined]],
    ["set to nothing", { AZURE_ENVIRONMENT: "" }, [...PUBLIC.slice(0, 2), undefined]],
    ["AzurePublicCloud", { AZURE_ENVIRONMENT: "AzurePublicCloud" }, PUBLIC],
    ["AzureCloud", { AZURE_ENVIRONMENT: "azurecloud" }, PUBLIC],
    ["AzureUSGovernment", { AZURE_ENVIRONMENT: "AzureUSGovernment" }, USGOV],
    ["AzureUSGovernmentCloud", { AZURE_ENVIRONMENT: "AZUREUSGOVERNMENTCLOUD" }, USGOV],
    ["AzureChinaCloud", { AZURE_ENVIRONMENT: "azureChinaCloud" }, CHINA],
    [
      "one of which the endpoints are others",
      {
        AZURE_ENVIRONMENT: "AzureChinaCloud",
        AZURE_RESOURCE_MANAGER_ENDPOINT: "https://arm.example/",
        AZURE_AUTHORITY_HOST: "https://login.example",
      },
      ["https://arm.example", "https://management.chinacloudapi.cn", "https://login.example"],
    ],
    [
      "one with another audience",
      { AZURE_ENVIRONMENT: "AzureUSGovernment", AZURE_RESOURCE_MANAGER_AUDIENCE: "https://audience.example" },
      ["https://management.usgovcloudapi.net", "https://audience.example", "https://login.microsoftonline.us"],
    ],
  ])("knows where a cloud is: %s", (_story, env, places) => {
    const { armEndpoint, armAudience, authorityHost } = readConfig([], env);
    expect([armEndpoint, armAudience, authorityHost]).toEqual(places);
  });

  it.each(["AzureGermanCloud", "AzureChinaCloud2", "xAzureCloud"])(
    "knows no cloud %s, and says which it knows",
    (name) => {
      expect(() => readConfig([], { AZURE_ENVIRONMENT: name })).toThrow(
        `AZURE_ENVIRONMENT: "${name}" is not the name of a cloud: AzurePublicCloud, AzureCloud, AzureUSGovernment, AzureUSGovernmentCloud, AzureChinaCloud`,
      );
    },
  );
});
