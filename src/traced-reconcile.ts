import type { SessionPool } from "./api/session-pool.ts";
import type { Reconcile } from "./controller/controller.ts";
import type { Tracer } from "./observability/tracing.ts";

/** What is known of a key when its work begins. */
export interface Begun {
  readonly resource: SessionPool | undefined;
  readonly isLeading: boolean;
  readonly priority: string | undefined;
}

/** The same work as a span for each key. */
export function tracedReconcile(
  tracer: Tracer | undefined,
  begin: (key: string) => Begun,
  reconcile: Reconcile,
): Reconcile {
  if (!tracer) return reconcile;
  return async (key, log, signal) => {
    const { resource, isLeading, priority } = begin(key);
    const [namespace = "", name = ""] = key.split("/");
    const attributes = {
      "k8s.namespace.name": namespace,
      "sessionpool.name": name,
      "sessionpool.uid": resource?.metadata.uid,
      "sessionpool.generation": resource?.metadata.generation,
      "sessionpool.leading": isLeading,
      "sessionpool.priority": priority,
    };
    return await tracer.work("reconcile", attributes, async (note) => {
      const result = await reconcile(key, log, signal);
      note({
        "sessionpool.result": result.kind,
        "sessionpool.requeue_after_ms": result.kind === "requeue" ? result.afterMs : undefined,
      });
      return result;
    });
  };
}
