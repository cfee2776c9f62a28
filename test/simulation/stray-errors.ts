const collected: string[] = [];
let installed = false;

/**
 * Collects rejections that nobody handles, and warnings of the runtime such as those about leaking listeners.
 *
 * @returns takes those that came since
 */
export function watchForStrayErrors(): () => readonly string[] {
  if (!installed) {
    installed = true;
    process.on("unhandledRejection", (reason) =>
      collected.push(
        `a rejection that nobody handles: ${reason instanceof Error ? (reason.stack ?? reason.message) : String(reason)}`,
      ),
    );
    process.on("warning", (warning) => {
      // Node says so of its own features; what a program does wrong has another name.
      if (warning.name !== "ExperimentalWarning") collected.push(`${warning.name}: ${warning.message}`);
    });
  }
  collected.length = 0;
  return () => [...collected];
}
