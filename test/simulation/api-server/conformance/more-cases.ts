import type { Api } from "./api.ts";
import { type Case, DELETION_CASES, JSON_PATCH, MERGE_PATCH, OBJECT_CASES, pool, pools } from "./cases.ts";

const secrets = ({ namespace }: Api): string => `/api/v1/namespaces/${namespace}/secrets`;
const leases = ({ namespace }: Api): string => `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases`;
const events = ({ namespace }: Api): string => `/apis/events.k8s.io/v1/namespaces/${namespace}/events`;

const STREAMING_LIST = "watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true";

const event = (api: Api, changes: object): object => ({
  metadata: { name: "alpha.1", namespace: api.namespace },
  eventTime: "2026-01-02T03:04:05.678000Z",
  reportingController: "appcontainers.dev/sessionpool-operator",
  reportingInstance: "one",
  type: "Normal",
  reason: "Creating",
  action: "Put",
  note: "Azure was asked to create the pool",
  regarding: { apiVersion: "appcontainers.dev/v1alpha1", kind: "SessionPool", namespace: api.namespace, name: "alpha" },
  ...changes,
});

/** The built-in kinds that the operator uses. */
const BUILT_IN_CASES: readonly Case[] = [
  {
    name: "a Secret's texts become data; its type stays",
    run: async (api) => {
      await api.send("POST", secrets(api), {
        metadata: { name: "creds" },
        stringData: { a: "one" },
        data: { b: "dHdv" },
      });
      await api.send("POST", secrets(api), { metadata: { name: "creds" }, stringData: { a: "other" } });
      await api.send("PATCH", `${secrets(api)}/creds`, { stringData: { a: "three" } }, MERGE_PATCH);
      await api.send("PATCH", `${secrets(api)}/creds`, { data: { b: null } }, MERGE_PATCH);
      await api.send("POST", secrets(api), { metadata: { name: "bad" }, data: { a: "%%%" } });
      await api.send("GET", `${secrets(api)}?fieldSelector=type!%3DOpaque`);
      await api.send("GET", `${secrets(api)}?fieldSelector=metadata.name%3Dcreds`);
      await api.send("DELETE", `${secrets(api)}/creds`);
    },
  },
  {
    name: "events have limits",
    run: async (api) => {
      await api.send("POST", events(api), event(api, {}));
      await api.send("POST", events(api), event(api, {}));
      const other = { metadata: { name: "alpha.2", namespace: api.namespace } };
      await api.send("POST", events(api), event(api, { ...other, note: "x".repeat(1025) }));
      await api.send("POST", events(api), event(api, { ...other, reportingController: "" }));
      await api.send("POST", events(api), event(api, { ...other, type: "Odd" }));
      await api.send(
        "POST",
        events(api),
        event(api, { ...other, regarding: { kind: "SessionPool", namespace: "default", name: "alpha" } }),
      );
    },
  },
  {
    name: "of an event only the series changes",
    run: async (api) => {
      await api.send("POST", events(api), event(api, {}));
      const series = { count: 2, lastObservedTime: "2026-01-02T03:05:05.678000Z" };
      const add = (value: object): object[] => [{ op: "add", path: "/series", value }];
      const alpha = `${events(api)}/alpha.1`;
      for (const count of [2, 5, 1]) await api.send("PATCH", alpha, add({ ...series, count }), JSON_PATCH);
      await api.send("PATCH", alpha, add({ count: 6 }), JSON_PATCH);
      await api.send("PATCH", alpha, { note: "another" }, MERGE_PATCH);
      await api.send("PATCH", `${events(api)}/none`, add(series), JSON_PATCH);
      const other = { metadata: { name: "alpha.2", namespace: api.namespace } };
      await api.send("POST", events(api), event(api, { ...other, series: { ...series, count: 1 } }));
      await api.send("POST", events(api), event(api, { ...other, series }));
    },
  },
  {
    name: "a Lease is won by the version",
    run: async (api) => {
      const spec = { holderIdentity: "one", leaseDurationSeconds: 15 };
      const made = await api.send("POST", leases(api), { metadata: { name: "lead" }, spec });
      const { resourceVersion } = made.metadata;
      await api.send("PUT", `${leases(api)}/lead`, {
        metadata: { name: "lead", resourceVersion },
        spec: { ...spec, holderIdentity: "two" },
      });
      await api.send("PUT", `${leases(api)}/lead`, {
        metadata: { name: "lead", resourceVersion },
        spec: { ...spec, holderIdentity: "three" },
      });
      await api.send("PUT", `${leases(api)}/lead`, {
        metadata: { name: "lead" },
        spec: { ...spec, holderIdentity: "four" },
      });
      await api.send("PATCH", `${leases(api)}/lead`, { spec: { leaseDurationSeconds: 0 } }, MERGE_PATCH);
      await api.send("GET", `${leases(api)}/lead`);
    },
  },
];

/** What the operator's own reader of label selectors takes or refuses, too. */
const SELECTORS = [
  "shard in (a, b)",
  "shard in(a)",
  "shard in (a,)",
  "shard notin (a)",
  "shard notin (a,b),shard",
  " shard == a ",
  "shard=",
  "shard,shard!=a",
  "! shard",
  "example.com/tier=x,shard in (a,b)",
  "in notin (in)",
  "",
  " ",
  "a=b,",
  ",a",
  "shard in a",
  "shard in (a",
  "shard in ()",
  "shard IN (a)",
  "shard===a",
  "shard=a b",
  "shard in (a,b/c)",
  "shard=-a",
  `shard=${"a".repeat(64)}`,
  "Example.com/shard=a",
  "/shard",
  "shard.",
  "!",
  "=a",
];

/** Collections and their changes. */
const COLLECTION_CASES: readonly Case[] = [
  {
    name: "a LIST comes in pages and by labels",
    run: async (api) => {
      for (const name of ["alpha", "beta", "gamma"])
        await api.send("POST", pools(api), pool(name, { labels: { shard: name === "beta" ? "b" : "a" } }));
      const first = await api.send("GET", `${pools(api)}?limit=2`);
      await api.send("GET", `${pools(api)}?limit=2&continue=${encodeURIComponent(first.metadata.continue ?? "")}`);
      await api.send("GET", `${pools(api)}?labelSelector=shard%3Db`);
      await api.send("GET", `${pools(api)}?labelSelector=shard!%3Db`);
      await api.send("GET", `${pools(api)}?labelSelector=!shard`);
      await api.send("GET", `${pools(api)}?fieldSelector=metadata.name%3Dgamma`);
    },
  },
  {
    name: "a watch tells each write, a status write too, and nothing of a write that changes nothing",
    run: async (api) => {
      const { metadata } = await api.send("GET", pools(api));
      const watch = await api.watch(
        `${pools(api)}?watch=true&resourceVersion=${metadata.resourceVersion}&allowWatchBookmarks=true`,
      );
      await api.send("POST", pools(api), pool("alpha", { finalizers: ["example.com/a"] }));
      await watch.next(1);
      await api.send("PATCH", `${pools(api)}/alpha/status`, { status: { observedGeneration: 1 } }, MERGE_PATCH);
      await api.send("PATCH", `${pools(api)}/alpha/status`, { status: { observedGeneration: 1 } }, MERGE_PATCH);
      await api.send("DELETE", `${pools(api)}/alpha`);
      await api.send("PATCH", `${pools(api)}/alpha`, [{ op: "remove", path: "/metadata/finalizers" }], JSON_PATCH);
      await watch.next(3);
      watch.close();
    },
  },
  {
    name: "a watch goes on from an earlier version, and begins with what there is when it names none",
    run: async (api) => {
      const made = await api.send("POST", pools(api), pool("alpha"));
      await api.send("POST", pools(api), pool("beta"));
      const later = await api.watch(`${pools(api)}?watch=true&resourceVersion=${made.metadata.resourceVersion}`);
      await later.next(1);
      later.close();
      const all = await api.watch(`${pools(api)}?watch=true`);
      await all.next(2);
      all.close();
    },
  },
  {
    name: "a watch by labels: an object comes into the selection and leaves it",
    run: async (api) => {
      await api.send("POST", pools(api), pool("alpha"));
      const watch = await api.watch(`${pools(api)}?watch=true&resourceVersion=0&labelSelector=shard%3Db`);
      await api.send("PATCH", `${pools(api)}/alpha`, { metadata: { labels: { shard: "b" } } }, MERGE_PATCH);
      await api.send("PATCH", `${pools(api)}/alpha`, { metadata: { labels: { other: "x" } } }, MERGE_PATCH);
      await api.send("PATCH", `${pools(api)}/alpha`, { metadata: { labels: { shard: "a" } } }, MERGE_PATCH);
      await watch.next(3);
      watch.close();
    },
  },
  {
    name: "label selectors, and what is none",
    run: async (api) => {
      await api.send("POST", pools(api), pool("none"));
      await api.send("POST", pools(api), pool("empty", { labels: { shard: "" } }));
      await api.send("POST", pools(api), pool("alpha", { labels: { shard: "a", "example.com/tier": "x" } }));
      await api.send("POST", pools(api), pool("beta", { labels: { shard: "b" } }));
      for (const selector of SELECTORS)
        await api.send("GET", `${pools(api)}?labelSelector=${encodeURIComponent(selector)}`);
    },
  },
  {
    name: "two watches that share the objects: one leaves the first for the second, and comes back",
    run: async (api) => {
      await api.send("POST", pools(api), pool("alpha", { labels: { shard: "a" } }));
      const made = await api.send("POST", pools(api), pool("beta"));
      const from = `watch=true&resourceVersion=${made.metadata.resourceVersion}`;
      const first = await api.watch(`${pools(api)}?${from}&labelSelector=shard%20in%20(a)`);
      const others = await api.watch(`${pools(api)}?${from}&labelSelector=shard%20notin%20(a)`);
      const label = (name: string, shard: string | null): Promise<unknown> =>
        api.send("PATCH", `${pools(api)}/${name}`, { metadata: { labels: { shard } } }, MERGE_PATCH);
      await label("alpha", "b");
      await first.next(1);
      await others.next(1);
      await api.send("PATCH", `${pools(api)}/alpha/status`, { status: { observedGeneration: 1 } }, MERGE_PATCH);
      await others.next(1);
      await label("alpha", "a");
      await first.next(1);
      await others.next(1);
      await label("beta", "a");
      await first.next(1);
      await others.next(1);
      await api.send("DELETE", `${pools(api)}/beta`);
      await first.next(1);
      await label("alpha", null);
      await first.next(1);
      await others.next(1);
      first.close();
      others.close();
    },
  },
  {
    name: "a streaming list ends with a bookmark that says so",
    run: async (api) => {
      await api.send("POST", pools(api), pool("alpha"));
      const watch = await api.watch(`${pools(api)}?${STREAMING_LIST}`);
      await watch.next(2);
      await api.send("POST", pools(api), pool("beta"));
      await watch.next(1);
      watch.close();
    },
  },
  {
    name: "a streaming list by labels goes on as a watch of what they select",
    run: async (api) => {
      await api.send("POST", pools(api), pool("alpha", { labels: { shard: "a" } }));
      await api.send("POST", pools(api), pool("beta", { labels: { shard: "b" } }));
      const watch = await api.watch(`${pools(api)}?${STREAMING_LIST}&labelSelector=shard%3Da`);
      await watch.next(2);
      await api.send("PATCH", `${pools(api)}/beta`, { metadata: { labels: { shard: "a" } } }, MERGE_PATCH);
      await watch.next(1);
      watch.close();
    },
  },
  {
    name: "a streaming list of nothing is a bookmark, also of a kind of the server's own",
    run: async (api) => {
      for (const path of [pools(api), secrets(api)]) {
        const watch = await api.watch(`${path}?${STREAMING_LIST}`);
        await watch.next(1);
        watch.close();
      }
    },
  },
  {
    name: "what a streaming list cannot be asked",
    run: async (api) => {
      for (const query of [
        "watch=true&allowWatchBookmarks=true&sendInitialEvents=true",
        "watch=true&allowWatchBookmarks=true&sendInitialEvents=true&resourceVersionMatch=Exact",
        "watch=true&allowWatchBookmarks=true&resourceVersionMatch=NotOlderThan",
      ]) {
        const watch = await api.watch(`${pools(api)}?${query}`);
        watch.close();
      }
      await api.send("GET", `${pools(api)}?sendInitialEvents=true&resourceVersionMatch=NotOlderThan&resourceVersion=0`);
    },
  },
  {
    name: "a watch from too long ago is told so in the stream",
    run: async (api) => {
      const watch = await api.watch(`${pools(api)}?watch=true&resourceVersion=1`);
      await watch.next(1);
      await watch.ended();
    },
  },
  {
    name: "a watch ends when its time is over",
    run: async (api) => {
      const watch = await api.watch(`${pools(api)}?watch=true&resourceVersion=0&timeoutSeconds=1`);
      await watch.ended();
    },
  },
  {
    name: "a continue token that is none",
    run: async (api) => {
      await api.send("GET", `${pools(api)}?limit=1&continue=nonsense`);
    },
  },
];

/** Every case of the conformance suite. */
export const CASES: readonly Case[] = [...OBJECT_CASES, ...DELETION_CASES, ...BUILT_IN_CASES, ...COLLECTION_CASES];
