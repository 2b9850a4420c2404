import { compilePath } from '../../src/resources/json-path.ts';

const OBJECT = {
  metadata: { labels: { 'a.b/c': 'x' } },
  status: {
    phase: 'Ready',
    conditions: [
      { type: 'A', status: 'False' },
      { type: 'Ready', status: 'True' },
    ],
  },
};

describe('compilePath', () => {
  it.each<[string, any[]]>([
    ['.status.phase', ['Ready']],
    ['status.phase', ['Ready']],
    ['.status.conditions[0].type', ['A']],
    ['.status.conditions[-1].type', ['Ready']],
    ['.status.conditions[*].status', ['False', 'True']],
    ['.status.conditions[?(@.type=="Ready")].status', ['True']],
    [".status.conditions[?(@.type=='A')].status", ['False']],
    [".metadata.labels['a.b/c']", ['x']],
    ['.metadata.labels.a\\.b/c', ['x']],
    ['.status.missing.deeper', []],
    ['.status[', []],
  ])('finds %s', (path, expected) => {
    expect(compilePath(path)(OBJECT)).toEqual(expected);
  });
});
