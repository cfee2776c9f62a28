import { Ajv, type ErrorObject, type ValidateFunction } from "ajv";
import { parseDocument } from "yaml";
import { OWN_SCHEMA } from "../api/own-schema.ts";
import {
  type ArmKind,
  formatArmId,
  formOf,
  isResourceGroup,
  isSubscriptionId,
  parseArmId,
} from "../sessionpool/arm-id.ts";
import { isList, isObject, objectOr } from "../sessionpool/json.ts";
import type { Allowed, Scope, ScopeTable } from "../sessionpool/scope.ts";

/** A scope table, or what is wrong with its text: one line per mistake, with its place first. */
export type ParsedScopes =
  | { readonly ok: true; readonly table: ScopeTable }
  | { readonly ok: false; readonly problems: readonly string[] };

/** Stands for any name. */
const ANY = "*";
const OR_ANY = `, or "${ANY}"`;

/** What a text must be, by the name that the schema gives it. */
const FORMATS: Readonly<Record<string, { readonly test: (text: string) => boolean; readonly expected: string }>> = {
  namespace: {
    test: (text) => /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(text),
    expected: "the name of a namespace",
  },
  subscription: { test: isSubscriptionId, expected: `a subscription's UUID${OR_ANY}` },
  "resource-group": { test: isResourceGroup, expected: `the name of a resource group${OR_ANY}` },
  environment: {
    test: (text) => parseArmId("environment", text) !== undefined,
    expected: formOf("environment") + OR_ANY,
  },
  identity: { test: (text) => parseArmId("identity", text) !== undefined, expected: formOf("identity") + OR_ANY },
};
const WITHOUT_ANY = new Set(["namespace"]);

const TYPES: Readonly<Record<string, string>> = { object: "a mapping", array: "a list", string: "a text" };

function listOf(format: string): object {
  return { type: "array", items: { type: "string", format } };
}

/** A scope table, in JSON. */
export const SCOPES_SCHEMA = {
  type: "object",
  additionalProperties: false,
  properties: {
    default: { enum: ["Allow", "Deny"] },
    scopes: {
      type: "array",
      items: {
        type: "object",
        additionalProperties: false,
        required: ["subscriptions", "resourceGroups"],
        properties: {
          namespaces: { ...listOf("namespace"), minItems: 1 },
          namespaceSelector: {
            type: "object",
            additionalProperties: false,
            required: ["matchLabels"],
            properties: {
              // Without a label a selector would mean every namespace.
              matchLabels: { type: "object", minProperties: 1, additionalProperties: { type: "string" } },
            },
          },
          subscriptions: listOf("subscription"),
          resourceGroups: listOf("resource-group"),
          environments: listOf("environment"),
          identities: listOf("identity"),
        },
      },
    },
  },
} as const;

/** What the schema lets through. */
interface ScopeFile {
  readonly default?: "Allow" | "Deny";
  readonly scopes?: readonly {
    readonly namespaces?: readonly string[];
    readonly namespaceSelector?: { readonly matchLabels: Readonly<Record<string, string>> };
    readonly subscriptions: readonly string[];
    readonly resourceGroups: readonly string[];
    readonly environments?: readonly string[];
    readonly identities?: readonly string[];
  }[];
}

let compiled: ValidateFunction<ScopeFile> | undefined;

/** Compiled when there is a table: most operators have none. */
function schemaCheck(): ValidateFunction<ScopeFile> {
  if (compiled) return compiled;
  const ajv = new Ajv({ ...OWN_SCHEMA, allErrors: true, verbose: true });
  for (const [name, { test }] of Object.entries(FORMATS))
    ajv.addFormat(name, (text) => test(text) || (text === ANY && !WITHOUT_ANY.has(name)));
  compiled = ajv.compile<ScopeFile>(SCOPES_SCHEMA);
  return compiled;
}

/** Reads the scope table from YAML or JSON. */
export function parseScopes(text: string): ParsedScopes {
  const document = parseDocument(text);
  const broken = [...document.errors, ...document.warnings].map(({ message }) => firstLine(message));
  if (broken.length > 0) return { ok: false, problems: broken };
  let value: unknown;
  try {
    value = document.toJS();
  } catch (error) {
    return { ok: false, problems: [firstLine(error instanceof Error ? error.message : String(error))] };
  }
  const nobody = forNobody(value);
  const validate = schemaCheck();
  if (!validate(value)) return { ok: false, problems: [...(validate.errors ?? []).map(lineOf), ...nobody] };
  if (nobody.length > 0) return { ok: false, problems: nobody };
  return { ok: true, table: { default: value.default ?? "Allow", scopes: (value.scopes ?? []).map(scopeOf) } };
}

/** Entries that mean no namespace at all; a schema would say that in three lines. */
function forNobody(value: unknown): readonly string[] {
  const { scopes } = objectOr(value);
  return (isList(scopes) ? scopes : []).flatMap((entry, index) =>
    isObject(entry) && !("namespaces" in entry) && !("namespaceSelector" in entry)
      ? [`scopes[${index}]: needs namespaces or namespaceSelector`]
      : [],
  );
}

function scopeOf(entry: NonNullable<ScopeFile["scopes"]>[number]): Scope {
  return {
    namespaces: entry.namespaces ?? [],
    matchLabels: entry.namespaceSelector?.matchLabels,
    subscriptions: allowed(entry.subscriptions),
    resourceGroups: allowed(entry.resourceGroups),
    environments: allowed(entry.environments ?? [], "environment"),
    identities: allowed(entry.identities ?? [], "identity"),
  };
}

/** Ids are rebuilt, as those of resources are: then both have the same fixed segments. */
function allowed(names: readonly string[], kind?: ArmKind): Allowed {
  if (names.includes(ANY)) return "any";
  if (kind === undefined) return names;
  return names.flatMap((name) => {
    const id = parseArmId(kind, name);
    return id ? [formatArmId(kind, id)] : [];
  });
}

function lineOf({ instancePath, keyword, params, message, data }: ErrorObject): string {
  const where = instancePath
    .replaceAll(/\/(\d+)/g, "[$1]")
    .replaceAll("/", ".")
    .replace(/^\./, "");
  const of = (text: string): string => (where === "" ? text : `${where}: ${text}`);
  switch (keyword) {
    case "additionalProperties":
      return of(`unknown key "${String(params.additionalProperty)}"`);
    case "required":
      return of(`${String(params.missingProperty)} is missing`);
    case "type":
      return of(`must be ${TYPES[String(params.type)] ?? String(params.type)}`);
    case "enum":
      return of(`must be ${(params.allowedValues as readonly string[]).join(" or ")}`);
    case "format":
      return of(`${JSON.stringify(data)} is not ${FORMATS[String(params.format)]?.expected ?? String(params.format)}`);
    case "minItems":
    case "minProperties":
      return of("must not be empty");
    default:
      return of(message ?? "is not valid");
  }
}

function firstLine(message: string): string {
  const line = message.split("\n")[0]?.replace(/:$/, "") ?? "";
  return line.startsWith("Alias") ? `${line}: write "${ANY}" in quotes` : line;
}
