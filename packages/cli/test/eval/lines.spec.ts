import { type Line, linesOf } from '../../src/eval/lines.ts';

async function cut(chunks: readonly (string | Buffer)[], maxBytes = 100): Promise<readonly Line[]> {
  async function* bytes(): AsyncGenerator<Uint8Array> {
    for (const chunk of chunks) yield Buffer.from(chunk);
  }
  const lines: Line[] = [];
  for await (const line of linesOf(bytes(), maxBytes)) lines.push(line);
  return lines;
}

describe('linesOf', () => {
  it.each([
    [[''], []],
    [['a\nb\n'], ['a', 'b']],
    [['a\nb'], ['a', 'b']],
    [
      ['a', 'b\n', '\n', 'c'],
      ['ab', '', 'c'],
    ],
    [['\n\n'], ['', '']],
  ])('cuts %j into %j', async (chunks, expected) => {
    expect(await cut(chunks)).toEqual(expected);
  });

  it('joins a character that two chunks share', async () => {
    const bytes = Buffer.from('é\n');

    expect(await cut([bytes.subarray(0, 1), bytes.subarray(1)])).toEqual(['é']);
  });

  it('drops a line that is too long, and reads on', async () => {
    expect(await cut(['abcdef', 'g\nx\n', 'abcde\n', 'abcdef'], 5)).toEqual([
      undefined,
      'x',
      'abcde',
      undefined,
    ]);
  });
});
