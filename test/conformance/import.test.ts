import { basename } from "node:path";
import { describe, expect, it } from "vitest";
import { isList, isObject, type JsonObject, objectOr } from "../../src/sessionpool/json.ts";
import { importBody, planAgainst } from "../unit/cli/import-run.ts";
import { readRecording, recordingFiles } from "./replay.ts";

/** The only types of the CRD; previews of the service had more (azure-session-pools §1.4). */
const KNOWN_TYPES: ReadonlySet<unknown> = new Set(["CustomContainer", "PythonLTS"]);

/** Every answer to a GET or LIST of session pools, whatever api-version it was asked in. */
const bodies = recordingFiles().flatMap((file) =>
  readRecording(file)
    .filter(({ request, response }) => {
      const path = new URL(request.url).pathname;
      return (
        request.method === "GET" && response.status === 200 && /\/Microsoft\.App\/sessionPools(\/[^/]+)?$/i.test(path)
      );
    })
    .map(({ seq, response: { body } }) => ({ name: `${basename(file)} seq ${seq}`, body: objectOr(body) })),
);

function poolsOf(body: JsonObject): readonly JsonObject[] {
  return isList(body.value) ? body.value.filter(isObject) : [body];
}

describe("recorded answers of Azure, imported", () => {
  it("are some, lists among them", () => {
    expect(bodies.filter(({ body }) => isList(body.value)).length).toBeGreaterThanOrEqual(3);
    expect(bodies.flatMap(({ body }) => poolsOf(body)).length).toBeGreaterThanOrEqual(9);
  });

  it.each(bodies)("make no change: $name", async ({ body }) => {
    const known = poolsOf(body).filter((pool) => KNOWN_TYPES.has(objectOr(pool.properties).containerType));
    const { code, stdout, stderr, manifests } = await importBody(body);
    const told = stderr.split("\n").filter((line) => line.startsWith("not imported"));
    const names = new Set(manifests.map(({ metadata }) => metadata.name));
    expect({ names, stderr }).toMatchObject({ names: new Set(known.map(({ name }) => name)) });
    expect(told.filter((line) => !line.includes(": spec.containerType: Unsupported value"))).toEqual([]);
    expect([code, told.length]).toEqual([told.length > 0 ? 1 : 0, poolsOf(body).length - known.length]);
    const plans = manifests.length === 0 ? [] : await planAgainst(stdout, body);
    expect(plans).toMatchObject(manifests.map(() => ({ action: "None", changes: [] })));
  });
});
