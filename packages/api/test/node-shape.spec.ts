import { type TinyNode, readableNode, unreadableBecause } from '@tinysystems/api';

const edge = { id: 'e', port: 'out', to: 'b', toPort: 'in' };
const nodeWith = (spec: unknown, status?: unknown): TinyNode =>
  ({ metadata: { name: 'a' }, spec, ...(status !== undefined && { status }) }) as TinyNode;

describe('readableNode', () => {
  it('gives a node that has its shape back as it is, with what a later version added', () => {
    const spec = {
      module: 'm',
      component: 'c',
      settings: { a: 1 },
      concurrency: { max: 1, queue: 0 },
      edges: [
        {
          ...edge,
          configuration: 'x',
          retry: { maxAttempts: 3, initialDelay: '1m30s', jitter: 0 },
          later: 1,
        },
      ],
      later: { a: [null] },
    };
    const node = nodeWith(spec, { ports: [{ name: 'in', source: false }], conditions: [], later: true });
    expect(readableNode(node)).toBe(node);
    expect(unreadableBecause(node)).toBeUndefined();
  });

  it.each<[string, unknown, string]>([
    ['no object', null, 'spec must be an object'],
    ['a list', [], 'spec must be an object'],
    ['no module', { component: 'c' }, 'spec.module must be a text'],
    [
      'settings that are a list',
      { module: 'm', component: 'c', settings: [] },
      'spec.settings must be an object',
    ],
    ['edges that are a text', { module: 'm', component: 'c', edges: 'no' }, 'spec.edges must be a list'],
    [
      'an edge that is null',
      { module: 'm', component: 'c', edges: [edge, null] },
      'spec.edges[1] must be an object',
    ],
    [
      'an edge to a number',
      { module: 'm', component: 'c', edges: [{ ...edge, to: 7 }] },
      'spec.edges[0].to must be a text',
    ],
    [
      'a delay that is none',
      { module: 'm', component: 'c', edges: [{ ...edge, retry: { initialDelay: 'soon' } }] },
      'spec.edges[0].retry.initialDelay must be a duration such as 100ms or 5s',
    ],
    [
      'half a slot',
      { module: 'm', component: 'c', concurrency: { max: 0.5 } },
      'spec.concurrency.max must be a whole number of at least 1',
    ],
  ])('reduces a spec with %s to whose it is, and says why', (_case, spec, why) => {
    const read = readableNode(nodeWith(spec));
    expect(unreadableBecause(read)).toBe(why);
    expect(read.spec).toMatchObject({ run: false, edges: [] });
    expect(typeof read.spec.module).toBe('string');
  });

  it('leaves a status out that has not its shape, and keeps the spec', () => {
    const spec = { module: 'm', component: 'c' };
    expect(readableNode(nodeWith(spec, { ports: 'many' }))).toEqual(nodeWith(spec));
    expect(readableNode(nodeWith(spec, null))).toEqual(nodeWith(spec));
  });
});
