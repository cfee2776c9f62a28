import { crdSchema } from "../../../src/api/crd-schema.generated.ts";
import type { CrdSchema } from "../../../src/api/crd-schema.ts";
import { GROUP, KIND, PLURAL, VERSION } from "../../../src/api/session-pool.ts";
import { ruleProblems } from "../../../src/cli/validate/cel.ts";
import { fieldOf } from "../../../src/cli/validate/problem.ts";
import { shapeProblems } from "../../../src/cli/validate/shape.ts";
import {
  isList,
  isObject,
  type Json,
  type JsonObject,
  type MutableJson,
  objectOr,
  sameJson,
} from "../../../src/sessionpool/json.ts";
import { badRequest, type Kind } from "./failure.ts";

/** How the server treats objects of one kind. */
export interface KindRules extends Kind {
  readonly version: string;
  readonly namespaced: boolean;
  /** Whether there is a /status, so that ordinary writes leave the status alone. */
  readonly hasStatus: boolean;
  /** Whether a PUT must name the version that it was made from. */
  readonly conditional: boolean;
  /** Whether metadata.generation counts the changes of what is desired. */
  readonly counted: boolean;
  /** What is stored of what was sent. @throws Failure when it cannot be read at all */
  readonly prepare: (object: JsonObject) => JsonObject;
  /** `field: message` for each rule that the object breaks. */
  readonly problems: (object: JsonObject, previous: JsonObject | undefined) => readonly string[];
}

const takeAll = (object: JsonObject): JsonObject => object;
const noProblems = (): readonly string[] => [];

/** The custom resource: pruned, defaulted and checked by the CRD's own schema and CEL rules (transition rules excepted). */
const sessionPools: KindRules = {
  group: GROUP,
  version: VERSION,
  kind: KIND,
  plural: PLURAL,
  namespaced: true,
  hasStatus: true,
  counted: true,
  conditional: true,
  prepare: (object) => {
    const { metadata, ...rest } = object;
    const pruned = objectOr(shaped(rest, crdSchema));
    return { ...pruned, ...(metadata === undefined ? {} : { metadata }) };
  },
  problems: (object, previous) => {
    const found = [...shapeProblems(object, crdSchema)];
    // Rules cost most of the time, and what did not change keeps them.
    const rules = previous && sameJson(previous.spec, object.spec) ? [] : [...ruleProblems(object, crdSchema, found)];
    return [...found, ...rules].map(({ path, message }) => `${fieldOf(path)}: ${message}`);
  },
};

const secrets: KindRules = {
  group: "",
  version: "v1",
  kind: "Secret",
  plural: "secrets",
  namespaced: true,
  hasStatus: false,
  counted: false,
  conditional: false,
  prepare: ({ stringData, ...object }) => {
    const plain = Object.entries(objectOr(stringData)).map(([key, value]) => [
      key,
      Buffer.from(textOf(value)).toString("base64"),
    ]);
    const data = { ...objectOr(object.data), ...Object.fromEntries(plain) };
    for (const value of Object.values(data))
      if (typeof value !== "string" || Buffer.from(value, "base64").toString("base64") !== value)
        throw badRequest('Secret in version "v1" cannot be handled as a Secret: illegal base64 data');
    return { ...object, ...(Object.keys(data).length === 0 ? {} : { data }), type: object.type ?? "Opaque" };
  },
  problems: (object, previous) =>
    previous && previous.type !== object.type ? ["type: Invalid value: field is immutable"] : [],
};

const namespaces: KindRules = {
  group: "",
  version: "v1",
  kind: "Namespace",
  plural: "namespaces",
  namespaced: false,
  hasStatus: true,
  counted: false,
  conditional: false,
  prepare: (object) => ({
    ...object,
    spec: { finalizers: ["kubernetes"] },
    status: { phase: "Active", ...objectOr(object.status) },
  }),
  problems: noProblems,
};

/** Longest texts of an event (k/k pkg/apis/core/validation/events.go). */
const EVENT_LIMITS = { note: 1024, reason: 128, action: 128, reportingInstance: 128 };

/** What never changes of an event, whoever writes. */
const EVENT_FIXED = [
  "regarding",
  "reason",
  "note",
  "type",
  "eventTime",
  "action",
  "reportingController",
  "reportingInstance",
];

const events: KindRules = {
  group: "events.k8s.io",
  version: "v1",
  kind: "Event",
  plural: "events",
  namespaced: true,
  hasStatus: false,
  counted: false,
  conditional: false,
  prepare: (object) => {
    if (typeof object.eventTime === "string" && !/\.\d{6}Z$/.test(object.eventTime))
      throw badRequest(`Event in version "v1" cannot be handled as a Event: parsing time "${object.eventTime}"`);
    return object;
  },
  problems: (object, previous) => {
    const problems: string[] = [];
    const { series } = object;
    if (series !== undefined) {
      const { count, lastObservedTime } = objectOr(series);
      if (typeof count !== "number" || count < 2) problems.push("series.count: Invalid value: should be at least 2");
      if (typeof lastObservedTime !== "string") problems.push("series.lastObservedTime: Required value");
    }
    for (const field of EVENT_FIXED)
      if (previous && !sameJson(previous[field], object[field])) problems.push(`${field}: field is immutable`);
    if (typeof object.eventTime !== "string") problems.push("eventTime: Required value");
    for (const field of ["reportingController", "reportingInstance", "action", "reason"])
      if (typeof object[field] !== "string" || object[field] === "") problems.push(`${field}: Required value`);
    for (const [field, limit] of Object.entries(EVENT_LIMITS))
      if (Buffer.byteLength(textOf(object[field])) > limit)
        problems.push(`${field}: Invalid value: can have at most ${limit} characters`);
    if (object.type !== "Normal" && object.type !== "Warning")
      problems.push(`type: Invalid value: "${textOf(object.type)}"`);
    return problems;
  },
};

const leases: KindRules = {
  group: "coordination.k8s.io",
  version: "v1",
  kind: "Lease",
  plural: "leases",
  namespaced: true,
  hasStatus: false,
  counted: false,
  conditional: true,
  prepare: takeAll,
  problems: ({ spec }) => {
    const { leaseDurationSeconds, leaseTransitions } = objectOr(spec);
    return [
      ...(typeof leaseDurationSeconds === "number" && leaseDurationSeconds <= 0
        ? ["spec.leaseDurationSeconds: Invalid value: must be greater than 0"]
        : []),
      ...(typeof leaseTransitions === "number" && leaseTransitions < 0
        ? ["spec.leaseTransitions: Invalid value: must be greater than or equal to 0"]
        : []),
    ];
  },
};

/** All kinds that the server knows. */
export const KINDS: readonly KindRules[] = [sessionPools, secrets, namespaces, events, leases];

/** A text; empty for anything else. */
export function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

/** A value without members that the schema does not have, and with the schema's defaults. */
function shaped(value: Json | undefined, schema: CrdSchema | undefined): Json | undefined {
  if (value === undefined || !schema || schema["x-kubernetes-preserve-unknown-fields"]) return value;
  if (isList(value)) return value.map((item) => shaped(item, schema.items) ?? null);
  if (!isObject(value)) return value;
  const { properties = {}, additionalProperties } = schema;
  const result: MutableJson = {};
  for (const [name, member] of Object.entries(value)) {
    const inner = Object.hasOwn(properties, name) ? properties[name] : additionalProperties;
    if (inner && !(member === null && !inner.nullable && inner.default !== undefined))
      result[name] = shaped(member, inner);
  }
  for (const [name, inner] of Object.entries(properties))
    if (inner.default !== undefined && result[name] === undefined) result[name] = inner.default as Json;
  return result;
}
