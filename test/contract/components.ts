import { type Component, type Json, MAX_MESSAGE_BYTES, TinyError } from '@tinysystems/core';
import { component, done, input, output, reply, statefulComponent, z } from '@tinysystems/sdk';

/** Something that a handler tells the test. */
export interface Note {
  readonly node: string;
  readonly event: 'started' | 'aborted' | 'waits';
  readonly detail?: Json;
}

/** The kinds of errors there are. */
export const KINDS = ['Transient', 'Permanent', 'Cancelled', 'Timeout', 'Overloaded'] as const;

const anything = z.unknown();
const out = output(anything);

/** The components of this suite. @param note - called by handlers, wherever they run. */
export function createComponents(note: (note: Note) => void): readonly Component[] {
  return [...ANSWERING, ...PASSING, failing, hanging(note), gate(note), noting(note), turnstile(note)];
}

const ANSWERING: readonly Component[] = [
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
    name: 'deadline',
    description: 'Answers with when its chain must have ended.',
    ports: { in: input(anything) },
    on: { in: (_message, ctx) => reply(ctx.deadlineMs) },
  }),
  component({
    name: 'grows',
    description: 'Answers with more than a border lets through.',
    ports: { in: input(anything) },
    on: { in: () => reply('x'.repeat(MAX_MESSAGE_BYTES)) },
  }),
];

const PASSING: readonly Component[] = [
  component({
    name: 'pass',
    description: 'Passes everything on.',
    ports: { in: input(anything), out },
    on: { in: (message, ctx) => ctx.emit('out', message) },
  }),
  component({
    name: 'settled',
    description: 'Passes everything on, and ignores failures of single branches.',
    ports: { in: input(anything), out: output(anything, { branches: 'settled' }) },
    on: { in: (message, ctx) => ctx.emit('out', message) },
  }),
  component({
    name: 'asks',
    description: 'Wants an answer to what it passes on.',
    ports: { in: input(anything), out: output(anything, { reply: anything }) },
    on: { in: async (message, ctx) => reply((await ctx.request('out', message)) as Json) },
  }),
  component({
    name: 'bounces',
    description: 'Passes a message on as often as it says, then answers.',
    ports: { in: input(z.object({ left: z.int() })), out },
    on: {
      // A turn of the event loop in between: handlers overlap.
      in: async ({ left }, ctx) => {
        await new Promise((resolve) => setImmediate(resolve));
        return left === 0 ? reply('the end') : ctx.emit('out', { left: left - 1 });
      },
    },
  }),
  component({
    name: 'bursts',
    description: 'Emits numbers without waiting in between.',
    ports: { in: input(z.object({ count: z.int() })), out },
    on: {
      in: async ({ count }, ctx) => {
        const sent = Array.from({ length: count }, (_, number) =>
          // Of different sizes, so that what is small has a chance to overtake.
          ctx.emit('out', { number, filler: 'x'.repeat(number % 7 === 0 ? 20_000 : 0) }),
        );
        await Promise.all(sent);
        return done;
      },
    },
  }),
];

const failing = component({
  name: 'fails',
  description: 'Fails as it is told to.',
  ports: { in: input(z.object({ kind: z.enum(KINDS).optional() })) },
  on: {
    in: ({ kind }, ctx) => {
      if (kind === undefined) throw new Error('nothing to say');
      throw new TinyError(kind, 'test.SAD', `sad: ${kind} ü at ${ctx.node.name}`, { retryAfterMs: 1500 });
    },
  },
});

type TakeNote = (note: Note) => void;

const hanging = (note: TakeNote): Component =>
  component({
    name: 'hangs',
    description: 'Ends with its signal only.',
    ports: { in: input(anything) },
    on: {
      in: (_message, { node, signal }) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => {
            const { kind } = signal.reason as TinyError;
            note({ node: node.name, event: 'aborted', detail: kind });
            reject(signal.reason as Error);
          });
          note({ node: node.name, event: 'started' });
        }),
    },
  });

const gate = (note: TakeNote): Component =>
  statefulComponent({
    name: 'gate',
    description: 'Holds messages back until one comes to key.',
    ports: { in: input(anything), key: input(anything), out },
    create: (node) => {
      const opened = Promise.withResolvers<void>();
      return {
        on: {
          in: async (message, ctx) => {
            note({ node: node.name, event: 'waits' });
            await opened.promise;
            return ctx.emit('out', message);
          },
          key: () => {
            opened.resolve();
            return done;
          },
        },
      };
    },
  });

const noting = (note: TakeNote): Component =>
  component({
    name: 'notes',
    description: 'Notes the numbers of messages in the order in which they start.',
    ports: { in: input(z.object({ number: z.int(), filler: z.string() })) },
    on: {
      in: async ({ number }, { node }) => {
        note({ node: node.name, event: 'started', detail: number });
        await new Promise((resolve) => setImmediate(resolve));
        return done;
      },
    },
  });

const turnstile = (note: TakeNote): Component =>
  component({
    name: 'turnstile',
    description: 'Passes a message on, answers it when it is back, or holds it until its caller gives up.',
    ports: { in: input(z.object({ is: z.enum(['new', 'back', 'held']) })), out },
    on: {
      in: ({ is }, ctx) => {
        note({ node: ctx.node.name, event: 'started', detail: is });
        if (is === 'new') return ctx.emit('out', {});
        if (is === 'back') return reply('it came back');
        return new Promise((_resolve, reject) =>
          ctx.signal.addEventListener('abort', () => reject(ctx.signal.reason as Error)),
        );
      },
    },
  });
