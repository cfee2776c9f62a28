import { textOf } from "../api-server/kinds.ts";
import type { SessionPool } from "../../../src/api/session-pool.ts";
import { type JsonObject, objectOr } from "../../../src/sessionpool/json.ts";

/** The name in Azure of a resource's pool. */
export function poolNameOf({ metadata, spec }: SessionPool): string {
  return spec.azureName ?? metadata.name;
}

/** The value of the owner tag. */
export function ownerOf(pool: JsonObject | undefined): string | undefined {
  const tag = objectOr(pool?.tags)["appcontainers.dev.owner"];
  return typeof tag === "string" ? tag : undefined;
}

/** The name in the value of an owner tag. */
export function nameIn(tag: string | undefined): string | undefined {
  return tag?.split("/")[2];
}

/** Path and query of a URL. */
export function pathOf(url: string): string {
  const { pathname, search } = new URL(url);
  return pathname + search;
}

/** Whether Azure is done with the pool. */
export function isFinal(pool: JsonObject | undefined): boolean {
  return ["Succeeded", "Failed", "Canceled"].includes(textOf(objectOr(pool?.properties).provisioningState));
}

/** Whether a pool is shown as it was before the other view of it was written. */
export function isOlder(pool: JsonObject, other: JsonObject | undefined): boolean {
  const written = (of: JsonObject | undefined): string =>
    textOf(objectOr(of?.systemData).lastModifiedAt).replace(/Z$/, "");
  return written(pool) < written(other);
}

/** A body that may be anything. */
export function parsed(text: string): JsonObject | undefined {
  try {
    return objectOr(JSON.parse(text));
  } catch {
    return undefined;
  }
}
