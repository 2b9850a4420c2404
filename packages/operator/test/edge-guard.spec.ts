import type { TinyNode } from '@tinysystems/api';
import type { Message } from '@tinysystems/core';
import type { EventHandler } from '@tinysystems/kubernetes';
import { FakeClock } from '@tinysystems/core/testing';
import { type Peer, type RefusalReason, UNKNOWN_PEER } from '@tinysystems/transport';
import { EdgeGuard, MAX_WAITING } from '../src/edge-guard.ts';

const sender = (edges: TinyNode['spec']['edges'] = [], module = 'alpha'): TinyNode => ({
  metadata: { name: 'a', namespace: 'default' },
  spec: { module, component: 'c', edges },
});
const peer = (module: string): Peer => ({
  identity: { namespace: 'default', module },
  notAfterMs: Number.MAX_SAFE_INTEGER,
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
  const refusals: RefusalReason[] = [];
  const onRefusal = (_side: string, reason: RefusalReason) => refusals.push(reason);
  const guard = new EdgeGuard({ nodes, namespace: 'default', clock, onRefusal });
  return { guard, clock, change, handlers, refusals };
}

describe('a message from another module', () => {
  const { signal } = new AbortController();

  it('is let in when its sender has that edge', async () => {
    const { guard } = createGuard(sender([EDGE]));
    await expect(guard.authorise(MESSAGE, UNKNOWN_PEER, signal)).resolves.toBeUndefined();
  });

  it.each([
    ['another edge', { ...MESSAGE, edgeId: 'other' }],
    ['another port of the sender', { ...MESSAGE, from: { node: 'a', port: 'error' } }],
    ['another target', { ...MESSAGE, to: { node: 'b', port: 'stop' } }],
    ['an unknown sender', { ...MESSAGE, from: { node: 'x', port: 'out' } }],
  ])('is refused with %s', async (_what, message) => {
    const { guard, clock, handlers, refusals } = createGuard(sender([EDGE]));
    const refusal = expect(guard.authorise(message, UNKNOWN_PEER, signal)).rejects.toMatchObject({
      kind: 'Permanent',
      code: 'EDGE_REFUSED',
    });
    await clock.advance(2000);
    await refusal;
    expect(refusals).toEqual(['edge']);
    expect(handlers.size).toBe(1); // only the guard's own, for as long as it lives
  });

  it('waits for an edge that the cache does not show yet', async () => {
    const { guard, change, handlers } = createGuard(sender());
    const admission = guard.authorise(MESSAGE, UNKNOWN_PEER, signal);
    change(sender([EDGE]));
    await expect(admission).resolves.toBeUndefined();
    expect(handlers.size).toBe(1); // only the guard's own, for as long as it lives
  });

  it.each([
    ['the module of the sending node', 'alpha', 'Alpha'],
    ['that module as it is written elsewhere', 'acme-alpha', 'acme/alpha'],
  ])('is let in from a caller whose certificate names %s', async (_what, module, specModule) => {
    const { guard } = createGuard(sender([EDGE], specModule));
    await expect(guard.authorise(MESSAGE, peer(module), signal)).resolves.toBeUndefined();
  });

  it('is refused from a caller whose certificate names another module, although the edge is there', async () => {
    const { guard, clock, refusals } = createGuard(sender([EDGE]));
    const refusal = expect(guard.authorise(MESSAGE, peer('beta'), signal)).rejects.toMatchObject({
      kind: 'Permanent',
      code: 'EDGE_REFUSED',
      message: 'a:out belongs to module alpha, and the certificate of the caller names beta',
    });
    await clock.advance(2000);
    await refusal;
    expect(refusals).toEqual(['module']);
  });

  it('is refused from the moment that its edge is taken out, or its node given to another module', async () => {
    const { guard, clock, change } = createGuard(sender([EDGE]));
    await guard.authorise(MESSAGE, peer('alpha'), signal);
    for (const next of [sender(), sender([EDGE], 'beta')]) {
      change(next);
      const refusal = expect(guard.authorise(MESSAGE, peer('alpha'), signal)).rejects.toMatchObject({
        code: 'EDGE_REFUSED',
      });
      await clock.advance(2000);
      await refusal;
    }
  });

  it('is refused at once as Overloaded when 1024 others wait for their edges, and they are not disturbed', async () => {
    const { guard, change } = createGuard(sender());
    const waiting = Array.from({ length: MAX_WAITING }, () => guard.authorise(MESSAGE, UNKNOWN_PEER, signal));
    await expect(guard.authorise(MESSAGE, UNKNOWN_PEER, signal)).rejects.toMatchObject({
      kind: 'Overloaded',
      code: 'QUEUE_FULL',
    });
    expect(guard.waiting).toBe(MAX_WAITING);
    change(sender([EDGE]));
    await expect(Promise.all(waiting)).resolves.toHaveLength(MAX_WAITING);
    expect(guard.waiting).toBe(0);
  });
});
