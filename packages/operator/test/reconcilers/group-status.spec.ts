import type { Condition, TinyNode } from '@tinysystems/api';
import { groupStatusOf } from '../../src/reconcilers/group-status.ts';

const node = (name: string, ready?: Partial<Condition>): TinyNode => ({
  metadata: { name, generation: 2 },
  spec: { module: 'alpha', component: 'c' },
  status: {
    conditions: [
      {
        type: 'Ready',
        status: 'True',
        reason: 'R',
        message: 'takes messages',
        lastTransitionTime: '',
        observedGeneration: 2,
        ...ready,
      },
    ],
  },
});
const readyOf = (...nodes: TinyNode[]) =>
  groupStatusOf({ nodes, generation: 1, isSuspended: false, before: undefined, nowMs: 0 }).conditions?.[0];

describe('the readiness of a flow', () => {
  it('is that of all its nodes', () => {
    expect(readyOf(node('a'), node('b'))).toMatchObject({ status: 'True' });
  });

  it('names the first node that is not ready, in whatever order they are seen', () => {
    const nodes = ['b', 'a'].map((name) => node(name, { status: 'False', message: 'port 80 is in use' }));
    const message = 'node a: port 80 is in use (and 1 more)';
    expect(readyOf(...nodes)).toMatchObject({ status: 'False', message });
    expect(readyOf(...nodes.reverse())).toMatchObject({ status: 'False', message });
  });

  it('does not repeat what an earlier module said of a node that was changed since', () => {
    expect(readyOf(node('a', { observedGeneration: 1 }))?.message).toBe(
      'node a: module alpha has not taken it up: is it running?',
    );
  });
});
