import {
  answer,
  ArmFault,
  type EmulatorResponse,
  resourceGroupNotFound,
  resourceNotFound,
  subscriptionNotFound,
} from "./http.ts";
import { type Fields, fields, mergePatch } from "./json.ts";
import { shortName } from "./locations.ts";
import type { Clock, Random } from "./clock.ts";
import type { Duration, Work } from "./durations.ts";
import { type Operation, operationId, Operations, operationUrl, retryAfterSeconds, signature } from "./operations.ts";
import { isBuiltIn, requestOf, settingsOf, withStoredCasing } from "./pool.ts";
import { keyOf, Pools } from "./pools.ts";
import { checkImmutable, checkLocation, checkRules, pullFailure } from "./rules.ts";
import type { Address } from "./routes.ts";
import { checkShape } from "./shape.ts";
import { checkTags } from "./tags.ts";
import { type Caller, type StoredPool, viewOf } from "./view.ts";

export interface PoolStoreOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** How long each long-running operation takes. */
  readonly provisioningSeconds: number | Duration;
  /** Pools on a page of a LIST; the real number is not known (kubernetes-conventions §6.2 guesses 20 to 100). */
  readonly pageSize?: number;
}

interface Context {
  /** `https://host:port`, for the URLs in answers. */
  readonly base: string;
  readonly apiVersion: string;
  readonly caller: Caller;
}

const DEFAULT_PAGE_SIZE = 20;
const POOL_NAME = /^[a-z][a-z0-9-]{2,62}$/;

/** The pools and their operations. Operations end by the clock, looked at before each call. */
export class PoolStore {
  readonly #options: PoolStoreOptions;
  readonly #pools = new Pools();
  readonly #operations = new Operations();
  #sequence = 0;

  constructor(options: PoolStoreOptions) {
    this.#options = options;
  }

  secretValues(id: string): ReadonlyMap<string, string> {
    return this.#pools.withId(id)?.settings.secrets ?? new Map();
  }

  /** All pools as reads show them. */
  all(): readonly object[] {
    this.#settle();
    return this.#pools.all().map((pool) => viewOf(pool, "read"));
  }

  /** When the operation that runs on a pool ends, or the last one ended, in milliseconds since the epoch; undefined: there was none. */
  endOfWork(address: Address): number | undefined {
    return this.#pools.get(keyOf(address))?.workEndsAt;
  }

  get(address: Address): EmulatorResponse {
    return answer(200, viewOf(this.#existing(address), "read"));
  }

  list(
    subscription: string,
    group: string | undefined,
    skipToken: string | null,
    path: string,
    { base, apiVersion }: Context,
  ): EmulatorResponse {
    checkScope(subscription, group);
    this.#settle();
    const after = Number(skipToken ?? 0);
    if (!Number.isInteger(after)) throw new ArmFault(400, "InvalidSkipToken", "The $skipToken is not valid.");
    const size = this.#options.pageSize ?? DEFAULT_PAGE_SIZE;
    const { pools, hasMore } = this.#pools.page(subscription, group, after, size);
    const nextLink = hasMore
      ? `${base}${encodeURI(path)}?api-version=${apiVersion}&%24skipToken=${pools.at(-1)?.sequence}`
      : undefined;
    return answer(200, { value: pools.map((pool) => viewOf(pool, "read")), ...(nextLink ? { nextLink } : {}) });
  }

  /** 201 and an operation for a new pool as for an old one; 200 at once for a built-in pool (azure-session-pools §3.1). */
  put(address: Address, body: Fields, context: Context): EmulatorResponse {
    checkScope(address.subscription, address.group);
    if (!POOL_NAME.test(address.name)) {
      throw new ArmFault(
        400,
        "InvalidResourceName",
        `The resource name '${address.name}' is invalid: it must match ^[a-z][a-z0-9]*$ and have 3 to 63 characters.`,
      );
    }
    this.#settle();
    const key = keyOf(address);
    const before = this.#pools.get(key);
    checkShape(body);
    const settings = settingsOf(body);
    checkLocation(before?.settings, settings, address.name);
    checkTags(settings.tags);
    checkRules(settings, body);
    if (before) checkImmutable(before.settings, settings);
    this.#refuseWhileBusy(key, address.name);
    const stamp = this.#stamp();
    const builtIn = isBuiltIn(settings.containerType);
    const pool: StoredPool = before ?? {
      ...address,
      sequence: (this.#sequence += 1),
      createdAt: stamp,
      createdBy: context.caller,
      settings,
      modifiedAt: stamp,
      modifiedBy: context.caller,
      provisioningState: "InProgress",
      nodeCount: undefined,
      workEndsAt: undefined,
    };
    Object.assign(pool, {
      settings,
      modifiedAt: stamp,
      modifiedBy: context.caller,
      provisioningState: builtIn ? "Succeeded" : "InProgress",
    });
    if (!before) this.#pools.add(pool);
    const view = before ? "replace" : "create";
    if (builtIn) return answer(200, viewOf(pool, view));
    const operation = this.#start(before ? "update" : "create", key, pool);
    return answer(201, viewOf(pool, view), {
      "azure-asyncoperation": operationUrl(context.base, operation, context.apiVersion),
      "x-ms-async-operation-timeout": "PT30M",
      "retry-after": retryAfterSeconds(operation.seconds),
    });
  }

  /** 202 without a body, and only Location, contrary to the specification (azure-session-pools §3.1, §3.4). */
  patch(address: Address, body: Fields, context: Context): EmulatorResponse {
    const pool = this.#existing(address);
    const key = keyOf(address);
    checkShape(body);
    // Tags replace as a whole, unlike every other object.
    const merged = {
      ...fields(mergePatch(requestOf(pool.settings), withStoredCasing(body, pool.settings.identity))),
      ...("tags" in body ? { tags: body.tags } : {}),
    };
    const settings = settingsOf(merged);
    checkLocation(pool.settings, settings, address.name);
    checkTags(settings.tags);
    // First, since a merge of two kinds of pool breaks other rules too.
    checkImmutable(pool.settings, settings);
    checkRules(settings, isBuiltIn(settings.containerType) ? body : merged);
    this.#refuseWhileBusy(key, address.name);
    const stamp = this.#stamp();
    Object.assign(pool, { settings, modifiedAt: stamp, modifiedBy: context.caller });
    if (isBuiltIn(settings.containerType)) return answer(200, viewOf(pool, "read"));
    pool.provisioningState = "InProgress";
    return this.#accepted(this.#start("patch", key, pool), context);
  }

  /** 202 + Location; 204 at once for a built-in pool, and for one that does not exist (azure-session-pools §3.1). */
  delete(address: Address, context: Context): EmulatorResponse {
    checkScope(address.subscription, address.group);
    this.#settle();
    const key = keyOf(address);
    const pool = this.#pools.get(key);
    if (!pool) return answer(204);
    if (isBuiltIn(pool.settings.containerType)) {
      this.#pools.delete(key);
      return answer(204);
    }
    const running = this.#operations.runningOn(key);
    if (running?.kind === "delete") return this.#accepted(running, context);
    this.#refuseWhileBusy(key, address.name);
    pool.provisioningState = "Deleting";
    return this.#accepted(this.#start("delete", key, pool), context);
  }

  /** What a poll URL answers. Its signature must be intact. */
  operation(id: string, statuses: boolean, query: URLSearchParams, context: Context): EmulatorResponse {
    this.#settle();
    const operation = this.#operations.get(id);
    if (!operation || statuses !== (operation.kind === "put")) {
      throw new ArmFault(404, "OperationNotFound", `The operation '${id}' could not be found.`);
    }
    const sent = ["t", "c", "s", "h"].map((name) => `${name}=${query.get(name) ?? ""}`).join("&");
    if (sent !== operation.signature)
      throw new ArmFault(403, "AuthorizationFailed", "The signature of the operation URL is not valid.");
    const running = this.#options.clock() < operation.endsAt;
    const retryAfter = { "retry-after": retryAfterSeconds(operation.seconds) };
    if (statuses) {
      const route = `/subscriptions/${operation.subscription}/providers/Microsoft.App/locations/${operation.location}/operationStatuses/${id}`;
      const status = running ? "InProgress" : operation.failure ? "Failed" : "Succeeded";
      const body = {
        id: route,
        name: id,
        status,
        startTime: operation.startTime,
        ...(status === "Failed" ? { error: operation.failure } : {}),
      };
      return answer(200, body, running ? retryAfter : {});
    }
    if (running)
      return answer(202, undefined, {
        location: operationUrl(context.base, operation, context.apiVersion),
        ...retryAfter,
      });
    if (operation.failure) throw new ArmFault(400, operation.failure.code, operation.failure.message);
    const pool = this.#pools.get(operation.poolKey);
    return operation.kind === "delete" || !pool ? answer(204) : answer(200, viewOf(pool, "read"));
  }

  #existing(address: Address): StoredPool {
    checkScope(address.subscription, address.group);
    this.#settle();
    const pool = this.#pools.get(keyOf(address));
    if (!pool) throw resourceNotFound(address.name, address.group);
    return pool;
  }

  /**
   * For PUT, PATCH and a DELETE during a PUT or PATCH. The wording is the sibling's `ContainerAppOperationInProgress`: no 409 of a session pool is
   * known, nor whether a DELETE may interrupt (azure-session-pools §3.5, §9).
   */
  #refuseWhileBusy(key: string, name: string): void {
    if (this.#operations.runningOn(key)) {
      throw new ArmFault(
        409,
        "SessionPoolOperationInProgress",
        `Cannot modify the session pool '${name}' because another operation is in progress. Please retry after some time.`,
      );
    }
  }

  #start(work: Work, key: string, pool: StoredPool): Operation {
    const { clock, random, provisioningSeconds } = this.#options;
    const now = clock();
    const seconds = typeof provisioningSeconds === "number" ? provisioningSeconds : provisioningSeconds(work, random);
    const failed = work !== "delete" && pullFailure(pool.settings.customContainerTemplate);
    const operation: Operation = {
      id: operationId(random),
      kind: work === "create" || work === "update" ? "put" : work,
      poolKey: key,
      subscription: pool.subscription,
      location: shortName(pool.settings.location),
      startTime: this.#stamp(),
      seconds,
      endsAt: now + seconds * 1000,
      failure: failed
        ? {
            code: "SessionPoolOperationError",
            message: `Failed to provision session pool '${pool.name}'. Error details: pool group create/update failed with error: time out.`,
          }
        : undefined,
      signature: signature(random, now),
    };
    this.#operations.start(operation);
    pool.workEndsAt = operation.endsAt;
    return operation;
  }

  #accepted(operation: Operation, { base, apiVersion }: Context): EmulatorResponse {
    return answer(202, undefined, {
      location: operationUrl(base, operation, apiVersion),
      "retry-after": retryAfterSeconds(operation.seconds),
    });
  }

  /** Lets operations whose time has come take effect. */
  #settle(): void {
    for (const { kind, poolKey, failure } of this.#operations.takeEnded(this.#options.clock())) {
      const pool = this.#pools.get(poolKey);
      if (kind === "delete") this.#pools.delete(poolKey);
      else if (pool) {
        pool.provisioningState = failure ? "Failed" : "Succeeded";
        pool.nodeCount = failure ? 0 : 1;
      }
    }
  }

  /** Seven fractional digits with trailing zeros dropped, without Z (azure-session-pools §3.3). */
  #stamp(): string {
    const { clock, random } = this.#options;
    const digits = `${new Date(clock()).toISOString().slice(0, 23)}${String(Math.floor(random() * 10_000)).padStart(4, "0")}`;
    return digits.replace(/0+$/, "").replace(/\.$/, "");
  }
}

/** Everything exists but what is called `missing-`. */
function checkScope(subscription: string, group: string | undefined): void {
  if (subscription.toLowerCase().startsWith("missing-")) throw subscriptionNotFound(subscription);
  if (group?.toLowerCase().startsWith("missing-")) throw resourceGroupNotFound(group);
}
