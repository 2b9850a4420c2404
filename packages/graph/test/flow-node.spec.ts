import { type Component, type JsonSchema, withSecretReferences } from '@tinysystems/core';
import { type NodeResource, flowNodeFromComponent, flowNodeFromPublished } from '../src/index.ts';
import { TEXT, object } from './flow-nodes.ts';

const SETTINGS: JsonSchema = withSecretReferences({
  type: 'object',
  properties: { routes: { type: 'array', items: TEXT, default: ['a'] }, token: { ...TEXT, secret: true } },
});
const IN: JsonSchema = object({ context: { title: 'Context', configurable: true }, fixed: TEXT });

/** A component with an out port for each route. */
const router: Component = {
  name: 'router',
  description: '',
  info: '',
  tags: [],
  settings: SETTINGS,
  control: undefined,
  ports: (settings) => [
    { name: 'in', label: 'In', position: 'left', direction: 'in', schema: IN, answers: 'passed' },
    ...((settings as { routes: readonly string[] }).routes ?? []).map((name) => ({
      ...{ name, label: name, schema: TEXT, reply: TEXT },
      ...({ position: 'right', direction: 'out' } as const),
    })),
  ],
  create: () => ({ handle: () => Promise.reject(new Error('nothing runs here')) }),
};
/** A component with an out port that its secret names. */
const keyed: Component = {
  ...router,
  name: 'keyed',
  ports: (settings) => [
    {
      ...{ name: (settings as { token: string }).token.slice(0, 1), label: '', schema: TEXT },
      ...({ position: 'right', direction: 'out' } as const),
    },
  ],
};
const PUBLISHED = {
  name: 'router',
  tags: ['trigger'],
  ports: [
    { name: '_settings', label: '', position: 'top', source: false, schema: SETTINGS },
    { name: 'in', label: 'In', position: 'left', source: false, schema: IN, answers: 'passed' },
    { name: 'a', label: 'A', position: 'right', source: true, schema: TEXT },
  ],
} as const;

const resource = (spec: Partial<NodeResource['spec']> = {}): NodeResource => ({
  metadata: { name: 'n' },
  spec: { module: 'm', component: 'router', ...spec },
});
const namesOf = ({ ports }: { readonly ports: ReadonlyArray<{ readonly name: string }> }) =>
  ports.map(({ name }) => name);

describe('a node read from its component', () => {
  const read = (spec?: Partial<NodeResource['spec']>) =>
    flowNodeFromComponent(resource(spec), { components: [router, keyed] });

  it('has the ports that its settings make', () => {
    expect(namesOf(read())).toEqual(['in', 'a']);
    expect(namesOf(read({ settings: { routes: ['b', 'c'] } }))).toEqual(['in', 'b', 'c']);
    expect(read().ports).toMatchObject([{ answers: 'passed' }, { reply: TEXT }]);
  });

  it('has the schema of the flow author where a field is configurable, and only there', () => {
    const schema = { type: 'object', properties: { context: { type: 'number' }, fixed: { type: 'number' } } };
    const [port] = read({ ports: [{ name: 'in', schema }] }).ports;
    expect(port?.schema.properties).toMatchObject({ context: { type: 'number' }, fixed: TEXT });
  });

  it('has no known ports when its settings are not accepted', () => {
    const { ports, morePorts, problems } = read({ settings: { routes: 1 } });
    expect([ports, morePorts]).toEqual([[], 'its ports are not known while its settings are not accepted']);
    expect(problems).toMatchObject([{ state: 'invalid', code: 'SettingsRejected' }]);
  });

  it('may refer to a Secret in a secret field, and nowhere else', () => {
    const reference = { secretKeyRef: { name: 's', key: 'k' } };
    expect(read({ settings: { token: reference } }).problems).toBeUndefined();
    expect(read({ settings: { token: 'plain' } }).problems).toBeUndefined();
    expect(read({ settings: { routes: reference } }).problems).toMatchObject([
      { state: 'invalid', code: 'SettingsRejected' },
    ]);
    expect(read({ settings: { token: { secretKeyRef: { name: 's' } } } }).problems).toMatchObject([
      { state: 'invalid', code: 'SettingsRejected' },
    ]);
  });

  it('cannot be told to have wrong ports where these depend on what a Secret holds', () => {
    const token = { secretKeyRef: { name: 's', key: 'k' } };
    expect(read({ component: 'keyed', settings: { token } }).problems).toMatchObject([
      { state: 'unknown', code: 'SettingsRejected', reason: expect.stringContaining('Secrets') },
    ]);
  });

  it('says which components there are when its own is none of them', () => {
    const { problems, morePorts } = read({ component: 'ruoter' });
    expect(problems).toMatchObject([{ state: 'invalid', code: 'ComponentUnknown', suggestion: 'router' }]);
    expect(morePorts).toBe('module m has no component ruoter');
    expect(flowNodeFromComponent(resource(), undefined).problems).toMatchObject([
      { state: 'unknown', code: 'ModuleUnknown' },
    ]);
  });
});

describe('a node read from what a cluster publishes', () => {
  const running = {
    ...resource({ settings: { routes: ['b'] } }),
    status: {
      ports: [
        { name: '_settings', label: '', position: 'top', source: false },
        { name: 'b', label: 'B', position: 'right', source: true, schema: TEXT },
        { name: 'in', label: 'In', position: 'left', source: false },
      ],
    },
  } as const;
  const read = (spec?: Partial<NodeResource['spec']>) =>
    flowNodeFromPublished(resource(spec), { components: [PUBLISHED], running });

  it('has the ports of the running node when that has the same settings', () => {
    const node = read({ settings: { routes: ['b'] } });
    expect([namesOf(node), node.morePorts, node.isTrigger]).toEqual([['b', 'in'], undefined, true]);
    expect(node.ports[1]).toMatchObject({ direction: 'in', schema: IN, answers: 'passed' });
  });

  it('may have others with settings that nobody has seen', () => {
    const node = read({ settings: { routes: ['c'] } });
    expect(namesOf(node)).toEqual(['in', 'a']);
    expect(node.morePorts).toBe('its ports may depend on settings that no module has seen yet');
  });

  it('is checked against the settings that are published', () => {
    expect(read({ settings: { routes: 1 } }).problems).toMatchObject([{ code: 'SettingsRejected' }]);
  });
});
