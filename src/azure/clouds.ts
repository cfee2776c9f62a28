/** Where a cloud's ARM and Entra are (azure-session-pools §5, "Clouds"). */
export interface Cloud {
  /** ARM's base URL. */
  readonly endpoint: string;
  /** Audience of tokens for ARM. */
  readonly audience: string;
  /** Entra's base URL. */
  readonly authorityHost: string;
}

const PUBLIC: Cloud = {
  endpoint: "https://management.azure.com",
  audience: "https://management.azure.com",
  authorityHost: "https://login.microsoftonline.com",
};
const US_GOVERNMENT: Cloud = {
  endpoint: "https://management.usgovcloudapi.net",
  audience: "https://management.usgovcloudapi.net",
  authorityHost: "https://login.microsoftonline.us",
};
const CHINA: Cloud = {
  endpoint: "https://management.chinacloudapi.cn",
  audience: "https://management.chinacloudapi.cn",
  authorityHost: "https://login.chinacloudapi.cn",
};

/** The clouds by the names that the Azure SDKs and the az CLI give them. */
const CLOUDS: Readonly<Record<string, Cloud>> = {
  AzurePublicCloud: PUBLIC,
  AzureCloud: PUBLIC,
  AzureUSGovernment: US_GOVERNMENT,
  AzureUSGovernmentCloud: US_GOVERNMENT,
  AzureChinaCloud: CHINA,
};

/** All names of clouds. */
export const CLOUD_NAMES: readonly string[] = Object.keys(CLOUDS);

/** The cloud of a name, whatever its casing; the public one when there is no name. */
export function cloudOf(name: string | undefined): Cloud {
  const known = CLOUD_NAMES.find((candidate) => candidate.toLowerCase() === name?.toLowerCase());
  return (known === undefined ? undefined : CLOUDS[known]) ?? PUBLIC;
}
