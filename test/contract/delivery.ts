import {
  type Component,
  type Json,
  MAX_DEPTH,
  MAX_MESSAGE_BYTES,
  type NodeSpec,
  TinyError,
  type TraceContext,
} from '@tinysystems/core';
import { component, done, input, output, reply, z } from '@tinysystems/sdk';

/** Two nodes with one edge between them, and a way to send to the first. Where the second one runs is the harness's matter. */
export interface DeliveryHarness extends AsyncDisposable {
  /** Brings the nodes up: those of `near` where messages enter, those of `far` behind whatever lies between. */
  start(near: readonly NodeSpec[], far: readonly NodeSpec[]): Promise<void>;
  /** Sends a message to `in` of a near node. */
  send(node: string, data: Json, options?: SendOptions): Promise<Json | undefined>;
  /** The finished spans of all nodes. */
  readonly spans: readonly FinishedSpan[];
}

export interface SendOptions {
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  readonly depth?: number;
  readonly trace?: TraceContext;
}

export interface FinishedSpan {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string | undefined;
}

/** In what the ways of delivery differ. */
export interface DeliveryTraits {
  /** Whether a message from a near node to a far one crosses a border, where sizes are limited. */
  readonly hasBorder: boolean;
}

const KINDS = ['Transient', 'Permanent', 'Cancelled', 'Timeout', 'Overloaded'] as const;
const anything = z.unknown();

/** What handlers answer does not depend on where their caller runs: the same checks for every way of delivery. */
export function describeDelivery(
  name: string,
  { hasBorder }: DeliveryTraits,
  makeHarness: (components: readonly Component[]) => Promise<DeliveryHarness>,
): void {
  const harness = async (
    farComponent: string,
    {
      count = 1,
      handler = new HangingHandler(),
    }: { readonly count?: number; readonly handler?: HangingHandler } = {},
  ): Promise<DeliveryHarness> => {
    const made = await makeHarness([...COMPONENTS, handler.component]);
    const far = Array.from({ length: count }, (_, index) => `far-${index}`);
    await made.start(
      [node('near', 'pass', far)],
      far.map((each) => node(each, farComponent, [])),
    );
    return made;
  };

  describe(`delivery ${name}`, () => {
    it.each<[string, Json]>([
      ['an object', { list: [1, 'ü', null], nested: { a: true } }],
      ['null', null],
      ['false', false],
      ['an empty text', ''],
      ['zero', 0],
    ])('brings the reply back: %s', async (_case, value) => {
      await using flow = await harness('echo');
      expect(await flow.send('near', { value })).toEqual(value);
    });

    it('tells no reply from null', async () => {
      await using flow = await harness('silent');
      expect(await flow.send('near', {})).toBeUndefined();
    });

    it.each(KINDS)('keeps kind, code, text and delay of an error that is %s', async (kind) => {
      await using flow = await harness('fails');
      await expect(flow.send('near', { kind })).rejects.toMatchObject({
        name: 'TinyError',
        kind,
        code: 'test.SAD',
        message: `sad: ${kind} ü`,
        retryAfterMs: 1500,
      });
    });

    it('makes a failure that is none of ours permanent', async () => {
      await using flow = await harness('fails');
      await expect(flow.send('near', {})).rejects.toMatchObject({
        kind: 'Permanent',
        code: 'HANDLER_FAILED',
        message: 'nothing to say',
        retryAfterMs: undefined,
      });
    });

    it('refuses a port that does not exist, and system ports', async () => {
      await using flow = await makeHarness(COMPONENTS);
      await flow.start(
        [node('lost', 'pass', ['far-0'], 'nowhere'), node('thief', 'pass', ['far-0'], '_control')],
        [node('far-0', 'echo', [])],
      );
      await expect(flow.send('lost', {})).rejects.toMatchObject({ kind: 'Permanent', code: 'PORT_UNKNOWN' });
      await expect(flow.send('thief', {})).rejects.toMatchObject({
        kind: 'Permanent',
        code: 'PORT_FORBIDDEN',
      });
    });

    it('tells the handler that the caller gave up', async () => {
      const handler = new HangingHandler();
      await using flow = await harness('hangs', { handler });
      const abort = new AbortController();
      const failed = expect(flow.send('near', {}, { signal: abort.signal })).rejects.toMatchObject({
        kind: 'Cancelled',
      });
      await handler.started.promise;
      abort.abort();
      await failed;
      await expect(handler.aborted.promise).resolves.toMatchObject({ kind: 'Cancelled' });
    });

    it('ends at the deadline of the chain, and tells the handler', async () => {
      const handler = new HangingHandler();
      await using flow = await harness('hangs', { handler });
      await expect(flow.send('near', {}, { timeoutMs: 150 })).rejects.toMatchObject({
        kind: 'Timeout',
        code: 'DEADLINE_EXCEEDED',
      });
      await expect(handler.aborted.promise).resolves.toMatchObject({ name: 'TinyError' });
    });

    it('limits the size of messages at borders only', async () => {
      await using flow = await harness('echo');
      const fits = 'x'.repeat(MAX_MESSAGE_BYTES - 100);
      expect(await flow.send('near', { value: fits })).toHaveLength(fits.length);
      const large = flow.send('near', { value: `${fits}${'x'.repeat(200)}` });
      if (hasBorder)
        await expect(large).rejects.toMatchObject({ kind: 'Permanent', code: 'MESSAGE_TOO_LARGE' });
      else expect(await large).toHaveLength(fits.length + 200);
    });

    it('limits the size of replies at borders only', async () => {
      await using flow = await harness('grows');
      const reply = flow.send('near', {});
      if (hasBorder)
        await expect(reply).rejects.toMatchObject({ kind: 'Permanent', code: 'MESSAGE_TOO_LARGE' });
      else expect(await reply).toHaveLength(MAX_MESSAGE_BYTES);
    });

    it('continues the trace: the far span is a child of the near one', async () => {
      await using flow = await harness('echo');
      const trace = { traceId: 'c'.repeat(32), spanId: 'd'.repeat(16), traceFlags: 1 };
      await flow.send('near', { value: 1 }, { trace });
      const near = flow.spans.find((span) => span.name === 'pass in');
      const far = flow.spans.find((span) => span.name === 'echo in');
      expect(near).toMatchObject({ traceId: trace.traceId, parentSpanId: trace.spanId });
      expect(far).toMatchObject({ traceId: trace.traceId, parentSpanId: near?.spanId });
    });

    it('counts hops across the way', async () => {
      await using flow = await harness('echo');
      expect(await flow.send('near', { value: 1 }, { depth: MAX_DEPTH - 1 })).toBe(1);
      await expect(flow.send('near', { value: 1 }, { depth: MAX_DEPTH })).rejects.toMatchObject({
        kind: 'Permanent',
        code: 'DEPTH_EXCEEDED',
      });
    });

    it('ends a cycle between two nodes', async () => {
      await using flow = await makeHarness(COMPONENTS);
      await flow.start([node('near', 'pass', ['far-0'])], [node('far-0', 'pass', ['near'])]);
      await expect(flow.send('near', {})).rejects.toMatchObject({
        kind: 'Permanent',
        code: 'DEPTH_EXCEEDED',
      });
    });

    it.each([1, 8, 9, 64])(
      'fans out to %d nodes and answers with the first in the order of the edges',
      async (count) => {
        await using flow = await harness('name', { count });
        expect(await flow.send('near', {})).toBe('far-0');
        expect(flow.spans.filter((span) => span.name === 'name in')).toHaveLength(count);
      },
    );

    it.each([8, 64])('collects the failures of %d branches', async (count) => {
      await using flow = await harness('fails', { count });
      const failure = await flow
        .send('near', { kind: 'Overloaded' })
        .catch((error: unknown) => error as TinyError);
      expect(failure).toMatchObject({ kind: 'Overloaded', code: 'test.SAD', retryAfterMs: 1500 });
      expect((failure as TinyError).branches).toHaveLength(count - 1);
    });
  });
}

/** A node of the module it belongs to by its name: `far…` is another one. */
function node(name: string, componentName: string, targets: readonly string[], toPort = 'in'): NodeSpec {
  return {
    name,
    namespace: 'test',
    uid: name,
    generation: 1,
    module: moduleOf(name),
    component: componentName,
    run: true,
    settings: {},
    ports: [],
    concurrency: { max: 64, queue: 1024 },
    flow: undefined,
    project: undefined,
    edges: targets.map((to) => ({
      id: `to-${to}`,
      port: 'out',
      to,
      toPort,
      configuration: undefined,
      onExpressionError: 'Fail',
      retry: undefined,
    })),
  };
}

/** The module that a node of this suite belongs to. */
export function moduleOf(name: string): string {
  return name.startsWith('far') ? 'far' : 'near';
}

const COMPONENTS: readonly Component[] = [
  component({
    name: 'pass',
    description: 'Passes everything on.',
    ports: { in: input(anything), out: output(anything) },
    on: { in: (message, ctx) => ctx.emit('out', message) },
  }),
  component({
    name: 'echo',
    description: 'Answers with what it got.',
    ports: { in: input(z.object({ value: anything })) },
    on: { in: ({ value }) => reply(value as Json) },
  }),
  component({
    name: 'silent',
    description: 'Answers nothing.',
    ports: { in: input(anything) },
    on: { in: () => done },
  }),
  component({
    name: 'name',
    description: 'Answers with the name of its node.',
    ports: { in: input(anything) },
    on: { in: (_message, ctx) => reply(ctx.node.name) },
  }),
  component({
    name: 'grows',
    description: 'Answers with more than a border lets through.',
    ports: { in: input(anything) },
    on: { in: () => reply('x'.repeat(MAX_MESSAGE_BYTES)) },
  }),
  component({
    name: 'fails',
    description: 'Fails as it is told to.',
    ports: { in: input(z.object({ kind: z.enum(KINDS).optional() })) },
    on: {
      in: ({ kind }) => {
        if (kind === undefined) throw new Error('nothing to say');
        throw new TinyError(kind, 'test.SAD', `sad: ${kind} ü`, { retryAfterMs: 1500 });
      },
    },
  }),
];

/** A handler that ends with its signal only, and a look at it. */
class HangingHandler {
  readonly started = Promise.withResolvers<void>();
  /** The reason of its signal. */
  readonly aborted = Promise.withResolvers<unknown>();

  readonly component: Component = component({
    name: 'hangs',
    description: 'Ends with its signal only.',
    ports: { in: input(anything) },
    on: {
      in: (_message, { signal }) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => {
            this.aborted.resolve(signal.reason);
            reject(signal.reason as Error);
          });
          this.started.resolve();
        }),
    },
  });
}
