import { GROUP, KIND, type SessionPool, VERSION } from "../api/session-pool.ts";
import { readText } from "./validate/yaml-text.ts";

/** What a file or the command line holds that the command cannot work with; the message says where and what to do. */
export class InputError extends Error {
  override readonly name = "InputError";
}

/** The documents of one or more files that a plan is made from. */
export interface Documents {
  /** In the order in which they stand. */
  readonly pools: readonly SessionPool[];
  /** Decoded data of the Secrets, by `namespace/name`. */
  readonly secrets: ReadonlyMap<string, ReadonlyMap<string, string>>;
}

interface RawObject {
  readonly apiVersion?: unknown;
  readonly kind?: unknown;
  readonly metadata?: { readonly name?: unknown; readonly namespace?: unknown };
  readonly items?: readonly RawObject[];
}

/**
 * Reads YAML or JSON, many documents or a List.
 *
 * @param files texts by file name
 * @param defaultNamespace of documents that name none
 * @throws InputError when a text is no YAML, or holds no SessionPool at all
 */
export function readDocuments(files: ReadonlyMap<string, string>, defaultNamespace: string): Documents {
  const pools: SessionPool[] = [];
  const secrets = new Map<string, ReadonlyMap<string, string>>();
  for (const [file, text] of files) {
    for (const object of objectsIn(file, text)) {
      const { name } = object.metadata ?? {};
      if (typeof name !== "string") continue;
      const namespace = typeof object.metadata?.namespace === "string" ? object.metadata.namespace : defaultNamespace;
      if (object.kind === KIND && object.apiVersion === `${GROUP}/${VERSION}`)
        pools.push(poolOf(object, namespace, file));
      else if (object.kind === "Secret" && object.apiVersion === "v1")
        secrets.set(`${namespace}/${name}`, secretData(object));
    }
  }
  if (pools.length === 0)
    throw new InputError(`${[...files.keys()].join(", ")}: no document of kind ${KIND} (${GROUP}/${VERSION})`);
  return { pools, secrets };
}

function objectsIn(file: string, text: string): readonly RawObject[] {
  const { documents, mistakes } = readText(text);
  const [first] = mistakes;
  if (first) throw new InputError(`${file}:${first.line}: ${first.message}`);
  return documents.flatMap(({ value }) => {
    if (typeof value !== "object" || value === null) return [];
    const object = value as RawObject;
    return Array.isArray(object.items) ? object.items : [object];
  });
}

/** A resource as the API server would have it, as far as a plan needs it. */
function poolOf(object: RawObject, namespace: string, file: string): SessionPool {
  const { spec, ...rest } = object as Partial<SessionPool>;
  if (typeof spec !== "object" || spec === null)
    throw new InputError(`${file}: ${KIND} ${String(object.metadata?.name)} has no spec`);
  return {
    spec,
    ...(rest.status ? { status: rest.status } : {}),
    metadata: {
      uid: "",
      resourceVersion: "",
      generation: 0,
      ...rest.metadata,
      name: rest.metadata?.name ?? "",
      namespace,
    },
  };
}

function secretData(object: object): ReadonlyMap<string, string> {
  const { data, stringData } = object as { data?: Record<string, unknown>; stringData?: Record<string, unknown> };
  return new Map([
    ...Object.entries(data ?? {}).map(
      ([key, value]) => [key, Buffer.from(String(value), "base64").toString()] as const,
    ),
    ...Object.entries(stringData ?? {}).map(([key, value]) => [key, String(value)] as const),
  ]);
}
