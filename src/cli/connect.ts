import type { ArmClient } from "../azure/arm-client.ts";
import type { Config } from "../config.ts";

/** How long signing in may take, in milliseconds: nobody else waits, and az is slow. */
const SIGN_IN_MS = 60_000;

/** A client for Azure, signed in as the operator would be, or as az is. Loads the SDKs only when they are needed. */
export async function connectToAzure(config: Config): Promise<ArmClient> {
  const [{ ArmClient }, { createCredential }, { steadyClock, wallClock }] = await Promise.all([
    import("../azure/arm-client.ts"),
    import("../azure/credential.ts"),
    import("../time/clock.ts"),
  ]);
  return new ArmClient({
    credential: createCredential(config, { clock: steadyClock, wallClock, patienceMs: SIGN_IN_MS }),
    endpoint: config.armEndpoint,
    audience: config.armAudience,
    clock: steadyClock,
    userAgent: "kubectl-sessionpool",
  });
}
