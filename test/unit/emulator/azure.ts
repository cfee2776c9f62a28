import type { ArmModel, ArmModelOptions } from "../../emulator/model.ts";
import { Azure as ModelAzure, POOLS, SUBSCRIPTION } from "./model-azure.ts";

export { POOLS, SUBSCRIPTION };
const HOST = "127.0.0.1:8443";
export const PROVISIONING_SECONDS = 300;

/** Members of a body that tests change one at a time. */
export type Body = Readonly<Record<string, unknown>>;

/** An answer, with its body read. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly json: unknown;
  /** `code: message` of ARM's error body, else empty. */
  readonly error: string;
}

/** Azure on a clock that only the test moves, with answers read for refusals. */
export interface Azure {
  readonly model: ArmModel;
  /** Calls ARM; a path without a query gets the api-version, an absolute URL (a poll) is used as it is. */
  call(method: string, url: string, body?: unknown, headers?: Readonly<Record<string, string>>): Answer;
  /** Moves the clock. */
  advance(seconds: number): void;
}

/** A model with a fixed beginning, so that each run of a test sees the same. */
export function startAzure(options: Partial<ArmModelOptions> = {}): Azure {
  const azure = new ModelAzure({ provisioningSeconds: PROVISIONING_SECONDS, ...options });
  return {
    model: azure.model,
    advance: (seconds) => azure.advance(seconds),
    call: (method, url, sent, headers) => {
      const { status, headers: given, body } = azure.send(method, url, sent, { host: HOST, ...headers });
      const error = (body as { error?: { code: string; message: string } } | undefined)?.error;
      return {
        status,
        headers: given,
        json: body,
        error: error === undefined ? "" : `${error.code}: ${error.message}`,
      };
    },
  };
}

/** What tests read of a pool. */
export interface Pool {
  readonly id: string;
  readonly name: string;
  readonly location: string;
  readonly tags?: Body;
  readonly identity?: Body;
  readonly systemData: { readonly createdAt: string; readonly createdBy: string; readonly createdByType: string };
  readonly properties: Body;
}

export function poolOf(answer: Answer): Pool {
  return answer.json as Pool;
}

/** A CustomContainer body that Azure accepts, with changes to `properties` and to the top. */
export function customPool(properties: Body = {}, top: Body = {}): Body {
  return {
    location: "westus3",
    ...top,
    properties: {
      environmentId: `/subscriptions/${SUBSCRIPTION}/resourceGroups/rg/providers/Microsoft.App/managedEnvironments/env`,
      poolManagementType: "Dynamic",
      containerType: "CustomContainer",
      scaleConfiguration: { maxConcurrentSessions: 10, readySessionInstances: 2 },
      dynamicPoolConfiguration: { lifecycleConfiguration: { lifecycleType: "Timed", cooldownPeriodInSeconds: 300 } },
      customContainerTemplate: templateWith({}),
      ...properties,
    },
  };
}

/** A PythonLTS body that Azure accepts. */
export function pythonPool(properties: Body = {}, top: Body = {}): Body {
  return {
    location: "westus3",
    ...top,
    properties: {
      poolManagementType: "Dynamic",
      containerType: "PythonLTS",
      scaleConfiguration: { maxConcurrentSessions: 10 },
      dynamicPoolConfiguration: { lifecycleConfiguration: { lifecycleType: "Timed", cooldownPeriodInSeconds: 300 } },
      ...properties,
    },
  };
}

/** A template with one container. */
export function templateWith(container: Body, template: Body = {}): Body {
  return {
    containers: [{ name: "main", image: "mcr.microsoft.com/k8se/quickstart:latest", ...container }],
    ingress: { targetPort: 80 },
    ...template,
  };
}

/** Creates a custom pool and waits for its end. */
export function createPool(azure: Azure, name: string, body: Body = customPool()): void {
  const answer = azure.call("PUT", `${POOLS}/${name}`, body);
  if (answer.status !== 201) throw new Error(`PUT ${name}: ${answer.status} ${answer.error}`);
  azure.advance(PROVISIONING_SECONDS);
}
