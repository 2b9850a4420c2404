import { ApiError } from '../../src/client/api-error.ts';
import { GarbledWatchError } from '../../src/watch/garbled-watch-error.ts';
import { readLines } from '../../src/watch/lines.ts';
import { readWatchEvents } from '../../src/watch/watch-stream.ts';
import { widget } from '../widget.ts';

describe('readLines', () => {
  it('gives the same lines however the bytes are cut, characters of several bytes included', async () => {
    const bytes = Buffer.from('{"a":"grüße"}\n\n{"b":"日本🚀"}\n');
    for (let size = 1; size <= bytes.length; size += 1) {
      const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) =>
        bytes.subarray(at * size, (at + 1) * size),
      );
      expect(await collect(readLines(streamOf(chunks), 1_000))).toEqual([
        '{"a":"grüße"}',
        '',
        '{"b":"日本🚀"}',
      ]);
    }
  });

  it.each([undefined, new Error('ECONNRESET')])(
    'tells a last line that was cut off, after the lines before it (%s)',
    async (cause) => {
      const lines: string[] = [];
      const failure = await (async () => {
        for await (const line of readLines(streamOf(['one\ntw'], cause), 1_000)) lines.push(line);
      })().catch((error: unknown) => error);

      expect(lines).toEqual(['one']);
      expect(failure).toMatchObject({ isHalfLine: true, cause });
    },
  );

  it('lets the end of a connection between two lines through as it is', async () => {
    await expect(collect(readLines(streamOf(['one\n'], new Error('ECONNRESET')), 1_000))).rejects.toThrow(
      'ECONNRESET',
    );
  });

  it('refuses a line that never ends', async () => {
    const endless = streamOf(Array.from({ length: 100 }, () => 'x'.repeat(100)));

    await expect(collect(readLines(endless, 5_000))).rejects.toThrow('longer than 5000 bytes');
  });
});

describe('readWatchEvents', () => {
  it('reads events and bookmarks in order', async () => {
    const added = { type: 'ADDED', object: widget('a', 1) };
    const bookmark = { type: 'BOOKMARK', object: { metadata: { resourceVersion: '7' } } };

    expect(await read(`${JSON.stringify(added)}\n${JSON.stringify(bookmark)}\n`)).toEqual([added, bookmark]);
  });

  it('throws an error of the server that comes within the stream', async () => {
    const status = {
      kind: 'Status',
      code: 410,
      reason: 'Expired',
      message: 'too old resource version: 1 (9)',
    };
    const failure = await read(`${JSON.stringify({ type: 'ERROR', object: status })}\n`).catch(
      (error) => error,
    );

    expect(ApiError.isGone(failure)).toBe(true);
    expect(failure.message).toContain('too old resource version: 1 (9)');
  });

  it.each([
    '<html>',
    '{"type":"ADDED"',
    '{"type":"ADDED"}',
    '[]',
    'null',
    '{"type":"NEW","object":{"metadata":{}}}',
  ])('calls %s garbage', async (line) => {
    const failure = await read(`${line}\n`).catch((error) => error);

    expect(GarbledWatchError.is(failure)).toBe(true);
  });

  it('names the request when the connection breaks', async () => {
    async function* broken() {
      yield Buffer.from('\n');
      throw new Error('socket hang up');
    }

    await expect(collect(readWatchEvents(broken(), { request: 'watch of /x', codec: JSON }))).rejects.toThrow(
      'watch of /x got no answer: socket hang up',
    );
  });
});

function read(text: string): Promise<unknown[]> {
  return collect(readWatchEvents(streamOf([text]), { request: 'watch of /x', codec: JSON }));
}

async function collect<T>(source: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of source) items.push(item);
  return items;
}

async function* streamOf(
  chunks: readonly (string | Uint8Array)[],
  failure?: Error,
): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) yield typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
  if (failure !== undefined) throw failure;
}
