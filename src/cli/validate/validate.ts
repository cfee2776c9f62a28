import { crdSchema } from "../../api/crd-schema.generated.ts";
import type { CrdSchema } from "../../api/crd-schema.ts";
import { GROUP, KIND, type SessionPool, VERSION } from "../../api/session-pool.ts";
import { isList, isObject, type Json, type JsonObject, objectOr, withoutNulls } from "../../sessionpool/json.ts";
import { placementOf } from "../../sessionpool/placement.ts";
import { ruleProblems } from "./cel.ts";
import { METADATA, metadataProblems, named } from "./metadata.ts";
import { fieldOf, type Finding, type Path, type Problem } from "./problem.ts";
import { shapeProblems, unknownFields } from "./shape.ts";
import { readText } from "./yaml-text.ts";

export { type Finding, formatFinding, isHarmless, isUnknownField } from "./problem.ts";

const API_VERSION = `${GROUP}/${VERSION}`;
const SCHEMA: CrdSchema = { ...crdSchema, properties: { ...crdSchema.properties, metadata: METADATA } };

/** Stands for the operator's default, which a file does not tell. */
const SOME_SUBSCRIPTION = "00000000-0000-0000-0000-000000000000";

/**
 * What the API server or the operator would refuse in a file with one or more YAML or JSON documents, without asking either. Only session
 * pools are looked into, as new ones: what an update may not change is not known here.
 *
 * @param file the name that findings carry; nothing is read from it
 */
export function validateDocuments(file: string, text: string): readonly Finding[] {
  const { documents, mistakes } = readText(text);
  const findings: Finding[] = mistakes.map((mistake) => ({ file, ...mistake }));
  for (const { value, lineOf } of documents) {
    for (const { resource, at } of resourcesIn(value)) {
      for (const { path, message, at: exactly = path } of problemsOf(resource))
        findings.push({ file, line: lineOf([...at, ...exactly]), field: fieldOf(path), message });
    }
  }
  return findings.sort((a, b) => a.line - b.line);
}

/** The resources of a document: itself, those of a list, or none when it is empty. */
function* resourcesIn(value: unknown): Generator<{ readonly resource: unknown; readonly at: Path }> {
  if (value === null || value === undefined) return;
  const { apiVersion, kind, items } = objectOr(value);
  if (!isList(items) || typeof kind !== "string" || !kind.endsWith("List")) {
    yield { resource: value, at: [] };
    return;
  }
  // Only a list of one kind says for its items what they are.
  const inherited = kind === "List" ? {} : { apiVersion, kind: kind.replace(/List$/, "") };
  for (const [index, item] of items.entries())
    yield { resource: isObject(item) ? { ...inherited, ...item } : item, at: ["items", index] };
}

function problemsOf(resource: unknown): readonly Problem[] {
  if (!isObject(resource)) return [{ path: [], message: "must be a Kubernetes resource, with apiVersion and kind" }];
  const { apiVersion, kind } = resource;
  if (typeof apiVersion !== "string" || apiVersion === "")
    return [{ path: ["apiVersion"], message: `Required value: set it, such as ${API_VERSION} for a ${KIND}` }];
  if (typeof kind !== "string" || kind === "")
    return [{ path: ["kind"], message: `Required value: set it, such as ${KIND}` }];
  if (apiVersion.split("/")[0] !== GROUP) return [];
  if (apiVersion !== API_VERSION)
    return [{ path: ["apiVersion"], message: `Invalid value: "${apiVersion}": must be ${API_VERSION}` }];
  if (kind !== KIND)
    return [{ path: ["kind"], message: `Invalid value: "${kind}": must be ${KIND}, the only kind of ${GROUP}` }];
  return poolProblems(resource);
}

function poolProblems(resource: JsonObject): readonly Problem[] {
  // The server drops a status at creation before it looks at its values, and has() is false for null.
  const { status: _, ...given } = objectOr(withoutNulls(resource));
  const metadata = given.metadata === undefined || isObject(given.metadata) ? named(given.metadata) : given.metadata;
  const pool: Json = { ...given, metadata };
  const found = [
    ...unknownFields(resource, SCHEMA),
    ...shapeProblems(pool, SCHEMA),
    ...(isObject(metadata) ? metadataProblems(metadata) : []),
  ];
  const problems = [...found, ...ruleProblems(pool, SCHEMA, found)];
  if (problems.length > 0) return problems;
  const placement = placementOf(pool as unknown as SessionPool, SOME_SUBSCRIPTION);
  return placement.ok ? [] : [{ path: ["spec"], message: placement.message }];
}
