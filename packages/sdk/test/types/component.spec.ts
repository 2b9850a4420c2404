import { component, done, input, output, outputs, reply, statefulComponent, z } from '@tinysystems/sdk';

const ports = {
  request: input(z.object({ name: z.string() })),
  other: input(z.unknown()),
  greeting: output(z.object({ text: z.string() })),
  ask: output(z.object({ text: z.string() }), { reply: z.object({ answer: z.number() }) }),
};
const base = { name: 'typed', description: 'Only its types matter.', ports };

// Each call below is checked by the compiler (`npm run typecheck`): a rule that stops holding is a compile error.
describe('the types of component()', () => {
  it('accept what is right', () => {
    const right = component({
      ...base,
      settings: z.object({ greeting: z.string().default('Hello') }),
      on: {
        request: (message, ctx) => ctx.emit('greeting', { text: `${ctx.settings.greeting} ${message.name}` }),
        other: async (_message, ctx) => {
          const { answer } = await ctx.request('ask', { text: '?' });
          return answer > 1 ? reply({ answer }) : done;
        },
      },
    });
    expect(right.name).toBe('typed');
  });

  it('refuse an unknown out port', () => {
    component({
      ...base,
      // @ts-expect-error there is no port called greetings
      on: { request: (_message, ctx) => ctx.emit('greetings', { text: '' }), other: () => done },
    });
  });

  it('refuse a payload of the wrong shape', () => {
    component({
      ...base,
      // @ts-expect-error text must be a string
      on: { request: (_message, ctx) => ctx.emit('greeting', { text: 1 }), other: () => done },
    });
  });

  it('refuse a missing handler', () => {
    // @ts-expect-error the in port other has no handler
    component({ ...base, on: { request: () => done } });
  });

  it('refuse a handler of a port that is not there', () => {
    component({
      ...base,
      // @ts-expect-error there is no in port called requests
      on: { request: () => done, other: () => done, requests: () => done },
    });
  });

  it('refuse the same of a component that keeps something', () => {
    // @ts-expect-error the in port other has no handler
    statefulComponent({ ...base, create: () => ({ on: { request: () => done } }) });
    statefulComponent({
      ...base,
      create: (node) => ({
        on: {
          // @ts-expect-error the reply of emit is not returned
          request: async (_message, ctx) => {
            await ctx.emit('greeting', { text: '' });
          },
          other: async () => {
            // @ts-expect-error there is no port called greetings
            await node.emit('greetings', { text: '' });
            // @ts-expect-error text must be a string
            await node.detach('greeting', { text: 1 });
            return done;
          },
        },
      }),
    });
  });

  it('refuse to write into a message, a setting or an answer, at any depth', () => {
    const list = z.object({ list: z.array(z.object({ name: z.string() })) });
    component({
      name: 'readonly',
      description: 'Only its types matter.',
      settings: list,
      ports: { in: input(list), ask: output(z.object({ list: z.array(z.string()) }), { reply: list }) },
      on: {
        in: async (message, ctx) => {
          // @ts-expect-error the message has other readers
          message.list[0] = { name: '' };
          // @ts-expect-error the settings belong to the node
          ctx.settings.list.push({ name: '' });
          const { list: names } = await ctx.request('ask', { list: message.list.map(({ name }) => name) });
          // @ts-expect-error whoever answered may hold it
          names[0]!.name = '';
          return done;
        },
      },
    });
  });

  it('refuse a dropped reply', () => {
    component({
      ...base,
      on: {
        // @ts-expect-error the reply of emit is not returned
        request: async (_message, ctx) => {
          await ctx.emit('greeting', { text: '' });
        },
        other: () => done,
      },
    });
  });

  it('refuse a request on a port without a reply schema', () => {
    component({
      ...base,
      on: {
        // @ts-expect-error greeting declares no reply
        request: async (_message, ctx) => reply(await ctx.request('greeting', { text: '' })),
        other: () => done,
      },
    });
  });

  it('offer nothing that says who leads', () => {
    component({
      ...base,
      on: {
        request: (_message, ctx) => {
          type Offered = keyof typeof ctx | keyof typeof ctx.node | keyof typeof ctx.node.state;
          type SaysWhoLeads = Extract<Offered, `${string}${'lead' | 'Lead'}${string}`>;
          // A compile error as soon as there is such a name.
          const none: SaysWhoLeads extends never ? true : false = true;
          return reply({ none, node: ctx.node.name });
        },
        other: () => done,
      },
    });
  });

  it('know dynamic ports by their prefix', () => {
    const routed = component({
      name: 'routed',
      description: 'Routes.',
      settings: z.object({ routes: z.array(z.string()).default(['a']) }),
      ports: { in: input(z.unknown()) },
      dynamicPorts: (settings) => outputs('out_', settings.routes, z.object({ context: z.unknown() })),
      on: { in: (message, ctx) => ctx.emit('out_a', { context: message }) },
    });
    component({
      name: 'misrouted',
      description: 'Routes.',
      ports: { in: input(z.unknown()) },
      dynamicPorts: () => outputs('out_', ['a'], z.object({ context: z.unknown() })),
      // @ts-expect-error dynamic ports start with out_
      on: { in: (message, ctx) => ctx.emit('in_a', { context: message }) },
    });
    expect(routed.ports({ routes: ['x', 'y'] }).map((port) => port.name)).toEqual(['in', 'out_x', 'out_y']);
  });
});
