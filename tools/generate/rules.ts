import { isMap, isSeq, type Node, parseAllDocuments, type YAMLMap } from "yaml";

/** A rule of a Role or ClusterRole, with the comment above it. */
export interface Rule {
  readonly apiGroups?: readonly string[];
  readonly resources?: readonly string[];
  /** In place of the two before. */
  readonly nonResourceURLs?: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}

export interface ExplainedRule extends Rule {
  /** What the comment above the rule says it is for. */
  readonly why: string;
}

/**
 * The rules that a file grants, in its Roles and ClusterRoles or as a JSON Patch that adds them, each with its reason.
 *
 * @throws Error when a rule has no comment above it, which is where its reason belongs
 */
export function explainedRules(path: string, text: string): readonly ExplainedRule[] {
  const found = parseAllDocuments(text).flatMap(({ contents }) => (contents ? rulesIn(contents as Node) : []));
  return found.map(({ node, comment }) => {
    const rule = node.toJSON() as Rule;
    const why = comment.replaceAll(/\s*\n\s*/g, " ").trim();
    const { resources = [], nonResourceURLs = [] } = rule;
    if (why === "")
      throw new Error(
        `${path}: the rule on ${[...resources, ...nonResourceURLs].join(", ")} has no comment that says why`,
      );
    return { ...rule, why };
  });
}

interface Found {
  readonly node: YAMLMap;
  readonly comment: string;
}

function rulesIn(contents: Node): readonly Found[] {
  if (isMap(contents)) {
    const rules: unknown = contents.get("rules");
    if (!isSeq(rules)) return [];
    // The parser hangs the comment above the first entry on the list.
    return rules.items.filter(isMap).map((node, index) => ({
      node,
      comment: node.commentBefore ?? (index === 0 ? rules.commentBefore : undefined) ?? "",
    }));
  }
  if (!isSeq(contents)) return [];
  return contents.items.filter(isMap).flatMap((operation) => {
    const node: unknown = operation.get("value");
    return isMap(node) ? [{ node, comment: node.commentBefore ?? "" }] : [];
  });
}
