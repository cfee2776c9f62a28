import { objectOr } from "../../../src/sessionpool/json.ts";
import { badRequest } from "./failure.ts";
import { textOf } from "./kinds.ts";
import type { Stored } from "./store.ts";

/** Fields that can be selected by. */
const FIELDS: Readonly<Record<string, (object: Stored) => string>> = {
  "metadata.name": ({ metadata }) => metadata.name,
  "metadata.namespace": ({ metadata }) => metadata.namespace ?? "",
  type: (object) => textOf(object.type),
};

/** What `fieldSelector` and `labelSelector` of a query let through: equality, inequality, and labels that are there or not. */
export function selectorOf(query: URLSearchParams): (object: Stored) => boolean {
  const tests = [
    ...terms(query.get("fieldSelector")).map((term) => equality(term, fieldOf)),
    ...terms(query.get("labelSelector")).map((term) => (/[=]/.test(term) ? equality(term, labelOf) : existence(term))),
  ];
  return (object) => tests.every((test) => test(object));
}

type Test = (object: Stored) => boolean;
type Read = (name: string) => (object: Stored) => string | undefined;

const fieldOf: Read = (name) => {
  const read = FIELDS[name];
  if (!read) throw badRequest(`field label not supported: ${name}`);
  return read;
};

const labelOf: Read =
  (name) =>
  ({ metadata }) => {
    const value = objectOr(metadata.labels)[name];
    return typeof value === "string" ? value : undefined;
  };

function equality(term: string, of: Read): Test {
  const [, name = "", operator, value = ""] = /^([^=!]+)(!=|==?)(.*)$/.exec(term) ?? [];
  const read = of(name.trim());
  return (object) => (read(object) === value.trim()) === (operator !== "!=");
}

function existence(term: string): Test {
  const absent = term.startsWith("!");
  const read = labelOf(absent ? term.slice(1) : term);
  return (object) => (read(object) === undefined) === absent;
}

function terms(selector: string | null): readonly string[] {
  return (selector ?? "").split(",").filter((term) => term !== "");
}
