import type { ArmModel } from "../emulator/model.ts";
import type { World } from "./world.ts";

const SCOPE =
  "/subscriptions/34adfa4f-cedf-4dc0-ba29-b6d1a69ab345/resourceGroups/rg/providers/Microsoft.App/sessionPools";

/** Calls ARM as somebody other than the operator, without a socket. */
export function callAzure(
  model: ArmModel,
  method: string,
  name: string,
  body?: object,
): { readonly status: number; readonly json: LivePool } {
  const form =
    "grant_type=client_credentials&client_id=portal&client_secret=x&scope=https://management.azure.com/.default";
  const token = model.handle({ method: "POST", url: "/common/oauth2/v2.0/token", headers: {}, body: form });
  const { access_token: bearer } = JSON.parse(token.body ?? "") as { access_token: string };
  const response = model.handle({
    method,
    url: `${SCOPE}/${name}?api-version=2025-07-01`,
    headers: { authorization: `Bearer ${bearer}`, host: "127.0.0.1" },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  return { status: response.status, json: JSON.parse(response.body ?? "{}") as LivePool };
}

/** Changes a pool as somebody else, once Azure is free: it refuses a change while it works on the last one. */
export async function changeInAzure(world: World, name: string, body: object): Promise<void> {
  await world.until(name, "free in Azure", () => callAzure(world.emulator.model, "PATCH", name, body).status < 300);
}

/** What tests read of a pool in Azure. */
export interface LivePool {
  readonly tags?: Readonly<Record<string, string>>;
  readonly systemData: { readonly lastModifiedAt: string };
  readonly properties: {
    readonly provisioningState: string;
    readonly scaleConfiguration: { readonly maxConcurrentSessions: number; readonly readySessionInstances?: number };
  };
}
