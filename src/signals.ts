/**
 * Listens to a signal once, in place of who did so far. At no moment does nobody listen: a signal that came while the process was busy is told to who
 * listens in the next turn of the event loop, and is forgotten when the last one has gone before, also when another one comes after that.
 */
export function listenInstead(signal: "SIGTERM" | "SIGINT", listener: () => void): void {
  const before = process.listeners(signal);
  process.once(signal, listener);
  for (const each of before) process.off(signal, each);
}
