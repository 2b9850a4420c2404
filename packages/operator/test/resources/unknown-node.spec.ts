import type { TinyNode } from '@tinysystems/api';
import type { Message } from '@tinysystems/core';
import { FakeClock } from '@tinysystems/core/testing';
import { createRouter } from '@tinysystems/engine';
import type { EventHandler } from '@tinysystems/kubernetes';
import { CachedNodeDirectory } from '../../src/resources/node-directory.ts';
import { startTracing } from '../../src/telemetry/tracing.ts';

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
const node = (name: string, module: string): TinyNode => ({
  metadata: { name, namespace: 'default' },
  spec: { module, component: 'c' },
});

function setup() {
  const clock = new FakeClock();
  const handlers: EventHandler<TinyNode>[] = [];
  const onEvent = (handler: EventHandler<TinyNode>) => (handlers.push(handler), () => undefined);
  const route = createRouter({
    moduleName: 'own',
    directory: new CachedNodeDirectory({ onEvent }, clock),
    tracer: startTracing({ module: 'own', version: '0.1.0', pod: 'p', env: {} }).tracer,
    local: async () => 'here',
    remote: async (module) => `to ${module}`,
  });
  const appears = (added: TinyNode) => handlers.forEach((handler) => handler.add?.(added, false));
  return { clock, appears, deliver: () => route(MESSAGE, new AbortController().signal) };
}

describe('a message to a node that the cache does not show', () => {
  it('waits for it, and goes to its module', async () => {
    const { clock, appears, deliver } = setup();
    const answer = deliver();
    await clock.advance(1999);
    appears(node('another', 'own'));
    appears(node('b', 'acme/Other'));
    await expect(answer).resolves.toBe('to acme-other');
    expect(clock.pending).toBe(0);
  });

  it('fails for good after 2 s', async () => {
    const { clock, deliver } = setup();
    let hasFailed = false;
    const answer = expect(deliver().finally(() => (hasFailed = true))).rejects.toMatchObject({
      kind: 'Permanent',
      code: 'NODE_UNKNOWN',
    });
    await clock.advance(1999);
    expect(hasFailed).toBe(false);
    await clock.advance(1);
    await answer;
  });
});
