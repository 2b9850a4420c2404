import { openBackend, type Backend } from './backend.ts';
import { needs } from './needs.ts';
import { widget } from './widget.ts';
import { INSTALL_TIMEOUT_MS, Workplace, type Output, type Tools } from './workplace.ts';

describe('kubectl', () => {
  let server: Backend;
  let workplace: Workplace;
  let tools: Tools;

  beforeAll(async () => {
    server = await openBackend();
    workplace = await Workplace.open();
    tools = await workplace.as(await server.kubeconfig());
  }, INSTALL_TIMEOUT_MS);

  afterAll(async () => {
    await workplace[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
  });

  const kubectl: Tools['kubectl'] = (...words) => tools.kubectl(...words);
  const write: Workplace['write'] = (...args) => workplace.write(...args);

  it('applies, changes and leaves alone', async () => {
    const cm = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'applied' }, data: { a: '1' } };
    const first = await kubectl('apply', '-f', await write('a.json', widget('applied'), cm));
    const same = await kubectl('apply', '-f', 'a.json');
    const other = await kubectl(
      'apply',
      '-f',
      await write('b.json', widget('applied', { size: 4 }), { ...cm, data: { a: '2' } }),
    );
    const outcomes = (output: Output): string[] =>
      output.stdout
        .trim()
        .split('\n')
        .map((line) => line.split(' ').at(-1) ?? '');
    expect([first, same, other].map(outcomes)).toEqual([
      ['created', 'created'],
      ['unchanged', 'unchanged'],
      ['configured', 'configured'],
    ]);
    expect([first, same, other].map(({ stderr }) => stderr)).toEqual(['', '', '']);
  });

  it('applies a Deployment a second time without a warning', async () => {
    const container = {
      name: 'web',
      image: 'web:1',
      ports: [{ containerPort: 80 }],
      env: [{ name: 'A', value: '1' }],
    };
    const deployment = (image: string): object => ({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'web' },
      spec: {
        selector: { matchLabels: { app: 'web' } },
        template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ ...container, image }] } },
      },
    });
    await kubectl('apply', '-f', await write('d1.json', deployment('web:1')));
    const { stdout, stderr } = await kubectl('apply', '-f', await write('d2.json', deployment('web:2')));
    expect([stdout, stderr]).toEqual(['deployment.apps/web configured\n', '']);
  });

  it('applies on the server and reports conflicts', async () => {
    await kubectl(
      'apply',
      '--server-side',
      '--field-manager=one',
      '-f',
      await write('s1.json', widget('served')),
    );
    const file = await write('s2.json', widget('served', { size: 9 }));
    const { code, stderr } = await kubectl('apply', '--server-side', '--field-manager=two', '-f', file);
    expect([code, stderr]).toEqual([1, expect.stringContaining('conflict with "one": .spec.size')]);
    const forced = await kubectl(
      'apply',
      '--server-side',
      '--field-manager=two',
      '--force-conflicts',
      '-f',
      file,
    );
    expect(forced.stdout).toBe('widget.probe.example.com/served serverside-applied\n');
  });

  needs('fieldValidation')('refuses a field that the schema does not have', async () => {
    const { code, stderr } = await kubectl(
      'apply',
      '-f',
      await write('bad.json', widget('bad', { size: 1, bogus: 2 })),
    );
    expect([code, stderr]).toEqual([1, expect.stringContaining('unknown field "spec.bogus"')]);
  });

  it('prints the columns of a kind', async () => {
    await kubectl('create', '-f', await write('c.json', widget('columned', { size: 7, color: 'blue' })));
    const [head, row] = (await kubectl('get', 'wd', 'columned')).stdout
      .split('\n')
      .map((line) => line.split(/\s+/));
    const wide = (await kubectl('get', 'wd', 'columned', '-o', 'wide')).stdout;
    expect([head, row?.slice(0, 2)]).toEqual([
      ['NAME', 'SIZE', 'PHASE', 'AGE'],
      ['columned', '7'],
    ]);
    expect(wide).toContain('COLOR');
    expect((await kubectl('get', 'wd', 'columned', '-o', 'jsonpath={.spec.color}')).stdout).toBe('blue');
  });

  needs('openapiV3')('explains a field', async () => {
    const { stdout } = await kubectl('explain', 'widget.spec.size');
    expect(stdout).toContain('FIELD: size <integer>');
    expect(stdout).toContain('How big.');
  });

  it('edits labels, patches, scales and describes', async () => {
    await kubectl('create', '-f', await write('e.json', widget('edited')));
    expect((await kubectl('label', 'wd', 'edited', 'team=one')).code).toBe(0);
    expect((await kubectl('annotate', 'wd', 'edited', 'note=x')).code).toBe(0);
    expect((await kubectl('scale', 'wd', 'edited', '--replicas=5')).stdout).toBe(
      'widget.probe.example.com/edited scaled\n',
    );
    const status = ['--subresource=status', '--type=merge', '-p', '{"status":{"phase":"Ready"}}'];
    expect((await kubectl('patch', 'wd', 'edited', ...status)).code).toBe(0);
    const { stdout } = await kubectl('describe', 'wd', 'edited');
    expect(stdout).toMatch(/team=one[\s\S]*Replicas: +5[\s\S]*Phase: +Ready[\s\S]*Events: +<none>/);
  });

  it('waits for a condition and for a deletion', async () => {
    await kubectl('create', '-f', await write('w.json', widget('awaited')));
    const waiting = kubectl('wait', 'wd/awaited', '--for=jsonpath={.status.phase}=Done', '--timeout=10s');
    await kubectl(
      'patch',
      'wd',
      'awaited',
      '--subresource=status',
      '--type=merge',
      '-p',
      '{"status":{"phase":"Done"}}',
    );
    expect((await waiting).stdout).toBe('widget.probe.example.com/awaited condition met\n');
    expect((await kubectl('delete', 'wd', 'awaited')).stdout).toContain('"awaited" deleted');
    expect((await kubectl('get', 'wd', 'awaited')).stderr).toContain('(NotFound)');
  });

  it('creates built-in objects, which it sends as protobuf', async () => {
    const team = `${server.namespace}-team`;
    expect((await kubectl('create', 'namespace', team)).stdout).toBe(`namespace/${team} created\n`);
    expect((await kubectl('create', 'configmap', 'cm', '--from-literal=a=b', '-n', team)).stdout).toBe(
      'configmap/cm created\n',
    );
    expect((await kubectl('get', 'cm', 'cm', '-n', team, '-o', 'jsonpath={.data.a}')).stdout).toBe('b');
    await kubectl('create', 'secret', 'generic', 's', '--from-literal=p=w', '-n', team);
    expect((await kubectl('get', 'secret', 's', '-n', team, '-o', 'jsonpath={.data.p}')).stdout).toBe('dw==');
    expect((await kubectl('delete', 'namespace', team)).code).toBe(0);
    expect((await kubectl('get', 'namespace', team)).stderr).toContain('(NotFound)');
  });

  it('asks what it may do', async () => {
    expect((await kubectl('auth', 'can-i', 'create', 'widgets')).stdout).toBe('yes\n');
  });

  needs('selfSubjectReview')('asks who it is', async () => {
    expect((await kubectl('auth', 'whoami')).stdout).toContain('Username');
  });

  it('lists the kinds of a group', async () => {
    const { stdout } = await kubectl('api-resources', '--api-group=probe.example.com', '--no-headers');
    expect(stdout.trim().split(/\s+/)).toEqual(['widgets', 'wd', 'probe.example.com/v1', 'true', 'Widget']);
  });
});
