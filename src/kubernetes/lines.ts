const NEWLINE = 0x0a;

/** The lines of a stream of bytes in UTF-8, without empty ones. Each byte is copied once however a line is cut up; an unfinished last line is none. */
export async function* linesOf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  let parts: Uint8Array[] = [];
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      parts.push(chunk.subarray(start, end));
      start = end + 1;
      const line = joined(parts);
      parts = [];
      if (line !== "") yield line;
    }
    if (start < chunk.length) parts.push(chunk.subarray(start));
  }
}

/** Decoded as a whole, since a character may be in two parts. */
function joined(parts: readonly Uint8Array[]): string {
  const [first] = parts;
  const all = parts.length === 1 && first ? Buffer.from(first.buffer, first.byteOffset, first.length) : undefined;
  return (all ?? Buffer.concat(parts)).toString("utf8");
}
