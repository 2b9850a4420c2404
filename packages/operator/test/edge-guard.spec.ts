import type { TinyNode } from '@tinysystems/api';
import type { Message } from '@tinysystems/core';
import type { EventHandler } from '@tinysystems/kubernetes';
import { FakeClock } from '@tinysystems/core/testing';
import { EdgeGuard } from '../src/edge-guard.ts';

const sender = (edges: TinyNode['spec']['edges'] = []): TinyNode => ({
  metadata: { name: 'a', namespace: 'default' },
  spec: { module: 'alpha', component: 'c', edges },
});
const EDGE = { id: 'e', port: 'out', to: 'b', toPort: 'in' };
const MESSAGE: Message = {
  from: { node: 'a', port: 'out' },
  to: { node: 'b', port: 'in' },
  edgeId: 'e',
  data: {},
  depth: 1,
  deadlineMs: Number.MAX_SAFE_INTEGER,
  trace: undefined,
  passed: undefined,
};

function createGuard(first: TinyNode) {
  let node = first;
  const handlers = new Set<EventHandler<TinyNode>>();
  const clock = new FakeClock();
  const nodes = {
    lister: {
      get: (_namespace: string, name: string) => (name === node.metadata.name ? node : undefined),
      list: () => [node],
      byIndex: () => [],
    },
    onEvent: (handler: EventHandler<TinyNode>) => {
      handlers.add(handler);
      return () => handlers.delete(handler);
    },
  };
  const change = (next: TinyNode) => {
    const old = node;
    node = next;
    for (const handler of [...handlers]) handler.update?.(next, old);
  };
  return { guard: new EdgeGuard({ nodes, namespace: 'default', clock }), clock, change, handlers };
}

describe('a message from another module', () => {
  const { signal } = new AbortController();

  it('is let in when its sender has that edge', async () => {
    const { guard } = createGuard(sender([EDGE]));
    await expect(guard.authorise(MESSAGE, signal)).resolves.toBeUndefined();
  });

  it.each([
    ['another edge', { ...MESSAGE, edgeId: 'other' }],
    ['another port of the sender', { ...MESSAGE, from: { node: 'a', port: 'error' } }],
    ['another target', { ...MESSAGE, to: { node: 'b', port: 'stop' } }],
    ['an unknown sender', { ...MESSAGE, from: { node: 'x', port: 'out' } }],
  ])('is refused with %s', async (_what, message) => {
    const { guard, clock, handlers } = createGuard(sender([EDGE]));
    const refusal = expect(guard.authorise(message, signal)).rejects.toMatchObject({
      kind: 'Permanent',
      code: 'EDGE_REFUSED',
    });
    await clock.advance(2000);
    await refusal;
    expect(handlers.size).toBe(0);
  });

  it('waits for an edge that the cache does not show yet', async () => {
    const { guard, change, handlers } = createGuard(sender());
    const admission = guard.authorise(MESSAGE, signal);
    change(sender([EDGE]));
    await expect(admission).resolves.toBeUndefined();
    expect(handlers.size).toBe(0);
  });
});
