/**
 * Why a part of the operator does not move, such as "the watch of … has said nothing for 300 s"; undefined while it does. Parts that wait for what is
 * away (the API server, Azure, a lease that another replica has) move: they try again, and a restart would not help them.
 */
export type Vital = () => string | undefined;

/**
 * Asks all parts.
 *
 * @param tell is told when there begin to be problems, and when there are none any more, since whoever asks may end the process
 * @returns the problems now, none when all is well
 */
export function watchVitals(
  vitals: readonly Vital[],
  tell: (problems: readonly string[]) => void,
): () => readonly string[] {
  let wasWell = true;
  return () => {
    const problems = vitals.flatMap((problem) => problem() ?? []);
    const isWell = problems.length === 0;
    if (isWell !== wasWell) tell(problems);
    wasWell = isWell;
    return problems;
  };
}
