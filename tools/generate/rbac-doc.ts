import { AZURE_ACTIONS } from "./azure-role.ts";
import { type ExplainedRule, explainedRules } from "./rules.ts";

/** Where it is written, relative to the project's root. */
export const RBAC_DOC_PATH = "docs/rbac.md";

/** A part of an installation, and the rights that it asks for. */
interface Part {
  readonly title: string;
  readonly text: string;
  /** Files with the rules, and where they hold. */
  readonly files: readonly (readonly [path: string, scope: string])[];
}

const OWN = ["deploy/operator/rbac.yaml", "the operator's namespace"] as const;

const PARTS: readonly Part[] = [
  {
    title: "The whole cluster",
    text: "`kubectl apply -k deploy`, or the chart with its defaults.",
    files: [["deploy/rbac.yaml", "the whole cluster"], OWN],
  },
  {
    title: "A list of namespaces",
    text:
      "`kubectl apply -k deploy/namespaced`, or the chart with `watchNamespaces`: Roles only, in each namespace of `--namespaces`. An admin installs the CRD, the policy that protects from deletion " +
      "and the operator's namespace before, with `kubectl apply -k deploy/cluster-wide`; the chart then needs `crds.enabled: false` and `protection.enabled: false`, since Helm does not take over what is there. " +
      "The kube-system namespace is not read, so `--cluster-id` must be set.",
    files: [["deploy/namespaced/watched/rbac.yaml", "each watched namespace"], OWN],
  },
  {
    title: "Optional: Secrets seen at once",
    text: "The components [secret-watch](../deploy/secret-watch) and [namespaced/secret-watch](../deploy/namespaced/secret-watch), or `secretWatch: true` in the chart. Without them no Secret is listed or watched.",
    files: [
      ["deploy/secret-watch/rbac.yaml", "the whole cluster"],
      ["deploy/namespaced/secret-watch/watched.yaml", "each watched namespace"],
      ["deploy/namespaced/secret-watch/own.yaml", "the operator's namespace, when it watches a list of namespaces"],
    ],
  },
  {
    title: "Optional: tenants by namespace labels",
    text: "The component [tenants](../deploy/tenants), or a `namespaceSelector` in `tenants.scopes` of the chart.",
    files: [["deploy/tenants/rbac.yaml", "the whole cluster"]],
  },
  {
    title: "Optional: metrics for those who may read them",
    text:
      "The component [metrics-auth](../deploy/metrics-auth), or `metrics.auth: token` in the chart ([metrics](metrics.md)). Both reviews are cluster-wide by nature, so they take a ClusterRole also where the operator has " +
      "Roles only. The last row is not the operator's right, but of whom you bind it to.",
    files: [
      ["deploy/metrics-auth/rbac.yaml", "the whole cluster"],
      ["deploy/metrics-auth/reader.yaml", "a ClusterRole to bind"],
    ],
  },
];

/** Files that the document is made from. */
export const RBAC_FILES: readonly string[] = [...new Set(PARTS.flatMap(({ files }) => files.map(([path]) => path)))];

/**
 * The document on what the operator may do and why.
 *
 * @param read the text of a file, by its path relative to the project's root
 * @throws Error when a rule has no reason
 */
export function rbacDoc(read: (path: string) => string): string {
  return `${[
    "<!-- Generated from the manifests in deploy/ by `npm run generate`. Do not edit: the reasons are the comments above the rules. -->",
    "# What the operator may do, and why",
    "Every right of the operator is in one of these tables. There is no wildcard. It can delete nothing in Kubernetes, and change nothing but its own kind of resource and its own Lease, by patch.",
    "## In Kubernetes",
    ...PARTS.flatMap(({ title, text, files }) => [
      `### ${title}`,
      text,
      table(
        ["API group", "resource", "verbs", "where", "why"],
        files.flatMap(([path, scope]) => explainedRules(path, read(path)).map((rule) => rowOf(rule, path, scope))),
      ),
    ]),
    "Deletion of a resource with `policy.protect: true` is refused by the API server itself ([protection.yaml](../deploy/cluster-wide/protection.yaml)); the operator needs no right for that.",
    "## In Azure",
    "[deploy/azure/role.json](../deploy/azure/role.json) is a custom role with these actions and no data actions: it can neither run code in a session nor fetch the credentials of an MCP server. " +
      "Write your subscription into `AssignableScopes`, then `az role definition create --role-definition @deploy/azure/role.json`, and assign it on the resource groups of the pools; where environments and " +
      "identities are in other resource groups, there too.",
    table(
      ["action", "asked for", "why"],
      AZURE_ACTIONS.map(({ action, asked, why }) => [code(action), asked, why]),
    ),
    "The names are those that Azure lists for the resource providers Microsoft.App and Microsoft.ManagedIdentity. **Not verified against live Azure**: which actions Azure asks for when it takes a PUT, so " +
      "the four marked so follow the built-in role *Container Apps SessionPools Contributor* and the rules for identities; and whether the addresses of operations, which belong to the subscription and are signed, need " +
      "their two actions at all. A role on a resource group does not reach them. Where Azure refuses such an address the operator reads the pool instead, and lacks only Azure's words for a failure.",
  ].join("\n\n")}\n`;
}

function rowOf(rule: ExplainedRule, path: string, scope: string): readonly string[] {
  const { apiGroups = [], resources: kinds = [], nonResourceURLs = [] } = rule;
  const names = rule.resourceNames?.map(code).join(", ");
  const resources = [...kinds, ...nonResourceURLs].map(code).join(", ");
  return [
    apiGroups.map((group) => (group === "" ? "core" : code(group))).join(", "),
    names === undefined ? resources : `${resources} named ${names}`,
    rule.verbs.join(", "),
    `[${scope}](../${path})`,
    rule.why,
  ];
}

function code(text: string): string {
  return `\`${text}\``;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}
