import type { Aim } from "./fault-proxy.ts";

/** One call of the operator's in the story of a pool. */
export interface Point extends Aim {
  /** What the call is for, as test titles say it. */
  readonly name: string;
  /** Who is called. */
  readonly world: "kubernetes" | "azure";
  /** From when on calls are counted. */
  readonly from: "start" | "deletion";
}

const POOL = /\/sessionpools\/pool$/;
const STATUS = /\/sessionpools\/pool\/status$/;
const AZURE_POOLS = /\/sessionPools\?/;
const AZURE_POOL = /\/sessionPools\/pool\?/;

/**
 * Every distinct call that the operator makes from the first start to the removal of the finalizer, and the second one where a call serves two
 * ends. The test of the undisturbed story fails when the operator makes one that is not here.
 */
export const POINTS: readonly Point[] = [
  ...points("kubernetes", [
    ["namespace read", "GET", /\/namespaces\/kube-system$/, 1],
    ["list that goes on as a watch", "GET", /\/sessionpools\?watch=true&.*&sendInitialEvents=true/, 1],
    ["credential look-up", "GET", /\/secrets\/azure-credential$/, 1],
    ["secret read", "GET", /\/secrets\/keys$/, 1],
    ["hash key read", "GET", /\/secrets\/sessionpool-hash-key$/, 1],
    ["hash key create", "POST", /\/secrets$/, 1],
    ["finalizer add", "PATCH", POOL, 1],
    ["live GET", "GET", POOL, 1],
    ["event POST", "POST", /\/events$/, 1],
    ["event PATCH, of what happened again", "PATCH", /\/events\/pool\./, 1],
    ["status PATCH", "PATCH", STATUS, 1],
    ["status PATCH that says Ready", "PATCH", STATUS, 2],
    ["finalizer removal", "PATCH", POOL, 2],
  ]),
  // The order decides which faults come to a call: half an answer must come where there is a body.
  ...points("azure", [
    ["sign-in discovery", "GET", /\/\.well-known\/openid-configuration/, 1],
    ["token", "POST", /\/oauth2\/v2\.0\/token/, 1],
    ["pool GET after the PUT", "GET", AZURE_POOL, 2],
    ["PUT that creates", "PUT", AZURE_POOL, 1],
    ["operation GET", "GET", /\/operationStatuses\//, 1],
    ["DELETE", "DELETE", AZURE_POOL, 1],
    ["PUT of the edit", "PUT", AZURE_POOL, 2],
    ["pool GET before the DELETE", "GET", AZURE_POOL, 1, "deletion"],
    ["operation GET of the DELETE", "GET", /\/operationResults\//, 1],
    ["pools LIST", "GET", AZURE_POOLS, 1],
    ["first pool GET", "GET", AZURE_POOL, 1],
  ]),
];

type Row = readonly [name: string, method: string, path: RegExp, nth: number, from?: Point["from"]];

function points(world: Point["world"], rows: readonly Row[]): readonly Point[] {
  return rows.map(([name, method, path, nth, from = "start"]) => ({ name, world, method, path, nth, from }));
}
