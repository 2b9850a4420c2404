import { Child } from './kubernetes/child.ts';
import { type Benchmark, lessIsBetter } from './result.ts';

const NODES = 10_000;

/** What an idle node takes of the heap of its module, with one edge, when there are 10,000 of them. */
export const nodeMemory: Benchmark = {
  name: 'node-memory',
  async run() {
    const value = await bytesOf('nodes');
    const reference = { name: 'the spec and one closure for each node', value: await bytesOf('closures') };
    return [lessIsBetter({ name: 'node-memory', value, unit: 'bytes', reference })];
  },
};

async function bytesOf(kind: 'nodes' | 'closures'): Promise<number> {
  await using child = new Child({
    file: '../node-memory-process.ts',
    args: [String(NODES), kind],
    nodeFlags: ['--expose-gc'],
  });
  return (await child.next<{ readonly bytes: number }>()).bytes;
}
