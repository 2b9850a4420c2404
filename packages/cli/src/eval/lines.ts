const NEWLINE = 0x0a;

/** One line of input; `undefined` stands for one that is too long to be read. */
export type Line = string | undefined;

/** Cuts bytes into lines without their ends. Of a line above `maxBytes` nothing is kept. */
export async function* linesOf(chunks: AsyncIterable<Uint8Array>, maxBytes: number): AsyncGenerator<Line> {
  let parts: Uint8Array[] = [];
  let size = 0;
  const take = (): Line => {
    const line = size > maxBytes ? undefined : Buffer.concat(parts).toString('utf8');
    [parts, size] = [[], 0];
    return line;
  };
  const keep = (part: Uint8Array): void => {
    size += part.length;
    if (size <= maxBytes) parts.push(part);
    else parts = [];
  };
  for await (const chunk of chunks) {
    let from = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, from)) {
      keep(chunk.subarray(from, end));
      yield take();
      from = end + 1;
    }
    keep(chunk.subarray(from));
  }
  if (size > 0) yield take();
}
