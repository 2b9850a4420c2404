import { getEventListeners } from 'node:events';
import {
  DEFAULT_RETRY,
  type Deliver,
  type Json,
  type JsonObject,
  type JsonSchema,
  NO_REPLY,
  type Reply,
  TinyError,
  compileDecoder,
  replyWith,
} from '@tinysystems/core';
import { Flow, Gate, type TestComponent, messageTo, node, outcomes, pass, port } from '../flow.ts';
import { turn } from '../turn.ts';

const asking: TestComponent = {
  handle: async (data, scope) => replyWith({ got: await scope.request('ask', data) }),
};
const answer = (value: Json | undefined): TestComponent => ({ handle: () => replyWith(value) });

describe('a message', () => {
  it('is answered through all hops by reference', async () => {
    await using flow = new Flow({ pass: { handle: pass }, echo: {} });
    await flow.apply(
      node('a', 'pass', { edges: [{ to: 'b' }] }),
      node('b', 'pass', { edges: [{ to: 'c' }] }),
      node('c', 'echo'),
    );
    const data = { n: 1 };
    expect(await flow.signal('a', data)).toBe(data);
  });

  it('cannot be written into, where freezing is on', async () => {
    const write: TestComponent['handle'] = (message) => {
      (message as { list: number[] }).list.push(1);
      return NO_REPLY;
    };
    await using flow = new Flow({ pass: { handle: pass }, write: { handle: write } });
    await flow.apply(node('a', 'pass', { edges: [{ to: 'b' }] }), node('b', 'write'));
    await expect(flow.signal('a', { list: [] })).rejects.toMatchObject({ code: 'HANDLER_FAILED' });
  });

  it('is frozen once for all its hops, where freezing is on', async () => {
    await using flow = new Flow({ pass: { handle: pass }, echo: {} });
    await flow.apply(
      node('a', 'pass', { edges: [{ to: 'b' }] }),
      node('b', 'pass', { edges: [{ to: 'c' }] }),
      node('c', 'echo'),
    );
    let frozen = 0;
    const preventExtensions = (target: object) => ((frozen += 1), Reflect.preventExtensions(target));
    const data = new Proxy<JsonObject>({ n: 1 }, { preventExtensions });
    expect(await flow.signal('a', data)).toBe(data);
    expect([frozen, Object.isFrozen(data)]).toEqual([1, true]);
  });

  it('is not even looked at by the stages it passes, where freezing is off', async () => {
    const taken: Json[] = [];
    const take: TestComponent = { handle: (message) => (taken.push(message), NO_REPLY) };
    await using flow = new Flow({ pass: { handle: pass }, take }, { freezesMessages: false });
    await flow.apply(
      node('a', 'pass', { edges: [{ to: 'b' }] }),
      node('b', 'pass', { edges: [{ to: 'c' }] }),
      node('c', 'take'),
    );
    // Whoever reads, copies, encodes or freezes it fails.
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    await flow.signal('a', proxy);
    expect(taken[0] === proxy).toBe(true);
  });

  it('has the signal and the deadline of its chain at each hop, but where an edge limits its attempts', async () => {
    const seen: { readonly signal: AbortSignal; readonly deadlineMs: number }[] = [];
    const remote: Deliver = async ({ deadlineMs }, signal) => void seen.push({ signal, deadlineMs });
    await using flow = new Flow({ pass: { handle: pass } }, { remote });
    const limited = { id: 'limited', to: 'remote', retry: { ...DEFAULT_RETRY, attemptTimeoutMs: 50 } };
    await flow.apply(
      node('a', 'pass', { edges: [{ to: 'b' }] }),
      node('b', 'pass', { edges: [{ to: 'remote' }, limited] }),
    );
    const { signal } = new AbortController();
    const deadlineMs = flow.clock.now() + 1000;
    await flow.scheduler.deliver(messageTo({ node: 'a', port: 'in' }, { deadlineMs }), signal);
    expect(seen.map((one) => [one.signal === signal, one.deadlineMs])).toEqual([
      [true, deadlineMs],
      [false, deadlineMs - 950],
    ]);
  });

  it('is checked once, by the port that takes it', async () => {
    const schema = { type: 'object', properties: { n: { type: 'integer', default: 5 } } };
    await using flow = new Flow({ strict: { ports: () => [port('in', 'in', { schema })] } });
    await flow.apply(node('a', 'strict'));
    await expect(flow.signal('a', {})).resolves.toEqual({ n: 5 });
    await expect(flow.signal('a', { n: 'x' })).rejects.toMatchObject({
      kind: 'Permanent',
      code: 'MESSAGE_INVALID',
      message: 'a:in refuses the message: n: must be integer',
    });
    let reads = 0;
    const probe = {
      get n() {
        reads += 1;
        return 7;
      },
    };
    compileDecoder(schema).decode(probe);
    const once = reads;
    await using other = new Flow(
      { pass: { handle: pass }, strict: { ports: () => [port('in', 'in', { schema })] } },
      { freezesMessages: false },
    );
    await other.apply(node('a', 'pass', { edges: [{ to: 'b' }] }), node('b', 'strict'));
    reads = 0;
    expect(await other.signal('a', probe)).toBe(probe);
    expect(reads).toBe(once);
  });

  it('is checked by a validator that was compiled with the spec of its node', async () => {
    let reads = 0;
    const schema: JsonSchema = {
      type: 'object',
      get properties() {
        reads += 1;
        return { n: { type: 'integer' } } as const;
      },
    };
    const ports = [port('in', 'in', { schema })];
    await using flow = new Flow({ strict: { ports: () => ports } });
    await flow.apply(node('a', 'strict'));
    const compiling = reads;
    expect(compiling).toBeGreaterThan(0);
    await Promise.all([1, 2, 3].map((n) => flow.signal('a', { n })));
    expect(reads).toBe(compiling);
  });

  it('is refused with the edge and the expression that made it null where null is not allowed', async () => {
    const list = { type: 'array', items: { type: 'string' } } as const;
    const strict = port('in', 'in', {
      schema: { type: 'object', properties: { context: { type: 'object', properties: { list } } } },
    });
    await using flow = new Flow({ pass: { handle: pass }, strict: { ports: () => [strict] } });
    const configuration = { context: { list: ['fixed', '{{$.nowhere}}'] } };
    await flow.apply(
      node('first', 'pass', { edges: [{ to: 'a' }] }),
      node('a', 'pass', { edges: [{ id: 'wire', to: 'b', configuration }] }),
      node('b', 'strict'),
    );
    await expect(flow.signal('first')).rejects.toMatchObject({
      kind: 'Permanent',
      code: 'MESSAGE_INVALID',
      message:
        'edge wire: configuration.context.list[1]: {{$.nowhere}}: b:in refuses the message: context.list[1]: must be string',
    });
  });

  it('to a port that does not exist is refused with those that do', async () => {
    await using flow = new Flow({ echo: {} });
    await flow.apply(node('a', 'echo'));
    await expect(flow.signal('a:nowhere')).rejects.toMatchObject({
      code: 'PORT_UNKNOWN',
      message: 'node a has no in port nowhere; it has: in',
    });
    await expect(flow.signal('a:out')).rejects.toMatchObject({ code: 'PORT_UNKNOWN' });
  });

  it('fails with the kind, code and delay that the handler gave', async () => {
    const thrown = new TinyError('Overloaded', 'mine.BUSY', 'busy', { retryAfterMs: 7 });
    await using flow = new Flow({
      busy: {
        handle: () => {
          throw thrown;
        },
      },
      pass: { handle: pass },
    });
    await flow.apply(node('a', 'pass', { edges: [{ to: 'b' }] }), node('b', 'busy'));
    await expect(flow.signal('a')).rejects.toBe(thrown);
  });

  it('makes anything else that a handler throws a permanent failure', async () => {
    await using flow = new Flow({
      broken: {
        handle: () => {
          throw new RangeError('out of range');
        },
      },
    });
    await flow.apply(node('a', 'broken'));
    await expect(flow.signal('a')).rejects.toMatchObject({
      kind: 'Permanent',
      code: 'HANDLER_FAILED',
      message: 'out of range',
    });
  });

  it('is not sent on for ever', async () => {
    let handled = 0;
    await using flow = new Flow({
      loop: { handle: (data, scope) => ((handled += 1), scope.emit('out', data)) },
    });
    await flow.apply(node('a', 'loop', { edges: [{ to: 'a' }] }));
    await expect(flow.signal('a')).rejects.toMatchObject({ kind: 'Permanent', code: 'DEPTH_EXCEEDED' });
    expect(handled).toBe(257);
  });

  it('ends at its deadline although a handler down the chain ignores the signal', async () => {
    await using flow = new Flow({
      pass: { handle: pass },
      deaf: { handle: () => new Promise<Reply>(() => undefined) },
    });
    await flow.apply(node('a', 'pass', { edges: [{ to: 'b' }] }), node('b', 'deaf'));
    const call = expect(flow.signal('a', {}, { timeoutMs: 100 })).rejects.toMatchObject({
      kind: 'Timeout',
      code: 'DEADLINE_EXCEEDED',
    });
    await flow.clock.advance(100);
    await call;
  });

  it('tells its handlers that the caller gave up, and leaves no listener on the caller', async () => {
    const seen = new Gate<unknown>();
    await using flow = new Flow({
      pass: { handle: pass },
      wait: {
        handle: (_message, { signal }) =>
          new Promise((_resolve, reject) =>
            signal.addEventListener(
              'abort',
              () => (seen.open(signal.reason), reject(signal.reason as Error)),
            ),
          ),
      },
    });
    await flow.apply(node('a', 'pass', { edges: [{ to: 'b' }] }), node('b', 'wait'));
    const abort = new AbortController();
    const call = flow.signal('a', {}, { signal: abort.signal });
    await turn();
    abort.abort();
    await expect(call).rejects.toMatchObject({ kind: 'Cancelled' });
    await expect(seen.opened).resolves.toMatchObject({ kind: 'Cancelled' });
    expect(getEventListeners(abort.signal, 'abort')).toHaveLength(0);
  });

  it('leaves nothing on the signal of its chain when its handler looked at it', async () => {
    await using flow = new Flow({ look: { handle: (_message, { signal }) => replyWith(signal.aborted) } });
    await flow.apply(node('a', 'look'));
    const { signal } = new AbortController();
    const message = {
      from: undefined,
      to: { node: 'a', port: 'in' },
      edgeId: undefined,
      data: {},
      depth: 0,
      deadlineMs: Infinity,
      trace: undefined,
      passed: undefined,
    };
    await expect(flow.scheduler.deliver(message, signal)).resolves.toBe(false);
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  });

  it('may leave an emission behind that fails: the process goes on', async () => {
    const unhandled: unknown[] = [];
    const onUnhandled = (reason: unknown) => void unhandled.push(reason);
    process.on('unhandledRejection', onUnhandled);
    const careless: TestComponent = {
      handle: (data, scope) => (
        void scope.emit('out', data),
        void scope.request('ask', data),
        replyWith('done')
      ),
    };
    await using flow = new Flow({
      careless,
      fails: {
        handle: () => {
          throw new Error('nobody looks');
        },
      },
    });
    await flow.apply(node('a', 'careless', { edges: [{ to: 'b' }] }), node('b', 'fails'));
    await expect(flow.signal('a')).resolves.toBe('done');
    await turn();
    process.off('unhandledRejection', onUnhandled);
    expect(unhandled).toEqual([]);
  });
});

describe('a request', () => {
  it('gives the answer, checked against the reply schema of its port', async () => {
    await using flow = new Flow({
      asking,
      seven: answer(7),
      text: answer('x'),
      nothing: answer(undefined),
      nil: answer(null),
    });
    const ask = (to: string) => node('a', 'asking', { edges: [{ to, port: 'ask' }] });
    await flow.apply(...['seven', 'text', 'nothing', 'nil'].map((name) => node(name, name)));
    await flow.apply(ask('seven'));
    await expect(flow.signal('a')).resolves.toEqual({ got: 7 });
    await flow.apply(ask('text'));
    await expect(flow.signal('a')).rejects.toMatchObject({ kind: 'Permanent', code: 'REPLY_INVALID' });
    await flow.apply(ask('nothing'));
    await expect(flow.signal('a')).rejects.toMatchObject({ kind: 'Permanent', code: 'REPLY_MISSING' });
    await flow.apply(ask('nil'));
    await expect(flow.signal('a')).rejects.toMatchObject({ code: 'REPLY_INVALID' });
  });

  it('on a port without an edge has no answer, where an emit has none to miss', async () => {
    await using flow = new Flow({ asking, pass: { handle: pass } });
    await flow.apply(node('a', 'asking'), node('b', 'pass'));
    await expect(flow.signal('a')).rejects.toMatchObject({ code: 'REPLY_MISSING' });
    await expect(flow.signal('b')).resolves.toBeUndefined();
  });

  it('on a port that the component does not have names those it has', async () => {
    await using flow = new Flow({ lost: { handle: (data, scope) => scope.emit('elsewhere', data) } });
    await flow.apply(node('a', 'lost'));
    await expect(flow.signal('a')).rejects.toMatchObject({
      code: 'PORT_UNKNOWN',
      message: 'node a emitted on elsewhere; its out ports are: out, ask',
    });
  });
});

describe('an edge', () => {
  it('that is removed ends its own sends only', async () => {
    const gate = new Gate();
    await using flow = new Flow({
      pass: { handle: pass },
      wait: { handle: async (data, scope) => (await gate.opened, scope.emit('out', data)) },
    });
    const to = (...names: string[]) => names.map((name) => ({ to: name }));
    await flow.apply(node('b', 'wait'), node('c', 'wait'), node('a', 'pass', { edges: to('b') }));
    const first = flow.signal('a');
    await turn();
    await flow.apply(node('a', 'pass', { edges: to('c') }));
    await expect(first).rejects.toMatchObject({
      kind: 'Cancelled',
      code: 'EDGE_REMOVED',
      message: 'edge to-b of node a was removed',
    });
    const second = flow.signal('a');
    await turn();
    await flow.apply(node('a', 'pass', { edges: to('b', 'c') }));
    await flow.apply(node('a', 'pass', { edges: to('c') }));
    gate.open();
    expect(await outcomes([second])).toEqual(['ok']);
  });

  it('that is changed keeps its sends, and ends them when it is removed later', async () => {
    await using flow = new Flow({
      pass: { handle: pass },
      deaf: { handle: () => new Promise<Reply>(() => undefined) },
    });
    const mapped = (n: number) => node('a', 'pass', { edges: [{ to: 'b', configuration: { n } }] });
    await flow.apply(node('b', 'deaf'), mapped(1));
    const call = flow.signal('a');
    await turn();
    await flow.apply(mapped(2), node('a', 'pass'));
    await expect(call).rejects.toMatchObject({ code: 'EDGE_REMOVED' });
  });

  it('that cannot work is a problem of its node', async () => {
    await using flow = new Flow({ echo: {} });
    const edges = [
      { id: 'e1', to: 'b', port: 'nowhere' },
      { id: 'e2', to: 'b', configuration: { n: '{{ $.a + }}' } },
      { id: 'e3', to: 'b', toPort: '_settings' },
    ];
    await flow.apply(node('a', 'echo', { edges }));
    expect(flow.report('a').edgeProblems).toEqual([
      'edge e1: component echo has no out port nowhere',
      expect.stringMatching(/^edge e2: configuration\.n/),
      'edge e3: _settings is a system port, where no edge may lead',
    ]);
  });

  it('compiles its mapping once', async () => {
    await using flow = new Flow({ pass: { handle: pass }, echo: {} });
    let reads = 0;
    const configuration = {
      get n() {
        reads += 1;
        return '{{$.n + 1}}';
      },
    };
    await flow.apply(node('a', 'pass', { edges: [{ to: 'b', configuration }] }), node('b', 'echo'));
    const compiling = reads;
    expect(compiling).toBeGreaterThan(0);
    expect(await Promise.all([1, 2].map((n) => flow.signal('a', { n })))).toEqual([{ n: 2 }, { n: 3 }]);
    expect(reads).toBe(compiling);
  });
});

describe("the author's schema of a port", () => {
  const ports = () => [
    port('in', 'in', { schema: { type: 'object', properties: { context: { configurable: true } } } }),
  ];

  it('shapes the configurable fields, and is published', async () => {
    await using flow = new Flow({ open: { ports } });
    const schema = { properties: { context: { type: 'object', properties: { n: { type: 'integer' } } } } };
    await flow.apply(node('a', 'open', { ports: [{ name: 'in', schema }] }), node('b', 'open'));
    await expect(flow.signal('a', { context: { n: 'x' } })).rejects.toMatchObject({
      message: 'a:in refuses the message: context.n: must be integer',
    });
    await expect(flow.signal('b', { context: { n: 'x' } })).resolves.toBeDefined();
    expect(flow.report('a').ports[0]?.schema?.properties?.context).toEqual({
      ...schema.properties.context,
      configurable: true,
    });
    expect(flow.report('b').ports[0]?.schema).toBeUndefined();
  });

  it("that is not valid is a problem of the node, which works with the component's own", async () => {
    await using flow = new Flow({ open: { ports } });
    await flow.apply(
      node('a', 'open', {
        ports: [{ name: 'in', schema: { properties: { context: { type: 'nonsense' } } } }],
      }),
    );
    expect(flow.report('a').edgeProblems).toEqual([
      expect.stringContaining('port in: its schema in spec.ports is not valid'),
    ]);
    await expect(flow.signal('a', { context: 1 })).resolves.toEqual({ context: 1 });
  });
});

describe('system ports', () => {
  const controlled: TestComponent = {
    control: { properties: { press: { type: 'boolean' } } },
    create: () => ({
      control: (submission) => replyWith({ pressed: submission }),
      view: () => ({ lamp: 'on', token: 'x' }),
    }),
  };
  const from = { node: 'b', port: 'out' };

  it('take what a signal submits to the control, checked', async () => {
    await using flow = new Flow({ controlled });
    await flow.apply(node('a', 'controlled'));
    await expect(flow.signal('a:_control', { press: true })).resolves.toEqual({ pressed: { press: true } });
    await expect(flow.signal('a:_control', { push: true })).rejects.toMatchObject({
      code: 'MESSAGE_INVALID',
    });
  });

  it('are refused to edges and to the wire', async () => {
    await using flow = new Flow({ controlled, pass: { handle: pass } });
    await flow.apply(
      node('a', 'controlled'),
      node('b', 'pass', { edges: [{ to: 'a', toPort: '_control' }] }),
    );
    await expect(flow.signal('b')).rejects.toMatchObject({ kind: 'Permanent', code: 'PORT_FORBIDDEN' });
    for (const name of ['_control', '_settings', '_anything']) {
      await expect(flow.signal(`a:${name}`, {}, { from, edgeId: 'e' })).rejects.toMatchObject({
        code: 'PORT_FORBIDDEN',
      });
    }
  });

  it('publish what the control shows, without credentials', async () => {
    await using flow = new Flow({ controlled });
    await flow.apply(node('a', 'controlled'));
    expect(flow.report('a').ports.find(({ name }) => name === '_control')?.configuration).toEqual({
      lamp: 'on',
      token: '••••••',
    });
  });
});
