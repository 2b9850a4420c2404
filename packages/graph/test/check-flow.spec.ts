import { checkFlow, findingText } from '../src/index.ts';
import { CONTEXT, TEXT, edge, flowNode, inPort, object, outPort } from './flow-nodes.ts';

const PASS = {
  in: inPort(CONTEXT, { emits: ['out'], answers: 'passed' }),
  out: outPort(CONTEXT),
} as const;
const USER = object({ name: TEXT });

const texts = (...args: Parameters<typeof checkFlow>) => {
  const { verdict, edges, findings } = checkFlow(args[0]);
  return [
    verdict,
    ...edges.flatMap(({ node, edge: id, findings: found }) =>
      found.map((one) => `${node}/${id} ${findingText(one)}`),
    ),
    ...findings.map((finding) => `${finding.node} ${finding.code} ${findingText(finding)}`),
  ];
};

describe('types that flow along edges', () => {
  const source = (configuration?: object) =>
    flowNode(
      'source',
      { out: outPort(USER) },
      { edges: [edge('first', 'out', 'pass:in', (configuration ?? { context: '{{$}}' }) as never)] },
    );
  const pass = (configuration: object) =>
    flowNode('pass', PASS, { edges: [edge('second', 'out', 'sink:in', configuration as never)] });
  const sink = flowNode('sink', { in: inPort(object({ text: TEXT }), { answers: 'never' }) });

  it('reach through a configurable field of the same name', () => {
    expect(texts([source(), pass({ text: '{{$.context.name}}' }), sink])).toEqual(['valid']);
    expect(texts([sink, pass({ text: '{{$.context.nmae}}' }), source()])).toEqual([
      'invalid',
      'pass/second text {{$.context.nmae}}: expected one of the fields of $.context: name, found $.context.nmae (did you mean name?)',
    ]);
  });

  it('are those of every edge that leads there', () => {
    const other = flowNode(
      'other',
      { out: outPort(object({ nick: TEXT })) },
      { edges: [edge('first', 'out', 'pass:in', { context: '{{$}}' })] },
    );
    expect(texts([source(), other, pass({ text: '{{$.context.name}}' }), sink])).toEqual([
      'unknown',
      'pass/second text {{$.context.name}}: expected string, found null for a missing value; the value may be missing, and is null then',
    ]);
  });

  it('are what the flow author said, where they did', () => {
    const authored = flowNode(
      'pass',
      { ...PASS, in: inPort(object({ context: { ...object({ nick: TEXT }), configurable: true } })) },
      { edges: [edge('second', 'out', 'sink:in', { text: '{{$.context.nick}}' })] },
    );
    expect(texts([source({ context: { nick: 'A' } }), authored, sink])).toEqual(['valid']);
    expect(texts([source(), authored, sink])[0]).toBe('invalid');
  });

  it('are not known where nobody sends, and where a trigger may bring something else', () => {
    const reason = (more: { readonly isTrigger: boolean }) => {
      const edges = [edge('second', 'out', 'sink:in', { text: '{{$.context.name}}' })];
      const flow = [flowNode('pass', PASS, { edges, ...more }), sink];
      return checkFlow(more.isTrigger ? [source(), ...flow] : flow).edges.at(-1)?.findings[0]?.reason;
    };
    expect(reason({ isTrigger: false })).toBe('no edge leads to pass:in, so nobody knows what comes');
    expect(reason({ isTrigger: true })).toBe('pass begins messages by itself');
  });

  it('do not grow without end', () => {
    const first = flowNode(
      'first',
      { out: outPort(USER) },
      { edges: [edge('e', 'out', 'n0:in', { context: 1 })] },
    );
    const loop = flowNode(
      'n0',
      { in: inPort(CONTEXT), out: outPort(CONTEXT) },
      { edges: [edge('again', 'out', 'n0:in', { context: { before: '{{$.context}}' } })] },
    );
    expect(texts([first, loop])).toEqual(['valid']);
    const chain = Array.from({ length: 200 }, (_, index) =>
      flowNode(`n${index}`, PASS, {
        edges: [
          edge('on', 'out', `n${index + 1}:in`, {
            context: { before: '{{$.context}}', and: '{{$.context}}' },
          }),
        ],
      }),
    );
    expect(texts([first, ...chain, flowNode('n200', PASS)])).toEqual(['valid']);
  });
});

describe('circles', () => {
  const trigger = flowNode('go', { out: outPort(CONTEXT) }, { edges: [edge('e', 'out', 'a:in')] });
  const circle = (ports: typeof PASS | Record<string, unknown>) => [
    trigger,
    flowNode('a', PASS, { edges: [edge('e', 'out', 'b:in')] }),
    flowNode('b', ports as typeof PASS, { edges: [edge('e', 'out', 'a:in')] }),
  ];

  it('without a stop are named once', () => {
    const { findings, verdict } = checkFlow(circle(PASS));
    expect(verdict).toBe('invalid');
    expect(findings.map(({ code, found }) => [code, found])).toEqual([
      ['CycleWithoutStop', 'a:in → b:in → a:in'],
    ]);
  });

  it('with a component that decides, or does not say, may have a stop', () => {
    const { findings } = checkFlow(circle({ ...PASS, in: inPort(CONTEXT, { answers: 'passed' }) }));
    expect(findings).toEqual([]);
  });

  it('with a way out that every message may take are no circles', () => {
    const ports = {
      in: inPort(CONTEXT, { emits: ['out', 'end'] }),
      out: outPort(CONTEXT),
      end: outPort(CONTEXT),
    };
    expect(checkFlow(circle(ports)).findings).toEqual([]);
  });
});

describe('nodes that nothing leads to', () => {
  it('are named, the first of several behind each other', () => {
    const flow = [
      flowNode('a', PASS, { edges: [edge('e', 'out', 'b:in')] }),
      flowNode('b', PASS),
      flowNode('go', { out: outPort(CONTEXT) }),
    ];
    expect(texts(flow)).toEqual([
      'unknown',
      'a NodeUnreachable expected an edge or a trigger that leads here, found none; only a TinySignal can bring it a message',
    ]);
    expect(checkFlow([{ ...flow[0], isTrigger: true } as never, flow[1] as never]).findings).toEqual([]);
  });

  it('are named also when they lead to each other', () => {
    const ports = { in: inPort(CONTEXT), out: outPort(CONTEXT) };
    const flow = [
      flowNode('a', ports, { edges: [edge('e', 'out', 'b:in')] }),
      flowNode('b', ports, { edges: [edge('e', 'out', 'a:in')] }),
    ];
    expect(checkFlow(flow).findings.map(({ node, code }) => [node, code])).toEqual([
      ['a', 'NodeUnreachable'],
    ]);
  });
});

describe('requests', () => {
  const server = (...edges: readonly ReturnType<typeof edge>[]) =>
    flowNode(
      'server',
      {
        request: outPort(CONTEXT, { reply: TEXT }),
        response: inPort(CONTEXT, { answers: 'itself' }),
      },
      { isTrigger: true, edges },
    );
  const ask = edge('ask', 'request', 'pass:in');
  const codes = (...flow: Parameters<typeof checkFlow>[0]) =>
    checkFlow(flow).findings.map(({ state, node, code }) => [state, node, code]);

  it('that a path brings an answer to are fine', () => {
    expect(
      codes(server(ask), flowNode('pass', PASS, { edges: [edge('back', 'out', 'server:response')] })),
    ).toEqual([]);
    expect(codes(server(edge('straight', 'request', 'server:response')))).toEqual([]);
  });

  it('that nobody answers are named', () => {
    expect(codes(server())).toEqual([['invalid', 'server', 'ReplyMissing']]);
    expect(codes(server(ask), flowNode('pass', PASS))).toEqual([['invalid', 'server', 'ReplyMissing']]);
    const silent = flowNode('pass', { in: inPort(CONTEXT, { answers: 'never' }) });
    expect(codes(server(ask), silent)).toEqual([['invalid', 'server', 'ReplyMissing']]);
  });

  it('cannot be told of where a port does not say whether it replies', () => {
    const quiet = flowNode('pass', { in: inPort(CONTEXT) });
    expect(codes(server(ask), quiet)).toEqual([['unknown', 'server', 'ReplyMissing']]);
  });
});
