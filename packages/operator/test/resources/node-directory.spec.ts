import type { TinyNode } from '@tinysystems/api';
import { FakeClock } from '@tinysystems/core/testing';
import type { EventHandler } from '@tinysystems/kubernetes';
import { CachedNodeDirectory, MAX_UNKNOWN_NODE_WAITERS } from '../../src/resources/node-directory.ts';

function setup() {
  const handlers: EventHandler<TinyNode>[] = [];
  const onEvent = (handler: EventHandler<TinyNode>) => {
    handlers.push(handler);
    return () => undefined;
  };
  const clock = new FakeClock();
  const directory = new CachedNodeDirectory({ onEvent }, clock);
  const add = (name: string, module: string) => {
    const node: TinyNode = { metadata: { name }, spec: { module, component: 'c' } };
    for (const handler of handlers) handler.add?.(node, false);
  };
  return { directory, clock, add };
}

describe('the directory of nodes', () => {
  it('names the module of a node as soon as the node is there', async () => {
    const { directory, clock, add } = setup();
    const found = directory.whenKnown('n', 2000, new AbortController().signal);
    add('n', 'My_Module');
    expect([await found, directory.moduleOf('n'), clock.pending]).toEqual(['my-module', 'my-module', 0]);
  });

  it('bounds how many messages wait for nodes that it does not know, and says how many do', async () => {
    const { directory, clock } = setup();
    const { signal } = new AbortController();
    const waiting = Array.from({ length: MAX_UNKNOWN_NODE_WAITERS }, () =>
      directory.whenKnown('nobody', 2000, signal),
    );
    expect(directory.waiting).toBe(MAX_UNKNOWN_NODE_WAITERS);
    await expect(directory.whenKnown('somebody', 2000, signal)).rejects.toMatchObject({
      kind: 'Overloaded',
      code: 'QUEUE_FULL',
      retryAfterMs: 1000,
    });
    await clock.advance(2000);
    expect(new Set(await Promise.all(waiting))).toEqual(new Set([undefined]));
    expect(directory.waiting).toBe(0);
  });
});
