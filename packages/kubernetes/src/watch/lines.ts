import { GarbledWatchError } from './garbled-watch-error.ts';

const NEWLINE = 0x0a;

/**
 * Splits a stream of bytes into lines, whatever the chunks are. Lines are decoded whole, so a character may
 * arrive in pieces. A last line without an end was cut off by the connection and is dropped.
 *
 * @throws GarbledWatchError for a line of more than `maxBytes`.
 */
export async function* readLines(
  chunks: AsyncIterable<Uint8Array>,
  maxBytes: number,
): AsyncGenerator<string, void, undefined> {
  let pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      pieces.push(chunk.subarray(start, end));
      yield Buffer.concat(pieces).toString('utf8');
      pieces = [];
      bytes = 0;
      start = end + 1;
    }
    bytes += chunk.length - start;
    if (bytes > maxBytes) throw new GarbledWatchError(`A line of a watch is longer than ${maxBytes} bytes.`);
    if (start < chunk.length) pieces.push(chunk.subarray(start));
  }
}
