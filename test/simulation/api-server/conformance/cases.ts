import type { Api, Sent } from "./api.ts";

/** A story that two servers must tell alike. */
export interface Case {
  readonly name: string;
  readonly run: (api: Api) => Promise<void>;
}

const GROUP = "/apis/appcontainers.dev/v1alpha1";
export const JSON_PATCH = "application/json-patch+json";
export const MERGE_PATCH = "application/merge-patch+json";

export const pools = ({ namespace }: Api): string => `${GROUP}/namespaces/${namespace}/sessionpools`;
const secrets = ({ namespace }: Api): string => `/api/v1/namespaces/${namespace}/secrets`;

/** A legal resource. */
export function pool(name: string, more: object = {}): object {
  return {
    apiVersion: "appcontainers.dev/v1alpha1",
    kind: "SessionPool",
    metadata: { name, ...more },
    spec: {
      resourceGroup: "rg",
      location: "westus3",
      containerType: "PythonLTS",
      scaleConfiguration: { maxConcurrentSessions: 5 },
      dynamicPoolConfiguration: { lifecycleConfiguration: { lifecycleType: "Timed", cooldownPeriodInSeconds: 300 } },
    },
  };
}

const scale = (max: number): { readonly spec: object } => ({
  spec: { scaleConfiguration: { maxConcurrentSessions: max } },
});
const status = (generation: number): object => ({ observedGeneration: generation, conditions: [] });
const sameUid = ({ metadata }: Sent): object => ({ op: "test", path: "/metadata/uid", value: metadata.uid });

/** What happens to an object on its way from creation to its end. */
export const OBJECT_CASES: readonly Case[] = [
  {
    name: "a new object gets uid, generation 1 and the status default; what was sent of those is ignored",
    run: async (api) => {
      await api.send("POST", pools(api), {
        ...pool("alpha", { uid: "mine", generation: 7, labels: { a: "b" } }),
        status: status(5),
      });
      await api.send("GET", `${pools(api)}/alpha`);
      await api.send("GET", `${pools(api)}/alpha/status`);
    },
  },
  {
    name: "what cannot be created: a name that is taken, an unknown namespace, a spec against the schema or its rules",
    run: async (api) => {
      await api.send("POST", pools(api), pool("alpha"));
      await api.send("POST", pools(api), pool("alpha"));
      await api.send("POST", `${GROUP}/namespaces/nowhere/sessionpools`, pool("beta"));
      await api.send("POST", pools(api), { ...pool("beta"), spec: { resourceGroup: 5 } });
      await api.send("POST", pools(api), pool("Alpha_1"));
      await api.send("POST", pools(api), "{");
    },
  },
  {
    name: "what does not exist",
    run: async (api) => {
      await api.send("GET", `${pools(api)}/none`);
      await api.send("GET", `${secrets(api)}/none`);
      await api.send("DELETE", `${pools(api)}/none`);
      await api.send(
        "PATCH",
        `${pools(api)}/none/status`,
        [{ op: "test", path: "/metadata/uid", value: "x" }],
        JSON_PATCH,
      );
      await api.send("GET", `${GROUP}/nothings`);
      await api.send("GET", "/api/v1/namespaces/nowhere");
    },
  },
  {
    name: "members that the schema does not have are dropped",
    run: async (api) => {
      const { spec, ...rest } = pool("alpha") as { spec: object };
      await api.send("POST", pools(api), {
        ...rest,
        spec: { ...spec, surprise: 1, scaleConfiguration: { maxConcurrentSessions: 5, more: true } },
        extra: {},
      });
    },
  },
  {
    name: "generation counts changes of the spec alone; a change that is none leaves the version",
    run: async (api) => {
      await api.send("POST", pools(api), pool("alpha"));
      await api.send("PATCH", `${pools(api)}/alpha`, scale(6), MERGE_PATCH);
      await api.send("PATCH", `${pools(api)}/alpha`, scale(6), MERGE_PATCH);
      await api.send("PATCH", `${pools(api)}/alpha`, { metadata: { annotations: { note: "1" } } }, MERGE_PATCH);
      await api.send(
        "PATCH",
        `${pools(api)}/alpha`,
        { metadata: { annotations: null }, status: status(9) },
        MERGE_PATCH,
      );
      await api.send("PATCH", `${pools(api)}/alpha`, [], JSON_PATCH);
    },
  },
  {
    name: "a PUT needs the version that it was made from",
    run: async (api) => {
      const first = await api.send("POST", pools(api), pool("alpha"));
      const { spec } = pool("alpha") as { readonly spec: object };
      await api.send("PUT", `${pools(api)}/alpha`, {
        ...pool("alpha", { resourceVersion: first.metadata.resourceVersion }),
        spec: { ...spec, ...scale(7).spec },
      });
      const whole = pool("alpha", { resourceVersion: first.metadata.resourceVersion });
      await api.send("PUT", `${pools(api)}/alpha`, whole);
      await api.send("PUT", `${pools(api)}/alpha`, pool("alpha"));
      const live = await api.send("GET", `${pools(api)}/alpha`);
      await api.send(
        "PUT",
        `${pools(api)}/alpha`,
        pool("alpha", { resourceVersion: live.metadata.resourceVersion, labels: { x: "y" } }),
      );
      const now = await api.send("GET", `${pools(api)}/alpha`);
      await api.send(
        "PUT",
        `${pools(api)}/alpha`,
        pool("alpha", { resourceVersion: now.metadata.resourceVersion, uid: "00000000-0000-4000-8000-000000000000" }),
      );
    },
  },
  {
    name: "a status write by JSON Patch lands on its UID or nowhere, and alone on the status",
    run: async (api) => {
      const made = await api.send("POST", pools(api), pool("alpha"));
      const path = `${pools(api)}/alpha/status`;
      const write = (value: unknown): unknown => [sameUid(made), { op: "replace", path: "/status", value }];
      await api.send("PATCH", path, write(status(1)), JSON_PATCH);
      await api.send("PATCH", path, write(status(1)), JSON_PATCH);
      await api.send(
        "PATCH",
        path,
        [
          { op: "test", path: "/metadata/uid", value: "other" },
          { op: "replace", path: "/status", value: status(2) },
        ],
        JSON_PATCH,
      );
      await api.send(
        "PATCH",
        path,
        [...(write(status(3)) as object[]), { op: "replace", path: "/spec/location", value: "eastus" }],
        JSON_PATCH,
      );
      await api.send("PATCH", path, [{ op: "add", path: "/metadata/annotations", value: { a: "b" } }], JSON_PATCH);
      await api.send("PATCH", path, write({ observedGeneration: "one" }), JSON_PATCH);
      await api.send("PATCH", path, [{ op: "remove", path: "/status" }], JSON_PATCH);
      await api.send("PATCH", path, [{ op: "test", path: "/metadata/generation", value: 2 }], JSON_PATCH);
      await api.send("PATCH", path, { status: { observedGeneration: 4 } }, MERGE_PATCH);
    },
  },
  {
    name: "patches that cannot be applied",
    run: async (api) => {
      await api.send("POST", pools(api), pool("alpha"));
      await api.send(
        "PATCH",
        `${pools(api)}/alpha`,
        [{ op: "replace", path: "/spec/nothing/at/all", value: 1 }],
        JSON_PATCH,
      );
      await api.send("PATCH", `${pools(api)}/alpha`, [{ op: "remove", path: "/metadata/finalizers" }], JSON_PATCH);
      await api.send("PATCH", `${pools(api)}/alpha`, scale(6), "application/json");
      await api.send("PATCH", `${pools(api)}/alpha`, { spec: { containerType: 5 } }, MERGE_PATCH);
    },
  },
];

/** Deletion, finalizers, and what takes the same name afterwards. */
export const DELETION_CASES: readonly Case[] = [
  {
    name: "without a finalizer an object is gone at once; the next of its name is another",
    run: async (api) => {
      await api.send("POST", pools(api), pool("alpha"));
      await api.send("DELETE", `${pools(api)}/alpha`);
      await api.send("GET", `${pools(api)}/alpha`);
      await api.send("POST", pools(api), pool("alpha"));
    },
  },
  {
    name: "a finalizer keeps an object until it is taken away; deletion counts as a change of the spec",
    run: async (api) => {
      const made = await api.send("POST", pools(api), pool("alpha"));
      const alpha = `${pools(api)}/alpha`;
      const add = { op: "add", path: "/metadata/finalizers", value: ["example.com/a"] };
      const version = { op: "test", path: "/metadata/resourceVersion", value: made.metadata.resourceVersion };
      await api.send("PATCH", alpha, [sameUid(made), version, add], JSON_PATCH);
      await api.send("PATCH", alpha, [sameUid(made), version, { ...add, value: [] }], JSON_PATCH);
      await api.send("DELETE", alpha);
      await api.send("DELETE", alpha);
      await api.send("PATCH", alpha, [{ ...add, value: ["example.com/a", "example.com/b"] }], JSON_PATCH);
      await api.send("PATCH", alpha, scale(6), MERGE_PATCH);
      await api.send("PATCH", `${alpha}/status`, { status: { observedGeneration: 2 } }, MERGE_PATCH);
      await api.send("PATCH", alpha, [sameUid(made), { ...add, value: [] }], JSON_PATCH);
      await api.send("PATCH", alpha, [sameUid(made), { ...add, value: [] }], JSON_PATCH);
      await api.send("POST", pools(api), pool("alpha"));
    },
  },
  {
    name: "a deletion that names another UID is refused",
    run: async (api) => {
      const made = await api.send("POST", pools(api), pool("alpha"));
      await api.send("DELETE", `${pools(api)}/alpha`, {
        preconditions: { uid: "00000000-0000-4000-8000-000000000000" },
      });
      await api.send("DELETE", `${pools(api)}/alpha`, { preconditions: { uid: made.metadata.uid } });
    },
  },
  {
    name: "nothing new is made in a namespace that is going away",
    run: async (api) => {
      await api.send("DELETE", `/api/v1/namespaces/${api.namespace}`);
      await api.send("POST", secrets(api), { metadata: { name: "after" } });
      await api.send("POST", pools(api), pool("alpha"));
    },
  },
];
