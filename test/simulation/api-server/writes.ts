import { isObject, type JsonObject, objectOr, sameJson } from "../../../src/sessionpool/json.ts";
import { stableGuid } from "../../emulator/tokens.ts";
import { alreadyExists, badRequest, conflict, Failure, terminating, invalid, notFound } from "./failure.ts";
import { KINDS, type KindRules, textOf } from "./kinds.ts";
import type { Meta, Store, Stored } from "./store.ts";

/** Names one object; the namespace of what has none is empty. */
export interface Target {
  readonly kind: KindRules;
  readonly namespace: string;
  readonly name: string;
}

/** The rules of writing (kubernetes-conventions §1.3), each held to a real server by the conformance suite. */
export class Writes {
  readonly #store: Store;
  readonly #now: () => number;
  readonly #hasRules: boolean;

  /**
   * @param now milliseconds since the epoch
   * @param hasRules whether objects are checked
   */
  constructor(store: Store, now: () => number, hasRules: boolean) {
    this.#hasRules = hasRules;
    this.#store = store;
    this.#now = now;
  }

  existing({ kind, namespace, name }: Target): Stored {
    const object = this.#store.get(kind, namespace, name);
    if (!object) throw notFound(kind, name);
    return object;
  }

  /** @param name that of the metadata */
  create(kind: KindRules, namespace: string, sent: JsonObject): Stored {
    const given = objectOr(sent.metadata);
    const name = typeof given.name === "string" ? given.name : "";
    if (kind.namespaced) this.#checkNamespace({ kind, namespace, name });
    if (given.namespace !== undefined && given.namespace !== namespace)
      throw badRequest("the namespace of the provided object does not match the namespace sent on the request");
    if (name === "") throw invalid(kind, "", ["metadata.name: Required value: name or generateName is required"]);
    if (this.#store.get(kind, namespace, name)) throw alreadyExists(kind, name);
    const { status: _status, ...rest } = sent;
    const prepared = kind.prepare(kind.hasStatus ? rest : sent);
    const metadata: Meta = {
      ...userFields(given),
      name,
      ...(kind.namespaced ? { namespace } : {}),
      uid: stableGuid(`${kind.plural}/${namespace}/${name}/${this.#store.creations(kind, namespace, name)}`),
      resourceVersion: "",
      ...(kind.counted ? { generation: 1 } : {}),
      creationTimestamp: this.#timestamp(),
    };
    const object = { ...typed(kind), ...prepared, metadata } as unknown as Stored;
    this.#check(kind, object, undefined);
    return this.#store.put(kind, object);
  }

  /**
   * Stores what a PUT or a patch made of an object.
   *
   * @param subresource `status`: only the status counts; empty: all but the status
   */
  update(target: Target, sent: JsonObject, subresource: "" | "status"): Stored {
    const { kind, name } = target;
    const before = this.existing(target);
    const given = objectOr(sent.metadata);
    if (typeof given.uid === "string" && given.uid !== "" && given.uid !== before.metadata.uid)
      throw conflict(
        kind,
        name,
        `StorageError: invalid object, Code: 4, Key: /registry/${kind.group}/${kind.plural}/${target.namespace}/${name}, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in precondition: ${given.uid}, UID in object meta: ${before.metadata.uid}`,
      );
    if (!given.resourceVersion && kind.conditional)
      throw invalid(kind, name, ["metadata.resourceVersion: Invalid value: 0: must be specified for an update"]);
    if (
      typeof given.resourceVersion === "string" &&
      given.resourceVersion !== "" &&
      given.resourceVersion !== before.metadata.resourceVersion
    )
      throw conflict(
        kind,
        name,
        "the object has been modified; please apply your changes to the latest version and try again",
      );
    const prepared = kind.prepare(sent);
    const { status: oldStatus, ...oldRest } = before;
    const { status: newStatus, ...newRest } = prepared;
    let object: Stored;
    if (subresource === "status") {
      object = { ...oldRest, ...(newStatus === undefined ? {} : { status: newStatus }) };
    } else {
      const { metadata: _old, ...oldContent } = oldRest;
      const { metadata: _new, ...newContent } = newRest;
      const kept = kind.hasStatus ? oldStatus : newStatus;
      const content = { ...typed(kind), ...newContent, ...(kept === undefined ? {} : { status: kept }) };
      const changed = kind.counted && !sameJson({ ...typed(kind), ...newContent }, { ...typed(kind), ...oldContent });
      const metadata = {
        ...before.metadata,
        ...cleared(before.metadata),
        ...userFields(given),
        ...(changed ? { generation: (before.metadata.generation ?? 0) + 1 } : {}),
      };
      object = { ...content, metadata };
      checkFinalizers(kind, name, before, object);
    }
    this.#check(kind, object, before);
    if (
      object.metadata.deletionTimestamp !== undefined &&
      (object.metadata.finalizers ?? []).length === 0 &&
      kind.namespaced
    ) {
      this.#store.remove(kind, object);
      return object;
    }
    return this.#store.put(kind, object);
  }

  /** @returns the object while finalizers keep it, else what it was, and `gone` */
  delete(target: Target, options: JsonObject): { readonly object: Stored; readonly gone: boolean } {
    const { kind, name } = target;
    const before = this.existing(target);
    const { uid, resourceVersion } = objectOr(options.preconditions);
    if (uid !== undefined && uid !== before.metadata.uid)
      throw new Failure(
        409,
        "Conflict",
        `Operation cannot be fulfilled on ${kind.kind}.${kind.group} "${name}": the UID in the precondition (${textOf(uid)}) does not match the UID in record (${before.metadata.uid}). The object might have been deleted and then recreated`,
        { name, group: kind.group, kind: kind.kind },
      );
    if (resourceVersion !== undefined && resourceVersion !== before.metadata.resourceVersion)
      throw conflict(
        kind,
        name,
        `Precondition failed: ResourceVersion in precondition: ${textOf(resourceVersion)}, ResourceVersion in object meta: ${before.metadata.resourceVersion}`,
      );
    const held = (before.metadata.finalizers ?? []).length > 0 || !kind.namespaced;
    if (!held) {
      this.#store.remove(kind, before);
      return { object: before, gone: true };
    }
    if (before.metadata.deletionTimestamp !== undefined) return { object: before, gone: false };
    const metadata = {
      ...before.metadata,
      deletionTimestamp: this.#timestamp(),
      ...(kind.namespaced ? { deletionGracePeriodSeconds: 0 } : {}),
      ...(kind.counted ? { generation: (before.metadata.generation ?? 0) + 1 } : {}),
    };
    const status = kind.namespaced ? {} : { status: { phase: "Terminating" } };
    return { object: this.#store.put(kind, { ...before, ...status, metadata }), gone: false };
  }

  #check(kind: KindRules, object: Stored, previous: Stored | undefined): void {
    const problems = this.#hasRules ? kind.problems(object, previous) : [];
    if (problems.length > 0) throw invalid(kind, object.metadata.name, problems);
  }

  #checkNamespace({ kind, namespace, name }: Target): void {
    const namespaces = KINDS.find(({ plural }) => plural === "namespaces");
    const holder = namespaces && this.#store.get(namespaces, "", namespace);
    if (!namespaces || !holder)
      throw new Failure(404, "NotFound", `namespaces "${namespace}" not found`, {
        name: namespace,
        kind: "namespaces",
      });
    if (holder.metadata.deletionTimestamp !== undefined) throw terminating(kind, name, namespace);
  }

  #timestamp(): string {
    return `${new Date(this.#now()).toISOString().slice(0, 19)}Z`;
  }
}

/** Metadata that users may set; the rest is the server's. */
function userFields(metadata: JsonObject): Pick<Meta, "labels" | "annotations" | "finalizers"> {
  const { labels, annotations, finalizers } = metadata;
  return {
    ...(isObject(labels) && Object.keys(labels).length > 0 ? { labels: labels as Record<string, string> } : {}),
    ...(isObject(annotations) && Object.keys(annotations).length > 0
      ? { annotations: annotations as Record<string, string> }
      : {}),
    ...(Array.isArray(finalizers) && finalizers.length > 0 ? { finalizers: [...new Set(finalizers as string[])] } : {}),
  };
}

/** The same members as absent, so that what a writer left out goes. */
function cleared(_metadata: Meta): object {
  return { labels: undefined, annotations: undefined, finalizers: undefined };
}

function typed({ group, version, kind }: KindRules): { readonly apiVersion: string; readonly kind: string } {
  return { apiVersion: group === "" ? version : `${group}/${version}`, kind };
}

function checkFinalizers(kind: KindRules, name: string, before: Stored, after: Stored): void {
  if (before.metadata.deletionTimestamp === undefined) return;
  const known = new Set(before.metadata.finalizers);
  const added = (after.metadata.finalizers ?? []).filter((finalizer) => !known.has(finalizer));
  if (added.length > 0)
    throw invalid(kind, name, [
      `metadata.finalizers: Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{${added.map((finalizer) => JSON.stringify(finalizer)).join(", ")}}`,
    ]);
}
