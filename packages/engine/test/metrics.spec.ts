import { TinyError } from '@tinysystems/core';
import { type EngineMetrics, type NodeGauges } from '@tinysystems/engine';
import { Flow, type TestComponent, node, pass } from './flow.ts';
import { turn } from './turn.ts';

const busy: TestComponent = {
  handle: () => {
    throw new TinyError('Overloaded', 'mine.BUSY', 'busy');
  },
};

/** Meters that write down what they are told. */
function ledger() {
  const lines: string[] = [];
  const gauges = new Map<string, NodeGauges>();
  const metrics: EngineMetrics = {
    node: ({ node: name, component }, read) => {
      gauges.set(name, read);
      return {
        port: (port) => ({
          handled: (durationMs, failure) =>
            void lines.push(
              `${name}/${component}:${port} ${durationMs >= 0 ? (failure ?? 'ok') : 'before it began'}`,
            ),
          refused: (failure) => void lines.push(`${name}:${port} refused ${failure}`),
        }),
        edge: (id) => ({ sent: (failure) => void lines.push(`${name}>${id} ${failure ?? 'ok'}`) }),
        endEdge: (id) => void lines.push(`${name}>${id} gone`),
        detachedFailed: () => undefined,
        end: () => void lines.push(`${name} gone`),
      };
    },
  };
  return { metrics, lines, gauges };
}

describe('the meters of a node', () => {
  it('count each handled message and each send of an edge with how it ended', async () => {
    const { metrics, lines } = ledger();
    await using flow = new Flow({ pass: { handle: pass }, echo: {}, busy }, { metrics });
    await flow.apply(node('a', 'pass', { edges: [{ to: 'b' }] }), node('b', 'echo'));
    await flow.apply(node('c', 'pass', { edges: [{ to: 'd' }] }), node('d', 'busy'));
    await flow.signal('a');
    await flow.signal('c').catch(() => undefined);
    expect(lines).toEqual([
      'b/echo:in ok',
      'a>to-b ok',
      'a/pass:in ok',
      'd/busy:in Overloaded',
      'c>to-d Overloaded',
      'c/pass:in Overloaded',
    ]);
  });

  it('count a mapping that fails as a failed send', async () => {
    const { metrics, lines } = ledger();
    await using flow = new Flow({ pass: { handle: pass }, echo: {} }, { metrics });
    await flow.apply(node('a', 'pass', { edges: [{ to: 'b', configuration: { n: '{{1 + $.x.y}}' } }] }));
    await flow.apply(node('b', 'echo'));
    await flow.signal('a', { x: { y: [] } }).catch(() => undefined);
    expect(lines).toContain('a>to-b Permanent');
  });

  it('tell how many messages are in work and how many wait, and count one that is refused', async () => {
    const { metrics, lines, gauges } = ledger();
    const ends: (() => void)[] = [];
    const slow: TestComponent = {
      handle: () => new Promise((resolve) => ends.push(() => resolve(1 as never))),
    };
    await using flow = new Flow({ slow }, { metrics });
    await flow.apply(node('a', 'slow', { concurrency: { max: 1, queue: 2 } }));
    const sent = [1, 2, 3].map((n) => flow.signal('a', n));
    await expect(flow.signal('a', 4)).rejects.toMatchObject({ code: 'QUEUE_FULL' });
    const now = () => [gauges.get('a')?.inWork(), gauges.get('a')?.waiting()];
    expect([now(), lines]).toEqual([[1, 2], ['a:in refused Overloaded']]);
    for (let open = 0; open < 3; open += 1) {
      ends.shift()?.();
      await sent[open];
      await turn();
    }
    expect(now()).toEqual([0, 0]);
  });

  it('tell how many chains a node began that have not ended', async () => {
    const { metrics, gauges } = ledger();
    const end = Promise.withResolvers<void>();
    const began: Promise<unknown>[] = [];
    const begins: TestComponent = {
      create: (handle) => ({
        background: {
          placement: 'everyReplica',
          run: async () => void began.push(handle.emit('out', {}), handle.emit('out', {})),
        },
      }),
    };
    const slow: TestComponent = { handle: () => end.promise.then(() => 1 as never) };
    await using flow = new Flow({ begins, slow }, { metrics });
    await flow.apply(node('b', 'slow'), node('a', 'begins', { edges: [{ to: 'b' }] }));
    await turn();
    expect(gauges.get('a')?.begun()).toBe(2);
    end.resolve();
    await Promise.all(began);
    expect(gauges.get('a')?.begun()).toBe(0);
  });

  it('are forgotten with the edge and with the node', async () => {
    const { metrics, lines } = ledger();
    await using flow = new Flow({ pass: { handle: pass } }, { metrics });
    await flow.apply(node('a', 'pass', { edges: [{ to: 'b' }] }));
    await flow.apply(node('a', 'pass', { generation: 2 }));
    await flow.scheduler.remove('a', 'deleted');
    expect(lines).toEqual(['a>to-b gone', 'a gone']);
  });
});
