import type { ArmClient } from "../azure/arm-client.ts";
import { type Config, readConfig } from "../config.ts";

/** How long signing in may take, in milliseconds: nobody else waits, and az is slow. */
const SIGN_IN_MS = 60_000;

/** The settings of a command. Of the operator's others a person's environment may mean something else. @throws ConfigExit */
export function readSettings(args: readonly string[], env: Readonly<Record<string, string | undefined>>): Config {
  const own = Object.entries(env).filter(([name]) => name.startsWith("AZURE_") || name === "CLUSTER_ID");
  return readConfig(args, Object.fromEntries(own));
}

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
