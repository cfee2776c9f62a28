/** What a person sees: headings, the commands that are run, and a table that redraws on a terminal and prints changes elsewhere. */
export interface Row {
  readonly name: string;
  readonly ready: string;
  readonly state: string;
  readonly endpoint: string;
  readonly note: string;
}

const tty = process.stdout.isTTY;
const colours = tty && process.env.NO_COLOR === undefined;

function paint(code: number, text: string): string {
  return colours ? `\u001B[${code}m${text}\u001B[0m` : text;
}

export const green = (text: string): string => paint(32, text);
export const red = (text: string): string => paint(31, text);
const dim = (text: string): string => paint(2, text);
const bold = (text: string): string => paint(1, text);

export function heading(text: string): void {
  console.log(`\n${bold(text)}`);
}

/** A command that a reader could run. */
export function command(text: string): void {
  console.log(dim(`  $ ${text}`));
}

export function say(text: string): void {
  console.log(`  ${text}`);
}

/** Shows rows until `done`; each call of `rows` reads them anew. */
export async function watchTable(
  rows: () => Promise<readonly Row[]>,
  done: (rows: readonly Row[]) => boolean,
  signal: AbortSignal,
): Promise<void> {
  let drawn = 0;
  let last = "";
  const started = Date.now();
  for (;;) {
    signal.throwIfAborted();
    const current = await rows();
    const finished = done(current);
    const lines = current.map((row) =>
      lineOf(row, tty && !finished ? process.stdout.columns : Number.POSITIVE_INFINITY),
    );
    if (tty) {
      if (drawn > 0) process.stdout.write(`\u001B[${drawn}A\u001B[J`);
      const shown = [...lines, finished ? "" : dim(`  … ${Math.round((Date.now() - started) / 1000)} s`)].filter(
        (line) => line !== "",
      );
      process.stdout.write(`${shown.join("\n")}\n`);
      drawn = shown.length;
    } else {
      const text = lines.join("\n");
      if (text !== last)
        for (const [index, line] of lines.entries()) if (line !== last.split("\n")[index]) console.log(line);
      last = text;
    }
    if (finished) return;
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}

/** A row of at most `columns` characters: a line that wraps could not be redrawn. */
function lineOf({ name, ready, state, endpoint, note }: Row, columns: number): string {
  const start = `  ${name.padEnd(20)} ${ready === "True" ? "Ready    " : "not ready"}  ${state.padEnd(11)} `;
  const rest = (endpoint === "" ? note : endpoint).slice(0, Math.max(columns - start.length - 1, 0));
  return (
    (ready === "True" ? start.replace("Ready    ", green("Ready    ")) : start) + (endpoint === "" ? dim(rest) : rest)
  );
}
