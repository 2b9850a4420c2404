import type { TinyError } from '@tinysystems/core';
import { DEFAULT_RETRY, type Json, MAX_DEPTH, MAX_MESSAGE_BYTES, type NodeSpec } from '@tinysystems/core';
import { eventually } from '@tinysystems/testing';
import { KINDS, type Note } from './components.ts';
import { node } from './nodes.ts';
import type { FinishedSpan, SendOptions } from './replica.ts';

/** Nodes named `near…` and `far…`, and a way to send to them. Where they run is the harness's matter. */
export interface DeliveryHarness extends AsyncDisposable {
  /** Brings nodes up. */
  readonly start: (specs: readonly NodeSpec[]) => Promise<void>;
  /** Sends a message to a node, where it runs. */
  readonly send: (node: string, data: Json, options?: SendOptions) => Promise<Json | undefined>;
  /** The finished spans of all nodes. */
  readonly spans: () => Promise<readonly FinishedSpan[]>;
  /** What handlers noted; it may take a moment until a note is here. */
  readonly notes: readonly Note[];
  /** Deletes all nodes, forgets spans and notes. */
  readonly clear: () => Promise<void>;
}

/** In what the ways of delivery differ. */
export interface DeliveryTraits {
  /** How many edges there are from a near node to a far one. */
  readonly hops: number;
  /** Whether a message from a near node to a far one crosses a border, where it is written as JSON. */
  readonly hasBorder: boolean;
  /** Whether all of an error comes back, its branches too. */
  readonly isExact: boolean;
}

/** What handlers answer does not depend on where their caller runs: the same checks for every way of delivery. */
export function describeDelivery(
  name: string,
  traits: DeliveryTraits,
  startHarness: () => Promise<DeliveryHarness>,
): void {
  describe(`delivery ${name}`, () => {
    let harness: DeliveryHarness;
    beforeAll(async () => {
      harness = await startHarness();
    });
    afterEach(() => harness.clear());
    afterAll(() => harness[Symbol.asyncDispose]());

    const flow: DeliveryFlow = {
      traits,
      send: (to, data, options) => harness.send(to, data, options),
      spans: () => harness.spans(),
      start: (...specs) => harness.start(specs),
      pair: (far, near = 'pass') =>
        harness.start([node('near', near, { edges: [{ to: 'far' }] }), node('far', far)]),
      fanOut: (count, far, near = 'pass') =>
        harness.start([
          ...Array.from({ length: count }, (_, index) => node(`far-${index}`, far)),
          node('near', near, {
            edges: Array.from({ length: count }, (_, index) => ({ to: `far-${index}` })),
          }),
        ]),
      noted: (wanted, count = 1) =>
        eventually(
          () => {
            const found = harness.notes.filter((note) => isLike(note, wanted));
            return found.length >= count && found;
          },
          { timeoutMs: 10_000 },
        ),
    };
    replies(flow);
    failures(flow);
    ends(flow);
    borders(flow);
    hops(flow);
    branches(flow);
    limits(flow);
  });
}

interface DeliveryFlow extends Pick<DeliveryHarness, 'send' | 'spans'> {
  readonly traits: DeliveryTraits;
  readonly start: (...specs: readonly NodeSpec[]) => Promise<void>;
  /** A node `near` with an edge to a node `far`. */
  readonly pair: (far: string, near?: string) => Promise<void>;
  /** A node `near` with edges to many: `far-0` and so on. */
  readonly fanOut: (count: number, far: string, near?: string) => Promise<void>;
  /** Waits for so many notes, at least. @returns all that are like it. */
  readonly noted: (wanted: Partial<Note>, count?: number) => Promise<readonly Note[]>;
}

function isLike(note: Note, wanted: Partial<Note>): boolean {
  return Object.entries(wanted).every(([key, value]) => note[key as keyof Note] === value);
}

function replies({ send, pair, start, noted }: DeliveryFlow): void {
  it.each<[string, Json]>([
    ['an object', { list: [1, 'ü', null], nested: { a: true } }],
    ['null', null],
    ['false', false],
    ['an empty text', ''],
    ['zero', 0],
    ['an integer that no number holds', 9007199254740993n],
  ])('brings the reply back: %s', async (_case, value) => {
    await pair('echo');
    expect(await send('near', { value })).toEqual(value);
  });

  it('tells no reply from null', async () => {
    await pair('silent');
    expect(await send('near', {})).toBeUndefined();
  });

  it('fails a request that nobody answers, and takes null for an answer', async () => {
    await pair('silent', 'asks');
    await expect(send('near', {})).rejects.toMatchObject({ kind: 'Permanent', code: 'REPLY_MISSING' });
    await start(node('far', 'echo'));
    expect(await send('near', { value: null })).toBeNull();
  });

  it('makes the sender wait until the last node has answered', async () => {
    await start(
      node('near', 'pass', { edges: [{ to: 'far-0' }] }),
      node('far-0', 'gate', { edges: [{ to: 'far-1' }] }),
      node('far-1', 'name'),
    );
    let isAnswered = false;
    const answer = send('near', {}).finally(() => (isAnswered = true));
    await noted({ event: 'waits' });
    expect(isAnswered).toBe(false);
    await send('far-0', {}, { port: 'key' });
    expect(await answer).toBe('far-1');
  });
}

function failures({ send, pair, start, spans }: DeliveryFlow): void {
  it.each(KINDS)('keeps kind, code, text and delay of an error that is %s', async (kind) => {
    await pair('fails');
    await expect(send('near', { kind })).rejects.toMatchObject({
      name: 'TinyError',
      kind,
      code: 'test.SAD',
      message: `sad: ${kind} ü at far`,
      retryAfterMs: 1500,
    });
  });

  it('makes a failure that is none of ours permanent', async () => {
    await pair('fails');
    await expect(send('near', {})).rejects.toMatchObject({
      kind: 'Permanent',
      code: 'HANDLER_FAILED',
      message: 'nothing to say',
      retryAfterMs: undefined,
    });
  });

  it('says which field of a message does not fit', async () => {
    await pair('echo');
    await expect(send('near', { other: 1 })).rejects.toMatchObject({
      kind: 'Permanent',
      code: 'MESSAGE_INVALID',
      message: expect.stringContaining('value'),
    });
  });

  it('refuses what leads nowhere: a node or port that does not exist, a stopped node, a system port', async () => {
    await start(
      node('far', 'echo'),
      node('far-stopped', 'echo', { run: false }),
      node('near-node', 'pass', { edges: [{ to: 'nobody' }] }),
      node('near-port', 'pass', { edges: [{ to: 'far', toPort: 'nowhere' }] }),
      node('near-stopped', 'pass', { edges: [{ to: 'far-stopped' }] }),
      node('near-thief', 'pass', { edges: [{ to: 'far', toPort: '_control' }] }),
    );
    const ways = ['near-node', 'near-port', 'near-stopped', 'near-thief'];
    expect(await Promise.all(ways.map((way) => outcomeOf(send(way, {}))))).toEqual([
      'Permanent NODE_UNKNOWN',
      'Permanent PORT_UNKNOWN',
      'Permanent NODE_STOPPED',
      'Permanent PORT_FORBIDDEN',
    ]);
  });

  it('sends again as often as the edge says, at the hop that failed and at none above it', async () => {
    const retry = { ...DEFAULT_RETRY, maxAttempts: 3, initialDelayMs: 1 };
    await start(
      node('near-0', 'pass', { edges: [{ to: 'far-0', retry }] }),
      node('far-0', 'fails'),
      node('near-1', 'pass', { edges: [{ to: 'far-1', retry }] }),
      node('far-1', 'pass', { edges: [{ to: 'far-2' }] }),
      node('far-2', 'fails'),
    );
    const failed = async () => (await spans()).filter(({ name }) => name === 'fails in').length;
    const attemptsOf = async (way: string) => {
      const before = await failed();
      expect(await outcomeOf(send(way, { kind: 'Transient' }))).toBe('Transient test.SAD');
      return (await failed()) - before;
    };
    expect(await attemptsOf('near-0')).toBe(3);
    expect(await attemptsOf('near-1')).toBe(1);
  });
}

function ends({ send, pair, noted }: DeliveryFlow): void {
  it('tells the handler that the caller gave up', async () => {
    await pair('hangs');
    const abort = new AbortController();
    const call = outcomeOf(send('near', {}, { signal: abort.signal }));
    await noted({ event: 'started' });
    abort.abort();
    expect(await call).toBe('Cancelled CANCELLED');
    expect(await noted({ event: 'aborted' })).toMatchObject([{ node: 'far', detail: 'Cancelled' }]);
  });

  it('ends at the deadline of the chain, and tells the handler', async () => {
    await pair('hangs');
    expect(await outcomeOf(send('near', {}, { timeoutMs: 300 }))).toBe('Timeout DEADLINE_EXCEEDED');
    expect(await noted({ event: 'aborted' })).toHaveLength(1);
  });

  it('does not begin what could not end in time', async () => {
    await pair('name');
    expect(await outcomeOf(send('near', {}, { timeoutMs: 0 }))).toBe('Timeout DEADLINE_EXCEEDED');
  });

  it('has one deadline for the whole chain', async () => {
    await pair('deadline');
    const beforeMs = Date.now();
    const deadlineMs = Number(await send('near', {}, { timeoutMs: 60_000 }));
    expect(deadlineMs).toBeGreaterThanOrEqual(beforeMs + 60_000 - 1_000);
    expect(deadlineMs).toBeLessThanOrEqual(Date.now() + 60_000 + 1_000);
  });
}

function borders({ send, pair, start, traits }: DeliveryFlow): void {
  it('limits the size of messages at borders only', async () => {
    await pair('echo');
    const fits = 'x'.repeat(MAX_MESSAGE_BYTES - 100);
    expect(await send('near', { value: fits })).toHaveLength(fits.length);
    const large = send('near', { value: `${fits}${'x'.repeat(200)}` });
    if (traits.hasBorder)
      await expect(large).rejects.toMatchObject({ kind: 'Permanent', code: 'MESSAGE_TOO_LARGE' });
    else expect(await large).toHaveLength(fits.length + 200);
  });

  it('limits the size of replies at borders only', async () => {
    await pair('grows');
    const answer = send('near', {});
    if (traits.hasBorder)
      await expect(answer).rejects.toMatchObject({ kind: 'Permanent', code: 'MESSAGE_TOO_LARGE' });
    else expect(await answer).toHaveLength(MAX_MESSAGE_BYTES);
  });

  it('writes a message as JSON once for each border it crosses, and never within a process', async () => {
    await pair('echo');
    let written = 0;
    const value = { toJSON: () => ({ written: (written += 1) }) } as unknown as Json;
    const answer = await send('near', { value }, { trace: UNRECORDED });
    expect(written).toBe(traits.hasBorder ? 1 : 0);
    // Without a border it is the very object that was sent.
    if (traits.hasBorder) expect(answer).toEqual({ written: 1 });
    else expect(answer).toBe(value);
  });

  it('sends what the mapping made, and nothing else of what was emitted', async () => {
    const configuration = { value: '{{$.kept}}' };
    await start(node('near', 'pass', { edges: [{ to: 'far', configuration }] }), node('far', 'echo'));
    let written = 0;
    const dropped = { toJSON: () => (written += 1) } as unknown as Json;
    expect(await send('near', { kept: 'this', dropped }, { trace: UNRECORDED })).toBe('this');
    expect(written).toBe(0);
  });
}

function hops({ send, spans, noted, pair, start, traits }: DeliveryFlow): void {
  it('continues the trace: each span is a child of the one before', async () => {
    await pair('echo');
    const trace = { traceId: 'c'.repeat(32), spanId: 'd'.repeat(16), traceFlags: 1 };
    await send('near', { value: 1 }, { trace });
    const all = await spans();
    expect(new Set(all.map(({ traceId }) => traceId))).toEqual(new Set([trace.traceId]));
    const path: string[] = [];
    for (let span = all.find((one) => one.name === 'echo in'); span !== undefined;) {
      path.push(span.name);
      const parent: string | undefined = span.parentSpanId;
      if (parent === trace.spanId) path.push('the caller');
      span = all.find((one) => one.spanId === parent);
    }
    expect(path).toEqual(['echo in', ...Array<string>(traits.hops).fill('pass in'), 'the caller']);
  });

  it('counts hops across the way', async () => {
    await pair('echo');
    const last = MAX_DEPTH - traits.hops;
    expect(await send('near', { value: 1 }, { depth: last })).toBe(1);
    expect(await outcomeOf(send('near', { value: 1 }, { depth: last + 1 }))).toBe('Permanent DEPTH_EXCEEDED');
  });

  it('ends a cycle between two nodes', async () => {
    await start(
      node('near', 'pass', { edges: [{ to: 'far' }] }),
      node('far', 'pass', { edges: [{ to: 'near' }] }),
    );
    expect(await outcomeOf(send('near', {}))).toBe('Permanent DEPTH_EXCEEDED');
    const visits = (await spans()).filter(({ name }) => name === 'pass in');
    expect(visits).toHaveLength(MAX_DEPTH + 1);
  });

  it('starts the messages of one sender in the order in which they were emitted', async () => {
    await start(
      node('near', 'bursts', { edges: [{ to: 'far' }] }),
      node('far', 'notes', { concurrency: { max: 3, queue: 1024 } }),
    );
    await send('near', { count: 500 });
    const numbers = (await noted({ event: 'started' }, 500)).map(({ detail }) => detail);
    expect(numbers).toEqual(Array.from({ length: 500 }, (_, number) => number));
  });
}

function branches({ send, spans, fanOut, start, traits }: DeliveryFlow): void {
  it.each([1, 8, 9, 64, 256])(
    'fans out to %d nodes and answers with the first in the order of the edges',
    async (count) => {
      await fanOut(count, 'name');
      expect(await send('near', {})).toBe('far-0');
      expect((await spans()).filter((span) => span.name === 'name in')).toHaveLength(count);
    },
  );

  it.each([8, 9, 64, 256])(
    'collects the failures of %d branches in the order of the edges',
    async (count) => {
      await fanOut(count, 'fails');
      const failure = await failureOf(send('near', { kind: 'Overloaded' }));
      expect(failure).toMatchObject({ kind: 'Overloaded', code: 'test.SAD', retryAfterMs: 1500 });
      expect([failure, ...failure.branches].map(({ message }) => message)).toEqual([
        `sad: Overloaded ü at far-0 (and ${count - 1} more of the branches failed)`,
        ...Array.from({ length: count - 1 }, (_, index) => `sad: Overloaded ü at far-${index + 1}`),
      ]);
    },
  );

  it('brings the branches back of a failure that was made there', async () => {
    await start(
      node('near', 'pass', { edges: [{ to: 'far' }] }),
      node('far', 'pass', { edges: [{ to: 'far-0' }, { to: 'far-1' }, { to: 'far-2' }] }),
      node('far-0', 'name'),
      node('far-1', 'fails'),
      node('far-2', 'fails'),
    );
    const failure = await failureOf(send('near', { kind: 'Timeout' }));
    expect(failure).toMatchObject({ kind: 'Timeout', code: 'test.SAD' });
    if (traits.isExact)
      expect(failure.branches).toMatchObject([
        { kind: 'Timeout', code: 'test.SAD', message: 'sad: Timeout ü at far-2', retryAfterMs: 1500 },
      ]);
  });

  it('ignores failures of single branches where the port says settled', async () => {
    await start(
      node('near', 'settled', { edges: [{ to: 'far-0' }, { to: 'far-1' }] }),
      node('far-0', 'fails'),
      node('far-1', 'name'),
    );
    expect(await send('near', { kind: 'Permanent' })).toBe('far-1');
  });
}

function limits({ send, start, noted }: DeliveryFlow): void {
  const ROUNDS = 20;
  it.each([
    ['each ends', 1024, ['the end']],
    ['each ends or is refused', 4, ['Overloaded QUEUE_FULL', 'the end']],
  ])(
    'lets two nodes call each other, entered from both sides at ten times their limit: %s, and none waits for its deadline',
    async (_case, queue, possible) => {
      const concurrency = { max: 4, queue };
      await start(
        node('near', 'bounces', { concurrency, edges: [{ to: 'far' }] }),
        node('far', 'bounces', { concurrency, edges: [{ to: 'near' }] }),
      );
      const calls = Array.from({ length: 80 }, (_, index) =>
        outcomeOf(send(index % 2 === 0 ? 'near' : 'far', { left: ROUNDS }, { timeoutMs: 15_000 })),
      );
      expect([...new Set(await Promise.all(calls))].sort()).toEqual(possible);
    },
  );

  it('refuses at once what finds the queue full, but for a chain that has passed the node', async () => {
    await start(
      node('near', 'turnstile', { concurrency: { max: 1, queue: 0 }, edges: [{ to: 'far' }] }),
      node('far', 'gate', { edges: [{ to: 'near', configuration: { is: 'back' } }] }),
    );
    const returning = send('near', { is: 'new' });
    await noted({ event: 'waits' });
    const abort = new AbortController();
    const held = outcomeOf(send('near', { is: 'held' }, { signal: abort.signal }));
    await noted({ event: 'started', detail: 'held' });
    await expect(send('near', { is: 'new' })).rejects.toMatchObject({
      kind: 'Overloaded',
      code: 'QUEUE_FULL',
      retryAfterMs: 1000,
    });
    await send('far', {}, { port: 'key' });
    expect(await outcomeOf(send('near', { is: 'new' }))).toBe('Overloaded QUEUE_FULL');
    abort.abort();
    expect(await held).toBe('Cancelled CANCELLED');
    expect(await returning).toBe('it came back');
  });
}

/** A trace that nobody records: nothing is written for that either. */
const UNRECORDED = { traceId: 'c'.repeat(32), spanId: 'd'.repeat(16), traceFlags: 0 };

/** The reply, or kind and code of the failure. */
async function outcomeOf(call: Promise<Json | undefined>): Promise<Json | undefined> {
  try {
    return await call;
  } catch (error) {
    const { kind, code } = error as TinyError;
    return `${kind} ${code}`;
  }
}

async function failureOf(call: Promise<Json | undefined>): Promise<TinyError> {
  try {
    throw new Error(`it was answered with ${JSON.stringify(await call)}`);
  } catch (error) {
    return error as TinyError;
  }
}
