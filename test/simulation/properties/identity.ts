import type { Call } from "../calls.ts";

/** What a write to a resource breaks: it names the object that it is meant for, and what it writes is the operator's (promises 7 and 8). */
export function identityProblems({ name, about, body }: Call): readonly string[] {
  if (name !== "PATCH sessionpool" && name !== "PATCH status") return [];
  const operations = JSON.parse(body ?? "[]") as readonly { readonly op: string; readonly path: string }[];
  const isNamed = operations.some(({ op, path }) => op === "test" && path === "/metadata/uid");
  const allowed = name === "PATCH status" ? "/status" : "/metadata/finalizers";
  const other = operations.find(({ op, path }) => op !== "test" && path !== allowed);
  return [
    ...(isNamed ? [] : [`${name} ${about} without a test on the UID`]),
    ...(other ? [`${name} ${about} writes ${other.path}, which is the user's`] : []),
  ];
}
