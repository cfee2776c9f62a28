import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { expect, inject } from "vitest";
import { parseAllDocuments } from "yaml";
import { attachCluster, type Cluster } from "../cluster/cluster.ts";
import { findHelm } from "../cluster/helm.ts";

/** The project. */
export const ROOT = join(import.meta.dirname, "..", "..");
const CHART = join(ROOT, "deploy", "chart");
/** Where the operator runs. */
export const SYSTEM = "sessionpool-system";
/** A build of helm may be part of it. */
export const BUILD_MS = 10 * 60_000;

/** A manifest, as far as it is read here. */
export interface Manifest {
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly rules?: readonly object[];
  readonly subjects?: readonly object[];
  readonly data?: Readonly<Record<string, string>>;
  readonly spec?: { readonly template: { readonly spec: PodSpec } };
}

export interface PodSpec {
  readonly containers: readonly { readonly args: string[]; readonly env: readonly object[] }[];
}

/** Manifests by kind, namespace and name. */
export type Manifests = Map<string, Manifest>;

/** The chart, and what stands beside it in deploy/. */
export interface Chart {
  readonly cluster: Cluster;
  /** What helm makes of the chart. @throws Error with what helm says against the values */
  render(values: object): Promise<Manifests>;
  /** What kustomize makes of a folder, whose path is absolute or relative to the project. */
  kustomized(folder: string): Promise<Manifests>;
  /** The API server takes it, field by field, and keeps nothing. */
  applies(manifests: Manifests): Promise<void>;
}

export async function openChart(): Promise<Chart> {
  const helm = await findHelm((line) => console.error(line));
  const cluster = attachCluster(inject("cluster"));
  return {
    cluster,
    render: async (values) => {
      const args = ["template", "sessionpool-operator", CHART, "--namespace", SYSTEM, "--values", "-"];
      const running = promisify(execFile)(helm, args, { maxBuffer: 16 * 1024 * 1024 });
      running.child.stdin?.end(JSON.stringify(values));
      return manifestsOf((await running).stdout);
    },
    kustomized: async (folder) => manifestsOf((await cluster.kubectl(["kustomize", resolve(ROOT, folder)])).stdout),
    applies: async (manifests) => {
      const input = JSON.stringify({ apiVersion: "v1", kind: "List", items: [...manifests.values()] });
      const args = ["apply", "--server-side", "--force-conflicts", "--dry-run=server", "--validate=strict", "-f", "-"];
      const { stdout } = await cluster.kubectl(args, { input });
      expect(stdout.trim().split("\n")).toHaveLength(manifests.size);
    },
  };
}

function manifestsOf(text: string): Manifests {
  const all = parseAllDocuments(text)
    .map((document) => document.toJS() as Manifest | null)
    .filter((manifest) => manifest !== null);
  return new Map(all.map((manifest) => [keyOf(manifest), manifest]));
}

function keyOf({ kind, metadata }: Manifest): string {
  return `${kind}/${metadata.namespace ?? ""}/${metadata.name}`;
}

export function withoutNamespace(manifests: Manifests): Manifests {
  return new Map([...manifests].filter(([, { kind }]) => kind !== "Namespace"));
}

/** @param name of the Deployment */
export function podOf(manifests: Manifests, name = "sessionpool-operator"): PodSpec {
  const pod = manifests.get(`Deployment/${SYSTEM}/${name}`)?.spec?.template.spec;
  if (!pod) throw new Error("there is no Deployment");
  return pod;
}

/** @param name of the Deployment */
export function argsOf(manifests: Manifests, name?: string): string[] {
  return podOf(manifests, name).containers[0]?.args ?? [];
}

/** The rules in a file of deploy/. */
export function rulesOf(file: string): readonly object[] {
  const manifests = manifestsOf(readFileSync(join(ROOT, file), "utf8"));
  return [...manifests.values()].flatMap(({ rules }) => rules ?? []);
}
