import { component, input, output, reply, z } from '@tinysystems/sdk';
import { checkFlow } from '../src/index.ts';

const ask = component({
  name: 'ask',
  description: 'Asks.',
  tags: ['trigger'],
  ports: { question: output(z.object({ text: z.string() }), { reply: z.object({ answer: z.string() }) }) },
  on: {},
});
const tell = component({
  name: 'tell',
  description: 'Answers.',
  settings: z.object({ loud: z.boolean().default(false) }),
  ports: { in: input(z.object({ words: z.array(z.string()) }), { answers: 'itself' }) },
  on: { in: ({ words }) => reply({ answer: words.join(' ') }) },
});
const MODULES = { alpha: [ask], 'beta-module': [tell] };

const flow = (configuration: string, settings = '{}') => `
kind: TinyNode
metadata: { name: asker }
spec:
  module: alpha
  component: ask
  edges: [{ id: e, port: question, to: teller, toPort: in, configuration: ${configuration} }]
---
kind: TinyFlow
metadata: { name: f }
---
kind: TinyNode
metadata: { name: teller }
spec: { module: beta_module, component: tell, settings: ${settings} }
`;

describe('checkFlow', () => {
  it('finds nothing wrong with a flow whose types fit across modules', () => {
    expect(checkFlow(flow(`{ words: "{{split($.text, ' ')}}" }`), MODULES)).toMatchObject({
      verdict: 'valid',
      problems: [],
    });
  });

  it('names what is wrong with edges and settings', () => {
    const { verdict, problems } = checkFlow(flow("{ words: '{{$.txt}}' }", '{ loud: 1 }'), MODULES);
    expect(verdict).toBe('invalid');
    expect(problems).toEqual([
      'asker/e: words {{$.txt}}: expected one of the fields of $: text, found $.txt (did you mean text?)',
      'teller: expected settings that tell accepts, found loud: must be boolean',
    ]);
  });

  it('cannot tell of a module that it was not given', () => {
    const { verdict, problems } = checkFlow(flow('{ words: [] }'), { alpha: [ask] });
    expect(verdict).toBe('unknown');
    expect(problems).toContain(
      'teller: expected the module beta_module, found none of that name; its components, and the edges from and to this node, are not checked',
    );
  });

  it('refuses what is no YAML', () => {
    expect(() => checkFlow('a: [', MODULES)).toThrow('the flow is no YAML');
  });
});
