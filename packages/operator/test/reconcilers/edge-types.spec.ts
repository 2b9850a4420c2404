import type { TinyModule, TinyNode } from '@tinysystems/api';
import type { Component } from '@tinysystems/core';
import { EdgeTypes } from '../../src/reconcilers/edge-types.ts';

const source: Component = {
  name: 'source',
  description: 'Emits.',
  info: '',
  tags: [],
  settings: undefined,
  control: undefined,
  ports: () => [
    {
      ...{ name: 'out', label: 'Out', position: 'right', direction: 'out' },
      schema: {
        type: 'object',
        properties: { text: { type: 'string' }, any: {} },
        required: ['text', 'any'],
      },
    },
  ],
  create: () => ({ handle: () => Promise.reject(new Error('nothing runs here')) }),
};
const PORTS = [{ name: 'out', label: 'Out', position: 'right', source: true }] as const;

/** What the caches show: a `sink` of another module, whose port takes `type`. */
function cachesWith(type: string) {
  const sink: TinyNode = {
    metadata: { name: 'sink', namespace: 'default' },
    spec: { module: 'beta', component: 'sink' },
    status: { ports: [{ name: 'in', label: 'In', position: 'left', source: false }] },
  };
  const schema = { type: 'object', properties: { x: { type } }, required: ['x'] };
  const ports = [{ name: 'in', label: 'In', position: 'left', source: false, schema }] as const;
  const beta = {
    metadata: { name: 'beta' },
    spec: {},
    status: { components: [{ name: 'sink', description: '', info: '', tags: [], ports }] },
  } satisfies TinyModule;
  const lister = <T>(object: T, name: string) => ({
    get: (_namespace: string, wanted: string) => (wanted === name ? object : undefined),
  });
  return { nodes: { lister: lister(sink, 'sink') }, modules: { lister: lister(beta, 'beta') } } as never;
}

const node = (x: string, to = 'sink'): TinyNode => ({
  metadata: { name: 'n', namespace: 'default' },
  spec: {
    module: 'alpha',
    component: 'source',
    edges: [{ id: 'e', port: 'out', to, toPort: 'in', configuration: { x } }],
  },
});
const problemsOf = (type: string, x: string, to?: string) =>
  new EdgeTypes({ moduleName: 'alpha', components: [source], caches: cachesWith(type) }).problemsOf(
    node(x, to),
    PORTS,
  );

describe('the types of the edges of a node', () => {
  it('are checked against the component that the TinyModule of the target lists', () => {
    expect(problemsOf('string', '{{$.text}}')).toEqual({ invalid: [], unknown: [] });
    expect(problemsOf('number', '{{$.text}}').invalid).toEqual([
      'edge e: x {{$.text}}: expected number, found string',
    ]);
    expect(problemsOf('number', '{{$.any}}').unknown).toEqual([
      'edge e: x {{$.any}}: expected number, found an unknown value; the schema says nothing about it',
    ]);
  });

  it('say nothing of ends that are not there, which the status names already', () => {
    expect(problemsOf('number', '{{$.text}}', 'nowhere')).toEqual({ invalid: [], unknown: [] });
  });

  it('are worked out again only when something they depend on has changed', () => {
    const caches = cachesWith('number');
    const types = new EdgeTypes({ moduleName: 'alpha', components: [source], caches });
    const first = types.problemsOf(node('{{$.text}}'), PORTS);
    expect(types.problemsOf(node('{{$.text}}'), PORTS)).toBe(first);
    expect(types.problemsOf(node('{{$.any}}'), PORTS)).not.toBe(first);
    types.forget('n');
    expect(types.problemsOf(node('{{$.any}}'), PORTS).invalid).toEqual([]);
  });
});
