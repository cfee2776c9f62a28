/** A resource as text, whose writing is what matters: what the API server says of it, and so what must be said of it without one. */
export interface Text {
  readonly what: string;
  readonly text: string;
  /** The field that is at fault, as the API server names it, or would were it not kubectl that says so; none: it is taken. */
  readonly refused?: string;
}

/** A pool of Python code as a person writes it; the last member of metadata, and the end of spec, can be added. */
export function yamlPool(more: { readonly metadata?: string; readonly spec?: string } = {}): string {
  return `apiVersion: appcontainers.dev/v1alpha1
kind: SessionPool
metadata:
  ${more.metadata ?? "name: mypool"}
spec:
  resourceGroup: rg
  location: westus3
  containerType: PythonLTS
  dynamicPoolConfiguration:
    lifecycleConfiguration:
      lifecycleType: Timed
      cooldownPeriodInSeconds: 300
${more.spec === undefined ? "" : `  ${more.spec}\n`}`;
}

const spec = (what: string, text: string, refused?: string): Text => ({
  what,
  text: yamlPool({ spec: text }),
  ...(refused !== undefined && { refused }),
});

const metadata = (what: string, text: string, refused?: string): Text => ({
  what,
  text: yamlPool({ metadata: `name: mypool\n  ${text}` }),
  ...(refused !== undefined && { refused }),
});

const MOST = "spec.scaleConfiguration.maxConcurrentSessions";
const CLIENT_ID = "spec.identity.userAssignedIdentities.a.clientId";

/** How YAML is read, which members there are, and what null means. */
export const TEXTS: readonly Text[] = [
  { what: "a pool", text: yamlPool() },
  { what: "a pool between empty documents", text: `---\n---\n# nothing\n---\n${yamlPool()}\n---\n` },
  { what: "a pool with CRLF and a byte order mark", text: `\uFEFF${yamlPool().replaceAll("\n", "\r\n")}` },
  spec("a tag without quotes that is a number", "tags: { build: 5 }", "spec.tags.build"),
  spec("a tag without quotes that YAML 1.1 takes for true", "tags: { debug: on }", "spec.tags.debug"),
  spec("a tag that one letter makes true", "tags: { debug: y }", "spec.tags.debug"),
  spec("a tag with a new octal number", "tags: { mode: 0o17 }", "spec.tags.mode"),
  spec("a tag with an exponent", "tags: { commit: 1e3 }", "spec.tags.commit"),
  spec("a tag with a date", "tags: { since: 2026-01-01 }"),
  spec("a tag with a time", "tags: { at: 1:30 }"),
  spec("a tag with null", "tags: { at: null }"),
  spec("a tag's name that is a number", 'tags: { 1: "1" }'),
  spec("tags that differ in the case of É", 'tags: { é: "1", É: "2" }'),
  spec("a tag that begins with micro and a long s", 'tags: { "micro\\u017foft": "" }', "spec.tags"),
  spec("yes for a boolean", "suspend: yes"),
  spec("quotes around a boolean", 'suspend: "true"', "spec.suspend"),
  spec("quotes around a number", 'scaleConfiguration: { maxConcurrentSessions: "10" }', MOST),
  spec("a number with a fraction of nothing", "scaleConfiguration: { maxConcurrentSessions: 10.0 }"),
  spec("a number with a fraction", "scaleConfiguration: { maxConcurrentSessions: 10.5 }", MOST),
  spec("a number above 32 bits", "scaleConfiguration: { maxConcurrentSessions: 99999999999 }", MOST),
  spec("a list for an object", "scaleConfiguration: []", "spec.scaleConfiguration"),
  spec("a null for a count", "scaleConfiguration: { readySessionInstances: null }"),
  spec("a member merged from an anchor", 'policy: &p { deletion: Delete }\n  tags: { <<: *p, more: "" }'),
  spec("a member in another casing", "Tags: {}", "spec.Tags"),
  spec("a null in a list", "secrets: [null]", "spec.secrets[0]"),
  spec("a null where an object is needed", "secrets: [{ name: a, valueFrom: null }]", "spec.secrets[0].valueFrom"),
  spec("content in an identity", "identity: { type: None, userAssignedIdentities: { a: { clientId: x } } }", CLIENT_ID),
  spec("an empty word for one of two", 'policy: { deletion: "" }', "spec.policy.deletion"),
  { what: "a status, which is not looked at", text: `${yamlPool()}status: { observedGeneration: -5 }\n` },
  { what: "an unknown member of status", text: `${yamlPool()}status: { phase: x }\n`, refused: "status.phase" },
  { what: "an unknown member at the top", text: `${yamlPool()}data: {}\n`, refused: "data" },
  { what: "no spec", text: `${yamlPool().split("spec:")[0]}`, refused: "spec" },
  { what: "a null where a value is needed", text: yamlPool().replace("westus3", "null"), refused: "spec.location" },
  { what: "a group that ends a line", text: yamlPool().replace("rg", '"rg\\n"'), refused: "spec.resourceGroup" },
  { what: "a group of 90 letters é", text: yamlPool().replace("rg", "é".repeat(90)) },
  metadata("a number for a label", "labels: { a: 1 }", "metadata.labels.a"),
  metadata("a null for a label", "labels: { a: null }"),
  metadata("a label with a space", 'labels: { a: "b c" }', "metadata.labels"),
  metadata("a label's name with two slashes", "labels: { a/b/c: d }", "metadata.labels"),
  metadata("an annotation's name with capitals before its slash", "annotations: { A.b/c: d }"),
  metadata("an annotation's name with a space", 'annotations: { "a b": c }', "metadata.annotations"),
  metadata("an unknown member of metadata", "team: a", "metadata.team"),
  metadata("a number for the namespace", "namespace: 5", "metadata.namespace"),
  { what: "no name", text: yamlPool({ metadata: "labels: {}" }), refused: "metadata.name" },
  { what: "a number for the name", text: yamlPool({ metadata: "name: 123" }), refused: "metadata.name" },
  {
    what: "a name with capitals",
    text: yamlPool({ metadata: "name: MyPool", spec: "azureName: mypool" }),
    refused: "metadata.name",
  },
  { what: "another version", text: yamlPool().replace("v1alpha1", "v1"), refused: "apiVersion" },
  {
    what: "a kind in another casing",
    text: yamlPool().replace("kind: SessionPool", "kind: Sessionpool"),
    refused: "kind",
  },
  { what: "no kind", text: yamlPool().replace("kind: SessionPool\n", ""), refused: "kind" },
  { what: "a bracket that is not closed", text: yamlPool().replace("spec:", "spec: ["), refused: "" },
  { what: "a tab for indentation", text: yamlPool().replace("  location", "\tlocation"), refused: "" },
  { what: "an alias of nothing", text: yamlPool().replace("westus3", "*region"), refused: "" },
  { what: "a newer YAML", text: `%YAML 1.2\n---\n${yamlPool()}`, refused: "" },
  { what: "no object", text: "hello\n", refused: "" },
];
