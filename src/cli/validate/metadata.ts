import type { Path, Problem } from "./finding.ts";
import { isPlain } from "./schema.ts";

/** Members of metav1.ObjectMeta. */
const KNOWN = new Set([
  "name",
  "generateName",
  "namespace",
  "labels",
  "annotations",
  "finalizers",
  "ownerReferences",
  "uid",
  "resourceVersion",
  "generation",
  "creationTimestamp",
  "deletionTimestamp",
  "deletionGracePeriodSeconds",
  "managedFields",
  "selfLink",
]);
/** RFC 1123 subdomain and label (k8s.io/apimachinery/pkg/util/validation). */
const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const LABEL_VALUE = /^([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?$/;
const MAX_SUBDOMAIN = 253;
const MAX_LABEL = 63;

/** What the API server would refuse of an object's metadata. */
export function metadataProblems(metadata: unknown): readonly Problem[] {
  const at = (...steps: Path): Path => ["metadata", ...steps];
  if (!isPlain(metadata)) return [{ path: at(), message: "must be an object with a name" }];
  const problems: Problem[] = [];
  const { name, namespace, labels, annotations } = metadata;
  if (typeof name !== "string" || name === "") problems.push({ path: at("name"), message: "is required" });
  else if (name.length > MAX_SUBDOMAIN || !SUBDOMAIN.test(name))
    problems.push({
      path: at("name"),
      message: "must consist of lower-case letters, digits, - and ., and begin and end with a letter or digit",
    });
  if (
    namespace !== undefined &&
    namespace !== null &&
    (typeof namespace !== "string" || namespace.length > MAX_LABEL || !LABEL.test(namespace))
  )
    problems.push({
      path: at("namespace"),
      message: "must consist of lower-case letters, digits and -, and begin and end with a letter or digit",
    });
  for (const [field, value] of [
    ["labels", labels],
    ["annotations", annotations],
  ] as const) {
    if (value === undefined || value === null) continue;
    if (!isPlain(value)) {
      problems.push({ path: at(field), message: "must be an object" });
      continue;
    }
    for (const [key, text] of Object.entries(value)) {
      if (typeof text !== "string")
        problems.push({ path: at(field, key), message: "must be a string: put it in quotes" });
      else if (field === "labels" && (text.length > MAX_LABEL || !LABEL_VALUE.test(text)))
        problems.push({ path: at(field, key), message: `must be at most ${MAX_LABEL} letters, digits, -, _ and .` });
    }
  }
  for (const key of Object.keys(metadata))
    if (!KNOWN.has(key)) problems.push({ path: at(key), message: "unknown field" });
  return problems;
}
