import { isDeepStrictEqual } from "node:util";
import { type Emulator, startEmulator } from "../emulator/start.ts";
import type { ArmModel } from "../emulator/model.ts";
import type { Ledger } from "./ledger.ts";

/** How long Azure works on a pool, in seconds. */
const PROVISIONING_SECONDS = 1;
/** How long a token lasts, in seconds: who renews it five minutes before its end, as Azure's SDK does, does so every five minutes. */
const TOKEN_SECONDS = 600;
/** So many calls are kept in the emulator's own log. */
const KEPT_CALLS = 1_000;

interface LivePool {
  readonly systemData: { readonly lastModifiedAt: string };
  readonly properties: { readonly provisioningState: string } & Readonly<Record<string, unknown>>;
}

/** Azure's stand-in, whose PUTs are entered into a ledger as they are taken, whatever the operator is told of them. */
export async function startAzure(ledger: Ledger): Promise<Emulator> {
  const emulator = await startEmulator({ provisioningSeconds: PROVISIONING_SECONDS, tokenSeconds: TOKEN_SECONDS });
  const { model } = emulator;
  const handle = model.handle.bind(model);
  model.handle = (request) => {
    if (model.calls.length > KEPT_CALLS)
      handle({ method: "DELETE", url: "/_emulator/calls", headers: {}, body: undefined });
    if (request.method !== "PUT") return handle(request);
    const path = request.url.split("?")[0] ?? "";
    const before = livePool(model, path);
    const secretsBefore = model.secretValues(path);
    const answer = handle(request);
    const after = livePool(model, path);
    if (after && after.systemData.lastModifiedAt !== before?.systemData.lastModifiedAt)
      ledger.put(path, !isDeepStrictEqual([wanted(before), secretsBefore], [wanted(after), model.secretValues(path)]));
    return answer;
  };
  return emulator;
}

/** A pool as it is now; undefined when there is none. */
function livePool(model: ArmModel, id: string): LivePool | undefined {
  const { status, body } = model.asSomebody("GET", id);
  return status === 200 ? (JSON.parse(body ?? "{}") as LivePool) : undefined;
}

/** Whether Azure has nothing to do for a pool, so that somebody can change it. */
export function isIdle(model: ArmModel, id: string): boolean {
  return livePool(model, id)?.properties.provisioningState === "Succeeded";
}

/** Without what Azure says of its own. */
function wanted(pool: LivePool | undefined): unknown {
  if (!pool) return undefined;
  const { systemData: _when, properties, ...rest } = pool;
  const { provisioningState: _state, nodeCount: _count, ...asked } = properties;
  return { ...rest, properties: asked };
}
