import type { ArmClient } from "../azure/arm-client.ts";
import type { Config } from "../config.ts";

/** A client for Azure, signed in as the operator would be, or as az is. Loads the SDKs only when they are needed. */
export async function connectToAzure(config: Config): Promise<ArmClient> {
  const [{ ArmClient }, { createCredential }, { systemClock }] = await Promise.all([
    import("../azure/arm-client.ts"),
    import("../azure/credential.ts"),
    import("../time/clock.ts"),
  ]);
  return new ArmClient({
    credential: createCredential(config, { clock: systemClock }),
    endpoint: config.armEndpoint,
    audience: config.armAudience,
    clock: systemClock,
    userAgent: "kubectl-sessionpool",
  });
}
