import { numbers } from "../../time/numbers.ts";
import { ArmModel, type ArmModelOptions } from "../../emulator/model.ts";

export const SUBSCRIPTION = "34adfa4f-cedf-4dc0-ba29-b6d1a69ab345";
export const GROUP = `/subscriptions/${SUBSCRIPTION}/resourceGroups/rg`;
export const POOLS = `${GROUP}/providers/Microsoft.App/sessionPools`;
/** The pool that most stories are about. */
export const POOL = `${POOLS}/alpha`;
export const API = "api-version=2025-07-01";
/** With `/resourcegroups/` in lower case, as the CLI sends it. */
export const identityId = (name: string): string =>
  `/subscriptions/${SUBSCRIPTION}/resourcegroups/rg/providers/Microsoft.ManagedIdentity/userAssignedIdentities/${name}`;

export type Json = Readonly<Record<string, unknown>>;

/** A pool as ARM returns it, as far as the tests look into it. */
export interface PoolBody {
  readonly id: string;
  readonly name: string;
  readonly identity?: Json;
  readonly systemData: Readonly<Record<string, string>>;
  readonly properties: Json;
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  /** Parsed; undefined without a body. */
  readonly body: unknown;
}

/** A model on a clock that moves only when a test says so. */
export class Azure {
  readonly model: ArmModel;
  #now = Date.UTC(2026, 0, 2, 3, 4, 5, 678);

  constructor(options: Partial<ArmModelOptions> = {}) {
    this.model = new ArmModel({
      clock: () => this.#now,
      random: numbers(1),
      provisioningSeconds: 300,
      anonymous: true,
      ...options,
    });
  }

  get now(): number {
    return this.#now;
  }

  advance(seconds: number): void {
    this.#now += seconds * 1000;
  }

  /** Sends to a path, to which the api-version is added, or to a URL with a query, which is taken as it is. */
  send(method: string, target: string, body?: unknown, headers: Readonly<Record<string, string>> = {}): Answer {
    const url = target.includes("?") ? target.replace(/^https:\/\/[^/]+/, "") : `${target}?${API}`;
    const response = this.model.handle({
      method,
      url,
      headers: { host: "management.azure.com", ...headers },
      body: body === undefined || typeof body === "string" ? body : JSON.stringify(body),
    });
    const text = response.body ?? "";
    return { ...response, text, body: text === "" ? undefined : JSON.parse(text) };
  }

  /** PUTs a pool and waits until it is provisioned. */
  create(path = POOL, body: Json = custom()): void {
    const { status, text } = this.send("PUT", path, body);
    if (status !== 201 && status !== 200) throw new Error(`PUT ${path}: ${status} ${text}`);
    this.advance(300);
  }

  pool(path = POOL): PoolBody {
    const { status, text, body } = this.send("GET", path);
    if (status !== 200) throw new Error(`GET ${path}: ${status} ${text}`);
    return body as PoolBody;
  }

  /** All that anyone can see of the subscription's pools, and the secret values besides. */
  state(): unknown {
    const { body } = this.send("GET", `/subscriptions/${SUBSCRIPTION}/providers/Microsoft.App/sessionPools`);
    return [body, [...this.model.secretValues(POOL)]];
  }
}

/** A copy with values at dotted paths; undefined takes a member away. */
export function change<T extends object>(body: T, changes: Json): T {
  const copy = JSON.parse(JSON.stringify(body)) as Record<string, unknown>;
  for (const [path, value] of Object.entries(changes)) {
    const keys = path.split(".");
    const last = keys.pop() ?? "";
    let at = copy;
    for (const key of keys) at = (at[key] ??= {}) as Record<string, unknown>;
    if (value === undefined) delete at[last];
    else at[last] = value;
  }
  return copy as T;
}

/** A good CustomContainer body. */
export function custom(changes: Json = {}): Json {
  const body = {
    location: "westus3",
    properties: {
      environmentId: `${GROUP}/providers/Microsoft.App/managedEnvironments/env`,
      poolManagementType: "Dynamic",
      containerType: "CustomContainer",
      scaleConfiguration: { maxConcurrentSessions: 10, readySessionInstances: 2 },
      dynamicPoolConfiguration: { lifecycleConfiguration: { lifecycleType: "Timed", cooldownPeriodInSeconds: 300 } },
      customContainerTemplate: {
        containers: [{ name: "main", image: "registry.example/app:1", resources: { cpu: 0.5, memory: "1Gi" } }],
        ingress: { targetPort: 80 },
      },
      sessionNetworkConfiguration: { status: "EgressDisabled" },
    },
  };
  return change(body, changes);
}

/** A good PythonLTS body. */
export function python(changes: Json = {}): Json {
  return change(
    custom({
      "properties.containerType": "PythonLTS",
      "properties.environmentId": null,
      "properties.customContainerTemplate": null,
    }),
    changes,
  );
}
