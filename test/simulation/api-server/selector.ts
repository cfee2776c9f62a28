import { LabelSelectorError, parseLabelSelector } from "../../../src/kubernetes/label-selector.ts";
import { badRequest } from "./failure.ts";
import { textOf } from "./kinds.ts";
import type { Stored } from "./store.ts";

/** Fields that can be selected by. */
const FIELDS: Readonly<Record<string, (object: Stored) => string>> = {
  "metadata.name": ({ metadata }) => metadata.name,
  "metadata.namespace": ({ metadata }) => metadata.namespace ?? "",
  type: (object) => textOf(object.type),
};

/** What `fieldSelector` (equality, inequality) and `labelSelector` of a query let through. @throws Failure 400 */
export function selectorOf(query: URLSearchParams): (object: Stored) => boolean {
  const tests = terms(query.get("fieldSelector")).map(fieldTest);
  const selects = labelsTest(query.get("labelSelector") ?? "");
  return (object) => tests.every((test) => test(object)) && selects(object);
}

function fieldTest(term: string): (object: Stored) => boolean {
  const [, name = "", operator, value = ""] = /^([^=!]+)(!=|==?)(.*)$/.exec(term) ?? [];
  const read = FIELDS[name.trim()];
  if (!read) throw badRequest(`field label not supported: ${name}`);
  return (object) => (read(object) === value.trim()) === (operator !== "!=");
}

/** Labels are read as the operator reads them; the conformance suite holds that to a real server. */
function labelsTest(selector: string): (object: Stored) => boolean {
  if (selector.trim() === "") return () => true;
  try {
    const selects = parseLabelSelector(selector);
    return ({ metadata }) => selects(metadata.labels ?? {});
  } catch (error) {
    if (error instanceof LabelSelectorError) throw badRequest(`unable to parse requirement: ${error.message}`);
    throw error;
  }
}

function terms(selector: string | null): readonly string[] {
  return (selector ?? "").split(",").filter((term) => term !== "");
}
