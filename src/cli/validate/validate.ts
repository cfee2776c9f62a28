import { type Document, LineCounter, isMap, isPair, isScalar, isSeq, parseAllDocuments } from "yaml";
import { crdSchema } from "../../api/crd-schema.generated.ts";
import { GROUP, KIND, type SessionPool, VERSION } from "../../api/session-pool.ts";
import { placementOf } from "../../sessionpool/placement.ts";
import { ANYWHERE } from "../plan.ts";
import { type Finding, type Path, type Problem, fieldOf } from "./finding.ts";
import { metadataProblems } from "./metadata.ts";
import { ruleProblems } from "./rules.ts";
import { isPlain, schemaProblems, withoutNullable } from "./schema.ts";

/**
 * Checks the SessionPools in a file as the API server and the operator do: schema, CEL rules, and where the pool would be. Documents of other
 * kinds are passed over. Rules about changes are not asked, since a file has no object before the change.
 *
 * @param file name, for the findings
 * @param text YAML or JSON, many documents or a List
 */
export function validateDocuments(file: string, text: string): readonly Finding[] {
  const lines = new LineCounter();
  return parseAllDocuments(text, { lineCounter: lines }).flatMap((document) => {
    const lineAt = (offset: number): number => lines.linePos(offset).line;
    if (document.errors.length > 0) {
      return document.errors.map(({ pos: [offset], message }) => {
        const [first = ""] = message.split("\n");
        return { file, line: lineAt(offset), field: "", message: first.replace(/ at line \d+.*$/, "") };
      });
    }
    const object: unknown = document.toJS();
    return objectsIn(object).flatMap(([value, base]) =>
      problemsOf(value).map(({ path, message }) => ({
        file,
        line: lineAt(offsetOf(document, [...base, ...path])),
        field: fieldOf(path),
        message,
      })),
    );
  });
}

/** The objects of a document, each with its path: one, or the items of a List. */
function objectsIn(object: unknown): readonly (readonly [value: unknown, base: Path])[] {
  if (!isPlain(object) || !Array.isArray(object.items)) return [[object, []]];
  return object.items.map((item, index) => [item, ["items", index]]);
}

function problemsOf(object: unknown): readonly Problem[] {
  if (!isPlain(object) || typeof object.apiVersion !== "string") return [];
  const [group, version] = object.apiVersion.split("/");
  if (group !== GROUP) return [];
  if (version !== VERSION) return [{ path: ["apiVersion"], message: `must be ${GROUP}/${VERSION}` }];
  if (object.kind !== KIND) return [{ path: ["kind"], message: `must be ${KIND}` }];
  // The server takes no status from whoever applies a resource.
  const { metadata, status: _status, ...rest } = object;
  // The root schema says little of metadata, which has rules of its own.
  const stored = withoutNullable(crdSchema, rest) as Readonly<Record<string, unknown>>;
  // The server drops this null for the sake of /scale.
  const ready = withoutReadyNull(stored);
  const problems = [...metadataProblems(metadata), ...schemaProblems(crdSchema, ready, [])];
  if (problems.length > 0) return problems;
  return [...ruleProblems(crdSchema, { ...ready, metadata }, []), ...operatorProblems({ ...ready, metadata } as never)];
}

/** What the operator itself refuses: a place in Azure that cannot be. */
function operatorProblems(resource: SessionPool): readonly Problem[] {
  const place = placementOf(resource, ANYWHERE);
  if (place.ok) return [];
  const field = /spec\.(\w+)/.exec(place.message)?.[1];
  return [{ path: field === undefined ? ["spec"] : ["spec", field], message: place.message }];
}

function withoutReadyNull(object: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const { spec } = object;
  if (!isPlain(spec) || !isPlain(spec.scaleConfiguration) || spec.scaleConfiguration.readySessionInstances !== null)
    return object;
  const { readySessionInstances: _null, ...scaleConfiguration } = spec.scaleConfiguration;
  return { ...object, spec: { ...spec, scaleConfiguration } };
}

/** Where a field stands in the text; of one that is missing, what it should stand in. */
function offsetOf(document: Document, path: Path): number {
  let node: unknown = document.contents;
  let offset = startOf(node) ?? 0;
  for (const step of path) {
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && key.value === step);
      if (!isPair(pair)) return offset;
      offset = startOf(pair.key) ?? offset;
      node = pair.value;
    } else if (isSeq(node)) {
      node = node.items[Number(step)];
      offset = startOf(node) ?? offset;
    } else return offset;
  }
  return offset;
}

function startOf(node: unknown): number | undefined {
  const { range } = (node ?? {}) as { range?: readonly [number, number, number] | null };
  return range?.[0];
}
