import { LABEL_PATTERNS } from "../../src/kubernetes/label-selector.ts";
import { SETTINGS } from "../../src/settings.ts";

/** What a text in the chart's values must look like. */
export interface Format {
  /** In the syntax that JavaScript and Helm (RE2, without lookahead) have in common. */
  readonly pattern: string;
  /** The same for people. */
  readonly expected: string;
}

/** Settings whose value the chart passes on as it is, or in a list. */
const NAMES = ["subscriptionId", "clientId", "clusterId", "driftInterval", "namespace"] as const;

/** The formats by the setting's name, as the operator has them. */
export function chartFormats(): Readonly<Record<string, Format>> {
  return {
    ...Object.fromEntries(
      NAMES.map((name) => [name, { pattern: SETTINGS[name].schema.pattern, expected: SETTINGS[name].expected }]),
    ),
    watchLabelSelector: { pattern: labelSelectorPattern(), expected: SETTINGS.watchLabelSelector.expected },
  };
}

/** What parseLabelSelector takes; RE2 cannot say that the DNS name before a label's name has at most 253 characters. */
function labelSelectorPattern(): string {
  const key = `(${LABEL_PATTERNS.prefix}/)?${LABEL_PATTERNS.name}`;
  const value = `(${LABEL_PATTERNS.name})?`;
  const forms = [
    String.raw`(!\s*)?${key}`,
    String.raw`${key}\s*(==?|!=)\s*${value}`,
    String.raw`${key}\s+(in|notin)\s*\(\s*${value}\s*(,\s*${value}\s*)*\)`,
  ].join("|");
  return String.raw`^\s*(${forms})\s*(,\s*(${forms})\s*)*$`;
}
