/** A place where two bodies differ. */
export interface Difference {
  readonly path: string;
  readonly recorded: unknown;
  readonly ours: unknown;
}

/** Fields of the preview api-versions that 2025-07-01 does not have (azure-session-pools §1.4). */
const PREVIEW_PROPERTIES = ["templateUpdateStatus", "mcpServerSettings"];
const PREVIEW_CONTAINER = ["probes"];
/** Seen in 2026, undocumented (azure-session-pools §3.3). */
const UNDOCUMENTED_NETWORK = ["outboundVnetSubnetId"];

/** Members whose values are made by Azure and differ each time: ids, names and times; their form is compared instead. */
const GENERATED: Readonly<Record<string, (value: unknown) => unknown>> = {
  createdAt: timeForm,
  lastModifiedAt: timeForm,
  startTime: timeForm,
  createdBy: typeForm,
  lastModifiedBy: typeForm,
  principalId: typeForm,
  clientId: typeForm,
  tenantId: typeForm,
  poolManagementEndpoint: (value) =>
    String(value).replace(
      /^https:\/\/([^./]+)\.[^./]+\.([^./]+)\.azurecontainerapps\.io$/,
      "https://$1.ENVIRONMENT.$2.azurecontainerapps.io",
    ),
};

/** A recorded body as 2025-07-01 would have it. */
export function withoutPreviewFields(body: unknown): unknown {
  if (Array.isArray(body)) return body.map((entry) => withoutPreviewFields(entry));
  if (!isRecord(body)) return body;
  const left = new Set([
    ...("provisioningState" in body ? PREVIEW_PROPERTIES : []),
    ...("image" in body ? PREVIEW_CONTAINER : []),
    ...(Object.keys(body).includes("status") ? UNDOCUMENTED_NETWORK : []),
  ]);
  return Object.fromEntries(
    Object.entries(body)
      .filter(([key]) => !left.has(key))
      .map(([key, value]) => [key, withoutPreviewFields(value)]),
  );
}

/** Everything in which `ours` is not as recorded, but for generated values. Operation bodies name themselves: their ids are compared by form. */
export function differences(recorded: unknown, ours: unknown, path = ""): Difference[] {
  if (Array.isArray(recorded) && Array.isArray(ours) && recorded.length === ours.length) {
    return recorded.flatMap((entry, index) => differences(entry, ours[index], `${path}/${index}`));
  }
  if (isRecord(recorded) && isRecord(ours)) {
    const operation = "startTime" in recorded;
    return [...new Set([...Object.keys(recorded), ...Object.keys(ours)])].flatMap((key) => {
      const form = operation && (key === "id" || key === "name") ? operationForm : GENERATED[key];
      const [a, b] =
        form && key in recorded && key in ours ? [form(recorded[key]), form(ours[key])] : [recorded[key], ours[key]];
      // A member that is null is not the same as one that is absent.
      if (key in recorded !== key in ours)
        return [
          { path: `${path}/${key}`, recorded: key in recorded ? a : "(absent)", ours: key in ours ? b : "(absent)" },
        ];
      return differences(a, b, `${path}/${key}`);
    });
  }
  return recorded === ours ? [] : [{ path, recorded, ours }];
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function timeForm(value: unknown): string {
  return String(value).replace(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,7})?/, "TIME");
}

function typeForm(value: unknown): string {
  return typeof value;
}

/** base64 of `sessionPools:<guid>`. */
function operationForm(value: unknown): string {
  return String(value).replace(/[^/]+$/, (id) =>
    Buffer.from(id, "base64")
      .toString()
      .replace(/[0-9a-f-]{36}$/, "GUID"),
  );
}
