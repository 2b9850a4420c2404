import { getEventListeners } from 'node:events';
import { type Message, NO_REPLY } from '@tinysystems/core';
import { Flow, Gate, type TestComponent, messageTo, node, outcomes, pass } from './flow.ts';
import { turn } from './turn.ts';
import { Slots } from '../src/limits.ts';

const message = (more: Partial<Message> = {}) => messageTo({ node: 'a', port: 'in' }, more);
const forever = () => new AbortController().signal;

describe('Slots', () => {
  it('gives slots until the limit, then lets messages wait in order', async () => {
    const slots = new Slots('a', { max: 2, queue: 2 });
    expect([slots.take(message(), forever()), slots.take(message(), forever())]).toEqual([
      undefined,
      undefined,
    ]);
    const order: number[] = [];
    const waits = [1, 2].map((n) => slots.take(message(), forever())?.then(() => order.push(n)));
    expect(slots.waiting).toBe(2);
    slots.give();
    await waits[0];
    slots.give();
    await waits[1];
    expect([order, slots.taken, slots.waiting]).toEqual([[1, 2], 2, 0]);
  });

  it('refuses at once when the queue is full, and says when to come again', () => {
    const slots = new Slots('a', { max: 1, queue: 0 });
    void slots.take(message(), forever());
    expect(() => slots.take(message(), forever())).toThrow(
      expect.objectContaining({ kind: 'Overloaded', code: 'QUEUE_FULL', retryAfterMs: 1000 }),
    );
  });

  it('lets a message wait in a full queue whose chain has passed the node', async () => {
    const slots = new Slots('a', { max: 1, queue: 0 });
    void slots.take(message(), forever());
    const passed = { node: 'b', before: { node: 'a', before: undefined } };
    const wait = slots.take(message({ passed }), forever());
    slots.give();
    await expect(wait).resolves.toBeUndefined();
  });

  it('forgets a message whose caller gave up', async () => {
    const slots = new Slots('a', { max: 1, queue: 1 });
    const abort = new AbortController();
    void slots.take(message(), forever());
    const wait = slots.take(message(), abort.signal);
    abort.abort();
    await expect(wait).rejects.toMatchObject({ kind: 'Cancelled' });
    slots.give();
    expect([slots.taken, slots.waiting, getEventListeners(abort.signal, 'abort').length]).toEqual([0, 0, 0]);
  });

  it('gives no slot to a message whose caller is gone', () => {
    const slots = new Slots('a', { max: 1, queue: 1 });
    expect(() => slots.take(message(), AbortSignal.abort())).toThrow(
      expect.objectContaining({ kind: 'Cancelled' }),
    );
    expect(slots.taken).toBe(0);
  });

  it('admits at once when the limit is raised', async () => {
    const slots = new Slots('a', { max: 1, queue: 5 });
    void slots.take(message(), forever());
    const waits = [slots.take(message(), forever()), slots.take(message(), forever())];
    slots.limits = { max: 3, queue: 5 };
    await waits[0];
    await waits[1];
    expect(slots.taken).toBe(3);
  });
});

describe('the limits of a node', () => {
  it('count a handler only until its first emit', async () => {
    const gate = new Gate();
    await using flow = new Flow({
      pass: { handle: pass },
      wait: { handle: async (_message, scope) => (await gate.opened, scope.emit('out', 1)) },
    });
    await flow.apply(
      node('a', 'pass', { concurrency: { max: 1, queue: 0 }, edges: [{ to: 'b' }] }),
      node('b', 'wait'),
    );
    const calls = Array.from({ length: 5 }, () => flow.signal('a'));
    gate.open();
    expect(await outcomes(calls)).toEqual(['ok', 'ok', 'ok', 'ok', 'ok']);
  });

  it.each(['emit', 'request'] as const)('do not count a handler again when its %s has ended', async (how) => {
    const gate = new Gate();
    let past = 0;
    await using flow = new Flow({
      goesOn: {
        handle: async (_message, scope) => {
          await scope[how](how === 'emit' ? 'out' : 'ask', 1);
          past += 1;
          await gate.opened;
          return NO_REPLY;
        },
      },
      echo: {},
    });
    const edges = [{ to: 'b' }, { id: 'asks', port: 'ask', to: 'b' }];
    await flow.apply(node('a', 'goesOn', { concurrency: { max: 1, queue: 0 }, edges }), node('b', 'echo'));
    const calls = [];
    for (let count = 1; count <= 3; count += 1) {
      calls.push(flow.signal('a'));
      await turn();
      expect(past).toBe(count);
    }
    gate.open();
    expect(await outcomes(calls)).toEqual(['ok', 'ok', 'ok']);
  });

  it('get one slot back from a handler, however often it emits', async () => {
    const gate = new Gate();
    await using flow = new Flow({
      often: {
        handle: async (message, scope) => {
          if (message === 'wait') await gate.opened;
          for (let count = 0; count < 3; count += 1) await scope.emit('out', 1);
          return NO_REPLY;
        },
      },
    });
    await flow.apply(node('a', 'often', { concurrency: { max: 1, queue: 0 } }));
    await flow.signal('a');
    const calls = [flow.signal('a', 'wait'), flow.signal('a', 'wait')];
    await turn();
    gate.open();
    expect(await outcomes(calls)).toEqual(['ok', 'QUEUE_FULL']);
  });

  it('count a handler that emits nothing until it ends', async () => {
    const gate = new Gate();
    await using flow = new Flow({
      wait: { handle: async (_message, scope) => (await gate.opened, scope.emit('out', 1)) },
    });
    await flow.apply(node('a', 'wait', { concurrency: { max: 1, queue: 1 } }));
    const calls = [flow.signal('a'), flow.signal('a'), flow.signal('a')];
    await turn();
    gate.open();
    expect(await outcomes(calls)).toEqual(['ok', 'ok', 'QUEUE_FULL']);
  });

  it.each([
    ['each of them', 1024, ['DEPTH_EXCEEDED']],
    ['some are refused, on their first visit only', 4, ['DEPTH_EXCEEDED', 'QUEUE_FULL']],
  ])(
    'end every message when two nodes call each other from both sides at ten times their limit: %s',
    async (_case, queue, ends) => {
      const bounce: TestComponent = {
        handle: async (data, scope) => (await turn(), scope.emit('out', data)),
      };
      await using flow = new Flow({ bounce });
      const concurrency = { max: 4, queue };
      await flow.apply(
        node('a', 'bounce', { concurrency, edges: [{ to: 'b' }] }),
        node('b', 'bounce', { concurrency, edges: [{ to: 'a' }] }),
      );
      // A chain crosses both nodes over and over until the depth limit, while all others do the same.
      const calls = Array.from({ length: 80 }, (_, index) => flow.signal(index % 2 === 0 ? 'a' : 'b'));
      expect([...new Set(await outcomes(calls))].sort()).toEqual(ends);
    },
  );
});
