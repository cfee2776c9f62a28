import { type Change, shownChange } from "../sessionpool/diff.ts";
import { show } from "../sessionpool/json.ts";
import type { PlanReport } from "./plan.ts";

/** Wraps text in an ANSI colour, or leaves it as it is. */
type Paint = (code: number, text: string) => string;

const GREEN = 32;
const YELLOW = 33;
const RED = 31;
const BOLD = 1;

/** The plans for people, with a summary in the last line. @param clusterId what owner tags call the cluster; undefined offline */
export function textOf(plans: readonly PlanReport[], clusterId: string | undefined, colours: boolean): string {
  const paint: Paint = (code, text) => (colours ? `\u001B[${code}m${text}\u001B[0m` : text);
  const count = (action: string): number => plans.filter((plan) => plan.action === action).length;
  const summary = `Plan: ${count("Create")} to create, ${count("Update")} to update, ${count("None")} without changes.`;
  const cluster = clusterId === undefined ? [] : [`Cluster id in owner tags: ${clusterId}`, ""];
  return [...plans.map((plan) => blockOf(plan, paint)), ...cluster, paint(BOLD, summary)].join("\n");
}

/** The plans for programs; paths are JSON pointers into the ARM body. */
export function jsonOf(plans: readonly PlanReport[], clusterId: string | undefined): string {
  return JSON.stringify({ clusterId, plans }, undefined, 2);
}

function blockOf({ namespace, name, action, changes, blocked }: PlanReport, paint: Paint): string {
  const mark = action === "Create" ? paint(GREEN, "+") : action === "Update" ? paint(YELLOW, "~") : "=";
  return [
    paint(BOLD, `${mark} ${namespace}/${name}: ${action === "None" ? "no changes" : action.toLowerCase()}`),
    ...changes.map((change) => lineOf(shownChange(change), paint)),
    ...(blocked ? [`    ${paint(RED, "held")} ${blocked.reason}: ${blocked.message}`] : []),
    "",
  ].join("\n");
}

function lineOf({ path, desired, observed }: Change, paint: Paint): string {
  if (observed === undefined) return `    ${paint(GREEN, "+")} ${path}: ${show(desired)}`;
  if (desired === undefined) return `    ${paint(RED, "-")} ${path}: ${show(observed)}`;
  return `    ${paint(YELLOW, "~")} ${path}: ${show(observed)} -> ${show(desired)}`;
}
