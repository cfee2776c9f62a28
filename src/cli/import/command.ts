import { parseArgs } from "node:util";
import type { ArmClient } from "../../azure/arm-client.ts";
import { isObject } from "../../sessionpool/json.ts";
import { isResourceGroup, isSubscriptionId } from "../../sessionpool/arm-id.ts";
import { formatPoolId, parsePoolId } from "../../sessionpool/placement.ts";
import { connectToAzure, readSettings } from "../connect.ts";
import { InputError } from "../documents.ts";
import { type LivePool, poolsIn, readJson } from "../live-file.ts";
import { summaryOf, yamlOf } from "./notes.ts";
import { type ImportOptions, importPools } from "./pools.ts";

/** Where the command speaks, and what it reads. */
export interface ImportSurroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly print: (text: string) => void;
  readonly complain: (text: string) => void;
  /** @throws InputError */
  readonly readFile: (name: string) => string;
}

/** Which pools of Azure. */
interface Wanted {
  readonly subscriptionId: string;
  readonly resourceGroup: string | undefined;
  readonly name: string | undefined;
}

/** How long reading Azure may take, in milliseconds. */
const TIMEOUT_MS = 120_000;
const ADOPTIONS: readonly ImportOptions["adoption"][] = ["Never", "IfUnowned", "Always"];
const NAMESPACE = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

/**
 * Prints manifests for the pools of a file or of Azure. Writes nothing anywhere.
 *
 * @returns the exit code: 1 when a pool could not be imported
 * @throws InputError, ArmError
 */
export async function importCommand(args: readonly string[], around: ImportSurroundings): Promise<number> {
  const { from, options, ...flags } = readFlags(args);
  const pools = from === undefined ? await readAzure(wantedOf(flags, around.env), around.env) : readFrom(from, around);
  const imported = importPools(pools, options);
  around.print(yamlOf(imported.manifests));
  for (const line of summaryOf(imported)) around.complain(line);
  return imported.notImported.length > 0 ? 1 : 0;
}

function readFrom(file: string, { readFile, complain }: ImportSurroundings): readonly LivePool[] {
  const body = readJson(file, readFile(file));
  if (isObject(body) && typeof body.nextLink === "string")
    complain(
      `note: ${file} is one page of a longer list (it has a nextLink): the pools of the other pages are missing`,
    );
  return poolsIn(file, body);
}

async function readAzure(
  { subscriptionId, resourceGroup, name }: Wanted,
  env: ImportSurroundings["env"],
): Promise<readonly LivePool[]> {
  const arm: ArmClient = await connectToAzure(readSettings([], env));
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  if (name !== undefined && resourceGroup !== undefined)
    return poolsIn("Azure", (await arm.get({ subscriptionId, resourceGroup, name }, signal)).body);
  const scope = { subscriptionId, ...(resourceGroup === undefined ? {} : { resourceGroup }) };
  const pools: object[] = [];
  for await (const page of arm.list(scope, signal)) pools.push(...page.pools);
  return poolsIn("Azure", { value: pools });
}

interface Flags {
  readonly from: string | undefined;
  readonly subscription: string | undefined;
  readonly resourceGroup: string | undefined;
  readonly name: string | undefined;
  readonly options: ImportOptions;
}

function readFlags(args: readonly string[]): Flags {
  let values;
  try {
    ({ values } = parseArgs({
      args: [...args],
      strict: true,
      options: {
        from: { type: "string" },
        subscription: { type: "string" },
        "resource-group": { type: "string" },
        name: { type: "string" },
        namespace: { type: "string", short: "n" },
        adoption: { type: "string", default: "IfUnowned" },
      },
    }));
  } catch (error) {
    throw new InputError(`${error instanceof Error ? error.message : String(error)}; --help says more`);
  }
  const { from, subscription, "resource-group": resourceGroup, name, namespace } = values;
  const adoption = ADOPTIONS.find((known) => known === values.adoption);
  if (adoption === undefined)
    throw new InputError(`--adoption ${values.adoption}: must be one of ${ADOPTIONS.join(", ")}`);
  if (namespace !== undefined && !NAMESPACE.test(namespace))
    throw new InputError(`--namespace "${namespace}" is not the name of a namespace`);
  if (from !== undefined && [subscription, resourceGroup, name].some((flag) => flag !== undefined))
    throw new InputError("--from reads a file and not Azure: leave out --subscription, --resource-group and --name");
  return { from, subscription, resourceGroup, name, options: { namespace, adoption } };
}

function wantedOf(
  { subscription, resourceGroup, name }: Omit<Flags, "from" | "options">,
  env: ImportSurroundings["env"],
): Wanted {
  // A variable that is set to nothing is one that is not set.
  const subscriptionId = subscription ?? (env.AZURE_SUBSCRIPTION_ID === "" ? undefined : env.AZURE_SUBSCRIPTION_ID);
  if (subscriptionId === undefined)
    throw new InputError("no pools: name a subscription with --subscription UUID, or a file with --from FILE");
  if (!isSubscriptionId(subscriptionId)) throw new InputError(`the subscription "${subscriptionId}" is not a UUID`);
  if (resourceGroup !== undefined && !isResourceGroup(resourceGroup))
    throw new InputError(`--resource-group "${resourceGroup}" is not the name of a resource group`);
  if (name !== undefined && resourceGroup === undefined)
    throw new InputError(`--name ${name} needs --resource-group, which it is in`);
  if (name !== undefined && !parsePoolId(formatPoolId({ subscriptionId, resourceGroup: resourceGroup ?? "", name })))
    throw new InputError(`--name "${name}" is not the name of a session pool`);
  return { subscriptionId, resourceGroup, name };
}
