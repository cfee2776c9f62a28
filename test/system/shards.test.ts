import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningOperator, startOperator } from "../cluster/operator.ts";
import { waitUntil } from "../cluster/processes.ts";
import { canary, guardProofs, leaksOfOperator, refuseLeaks } from "./canaries.ts";
import { customPool, isReady, pythonPool, secret, startWorld, type World } from "./world.ts";

const VALUE = canary("shared-value");
const secrets = [{ name: "api-key", valueFrom: { secretKeyRef: { name: "keys", key: "token" } } }];
const NAMES = ["alpha", "beta", "plain"];
const LEASE = "sessionpool-operator-b";
let world: World;
/** The operator for all that the first leaves out. */
let second: RunningOperator;

beforeAll(async () => {
  world = await startWorld({ args: ["--watch-label-selector=shard in (a)", "--arm-budget-share=50"] });
  // As docs/shards.md says: each has a Lease of its own, which the Role names.
  const names = [{ op: "add", path: "/rules/2/resourceNames/-", value: LEASE }];
  const role = ["role", "sessionpool-operator", "-n", "sessionpool-system", "--type=json"];
  await world.cluster.kubectl(["patch", ...role, "-p", JSON.stringify(names)]);
  const args = [
    "--drift-interval=2s",
    "--watch-label-selector=shard notin (a)",
    "--arm-budget-share=50",
    `--lease-name=${LEASE}`,
  ];
  second = await startOperator({ cluster: world.cluster, emulator: world.emulator, args });
  guardProofs(second);
});

afterAll(async () => {
  for (const name of NAMES) await world.remove(name);
  const leaks = [...(await leaksOfOperator(second))];
  await second.stop();
  leaks.push(...(await leaksOfOperator(second)));
  await world.stop();
  refuseLeaks(leaks);
});

describe("two operators with complementary label selectors", () => {
  it("handle each resource once", async () => {
    await world.apply(
      secret("keys", { token: VALUE }),
      labelled(customPool("alpha", { secrets }), { shard: "a" }),
      labelled(customPool("beta"), { shard: "b" }),
      pythonPool("plain"),
    );
    for (const name of NAMES) await world.until(name, "Ready", isReady);
    expect(NAMES.map((name) => world.azureCalls("PUT", name).length)).toEqual([1, 1, 1]);
    expect([keysIn(world.operator), keysIn(second)]).toEqual([["alpha"], ["beta", "plain"]]);
  });

  it("hand a resource over when its label changes, without a write to Azure, and go on with it", async () => {
    const writes = (): readonly number[] => ["PUT", "DELETE"].flatMap((method) => world.azureCalls(method, "alpha"));
    await label("alpha", "b");
    await isWith(second, world.operator);
    expect(writes()).toEqual([201]);

    await world.edit("alpha", { scaleConfiguration: { maxConcurrentSessions: 20 } });
    await world.until("alpha", "Ready", isReady);
    expect(writes()).toEqual([201, 201]);
    expect(putsIn(world.operator)).toEqual(["alpha"]);
    expect(putsIn(second)).toEqual(expect.arrayContaining(["alpha", "beta", "plain"]));

    await label("alpha", "a");
    await isWith(world.operator, second);
    expect(writes()).toEqual([201, 201]);
  });
});

function labelled(pool: object, labels: object): object {
  const { metadata, ...rest } = pool as { readonly metadata: object };
  return { ...rest, metadata: { ...metadata, labels } };
}

async function label(name: string, shard: string): Promise<void> {
  await world.cluster.kubectl(["label", "sessionpool", name, `shard=${shard}`, "--overwrite", "-n", world.namespace]);
}

/** Waits until one operator has looked at alpha, and the other has left it, as both tell Prometheus. */
async function isWith(one: RunningOperator, other: RunningOperator): Promise<void> {
  const tells = async ({ metrics }: RunningOperator): Promise<boolean> =>
    (await (await fetch(metrics)).text()).includes(`namespace="${world.namespace}",name="alpha"`);
  await waitUntil("it is handed over", 60_000, [], async () => (await tells(one)) && !(await tells(other)));
}

/** Names of this world's resources that an operator's log speaks of. */
function keysIn(operator: RunningOperator): readonly string[] {
  return namesIn(operator.logs().map(({ key }) => key));
}

function putsIn(operator: RunningOperator): readonly string[] {
  return namesIn(operator.logs().flatMap(({ msg, key }) => (msg === "PUT" ? [key] : [])));
}

function namesIn(keys: readonly unknown[]): readonly string[] {
  const names = keys.flatMap((key) => (typeof key === "string" ? key.split("/").slice(1) : []));
  return [...new Set(names)].sort();
}
