import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { waitUntil } from "../cluster/processes.ts";
import { type ReceivedSpan, type Receiver, startReceiver } from "../otlp/receiver.ts";
import { canary, leaksIn, refuseLeaks } from "./canaries.ts";
import { customPool, isReady, startWorld, type World } from "./world.ts";

const DIST = join(import.meta.dirname, "..", "..", "dist");
let world: World;
let receiver: Receiver;
/** The operator writes here which files it loads. */
let loaded: string;

/** Environment that makes Node tell which files a process loads. */
async function loadHook(): Promise<Record<string, string>> {
  const hook = join(world.cluster.dir, "load-hook.mjs");
  loaded = join(world.cluster.dir, "loaded.txt");
  await writeFile(loaded, "");
  await writeFile(
    hook,
    `import { appendFileSync } from "node:fs";
import { registerHooks } from "node:module";
registerHooks({ load: (url, context, next) => (appendFileSync(${JSON.stringify(loaded)}, url + "\\n"), next(url, context)) });
`,
  );
  return { NODE_OPTIONS: `--import=${pathToFileURL(hook).href}` };
}

/** The files of the bundle that have OpenTelemetry in them, without the source maps. */
async function otelFiles(): Promise<readonly string[]> {
  const names = (await readdir(DIST)).filter((name) => name.endsWith(".js"));
  const texts = await Promise.all(names.map(async (name) => await readFile(join(DIST, name), "utf8")));
  return names.filter(
    (_name, index) =>
      texts[index]?.includes("OTEL_EXPORTER_OTLP_") === true && texts[index].includes("BatchSpanProcessor"),
  );
}

const env: Record<string, string> = {};
beforeAll(async () => {
  receiver = await startReceiver();
  world = await startWorld({ env });
});

afterAll(async () => {
  await world.stop();
  await receiver.close();
});

describe("traces", () => {
  it("cost nothing while nobody receives them: no file of OpenTelemetry is opened", async () => {
    Object.assign(env, await loadHook());
    await world.restartOperator();
    await world.apply(customPool("untraced"));
    await world.until("untraced", "Ready", isReady);
    const files = (await readFile(loaded, "utf8")).split("\n");
    expect(files).toContain(pathToFileURL(join(DIST, "operator.js")).href);
    const otel = await otelFiles();
    expect(otel).toHaveLength(1);
    for (const name of otel) expect(files).not.toContain(pathToFileURL(join(DIST, name)).href);
  });

  it("tell of a pool's creation: each call to Azure within its reconcile, and no secret anywhere", async () => {
    const endpoint = new URL("/v1/traces", receiver.url);
    [endpoint.username, endpoint.password] = ["operator", canary("collector")];
    Object.assign(env, { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: endpoint.href });
    await world.restartOperator();
    expect(world.operator.logs().find(({ msg }) => msg === "traces are sent")).toMatchObject({
      endpoint: new URL(receiver.url).origin,
    });
    const value = canary("traced");
    await world.cluster.kubectl([
      "create",
      "secret",
      "generic",
      "traced",
      "-n",
      world.namespace,
      `--from-literal=key=${value}`,
    ]);
    const secrets = [{ name: "key", valueFrom: { secretKeyRef: { name: "traced", key: "key" } } }];
    await world.apply(customPool("traced", { secrets }));
    await world.until("traced", "Ready", isReady);
    const of = (name: string, within: string): readonly ReceivedSpan[] =>
      receiver.spans.filter((span) => span.name === name && JSON.stringify(span.attributes).includes(within));
    await waitUntil("the spans have come", 15_000, [], async () =>
      Promise.resolve(of("PUT sessionPools", "traced").length > 0 && of("reconcile", "traced").length > 0),
    );
    const [put] = of("PUT sessionPools", "/sessionPools/traced");
    expect(put).toMatchObject({
      kind: 3,
      isError: false,
      attributes: { "http.request.method": "PUT", "http.response.status_code": 201 },
    });
    const parent = receiver.spans.find(({ spanId }) => spanId === put?.parentId);
    expect(parent).toMatchObject({
      name: "reconcile",
      attributes: {
        "k8s.namespace.name": world.namespace,
        "sessionpool.name": "traced",
        "sessionpool.leading": true,
        "sessionpool.result": "requeue",
      },
    });
    const { metadata } = (await world.get("traced")) as { metadata: { uid: string } };
    expect(parent?.attributes["sessionpool.uid"]).toBe(metadata.uid);
    const line = world.operator.logs().find(({ msg, key }) => msg === "PUT" && key === `${world.namespace}/traced`);
    expect(line).toMatchObject({ trace_id: put?.traceId, span_id: parent?.spanId });
    refuseLeaks(leaksIn("the spans", receiver.text));
  });

  it("that nobody takes any more change nothing", async () => {
    await receiver.close();
    await world.apply(customPool("alone"));
    await world.until("alone", "Ready", isReady);
    await waitUntil("the log says so", 30_000, [], async () =>
      Promise.resolve(world.operator.logs().some(({ msg }) => msg?.startsWith("traces cannot be sent") === true)),
    );
    expect(await world.operator.stop()).toBe(0);
    // Whose resources are deleted at the end.
    await world.restartOperator();
  });
});
