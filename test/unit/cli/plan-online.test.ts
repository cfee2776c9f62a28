import { expect, it } from "vitest";
import { readDocuments } from "../../../src/cli/documents.ts";
import { readOnline } from "../../../src/cli/online.ts";
import { reportOf } from "../../../src/cli/plan.ts";
import { KubernetesClient } from "../../../src/kubernetes/client.ts";
import type { JsonObject } from "../../../src/sessionpool/json.ts";
import { ApiServer } from "../../simulation/api-server/server.ts";
import { directTransport } from "../../simulation/api-server/transport.ts";
import { armClient, POOL_PATH, startWorld } from "../reconcile/world.ts";
import { manifest } from "./manifests.ts";

const SUBSCRIPTION = POOL_PATH.split("/")[2];

it.each(["Never", "Always"])(
  "a plan with adoption %s says whose the pool is when its owner is in the cluster, as the operator does",
  async (adoption) => {
    const world = startWorld();
    const beta = manifest({ subscriptionId: SUBSCRIPTION, azureName: "alpha" }, { name: "beta" }) as JsonObject;
    const api = new ApiServer(world.clock);
    for (const name of ["ns", "sessionpool-system"]) api.create("namespaces", "", { metadata: { name } });
    api.create("sessionpools", "ns", beta);
    world.model.asSomebody("PUT", POOL_PATH, {
      location: "westus3",
      tags: { "appcontainers.dev.owner": "c1/ns/beta/uid-1" },
      properties: {
        containerType: "PythonLTS",
        poolManagementType: "Dynamic",
        scaleConfiguration: { maxConcurrentSessions: 10 },
        dynamicPoolConfiguration: { lifecycleConfiguration: { lifecycleType: "Timed", cooldownPeriodInSeconds: 300 } },
      },
    });
    const [sources] = await readOnline({
      documents: readDocuments(new Map([["pool.yaml", JSON.stringify(manifest({ policy: { adoption } }))]]), "ns"),
      kubernetes: new KubernetesClient(directTransport(api), world.clock),
      arm: armClient(world),
      operatorNamespace: "sessionpool-system",
      clusterId: "c1",
      defaultSubscriptionId: SUBSCRIPTION,
      signal: new AbortController().signal,
    });
    expect(sources && reportOf(sources).blocked).toMatchObject({
      reason: "OwnedByOther",
      message: expect.stringMatching(/belongs to the SessionPool ns\/beta: .*or delete ns\/beta$/),
    });
  },
);
