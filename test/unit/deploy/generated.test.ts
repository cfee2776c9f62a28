import { describe, expect, it } from "vitest";
import { generateAll } from "../../../tools/generate/all.ts";
import { explainedRules } from "../../../tools/generate/rules.ts";
import { readText } from "./manifests.ts";

describe("what is generated for deploy/", () => {
  it("is up to date, and changes with what it is made from", async () => {
    const files = await generateAll(readText);
    for (const [path, content] of files) expect({ path, text: readText(path) }).toEqual({ path, text: content });
    const other = await generateAll((path) =>
      path === "deploy/rbac.yaml"
        ? readText(path).replace("verbs: [create, patch]", "verbs: [create]")
        : readText(path),
    );
    const changed = [...other].filter(([path, content]) => files.get(path) !== content).map(([path]) => path);
    expect(changed).toContain("docs/rbac.md");
  });
});

describe("the reason of a rule", () => {
  const rule = "apiGroups: [a]\n    resources: [b]\n    verbs: [get]";

  it.each([
    ["the first rule", `rules:\n  # One,\n  # and on.\n  - ${rule}`, ["One, and on."]],
    ["each rule", `rules:\n  # One.\n  - ${rule}\n  # Two.\n  - ${rule}`, ["One.", "Two."]],
    ["a rule that a patch adds", `- op: add\n  path: /rules/-\n  value:\n    # One.\n    ${rule}`, ["One."]],
    ["a file without rules", "kind: Namespace", []],
  ])("is the comment above it: %s", (_what, text, reasons) => {
    expect(explainedRules("file", text).map(({ why }) => why)).toEqual(reasons);
  });

  it("is demanded", () => {
    expect(() => explainedRules("file.yaml", `rules:\n  # One.\n  - ${rule}\n  - ${rule}`)).toThrow(
      "file.yaml: the rule on b has no comment that says why",
    );
  });
});
