import type { SpanRecord } from '@tinysystems/core';
import { spanTree } from '../../src/diagnose/span-tree.ts';

const REPLICA = { module: 'm', identity: 'm-0-abc', pod: 'm-0', isLocal: true, diagnostics: undefined };
const found = (spanId: string, parentSpanId: string | undefined, draft: Partial<SpanRecord> = {}) => ({
  replica: REPLICA,
  span: {
    traceId: 't',
    spanId,
    parentSpanId,
    kind: 'message' as const,
    name: 'echo in',
    startMs: 1000,
    durationMs: 2,
    attributes: { to: `${spanId}:in` },
    error: undefined,
    ...draft,
  },
});

describe('spanTree', () => {
  it('is a tree in the order of time, with edge, replica, start, duration and error', () => {
    const error = { kind: 'Permanent', code: 'mine.BAD', message: 'it is\u001b[0m bad' } as const;
    const text = spanTree(
      [
        found('b', 'root', { startMs: 1003, attributes: { to: 'b:in', edgeID: 'second' } }),
        found('c', 'a', { startMs: 1002, durationMs: 1500, error }),
        found('a', 'root', {
          startMs: 1001,
          attributes: { to: 'a:in', edgeID: 'first', 'tiny.message.data': '{"n":1}' },
        }),
        found('root', undefined, { kind: 'chain', attributes: { from: 'server:request' } }),
        found('w', 'root', { kind: 'wait', name: 'wait: slot', startMs: 1002.5, attributes: { to: 'b:in' } }),
      ],
      { payloads: true },
    );
    expect(text).toBe(
      [
        '  server:request starts               m-0  +0.0 ms  2.0 ms',
        '  ├─ a:in                edge first   m-0  +1.0 ms  2.0 ms',
        '  │  │  data   {"n":1}',
        '  │  └─ c:in                          m-0  +2.0 ms  1.50 s  Permanent',
        String.raw`  │        mine.BAD: it is\u001b[0m bad`,
        '  ├─ wait: slot (b:in)                m-0  +2.5 ms  2.0 ms',
        '  └─ b:in                edge second  m-0  +3.0 ms  2.0 ms',
      ].join('\n'),
    );
  });

  it('puts a span whose parent nobody recorded at the top', () => {
    const text = spanTree([found('late', 'gone', { startMs: 1500 }), found('early', 'gone')], {
      payloads: false,
    });
    expect(text).toBe('  early:in    m-0  +0.0 ms    2.0 ms\n  late:in     m-0  +500.0 ms  2.0 ms');
  });
});
