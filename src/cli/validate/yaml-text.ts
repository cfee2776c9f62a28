import {
  type Alias,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseAllDocuments,
  type ScalarTag,
  type Tags,
} from "yaml";
import { fieldOf, type Path } from "./problem.ts";

/** A document of a file. */
export interface TextDocument {
  readonly value: unknown;
  /** The line, from 1, on which the value at the path is, or the nearest around it that exists. */
  readonly lineOf: (path: Path) => number;
}

/** What keeps a text from being read, or from being read as it was meant. */
export interface TextMistake {
  readonly line: number;
  readonly field: string;
  readonly message: string;
}

/** Integers such as 0o17, which YAML 1.1 does not have and kubectl's reader knows. */
const OCTAL: ScalarTag = {
  tag: "tag:yaml.org,2002:int",
  default: true,
  test: /^[-+]?0o[0-7_]+$/,
  resolve: (text) => Number(text.replaceAll("_", "").replace(/^[-+]/, "")),
};

/** YAML 1.1 as kubectl's reader knows it: yes and on are booleans; dates, 1:30 and !!binary stay strings. */
function kubectlTags(tags: Tags): Tags {
  const foreign = (tag: Tags[number]): boolean =>
    typeof tag === "object" &&
    (/:(timestamp|binary)$/.test(tag.tag) || ("format" in tag && (tag as ScalarTag).format === "TIME"));
  return [OCTAL, ...tags.filter((tag) => !foreign(tag))];
}

/** Reads YAML or JSON as kubectl does. Documents that cannot be read are among the mistakes only. */
export function readText(text: string): {
  readonly documents: readonly TextDocument[];
  readonly mistakes: readonly TextMistake[];
} {
  const lines = new LineCounter();
  const lineAt = (offset: number): number => Math.max(1, lines.linePos(offset).line);
  const parsed = parseAllDocuments(text, {
    version: "1.1",
    uniqueKeys: false,
    prettyErrors: false,
    customTags: kubectlTags,
    lineCounter: lines,
  });
  const documents: TextDocument[] = [];
  const mistakes: TextMistake[] = [];
  for (const document of Array.isArray(parsed) ? parsed : []) {
    const start = lineAt(document.contents?.range?.[0] ?? document.range[0]);
    const [error] = document.errors;
    if (error) {
      // Later errors of a document mostly follow from its first.
      mistakes.push({ line: lineAt(error.pos[0]), field: "", message: `is not YAML: ${error.message}` });
      continue;
    }
    if (document.directives?.yaml.explicit && document.directives.yaml.version !== "1.1") {
      mistakes.push({ line: start, field: "", message: "kubectl reads YAML 1.1 only; remove the line %YAML" });
      continue;
    }
    const unreadable = (line: number, message: string): void => void mistakes.push({ line, field: "", message });
    const alias = [...nodes(document.contents, [])].find(({ node }) => isAlias(node) && isBroken(node, document));
    if (alias) {
      unreadable(
        lineAt(startOf(alias.node)),
        "is not YAML: an alias without a whole anchor before it; define it first",
      );
      continue;
    }
    mistakes.push(...duplicateKeys(document, lineAt));
    try {
      documents.push({
        value: document.toJS(),
        lineOf: (path) => lineAt(offsetOf(document, path) ?? document.contents?.range?.[0] ?? 0),
      });
    } catch (error) {
      unreadable(start, `cannot be read: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return { documents, mistakes };
}

/** A node with its path; aliases are not followed. */
function* nodes(node: unknown, path: Path): Generator<{ readonly node: Node; readonly path: Path }> {
  if (!isMap(node) && !isSeq(node)) {
    if (isAlias(node) || isScalar(node)) yield { node, path };
    return;
  }
  yield { node, path };
  if (isSeq(node)) for (const [index, item] of node.items.entries()) yield* nodes(item, [...path, index]);
  else for (const { key, value } of node.items) yield* nodes(value, [...path, nameOf(key)]);
}

/** Whether an alias means nothing, or a value that it is itself a part of. */
function isBroken(alias: Alias, document: Document): boolean {
  const range = alias.resolve(document)?.range;
  return !range || startOf(alias) < range[1];
}

/** kubectl takes the last of two values and says nothing. */
function duplicateKeys(document: Document, lineAt: (offset: number) => number): readonly TextMistake[] {
  const mistakes: TextMistake[] = [];
  for (const { node, path } of nodes(document.contents, [])) {
    const seen = new Set<string>();
    for (const { key } of isMap(node) ? node.items : []) {
      const name = nameOf(key);
      if (seen.has(name)) {
        const field = fieldOf([...path, name]);
        mistakes.push({ line: lineAt(startOf(key)), field, message: "duplicate key; remove one of them" });
      }
      seen.add(name);
    }
  }
  return mistakes;
}

/** Where the path leads, as far as it does: for a member where its name is written, for an item where it begins. */
function offsetOf(document: Document, path: Path): number | undefined {
  let node: unknown = document.contents;
  let offset: number | undefined;
  for (const step of path) {
    if (isAlias(node)) node = node.resolve(document);
    if (isMap(node)) {
      const pair: Pair | undefined = node.items.findLast(({ key }) => nameOf(key) === String(step));
      if (!pair) break;
      offset = startOf(pair.key);
      node = pair.value;
    } else if (isSeq(node) && typeof step === "number" && step < node.items.length) {
      node = node.items[step];
      offset = startOf(node);
    } else break;
  }
  return offset;
}

function nameOf(key: unknown): string {
  return String(isScalar(key) ? key.value : key);
}

function startOf(node: unknown): number {
  return (node as Node).range?.[0] ?? 0;
}
