import { GarbledWatchError } from './garbled-watch-error.ts';

const NEWLINE = 0x0a;

/**
 * Splits a stream of bytes into lines, whatever the chunks are. Lines are decoded whole, so a character may
 * arrive in pieces.
 *
 * @throws GarbledWatchError for a line of more than `maxBytes`, and for a last line that the connection cut off.
 */
export async function* readLines(
  chunks: AsyncIterable<Uint8Array>,
  maxBytes: number,
): AsyncGenerator<string, void, undefined> {
  const line = new UnfinishedLine(maxBytes);
  try {
    for await (const chunk of chunks) {
      let start = 0;
      for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
        yield line.finish(chunk.subarray(start, end));
        start = end + 1;
      }
      line.add(chunk.subarray(start));
    }
  } catch (cause) {
    throw line.isEmpty || GarbledWatchError.is(cause) ? cause : halfLine(cause);
  }
  if (!line.isEmpty) throw halfLine();
}

function halfLine(cause?: unknown): GarbledWatchError {
  return new GarbledWatchError('The connection of a watch ended within a line.', { isHalfLine: true, cause });
}

/** The bytes since the last line break. */
class UnfinishedLine {
  readonly #maxBytes: number;
  #pieces: Uint8Array[] = [];
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get isEmpty(): boolean {
    return this.#bytes === 0;
  }

  add(piece: Uint8Array): void {
    this.#bytes += piece.length;
    if (this.#bytes > this.#maxBytes)
      throw new GarbledWatchError(`A line of a watch is longer than ${this.#maxBytes} bytes.`);
    if (piece.length > 0) this.#pieces.push(piece);
  }

  finish(piece: Uint8Array): string {
    this.add(piece);
    const text = Buffer.concat(this.#pieces).toString('utf8');
    this.#pieces = [];
    this.#bytes = 0;
    return text;
  }
}
