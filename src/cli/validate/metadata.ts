import type { CrdSchema } from "../../api/crd-schema.ts";
import { isObject, type Json, type JsonObject, objectOr } from "../../sessionpool/json.ts";
import { brief, type Path, type Problem } from "./problem.ts";

const TEXT: CrdSchema = { type: "string" };
const TEXTS: CrdSchema = { type: "object", additionalProperties: TEXT };
const COUNT: CrdSchema = { type: "integer" };

/** Kubernetes' ObjectMeta, which the CRD's own schema does not repeat. */
export const METADATA: CrdSchema = {
  type: "object",
  properties: {
    name: TEXT,
    generateName: TEXT,
    namespace: TEXT,
    labels: TEXTS,
    annotations: TEXTS,
    selfLink: TEXT,
    uid: TEXT,
    resourceVersion: TEXT,
    generation: COUNT,
    creationTimestamp: TEXT,
    deletionTimestamp: TEXT,
    deletionGracePeriodSeconds: COUNT,
    finalizers: { type: "array", items: TEXT },
    ownerReferences: {
      type: "array",
      items: {
        type: "object",
        required: ["apiVersion", "kind", "name", "uid"],
        properties: {
          apiVersion: TEXT,
          kind: TEXT,
          name: TEXT,
          uid: TEXT,
          controller: { type: "boolean" },
          blockOwnerDeletion: { type: "boolean" },
        },
      },
    },
    managedFields: { type: "array" },
  },
};

const LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?([.][a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const KEY_NAME = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/;

/** What the server puts after generateName is made of such letters. */
const SUFFIX = "x7k2p";

/** The metadata with the name that the server would make from generateName. */
export function named(metadata: Json | undefined): JsonObject {
  const fields = objectOr(metadata);
  const { name, generateName } = fields;
  return !name && typeof generateName === "string" && generateName !== ""
    ? { ...fields, name: `${generateName}${SUFFIX}` }
    : fields;
}

/** What is wrong with the content of a resource's metadata, given {@link named}; values of a wrong type are left to the schema. */
export function* metadataProblems(metadata: JsonObject): Generator<Problem> {
  const { name, namespace, labels, annotations } = metadata;
  if (name === undefined || name === "") {
    yield { path: ["metadata", "name"], message: "Required value: name or generateName is required", blocking: true };
  } else if (typeof name === "string" && (name.length > 253 || !SUBDOMAIN.test(name))) {
    yield invalid(
      ["metadata", "name"],
      name,
      "must be at most 253 lower-case letters, digits, - or ., with a letter or digit at both ends (a DNS subdomain)",
    );
  }
  if (typeof namespace === "string" && namespace !== "" && (namespace.length > 63 || !LABEL.test(namespace))) {
    yield invalid(
      ["metadata", "namespace"],
      namespace,
      "must be at most 63 lower-case letters, digits or -, with a letter or digit at both ends (a DNS label)",
    );
  }
  for (const [field, keys] of Object.entries({ labels, annotations }))
    for (const key of isObject(keys) ? Object.keys(keys) : [])
      if (!isQualifiedName(field === "labels" ? key : key.toLowerCase()))
        yield invalidKey(
          field,
          key,
          key,
          "must be at most 63 letters, digits, -, _ and ., with a letter or digit at both ends; before it, a DNS subdomain and / may stand",
        );
  for (const [key, value] of Object.entries(objectOr(labels)))
    if (typeof value === "string" && value !== "" && (value.length > 63 || !KEY_NAME.test(value)))
      yield invalidKey(
        "labels",
        key,
        value,
        "must be at most 63 letters, digits, -, _ and ., with a letter or digit at both ends",
      );
}

/** The name of a label or annotation, such as `example.com/team`. */
function isQualifiedName(key: string): boolean {
  const [name = "", prefix, ...more] = key.split("/").toReversed();
  const prefixed = prefix === undefined || (prefix.length <= 253 && SUBDOMAIN.test(prefix));
  return more.length === 0 && prefixed && name.length <= 63 && KEY_NAME.test(name);
}

/** The API server names the map only. */
function invalidKey(field: string, key: string, value: string, rule: string): Problem {
  return { ...invalid(["metadata", field], value, rule), at: ["metadata", field, key] };
}

function invalid(path: Path, value: string, rule: string): Problem {
  return { path, message: `Invalid value: ${brief(value)}${rule}` };
}
