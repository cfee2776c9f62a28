import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { SessionPoolSpec } from "../../../src/api/session-pool.ts";
import { desiredBody } from "../../../src/sessionpool/desired.ts";
import { fieldsTags } from "../../../src/sessionpool/fields-tag.ts";
import { isEmpty, isList, isObject, type Json, type JsonObject, objectOr } from "../../../src/sessionpool/json.ts";
import { withoutOwnTags } from "../../../src/sessionpool/own-tags.ts";
import { anySpec } from "../../generated/spec-arbitrary.ts";
import { Azure, POOLS } from "../emulator/model-azure.ts";
import { importBody, planAgainst } from "./import-run.ts";

const RUNS = Number(process.env.PROPERTY_RUNS ?? 60);
const SEED = Number(process.env.PROPERTY_SEED ?? 20_250_701);
const CANARY = "canary-of-any-import-51c2";

/** The body of a PUT for a spec, with a value for each of its secrets. */
function bodyOf(spec: SessionPoolSpec): JsonObject {
  return desiredBody(spec, new Map((spec.secrets ?? []).map(({ name }) => [name, `${CANARY} ${name}`])));
}

/** A pool as GET shows it after this PUT, without what each pool has of its own: id, times, endpoint. */
function created(azure: Azure, name: string, body: JsonObject): { readonly live: JsonObject; readonly settings: Json } {
  azure.create(`${POOLS}/${name}`, body);
  const live = azure.pool(`${POOLS}/${name}`) as unknown as JsonObject;
  const { id: _id, name: _name, systemData: _data, tags, identity, ...rest } = live;
  const {
    poolManagementEndpoint: _endpoint,
    managedIdentitySettings: settings,
    ...properties
  } = objectOr(live.properties);
  const { principalId: _principal, ...own } = objectOr(identity);
  // The service lists what was sent before what it adds.
  const sorted = (isList(settings) ? settings : []).map((entry) => JSON.stringify(entry)).sort();
  const body2 = { ...rest, tags: withoutOwnTags(tags), identity: own, properties: { ...properties, sorted } };
  return { live, settings: withoutEmpty(body2) };
}

/** Nothing and an empty object mean the same to the service. */
function withoutEmpty(value: Json): Json {
  if (isList(value)) return value.map(withoutEmpty);
  if (!isObject(value)) return value;
  const members = Object.entries(value).filter(([, member]) => !isEmpty(member));
  return Object.fromEntries(members.map(([key, member]) => [key, withoutEmpty(member ?? null)]));
}

describe("any pool that a spec makes", { timeout: 300_000 }, () => {
  it("is imported without a change, also after an operator had it, and makes an equal pool", async () => {
    await fc.assert(
      fc.asyncProperty(anySpec(), fc.boolean(), async (spec, owned) => {
        const azure = new Azure();
        const asked = bodyOf(spec);
        const ownTags = owned ? { "appcontainers.dev.owner": "c1/ns/alpha/u", ...fieldsTags(asked) } : {};
        const first = created(azure, "alpha", { ...asked, tags: { ...objectOr(asked.tags), ...ownTags } });
        const { code, stdout, stderr, manifests } = await importBody(first.live, "--adoption", "Always");
        expect({ code, count: manifests.length, stderr }).toMatchObject({ code: 0, count: 1 });
        expect(stdout + stderr).not.toContain(CANARY);
        expect(stdout.includes("belongs to the SessionPool")).toBe(owned);
        expect(await planAgainst(stdout, first.live)).toMatchObject([{ name: "alpha", action: "None", changes: [] }]);
        const imported = manifests[0]?.spec as unknown as SessionPoolSpec;
        const second = created(azure, "beta", bodyOf(imported));
        expect(second.settings).toEqual(first.settings);
      }),
      { numRuns: RUNS, seed: SEED },
    );
  });
});
