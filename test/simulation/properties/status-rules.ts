import { type Condition, findCondition } from "../../../src/api/conditions.ts";
import type { SessionPoolStatus } from "../../../src/api/session-pool.ts";

/**
 * What a status that was just written breaks of the rules that Flux's own conformity check has (fluxcd/pkg runtime/conditions/check/fail.go;
 * kubernetes-conventions §2.2) and of those for conditions (Kubernetes API conventions, "Typical status properties").
 *
 * @param generation metadata.generation of the object as it is now
 * @param previous the status before
 * @param wereSet whether wall clocks were set, so that times may go back
 */
export function statusProblems(
  status: SessionPoolStatus,
  generation: number,
  previous: SessionPoolStatus | undefined,
  wereSet: boolean,
): readonly string[] {
  const { conditions = [], observedGeneration = -1 } = status;
  const problems: string[] = [];
  const rule = (broken: boolean, text: string): void => {
    if (broken) problems.push(text);
  };
  const ready = findCondition(conditions, "Ready");
  const isTrue = (type: string): boolean => findCondition(conditions, type)?.status === "True";
  rule(ready === undefined, "FAIL0002: there is no condition Ready");
  const isReady = ready?.status === "True";
  rule(isReady && (isTrue("Reconciling") || isTrue("Stalled")), "FAIL0001: Ready=True beside Reconciling or Stalled");
  rule(isTrue("Reconciling") && ready?.status !== "False", "FAIL0003: Reconciling=True, and Ready is not False");
  rule(isTrue("Stalled") && ready?.status !== "False", "FAIL0004: Stalled=True, and Ready is not False");
  rule(isTrue("Stalled") && isTrue("Reconciling"), "FAIL0005: both Stalled and Reconciling");
  rule(
    observedGeneration > generation,
    `FAIL0006: observedGeneration ${observedGeneration} of generation ${generation}`,
  );
  rule(
    isReady && conditions.some((condition) => condition.observedGeneration !== observedGeneration),
    "FAIL0009: a condition's observedGeneration is not that of the status",
  );
  rule(ready?.status === "Unknown" && !isTrue("Reconciling"), "FAIL0011: Ready=Unknown without Reconciling");
  rule(
    observedGeneration < (previous?.observedGeneration ?? -1),
    `observedGeneration went back from ${previous?.observedGeneration} to ${observedGeneration}`,
  );
  rule(
    conditions.some(({ status, type }) => status !== "True" && type !== "Ready"),
    "WARN0003: a condition other than Ready that is not True",
  );
  for (const condition of conditions)
    problems.push(...transitionProblems(condition, findCondition(previous?.conditions, condition.type), wereSet));
  return problems;
}

function transitionProblems(condition: Condition, before: Condition | undefined, wereSet: boolean): readonly string[] {
  if (!before || before.status === condition.status) {
    return before && before.lastTransitionTime !== condition.lastTransitionTime
      ? [
          `${condition.type} stays ${condition.status}, and its lastTransitionTime moves from ${before.lastTransitionTime} to ${condition.lastTransitionTime}`,
        ]
      : [];
  }
  return before.lastTransitionTime > condition.lastTransitionTime && !wereSet
    ? [`lastTransitionTime of ${condition.type} goes back`]
    : [];
}
