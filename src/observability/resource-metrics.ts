import { findCondition, isReadyAt, REASON } from "../api/conditions.ts";
import type { SessionPool } from "../api/session-pool.ts";

/** A gauge with a value for each resource. */
interface ResourceGauge {
  readonly name: string;
  readonly help: string;
  /** Undefined: nothing is told of the resource. */
  readonly valueOf: (resource: SessionPool) => boolean | undefined;
}

/** The gauges that have a value for each resource. */
export const RESOURCE_GAUGES: readonly ResourceGauge[] = [
  {
    name: "sessionpool_ready",
    help: "1 while the resource is Ready as it is now, else 0; nothing of one that is suspended.",
    valueOf: ({ metadata, status }) =>
      findCondition(status?.conditions, "Ready")?.reason === REASON.suspended
        ? undefined
        : isReadyAt(status?.conditions, metadata.generation),
  },
  {
    name: "sessionpool_drifted",
    help: "1 while the pool was changed in Azure and does not have what the resource says, else 0.",
    valueOf: ({ status }) => findCondition(status?.conditions, "Drifted") !== undefined,
  },
];

/** How many resources are written between two turns of the event loop: 10,000 at once would hold it for some 40 ms. */
export const RESOURCES_AT_ONCE = 250;

/**
 * The gauges in Prometheus' text format, in parts. prom-client's own take some 150 ms for two gauges of 10,000 resources, in one piece, and a copy
 * of everything between two scrapes.
 *
 * @param resources read once for each gauge, while the text is taken
 */
export function* resourceMetrics(resources: () => Iterable<SessionPool>): Generator<string> {
  for (const { name, help, valueOf } of RESOURCE_GAUGES) {
    let part = `# HELP ${name} ${help}\n# TYPE ${name} gauge\n`;
    let count = 0;
    for (const resource of resources()) {
      const value = valueOf(resource);
      const { namespace, name: of } = resource.metadata;
      // Names of Kubernetes have nothing that had to be escaped.
      if (value !== undefined) part += `${name}{namespace="${namespace}",name="${of}"} ${value ? 1 : 0}\n`;
      count += 1;
      if (count % RESOURCES_AT_ONCE > 0) continue;
      yield part;
      part = "";
    }
    yield part;
  }
}
