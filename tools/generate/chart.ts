import { stringify } from "yaml";
import { chartFormats } from "./chart-formats.ts";
import { explainedRules, type Rule } from "./rules.ts";
import { CRD_PATH } from "./sources.ts";

/** Relative to the project's root. */
const PROTECTION_PATH = "deploy/cluster-wide/protection.yaml";
const FILES = "deploy/chart/files";

/**
 * What the chart's templates read, by path: the CRD, the admission policy, the rules and what texts must look like, so that none of them is written by hand a second time.
 *
 * @param read the text of a file, by its path relative to the project's root
 */
export function chartFiles(read: (path: string) => string): ReadonlyMap<string, string> {
  const rules = (path: string): readonly Rule[] =>
    explainedRules(path, read(path)).map(({ why: _why, ...rule }) => rule);
  const byUse = {
    cluster: rules("deploy/rbac.yaml"),
    watched: rules("deploy/namespaced/watched/rbac.yaml"),
    own: rules("deploy/operator/rbac.yaml"),
    secretWatch: {
      cluster: rules("deploy/secret-watch/rbac.yaml"),
      watched: rules("deploy/namespaced/secret-watch/watched.yaml"),
      own: rules("deploy/namespaced/secret-watch/own.yaml"),
    },
    scopeLabels: rules("deploy/tenants/rbac.yaml"),
    metricsAuth: rules("deploy/metrics-auth/rbac.yaml"),
    metricsReader: rules("deploy/metrics-auth/reader.yaml"),
  };
  return new Map([
    [`${FILES}/crd.yaml`, banner(CRD_PATH) + read(CRD_PATH)],
    [`${FILES}/protection.yaml`, banner(PROTECTION_PATH) + read(PROTECTION_PATH)],
    [
      `${FILES}/formats.yaml`,
      banner("src/settings.ts and src/kubernetes/label-selector.ts") + stringify(chartFormats(), { lineWidth: 0 }),
    ],
    [`${FILES}/rules.yaml`, banner("the rules in deploy/") + stringify(byUse)],
  ]);
}

function banner(source: string): string {
  return `# Generated from ${source} by \`npm run generate\`. Do not edit.\n`;
}
