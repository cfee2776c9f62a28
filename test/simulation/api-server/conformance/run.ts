import { readFileSync } from "node:fs";
import { join } from "node:path";
import { FakeClock } from "../../../time/fake-clock.ts";
import { ApiServer } from "../server.ts";
import { directTransport } from "../transport.ts";
import { apiOver, type Said } from "./api.ts";
import type { Case } from "./cases.ts";

/** What a real kube-apiserver said in each case; made by the system test with UPDATE_RECORDED=1. */
export const RECORDED_FILE = join(import.meta.dirname, "real-server.json");

/** What a real kube-apiserver said, by the name of the case. */
export function readRecorded(): Readonly<Record<string, readonly Said[]>> {
  return JSON.parse(readFileSync(RECORDED_FILE, "utf8")) as Record<string, readonly Said[]>;
}

/** What the server in memory says in a case. */
export async function runOnMemory(run: Case["run"]): Promise<readonly Said[]> {
  const clock = new FakeClock();
  const server = new ApiServer({
    now: () => clock.now() + Date.UTC(2026, 0, 1),
    timer: (ms, fire) => clock.timer(ms, fire),
  });
  const namespace = "conformance-case";
  server.create("namespaces", "", { metadata: { name: namespace } });
  const api = apiOver(directTransport(server), namespace, () => clock.advance(100));
  await run(api);
  return api.said;
}
