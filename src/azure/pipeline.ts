import type { ContainerAppsAPIClientOptionalParams, createContainerAppsAPI } from "@azure/arm-appcontainers/api";
import type { Permit } from "../time/permit.ts";
import { permitPolicy } from "./permit-policy.ts";
import { type TraceCall, tracePolicy } from "./trace-policy.ts";

/** Where bytes leave the process for Azure and Entra; the SDK's own when left out. */
export type ArmHttpClient = NonNullable<ContainerAppsAPIClientOptionalParams["httpClient"]>;

/** Makes the SDK's pipeline ours. */
export function preparePipeline(
  { pipeline }: ReturnType<typeof createContainerAppsAPI>,
  { permit, trace }: { readonly permit?: Permit | undefined; readonly trace?: TraceCall | undefined },
): void {
  // A redirect could carry the token to another host.
  pipeline.removePolicy({ name: "redirectPolicy" });
  // After the token has come, which may take its time.
  if (permit) pipeline.addPolicy(permitPolicy(permit), { afterPhase: "Sign" });
  if (trace) pipeline.addPolicy(tracePolicy(trace));
}
