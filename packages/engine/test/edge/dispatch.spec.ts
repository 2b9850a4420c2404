import { type Deliver, type Message, type RetryRule, TinyError } from '@tinysystems/core';
import { type Chain, dispatch } from '../../src/edge/dispatch.ts';
import { Edge } from '../../src/edge/edge.ts';
import { FakeClock } from '@tinysystems/core/testing';
import { type EdgeDraft, NO_TRACER, edge } from '../flow.ts';

const RETRY: RetryRule = { maxAttempts: 3, initialDelayMs: 100, maxDelayMs: 5000, multiplier: 2, jitter: 0 };
const failure = (kind: TinyError['kind'], retryAfterMs?: number) =>
  new TinyError(kind, 'HANDLER_FAILED', `${kind} failure`, { retryAfterMs });

class Send {
  readonly clock = new FakeClock();
  readonly abort = new AbortController();
  readonly sent: Message[] = [];
  readonly #answers: readonly (TinyError | string)[];

  constructor(...answers: readonly (TinyError | string)[]) {
    this.#answers = answers;
  }

  readonly deliver: Deliver = async (message) => {
    this.sent.push(message);
    const answer = this.#answers[this.sent.length - 1];
    if (TinyError.is(answer)) throw answer;
    return answer;
  };

  start(draft: Partial<EdgeDraft> = {}, chain: Partial<Chain> = {}, data = {}) {
    const dependencies = {
      deliver: this.deliver,
      clock: this.clock,
      random: () => 0.5,
      tracer: NO_TRACER,
    };
    const inherited = {
      depth: 4,
      deadlineMs: this.clock.now() + 10_000,
      chainSignal: this.abort.signal,
      trace: undefined,
      passed: undefined,
    };
    return dispatch(dependencies, new Edge('a', edge({ to: 'b', ...draft })), data, {
      ...inherited,
      ...chain,
    });
  }
}

describe('dispatch', () => {
  it('sends a message that belongs to the chain of its sender', async () => {
    const send = new Send('answer');
    const trace = { traceId: 't', spanId: 's', traceFlags: 1 };
    const passed = { node: 'a', before: undefined };
    const data = { n: 1 };
    await expect(send.start({ id: 'e' }, { trace, passed }, data)).resolves.toBe('answer');
    expect(send.sent[0]).toMatchObject({
      from: { node: 'a', port: 'out' },
      to: { node: 'b', port: 'in' },
      edgeId: 'e',
      depth: 5,
      trace,
      passed,
    });
    expect(send.sent[0]?.data).toBe(data);
  });

  it('makes one attempt when the edge says nothing', async () => {
    const send = new Send(failure('Transient'), 'answer');
    await expect(send.start()).rejects.toMatchObject({ kind: 'Transient' });
    expect(send.sent).toHaveLength(1);
  });

  it('sends again after growing delays while the failure is transient', async () => {
    const send = new Send(failure('Transient'), failure('Transient'), 'answer');
    const call = send.start({ retry: RETRY });
    await send.clock.advance(99);
    expect(send.sent).toHaveLength(1);
    await send.clock.advance(1);
    expect(send.sent).toHaveLength(2);
    await send.clock.advance(200);
    await expect(call).resolves.toBe('answer');
  });

  it('gives up after the last attempt with the last failure', async () => {
    const send = new Send(failure('Transient'), failure('Transient'), failure('Transient', 7));
    const call = expect(send.start({ retry: RETRY })).rejects.toMatchObject({
      kind: 'Transient',
      retryAfterMs: 7,
    });
    await send.clock.advance(10_000);
    await call;
    expect(send.sent).toHaveLength(3);
  });

  it.each(['Permanent', 'Cancelled', 'Timeout', 'Overloaded'] as const)(
    'never sends again after a failure that is %s',
    async (kind) => {
      const send = new Send(failure(kind), 'answer');
      await expect(send.start({ retry: RETRY })).rejects.toMatchObject({ kind });
      expect([send.sent.length, send.clock.pending]).toEqual([1, 0]);
    },
  );

  it('waits as long as the failure asks for', async () => {
    const send = new Send(failure('Transient', 3000), 'answer');
    const call = send.start({ retry: RETRY });
    await send.clock.advance(2999);
    expect(send.sent).toHaveLength(1);
    await send.clock.advance(1);
    await expect(call).resolves.toBe('answer');
  });

  it('fails at once when the next attempt would come after the deadline', async () => {
    const send = new Send(failure('Transient', 60_000));
    await expect(send.start({ retry: RETRY })).rejects.toMatchObject({
      kind: 'Timeout',
      code: 'DEADLINE_EXCEEDED',
      cause: { kind: 'Transient' },
    });
  });

  it('stops waiting for the next attempt when the chain ends', async () => {
    const send = new Send(failure('Transient'));
    const call = send.start({ retry: RETRY });
    const ended = expect(call).rejects.toMatchObject({ kind: 'Cancelled' });
    await send.clock.advance(1);
    send.abort.abort();
    await ended;
    expect(send.clock.pending).toBe(0);
  });

  it('limits one attempt', async () => {
    const send = new Send();
    const hanging: Deliver = (message, signal) => {
      send.sent.push(message);
      return new Promise((_resolve, reject) =>
        signal.addEventListener('abort', () => reject(signal.reason as Error)),
      );
    };
    const dependencies = { deliver: hanging, clock: send.clock, random: () => 0.5, tracer: NO_TRACER };
    const chain = {
      depth: 0,
      deadlineMs: send.clock.now() + 10_000,
      chainSignal: send.abort.signal,
      trace: undefined,
      passed: undefined,
    };
    const call = dispatch(
      dependencies,
      new Edge('a', edge({ to: 'b', retry: { ...RETRY, attemptTimeoutMs: 50 } })),
      {},
      chain,
    );
    const ended = expect(call).rejects.toMatchObject({ kind: 'Timeout' });
    await send.clock.advance(50);
    await ended;
    expect(send.sent[0]?.deadlineMs).toBe(chain.deadlineMs - 9950);
  });

  it('rejects, and does not throw, when the next stage throws at once', async () => {
    const thrower: Deliver = () => {
      throw new Error('broken stage');
    };
    const send = new Send();
    const chain = {
      depth: 0,
      deadlineMs: 0,
      chainSignal: send.abort.signal,
      trace: undefined,
      passed: undefined,
    };
    const call = dispatch(
      { deliver: thrower, clock: send.clock, random: () => 0, tracer: NO_TRACER },
      new Edge('a', edge({ to: 'b' })),
      {},
      chain,
    );
    await expect(call).rejects.toMatchObject({ code: 'HANDLER_FAILED', message: 'broken stage' });
  });
});

describe('the mapping of an edge', () => {
  const configuration = { name: '{{$.user.name}}', fixed: 1 };

  it('makes the message from what was emitted', async () => {
    const send = new Send('answer');
    await send.start({ configuration }, {}, { user: { name: 'Ann' } });
    expect(send.sent[0]?.data).toEqual({ name: 'Ann', fixed: 1 });
  });

  it('fails the message when an expression fails, naming edge, place and expression', async () => {
    const send = new Send('answer');
    const call = send.start({ id: 'e1', configuration: { body: { n: "{{$.a + 'x' * 2}}" } } }, {}, { a: 1 });
    await expect(call).rejects.toMatchObject({
      kind: 'Permanent',
      code: 'MAPPING_FAILED',
      message: expect.stringMatching(/^edge e1: configuration\.body\.n: \{\{\$\.a \+ 'x' \* 2\}\}: /),
    });
    expect(send.sent).toHaveLength(0);
  });

  it('makes the failed template null where the edge says so', async () => {
    const send = new Send('answer');
    await send.start(
      {
        configuration: { n: "{{$.a + 'x' * 2}}", text: "{{$.a}} and {{'x' * 2}}", ok: '{{$.a}}' },
        onExpressionError: 'Null',
      },
      {},
      { a: 1 },
    );
    expect(send.sent[0]?.data).toEqual({ n: null, text: null, ok: 1 });
  });

  it('takes a path that finds nothing for null, which is no error', async () => {
    const send = new Send('answer');
    await send.start({ configuration: { n: '{{$.nowhere}}' }, onExpressionError: 'Fail' }, {}, { a: 1 });
    expect(send.sent[0]?.data).toEqual({ n: null });
  });

  it('knows what does not compile before any message comes', () => {
    const broken = new Edge('a', edge({ to: 'b', configuration: { n: '{{ $.a + }}' } }));
    expect(broken.mapping?.problems).toEqual([expect.stringContaining('configuration.n')]);
  });
});
