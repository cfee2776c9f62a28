import type { SessionPool, SessionPoolStatus } from "../api/session-pool.ts";
import { type Json, sameJson } from "../sessionpool/json.ts";
import { sameStatus } from "../sessionpool/status.ts";

/**
 * Whether a change of a resource is worth a reconcile. The one that is not is our own status write coming back; a status that
 * somebody else changed or wiped is (kubernetes-conventions §3.7).
 *
 * @param lastStatus the status as the operator last wrote it
 */
export function isNews(
  previous: SessionPool | undefined,
  current: SessionPool | undefined,
  lastStatus: SessionPoolStatus | undefined,
): boolean {
  if (!previous || !current || previous.metadata.uid !== current.metadata.uid) return true;
  if (lastStatus === undefined || !sameStatus(current.status, lastStatus)) return true;
  return !sameJson(relevant(previous), relevant(current));
}

function relevant({ metadata }: SessionPool): Json {
  const { generation, deletionTimestamp, finalizers, annotations } = metadata;
  return { generation, deletionTimestamp, finalizers: [...(finalizers ?? [])], annotations: { ...annotations } };
}
