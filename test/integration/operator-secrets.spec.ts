import { type TinyNodeSpec, findCondition } from '@tinysystems/api';
import { type KubeObject, resourceType } from '@tinysystems/kubernetes';
import { component, input, reply, z } from '@tinysystems/sdk';
import { TestCluster, eventually } from '@tinysystems/testing';

const SECRET = resourceType<KubeObject & { readonly data: Readonly<Record<string, string>> }>({
  group: '',
  version: 'v1',
  kind: 'Secret',
  plural: 'secrets',
  namespaced: true,
});
const encoded = (text: string) => Buffer.from(text).toString('base64');

/** Notes the token of each settings it accepts, by node. */
function createMailer() {
  const tokens: string[] = [];
  const mailer = component({
    name: 'mailer',
    description: 'Has a secret.',
    settings: z.object({ token: z.string().min(3).meta({ secret: true }) }),
    ports: { in: input(z.unknown()) },
    accept: ({ token }) => void tokens.push(token),
    on: { in: (_message, ctx) => reply({ length: ctx.settings.token.length }) },
  });
  return { mailer, tokens };
}

const SPEC: TinyNodeSpec = {
  module: 'alpha',
  component: 'mailer',
  settings: { token: { secretKeyRef: { name: 'mail', key: 'token' } } },
};

async function acceptedIs(cluster: TestCluster, node: string, wanted: object): Promise<void> {
  await eventually(async () => {
    const { status } = await cluster.nodes.get(node);
    expect(findCondition(status?.conditions, 'SettingsAccepted')).toMatchObject(wanted);
  });
}

describe('a node whose settings refer to a Secret', () => {
  it('says what is missing, works as soon as it is there, and takes up each change, on every replica', async () => {
    await using cluster = await TestCluster.start();
    const secrets = cluster.client.resource(SECRET, 'default');
    const [one, two] = [createMailer(), createMailer()];
    await cluster.startModule('alpha', [one.mailer]);
    await cluster.startModule('alpha', [two.mailer], { podName: 'alpha-1' });
    await cluster.createNode('m', SPEC);
    await acceptedIs(cluster, 'm', {
      status: 'False',
      reason: 'SecretNotFound',
      message: 'settings.token: there is no Secret mail in namespace default, of which it wants key token',
    });

    await secrets.create({ metadata: { name: 'mail' }, data: { other: encoded('x') } });
    await acceptedIs(cluster, 'm', {
      status: 'False',
      reason: 'SecretKeyNotFound',
      message: 'settings.token: Secret mail has no key token; it has: other',
    });

    await secrets.patch('mail', { data: { token: encoded('first') } });
    await cluster.ready('m');
    await secrets.patch('mail', { data: { token: encoded('second') } });
    await eventually(() => {
      expect([one.tokens, two.tokens]).toEqual([
        ['first', 'second'],
        ['first', 'second'],
      ]);
    });
    const { status } = await cluster.nodes.get('m');
    expect(status?.ports?.find(({ name }) => name === '_settings')?.configuration).toEqual(SPEC.settings);

    await secrets.patch('mail', { data: { token: encoded('x') } });
    await acceptedIs(cluster, 'm', { status: 'False', reason: 'Rejected' });
    await secrets.delete('mail');
    await acceptedIs(cluster, 'm', { status: 'False', reason: 'SecretNotFound' });
    await cluster.createSignal('go', { node: 'm', port: 'in' });
    expect((await cluster.ended('go')).status?.phase).toBe('Delivered');
  });

  it('watches nothing but that Secret, and that no longer than it is needed', async () => {
    await using cluster = await TestCluster.start();
    const secrets = cluster.client.resource(SECRET, 'default');
    await secrets.create({ metadata: { name: 'mail' }, data: { token: encoded('first') } });
    const { mailer } = createMailer();
    await cluster.startModule('alpha', [mailer]);
    const requests = () =>
      cluster.controlPlane.faults.requests.filter(
        ({ path, method }) => method === 'GET' && path.includes('/secrets'),
      );
    for (const name of ['m', 'n']) await cluster.createNode(name, SPEC);
    await cluster.ready('m', 'n');
    const asked = requests().map(({ path }) => path);
    expect(asked.length).toBeGreaterThan(0);
    for (const path of asked) expect(path).toContain('fieldSelector=metadata.name%3Dmail');
    expect(asked.filter((path) => path.includes('watch=true'))).toHaveLength(1);
  });

  it('accepts a value in the spec itself, with a warning that names the field', async () => {
    await using cluster = await TestCluster.start();
    const { mailer } = createMailer();
    await cluster.startModule('alpha', [mailer]);
    await cluster.createNode('m', { ...SPEC, settings: { token: 'hunter22' } });
    await cluster.ready('m');
    await acceptedIs(cluster, 'm', {
      status: 'True',
      reason: 'PlainSecret',
      message: expect.stringContaining('settings.token holds a secret as plain text'),
    });
    const { status } = await cluster.nodes.get('m');
    expect(JSON.stringify(status)).not.toContain('hunter22');
  });
});
