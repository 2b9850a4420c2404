import {
  type Json,
  type MessageScope,
  type NodeHandle,
  type Reply,
  TinyError,
  replyWith,
  toTinyError,
  valueOf,
} from '@tinysystems/core';
import { type Component, component, done, input, output, z } from '@tinysystems/sdk';

const context = z.unknown();

/** Runs one message through a component, with a stand-in for the runtime that fails on the ports it is told to. */
async function run(
  subject: Component,
  message: Json,
  failing: Readonly<Record<string, Error>> = {},
  settings: Json = { enableErrorPort: true },
) {
  const emitted: [string, Json][] = [];
  const send = async (port: string, data: Json): Promise<Json> => {
    emitted.push([port, data]);
    const failure = failing[port];
    if (failure !== undefined) throw failure;
    return `answer of ${port}`;
  };
  const scope: MessageScope = {
    signal: new AbortController().signal,
    deadlineMs: 0,
    trace: { traceId: '1'.repeat(32), spanId: '1'.repeat(16), traceFlags: 0 },
    emit: async (port, data) => replyWith(await send(port, data)),
    request: send,
  };
  const instance = subject.create({ log: console, failureOf: toTinyError } as unknown as NodeHandle);
  await instance.settings?.(settings);
  const reply: Promise<Reply> = (async () => instance.handle('in', message, scope))();
  return { answer: reply.then(valueOf), emitted };
}

type Handler = Parameters<typeof declare>[0];
function declare(
  handle: (
    message: unknown,
    ctx: { emit(port: 'out', data: { context?: unknown }): Promise<Reply> },
  ) => Promise<Reply> | Reply,
) {
  return component({
    name: 'c',
    description: '',
    errorPort: true,
    ports: { in: input(z.unknown()), out: output(z.object({ context })) },
    on: { in: handle },
  });
}

const own: Handler = () => {
  throw new Error('my own fault');
};

describe('the error port', () => {
  it('takes what the handler throws, and its answer is the answer', async () => {
    const { answer, emitted } = await run(declare(own), { context: { id: 1 } });
    await expect(answer).resolves.toBe('answer of error');
    expect(emitted).toEqual([['error', { context: { id: 1 }, error: 'my own fault', retryable: false }]]);
  });

  it('says whether trying again makes sense, and passes null on for a message without context', async () => {
    const { answer, emitted } = await run(
      declare(async () => Promise.reject(new TinyError('Transient', 'c.AWAY', 'away'))),
      'text',
    );
    await answer;
    expect(emitted).toEqual([['error', { context: null, error: 'away', retryable: true }]]);
  });

  it('is off by default: the caller gets the failure', async () => {
    const { answer, emitted } = await run(declare(own), {}, {}, {});
    await expect(answer).rejects.toThrow('my own fault');
    expect(emitted).toEqual([]);
  });

  it.each<[string, Handler]>([
    ['awaited', async (_message, ctx) => (await ctx.emit('out', { context: 1 }), done)],
    ['returned', (_message, ctx) => ctx.emit('out', { context: 1 })],
    [
      'looked at and thrown on',
      async (_message, ctx) => {
        try {
          return await ctx.emit('out', { context: 1 });
        } catch (error) {
          throw error as Error;
        }
      },
    ],
  ])('does not take failures of the nodes downstream: %s', async (_case, handler) => {
    const failure = new TinyError('Permanent', 'HANDLER_FAILED', 'theirs');
    const { answer, emitted } = await run(declare(handler), {}, { out: failure });
    await expect(answer).rejects.toBe(failure);
    expect(emitted.map(([port]) => port)).toEqual(['out']);
  });

  it('takes a failure of its own after an emission that failed and was dealt with', async () => {
    const handler: Handler = async (_message, ctx) => {
      await ctx.emit('out', {}).catch(() => undefined);
      throw new Error('mine, later');
    };
    const { answer, emitted } = await run(declare(handler), {}, { out: new Error('theirs') });
    await answer;
    expect(emitted.map(([port]) => port)).toEqual(['out', 'error']);
  });

  it('gives the caller the failure of whatever hangs on it', async () => {
    const failure = new TinyError('Permanent', 'HANDLER_FAILED', 'the error flow is broken too');
    const { answer } = await run(declare(own), {}, { error: failure });
    await expect(answer).rejects.toBe(failure);
  });

  it.each<[string, Json, readonly (readonly [string, Json])[]]>([
    [
      'takes the failure of what was sent without waiting for it, with the context of its message',
      { enableErrorPort: true },
      [
        ['out', { context: 'sent' }],
        ['error', { context: 'of the message', error: 'nobody there', retryable: true }],
      ],
    ],
    ['leaves such a failure to the runtime when it is off', {}, [['out', { context: 'sent' }]]],
  ])('%s', async (_case, settings, expected) => {
    const detached: [string, Json][] = [];
    const failure = new TinyError('Transient', 'MODULE_UNREACHABLE', 'nobody there');
    const handle: Pick<NodeHandle, 'detach'> = {
      async detach(port, data, { onFailure } = {}) {
        detached.push([port, data]);
        if (port === 'out') onFailure?.(failure);
      },
    };
    const subject = component({
      name: 'c',
      description: '',
      errorPort: true,
      ports: { in: input(z.object({ context })), out: output(z.object({ context })) },
      on: { in: async (_message, ctx) => (await ctx.detach('out', { context: 'sent' }), done) },
    });
    const instance = subject.create(handle as NodeHandle);
    await instance.settings?.(settings);
    await instance.handle('in', { context: 'of the message' }, {} as MessageScope);
    expect(detached).toEqual(expected);
  });
});

describe('the settings of a component', () => {
  it('are in force only when accept took them', async () => {
    const seen: unknown[] = [];
    const subject = component({
      name: 'c',
      description: '',
      settings: z.object({ n: z.number() }),
      ports: { in: input(z.unknown()) },
      accept: ({ n }) => {
        if (n < 0) throw new Error('below zero');
      },
      on: { in: (_message, ctx) => (seen.push(ctx.settings.n), done) },
    });
    const instance = subject.create({} as NodeHandle);
    await instance.settings?.({ n: 1 });
    await expect(instance.settings?.({ n: -1 })).rejects.toThrow('below zero');
    await instance.handle('in', {}, {} as MessageScope);
    expect(seen).toEqual([1]);
  });
});
