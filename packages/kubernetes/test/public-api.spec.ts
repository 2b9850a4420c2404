import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

const SRC = join(import.meta.dirname, '..', 'src');
const DECLARATION = /^export (?:abstract |async )?(?:class|interface|function|const|type) (\w+)/gm;

describe('The public API', () => {
  it('documents everything that it exports', async () => {
    const index = await readFile(join(SRC, 'index.ts'), 'utf8');
    const exported = new Set([...index.matchAll(/\b[A-Za-z]\w+\b(?=[,\s]*[,}])/g)].map(([name]) => name));
    const undocumented: string[] = [];
    let declared = 0;
    for (const text of await sources()) {
      for (const match of text.matchAll(DECLARATION)) {
        if (!exported.has(match[1] ?? '')) continue;
        declared += 1;
        if (!text.slice(0, match.index).trimEnd().endsWith('*/')) undocumented.push(match[1] ?? '');
      }
    }

    expect(undocumented).toEqual([]);
    expect(declared).toBeGreaterThanOrEqual(exported.size);
  });

  it('knows no word of the system that it was made for', async () => {
    const foreign = (await sources()).flatMap((text) => text.match(/tiny\w*/gi) ?? []);

    expect(foreign).toEqual([]);
  });
});

async function sources(): Promise<readonly string[]> {
  const files = (await readdir(SRC, { recursive: true })).filter((file) => file.endsWith('.ts'));
  return Promise.all(files.map((file) => readFile(join(SRC, file), 'utf8')));
}
