// A module whose components have secrets everywhere, and do with them what careless authors do.
import { component, done, input, output, reply, runModule, statefulComponent, z } from '@tinysystems/sdk';

const secret = () => z.string().meta({ secret: true });

/** Secrets at every depth that a schema has. */
const secrets = z.object({
  token: secret(),
  key: z.string().optional().meta({ format: 'password' }),
  pin: z.number().optional().meta({ secret: true }),
  nested: z.object({ deep: secret() }).optional(),
  list: z.array(secret()).optional(),
  pair: z.tuple([z.string(), secret()]).optional(),
  byName: z.record(z.string(), secret()).optional(),
  either: z.union([z.object({ code: secret() }), z.null()]).optional(),
  whole: z
    .object({ user: z.string(), keys: z.array(z.string()) })
    .optional()
    .meta({ secret: true }),
  note: z.string().optional(),
});

const vault = statefulComponent({
  name: 'vault',
  description: 'Quotes its secrets wherever it can.',
  settings: secrets,
  ports: {
    in: input(secrets, { answers: 'never' }),
    typed: input(z.object({ pin: z.number().meta({ secret: true }), whole: secrets }), { answers: 'never' }),
    out: output(z.unknown()),
    late: output(secrets),
  },
  errorPort: true,
  control: { schema: secrets.partial().extend({ said: z.unknown().optional() }) },
  create: (node) => ({
    accept: (settings) => {
      if (settings.note === 'refuse') throw new Error(`shown: refused ${JSON.stringify(settings)}`);
      if (settings.note === 'unwilling')
        throw new TypeError(`shown: unwilling`, { cause: new Error(JSON.stringify(settings)) });
    },
    on: {
      in: async (message, ctx) => {
        ctx.log.info({ settings: node.settings, message }, 'shown: info');
        ctx.log.debug({ text: `got ${JSON.stringify(message)}` }, 'shown: debug');
        ctx.log.error(
          { err: new Error(`bad ${message.token}`, { cause: new Error(node.settings.token) }) },
          'shown: error',
        );
        await ctx.detach('late', message);
        const text = `shown: ${JSON.stringify(message)} ${JSON.stringify(node.settings)}`;
        if (message.note === 'throw') throw new Error(text, { cause: new Error(text) });
        return ctx.emit('out', { said: `shown: ${JSON.stringify(node.settings)}`, settings: node.settings });
      },
      typed: () => done,
    },
    view: () => ({ ...node.settings, said: [node.settings.token, `is ${node.settings.token}`] }) as never,
    submit: (submission) => {
      throw new Error(`shown: submitted ${JSON.stringify(submission)}`);
    },
    background: {
      placement: 'leader',
      run: () =>
        node.settings.note === 'broken'
          ? Promise.reject(new Error(`shown: broken ${node.settings.token}`))
          : Promise.resolve(),
    },
  }),
});

const refusing = component({
  name: 'refusing',
  description: 'Refuses all, and says what.',
  ports: { in: input(secrets) },
  on: {
    in: (message) => {
      throw new Error(`shown: refused ${message.token}`);
    },
  },
});

/** Shows what it got, as `debug` does. */
const board = statefulComponent({
  name: 'board',
  description: 'Shows the last message.',
  ports: { in: input(z.unknown()) },
  control: { schema: z.object({ last: z.unknown() }) },
  create: (node) => {
    let last: unknown = 'shown: nothing';
    return {
      on: {
        in: (message) => {
          last = message;
          node.refresh();
          return reply(null);
        },
      },
      view: () => ({ last }) as never,
    };
  },
});

await runModule({ name: 'secrets-module', version: '0.1.0', components: [vault, refusing, board] });
