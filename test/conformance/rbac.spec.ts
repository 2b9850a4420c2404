import { openBackend, type Backend } from './backend.ts';
import { needs } from './needs.ts';
import { GROUP, widget } from './widget.ts';
import { INSTALL_TIMEOUT_MS, Workplace, type Tools } from './workplace.ts';

describe('kubectl with RBAC', () => {
  let server: Backend;
  let workplace: Workplace;
  let users: Readonly<Record<'admin' | 'dev' | 'robot', Tools>>;
  /** A ServiceAccount of a namespace of its own. */
  let robotUser: string;
  let team: string;

  beforeAll(async () => {
    server = await openBackend();
    workplace = await Workplace.open();
    team = `${server.namespace}-team`;
    robotUser = `system:serviceaccount:${team}:robot`;
    await server.post('/api/v1/namespaces', { metadata: { name: team } });
    users = {
      admin: await workplace.as(await server.kubeconfig()),
      dev: await workplace.as(await server.kubeconfig({ user: 'dev', groups: ['team'] })),
      robot: await workplace.as(await server.kubeconfig({ user: robotUser })),
    };
    await admin('create', '-f', await workplace.write('widgets.json', widget('a'), widget('b')));
  }, INSTALL_TIMEOUT_MS);

  afterEach(async () => {
    await admin('delete', 'roles,rolebindings', '--all');
    await admin('delete', 'clusterrolebinding', server.namespace, '--ignore-not-found');
  });

  afterAll(async () => {
    await server.delete(`/api/v1/namespaces/${team}`);
    await workplace[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
  });

  const dev: Tools['kubectl'] = (...words) => users.dev.kubectl(...words);
  const robot: Tools['kubectl'] = (...words) => users.robot.kubectl(...words);

  async function admin(...words: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await users.admin.kubectl(...words);
    if (code !== 0) throw new Error(stderr);
    return stdout;
  }

  /** Makes a Role as `kubectl create role` takes it, and binds it to `dev`. */
  async function grant(...rule: readonly string[]): Promise<void> {
    await admin('create', 'role', 'own', ...rule);
    await admin('create', 'rolebinding', 'own', '--role=own', '--user=dev');
  }

  function refusal(subject: string, verb: string, resource = 'widgets', who = 'dev'): string {
    const wish = `cannot ${verb} resource "${resource}" in API group "${GROUP}" in the namespace "${server.namespace}"`;
    return `Error from server (Forbidden): ${subject} is forbidden: User "${who}" ${wish}\n`;
  }

  needs('selfSubjectReview')('says who it is', async () => {
    const whoami = async (who: keyof typeof users): Promise<unknown> =>
      JSON.parse((await users[who].kubectl('auth', 'whoami', '-o', 'json')).stdout).status.userInfo;
    expect(await whoami('dev')).toEqual({ username: 'dev', groups: ['team', 'system:authenticated'] });
    expect(await whoami('robot')).toMatchObject({
      username: robotUser,
      groups: ['system:serviceaccounts', `system:serviceaccounts:${team}`, 'system:authenticated'],
    });
    expect(await whoami('admin')).toMatchObject({ groups: expect.arrayContaining(['system:masters']) });
  });

  it('forbids get, list, watch and create in the words of a real server', async () => {
    const file = await workplace.write('c.json', widget('c'));
    expect((await dev('get', 'widgets', 'a')).stderr).toBe(refusal(`widgets.${GROUP} "a"`, 'get'));
    expect((await dev('get', 'widgets')).stderr).toBe(refusal(`widgets.${GROUP}`, 'list'));
    expect((await dev('create', '-f', file)).stderr).toContain(
      refusal(`error when creating "c.json": widgets.${GROUP}`, 'create').trim(),
    );
    const raw = `/apis/${GROUP}/v1/namespaces/${server.namespace}/widgets?watch=true`;
    expect((await dev('get', '--raw', raw)).stderr).toContain(refusal(`widgets.${GROUP}`, 'watch').trim());
    expect((await dev('get', 'namespaces')).stderr).toBe(
      'Error from server (Forbidden): namespaces is forbidden: User "dev" cannot list resource "namespaces" in API group "" at the cluster scope\n',
    );
    expect((await dev('get', '--raw', '/metrics')).stderr).toContain(
      'forbidden: User "dev" cannot get path "/metrics"',
    );
  });

  it('shows the kinds and the version to a user without any role', async () => {
    expect((await dev('api-resources', `--api-group=${GROUP}`, '-o', 'name')).stdout).toBe(
      `widgets.${GROUP}\n`,
    );
    expect((await dev('version', '-o', 'json')).stdout).toContain('serverVersion');
  });

  needs('openapi')('explains kinds to a user without any role', async () => {
    expect((await dev('explain', 'widget.spec.size')).stdout).toContain('How big.');
  });

  it('grants exactly what a role says', async () => {
    await grant('--verb=get,list,watch', `--resource=widgets.${GROUP}`);
    expect((await dev('get', 'widgets', '-o', 'name')).stdout).toBe(`widget.${GROUP}/a\nwidget.${GROUP}/b\n`);
    expect((await dev('wait', 'widget/a', '--for=jsonpath={.spec.size}=3', '--timeout=5s')).code).toBe(0);
    expect((await dev('delete', 'widget', 'a')).stderr).toBe(refusal(`widgets.${GROUP} "a"`, 'delete'));
    expect((await dev('label', 'widget', 'a', 'x=y')).stderr).toBe(refusal(`widgets.${GROUP} "a"`, 'patch'));
    expect((await dev('get', 'widgets', '-A')).stderr).toContain('at the cluster scope');
    expect((await dev('get', 'configmaps')).stderr).toContain('configmaps is forbidden');
    expect((await robot('get', 'widgets')).stderr).toBe(
      refusal(`widgets.${GROUP}`, 'list', 'widgets', robotUser),
    );
  });

  it('limits a role with resourceNames to those objects', async () => {
    await grant('--verb=get,patch', `--resource=widgets.${GROUP}`, '--resource-name=a');
    expect((await dev('label', '--overwrite', 'widget', 'a', 'x=y')).code).toBe(0);
    expect((await dev('get', 'widget', 'b')).stderr).toBe(refusal(`widgets.${GROUP} "b"`, 'get'));
    expect((await dev('get', 'widgets')).stderr).toBe(refusal(`widgets.${GROUP}`, 'list'));
  });

  it('keeps the status of an object apart from the object', async () => {
    await grant('--verb=get,patch', `--resource=widgets.${GROUP}/status`);
    const patch = ['patch', 'widget', 'a', '--type=merge', '-p', '{"status":{"phase":"Ready"}}'];
    expect((await dev(...patch)).stderr).toBe(refusal(`widgets.${GROUP} "a"`, 'get'));
    expect((await dev(...patch, '--subresource=status')).stdout).toBe(`widget.${GROUP}/a patched\n`);
    await admin('delete', 'rolebinding', 'own');
    expect((await dev(...patch, '--subresource=status')).stderr).toBe(
      refusal(`widgets.${GROUP} "a"`, 'get', 'widgets/status'),
    );
  });

  it('takes effect at once', async () => {
    await grant('--verb=list', `--resource=widgets.${GROUP}`);
    expect((await dev('get', 'widgets')).code).toBe(0);
    await admin('delete', 'rolebinding', 'own');
    expect((await dev('get', 'widgets')).stderr).toBe(refusal(`widgets.${GROUP}`, 'list'));
  });

  it('lets a ServiceAccount do everywhere what a ClusterRoleBinding gives it', async () => {
    await admin(
      'create',
      'clusterrolebinding',
      server.namespace,
      '--clusterrole=cluster-admin',
      `--serviceaccount=${team}:robot`,
    );
    expect((await robot('get', 'widgets', '-A')).code).toBe(0);
    expect((await robot('get', '--raw', '/no-such-path')).stderr).toContain('(NotFound)');
    expect((await dev('get', 'widgets', '-A')).code).toBe(1);
  });

  it('says whether somebody may do something, and through what', async () => {
    await grant('--verb=get', `--resource=widgets.${GROUP},widgets.${GROUP}/status`, '--resource-name=a');
    const canI = async (...words: readonly string[]): Promise<string> =>
      (await dev('auth', 'can-i', ...words)).stdout.trim();
    expect(await canI('get', 'widgets/a')).toBe('yes');
    expect(await canI('get', 'widgets/a', '--subresource=status')).toBe('yes');
    expect(await canI('get', 'widgets/b')).toBe('no');
    expect(await canI('get', 'widgets')).toBe('no');
    expect(await canI('get', 'widgets/a', '-n', team)).toBe('no');
    expect(await canI('create', 'widgets')).toBe('no');
    expect(await canI('*', '*')).toBe('no');
    expect(await canI('get', '/version')).toBe('yes');
    expect(await canI('get', '/metrics')).toBe('no');
    expect((await admin('auth', 'can-i', '*', '*')).trim()).toBe('yes');
  });

  it('answers for another user when the administrator asks', async () => {
    await grant('--verb=list', `--resource=widgets.${GROUP}`);
    const asked = async (user: string): Promise<string> =>
      (await users.admin.kubectl('auth', 'can-i', 'list', 'widgets', '--as', user)).stdout.trim();
    expect([await asked('dev'), await asked(robotUser)]).toEqual(['yes', 'no']);
    // Which right is missing in which words depends on the version: constrained impersonation has finer ones.
    expect((await robot('get', 'widgets', '--as', 'dev')).stderr).toContain(
      `is forbidden: User "${robotUser}" cannot impersonate`,
    );
  });

  it('lists what somebody may do', async () => {
    await grant('--verb=get,list', `--resource=widgets.${GROUP}`);
    const rows = async (...words: readonly string[]): Promise<readonly string[]> =>
      (await dev('auth', 'can-i', '--list', ...words)).stdout
        .split('\n')
        .map((line) => line.replace(/ +/g, ' ').trim());
    const here = await rows();
    expect(here).toContain(`widgets.${GROUP} [] [] [get list]`);
    expect(here).toContain('selfsubjectaccessreviews.authorization.k8s.io [] [] [create]');
    expect(here).toContain('[/apis/*] [] [get]');
    expect(here.join('\n')).not.toContain('*.*');
    expect((await rows('-n', team)).join('\n')).not.toContain('widgets');
    expect(await admin('auth', 'can-i', '--list')).toMatch(/^\*\.\* +\[\] +\[\] +\[\*\]$/m);
  });
});
