import type { TinyNode, TinyNodePort } from '@tinysystems/api';
import { NodeTrimmer } from '../../src/resources/node-trimmer.ts';

const SCHEMA = { type: 'object', properties: { name: { type: 'string' } } } as const;

describe('NodeTrimmer', () => {
  it('keeps nodes of the own module whole, but for their managed fields', () => {
    const own = node('a', 'mine');
    const managed: object = { managedFields: [{ manager: 'kubectl' }] };

    expect(new NodeTrimmer('mine').trim({ ...own, metadata: { ...own.metadata, ...managed } })).toEqual(own);
  });

  it('keeps of others what routes messages, checks edges and adds up groups', () => {
    expect(new NodeTrimmer('mine').trim(node('b', 'other'))).toEqual({
      apiVersion: 'operator.tinysystems.io/v1alpha1',
      kind: 'TinyNode',
      metadata: {
        name: 'b',
        namespace: 'default',
        uid: 'uid-b',
        resourceVersion: '7',
        generation: 3,
        labels: { 'tinysystems.io/flow-name': 'hello' },
        ownerReferences: [OWNER],
      },
      spec: {
        module: 'other',
        component: 'router',
        run: true,
        edges: [{ id: 'e', port: 'out', to: 'c', toPort: 'in' }],
        ports: [{ name: 'in', schema: SCHEMA }],
      },
      status: {
        observedGeneration: 3,
        status: 'OK',
        error: false,
        ports: [
          { name: 'in', label: 'In', position: 'left', source: false, schema: SCHEMA },
          { name: 'out', label: 'Out', position: 'right', source: true },
        ],
        conditions: [READY, { ...AVAILABLE, reason: '', message: '', lastTransitionTime: '' }],
      },
    });
  });

  it('shares ports, labels, owners and schemas that are the same by content', () => {
    const trimmer = new NodeTrimmer('mine');
    const [b, c] = ['b', 'c'].map((name) => trimmer.trim(structuredClone(node(name, 'other'))));

    const shared = [
      (shown: TinyNode | undefined) => shown?.status?.ports?.[0]?.schema,
      (shown: TinyNode | undefined) => shown?.status?.ports,
      (shown: TinyNode | undefined) => shown?.spec.ports,
      (shown: TinyNode | undefined) => shown?.metadata.labels,
      (shown: TinyNode | undefined) => shown?.metadata.ownerReferences,
    ];
    for (const part of shared) {
      expect(part(b)).toBeDefined();
      expect(part(b)).toBe(part(c));
    }
  });

  it('makes a node of another module less than half as large', () => {
    const whole = JSON.stringify(node('b', 'other')).length;

    expect(JSON.stringify(new NodeTrimmer('mine').trim(node('b', 'other'))).length).toBeLessThan(whole / 2);
  });

  it('knows its own nodes by the sanitised name of the module', () => {
    expect(new NodeTrimmer('my-module').trim(node('a', 'My Module')).spec.settings).toBeDefined();
  });
});

const READY = {
  type: 'Ready',
  status: 'True',
  reason: 'Ready',
  message: 'takes messages',
  observedGeneration: 3,
  lastTransitionTime: '2030-01-01T00:00:00Z',
} as const;
const AVAILABLE = { type: 'ComponentAvailable', status: 'True' } as const;

const OWNER = { apiVersion: 'operator.tinysystems.io/v1alpha1', kind: 'TinyFlow', name: 'hello', uid: 'u' };

function node(name: string, module: string): TinyNode {
  const port = (port: string, position: 'left' | 'right'): TinyNodePort => ({
    name: port,
    label: port === 'in' ? 'In' : 'Out',
    position,
    source: position === 'right',
    schema: SCHEMA,
    configuration: { text: 'x'.repeat(200) },
  });
  return {
    apiVersion: 'operator.tinysystems.io/v1alpha1',
    kind: 'TinyNode',
    metadata: {
      name,
      namespace: 'default',
      uid: `uid-${name}`,
      resourceVersion: '7',
      generation: 3,
      labels: { 'tinysystems.io/flow-name': 'hello' },
      ownerReferences: [OWNER],
      annotations: { note: 'x'.repeat(100) },
    },
    spec: {
      module,
      component: 'router',
      run: true,
      settings: { routes: ['a', 'b'] },
      edges: [{ id: 'e', port: 'out', to: 'c', toPort: 'in', configuration: { body: 'Hello {{$.name}}' } }],
      ports: [{ name: 'in', schema: SCHEMA }],
    },
    status: {
      observedGeneration: 3,
      module: { name: module, version: '0.1.0' },
      component: { description: 'x'.repeat(100), info: '', tags: [] },
      ports: [port('in', 'left'), port('out', 'right')],
      status: 'OK',
      error: false,
      metadata: { key: 'x'.repeat(300) },
      leaderEpoch: 4,
      lastUpdateTime: '2030-01-01T00:00:00Z',
      conditions: [
        READY,
        { ...AVAILABLE, reason: 'Available', message: 'router of other 0.1.0', lastTransitionTime: 'x' },
      ],
    },
  };
}
