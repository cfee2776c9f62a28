import type { createContainerAppsAPI } from "@azure/arm-appcontainers/api";
import type { Permit } from "../time/permit.ts";

type Pipeline = ReturnType<typeof createContainerAppsAPI>["pipeline"];

/** Lets no request go that changes anything, unless that is allowed at this moment. */
export function permitPolicy(permit: Permit): Parameters<Pipeline["addPolicy"]>[0] {
  return {
    name: "permitPolicy",
    sendRequest: async (request, next) => {
      if (request.method !== "GET") permit();
      return await next(request);
    },
  };
}
