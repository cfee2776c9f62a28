import { ArmFault } from "./http.ts";

/** What the service advertises in Nov 2025 (azure-session-pools §1.4); whichever is asked for, the answer is that of 2025-07-01. */
const API_VERSIONS = [
  "2023-08-01-preview",
  "2023-11-02-preview",
  "2024-02-02-preview",
  "2024-08-02-preview",
  "2024-10-02-preview",
  "2025-01-01",
  "2025-02-02-preview",
  "2025-07-01",
  "2025-10-02-preview",
];

/** Value of the header `api-supported-versions`. */
export const SUPPORTED_VERSIONS = API_VERSIONS.join(", ");

/**
 * The api-version of a request.
 *
 * @throws ArmFault ARM's 400 when it is missing or not one of those advertised
 */
export function checkApiVersion(query: URLSearchParams): string {
  const version = query.get("api-version");
  if (version === null || version === "") {
    throw new ArmFault(
      400,
      "MissingApiVersionParameter",
      "The api-version query parameter (?api-version=) is required for all requests.",
    );
  }
  if (!API_VERSIONS.includes(version)) {
    throw new ArmFault(
      400,
      "NoRegisteredProviderFound",
      `No registered resource provider found for API version '${version}' for type 'sessionPools'. The supported api-versions are '${SUPPORTED_VERSIONS}'.`,
    );
  }
  return version;
}
