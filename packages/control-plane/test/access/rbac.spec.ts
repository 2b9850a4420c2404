import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { startControlPlane } from '@tinysystems/control-plane';

import { TestClient, TestServer } from '../client.ts';
import { configMap, CRDS, GROUP, WIDGET_CRD, widget, WIDGETS, withWidgets } from '../widgets.ts';

const RBAC = '/apis/rbac.authorization.k8s.io/v1';
const ROLES = `${RBAC}/namespaces/default/roles`;
const BINDINGS = `${RBAC}/namespaces/default/rolebindings`;
const CONFIG_MAPS = '/api/v1/namespaces/default/configmaps';
const DEV = { kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name: 'dev' };

/** A server with RBAC and a user whom nobody has allowed anything. */
class Guarded implements AsyncDisposable {
  readonly server: TestServer;
  readonly dev: TestClient;

  constructor(server: TestServer) {
    this.server = server;
    this.dev = this.client('dev');
  }

  static async start(): Promise<Guarded> {
    return new Guarded(await withWidgets(await TestServer.start({ rbac: true })));
  }

  client(user: string, groups: readonly string[] = []): TestClient {
    const { plane } = this.server;
    return new TestClient({ ...connection(plane), token: plane.issueToken({ user, groups }).token });
  }

  /** Grants the rules to the subject by a Role `r` and a RoleBinding `b`, both in `default`. */
  async grant(rules: readonly object[], subject: object = DEV): Promise<void> {
    await this.create(ROLES, { kind: 'Role', metadata: { name: 'r' }, rules });
    await this.bind('Role', 'r', subject);
  }

  async bind(kind: string, name: string, subject: object = DEV): Promise<void> {
    const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind, name };
    await this.create(BINDINGS, {
      kind: 'RoleBinding',
      metadata: { name: 'b' },
      roleRef,
      subjects: [subject],
    });
  }

  async create(path: string, object: object): Promise<void> {
    const body = path.startsWith(RBAC) ? { apiVersion: 'rbac.authorization.k8s.io/v1', ...object } : object;
    const { status, text } = await this.server.post(path, body);
    if (status !== 201) throw new Error(text);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.dev.close();
    await this.server[Symbol.asyncDispose]();
  }
}

function connection({ url, caCertificate }: { url: string; caCertificate: string }): {
  url: string;
  caCertificate: string;
} {
  return { url, caCertificate };
}

function rule(resources: string, verbs: string, more: object = {}): object {
  return { apiGroups: [GROUP, ''], resources: resources.split(' '), verbs: verbs.split(' '), ...more };
}

async function statuses(
  ...calls: readonly Promise<{ readonly status: number }>[]
): Promise<readonly number[]> {
  return (await Promise.all(calls)).map(({ status }) => status);
}

describe('RBAC', () => {
  it('lets the administrator do everything', async () => {
    await using guarded = await Guarded.start();
    expect((await guarded.server.post(WIDGETS, widget('a'))).status).toBe(201);
  });

  it('forbids, in the words of a real server, what nobody has allowed', async () => {
    await using guarded = await Guarded.start();
    const { dev } = guarded;
    const cannot = (verb: string, resource = 'widgets'): string =>
      `User "dev" cannot ${verb} resource "${resource}" in API group "${GROUP}" in the namespace "default"`;
    const status = (message: string, details: object): object => ({
      ...{
        kind: 'Status',
        apiVersion: 'v1',
        metadata: {},
        status: 'Failure',
        reason: 'Forbidden',
        code: 403,
      },
      ...{ message, details },
    });
    const many = { group: GROUP, kind: 'widgets' };
    const one = { name: 'a', ...many };
    expect((await dev.get(`${WIDGETS}/a`)).body).toEqual(
      status(`widgets.${GROUP} "a" is forbidden: ${cannot('get')}`, one),
    );
    expect((await dev.get(WIDGETS)).body).toEqual(
      status(`widgets.${GROUP} is forbidden: ${cannot('list')}`, many),
    );
    expect((await dev.get(`${WIDGETS}?watch=true`)).body).toEqual(
      status(`widgets.${GROUP} is forbidden: ${cannot('watch')}`, many),
    );
    expect((await dev.post(WIDGETS, widget('nope'))).body).toEqual(
      status(`widgets.${GROUP} is forbidden: ${cannot('create')}`, many),
    );
    expect((await dev.merge(`${WIDGETS}/a/status`, {})).body).toEqual(
      status(`widgets.${GROUP} "a" is forbidden: ${cannot('patch', 'widgets/status')}`, one),
    );
    expect((await dev.get('/api/v1/namespaces')).body).toEqual(
      status(
        'namespaces is forbidden: User "dev" cannot list resource "namespaces" in API group "" at the cluster scope',
        { kind: 'namespaces' },
      ),
    );
    expect((await dev.get(`/apis/${GROUP}/v1/nothings`)).body).toEqual(
      status(
        `nothings.${GROUP} is forbidden: User "dev" cannot list resource "nothings" in API group "${GROUP}" at the cluster scope`,
        { group: GROUP, kind: 'nothings' },
      ),
    );
    expect((await dev.get('/metrics')).body).toEqual(
      status('forbidden: User "dev" cannot get path "/metrics"', {}),
    );
  });

  it('leaves discovery, OpenAPI, version and health open to everyone with a token', async () => {
    await using guarded = await Guarded.start();
    const open = [
      '/api',
      '/api/v1',
      '/apis',
      `/apis/${GROUP}`,
      `/apis/${GROUP}/v1`,
      '/openapi/v3',
      '/version',
      '/readyz',
    ];
    expect(await statuses(...open.map((path) => guarded.dev.get(path)))).toEqual(open.map(() => 200));
  });

  it('lets nobody in without a token of this server', async () => {
    await using guarded = await Guarded.start();
    const headers = { Authorization: 'Bearer nobody' };
    const { status } = await guarded.dev.get('/api/v1/namespaces', { headers });
    expect(status).toBe(401);
  });

  it('grants exactly what a Role says, where it says', async () => {
    await using guarded = await Guarded.start();
    const { dev } = guarded;
    await guarded.grant([rule('widgets', 'get list')]);
    await guarded.server.post(WIDGETS, widget('a'));
    expect(await statuses(dev.get(`${WIDGETS}/a`), dev.get(WIDGETS))).toEqual([200, 200]);
    expect(
      await statuses(
        dev.get(`${WIDGETS}?watch=true`),
        dev.post(WIDGETS, widget('b')),
        dev.merge(`${WIDGETS}/a`, {}),
        dev.delete(`${WIDGETS}/a`),
        dev.delete(WIDGETS),
        dev.get(`${WIDGETS}/a/status`),
        dev.get(CONFIG_MAPS),
        dev.get(`/apis/${GROUP}/v1/widgets`),
        dev.get(`/apis/${GROUP}/v1/namespaces/kube-system/widgets`),
      ),
    ).toEqual(Array.from({ length: 9 }, () => 403));
  });

  it('keeps status and object apart', async () => {
    await using guarded = await Guarded.start();
    await guarded.grant([rule('widgets/status', 'patch')]);
    await guarded.server.post(WIDGETS, widget('a'));
    const patch = { status: { phase: 'Ready' } };
    expect(
      await statuses(
        guarded.dev.merge(`${WIDGETS}/a/status`, patch),
        guarded.dev.merge(`${WIDGETS}/a`, patch),
      ),
    ).toEqual([200, 403]);
  });

  it('limits a rule with resourceNames to those objects, on lists and watches too', async () => {
    await using guarded = await Guarded.start();
    const { dev, server } = guarded;
    await guarded.grant([rule('widgets', 'get list create', { resourceNames: ['a'] })]);
    await Promise.all(['a', 'b'].map((name) => server.post(WIDGETS, widget(name))));
    const only = (name: string): string => `${WIDGETS}?fieldSelector=metadata.name%3D${name}`;
    expect(await statuses(dev.get(`${WIDGETS}/a`), dev.get(only('a')))).toEqual([200, 200]);
    const refused = await statuses(
      ...[dev.get(`${WIDGETS}/b`), dev.get(only('b')), dev.get(WIDGETS)],
      ...[dev.post(WIDGETS, widget('a')), dev.post(`${WIDGETS}/a`, widget('c'))],
    );
    expect(refused).toEqual([403, 403, 403, 403, 403]);
  });

  it('lets an apply change but not create without the right to create', async () => {
    await using guarded = await Guarded.start();
    await guarded.grant([rule('widgets', 'patch')]);
    const apply = (name: string): ReturnType<TestClient['apply']> =>
      guarded.dev.apply(`${WIDGETS}/${name}?fieldManager=dev`, widget(name));
    await guarded.server.post(WIDGETS, widget('a'));
    expect((await apply('a')).status).toBe(200);
    const { status, body } = await apply('new');
    expect([status, body.message]).toEqual([
      403,
      `widgets.${GROUP} "new" is forbidden: User "dev" cannot create resource "widgets" in API group "${GROUP}" in the namespace "default"`,
    ]);
    expect((await guarded.server.get(`${WIDGETS}/new`)).status).toBe(404);
  });

  it('takes effect at once when a binding or a role comes, changes or goes', async () => {
    await using guarded = await Guarded.start();
    const { dev, server } = guarded;
    const seen: number[] = [];
    const look = async (): Promise<void> => void seen.push((await dev.get(WIDGETS)).status);
    await look();
    await guarded.grant([rule('widgets', 'list')]);
    await look();
    await server.merge(`${ROLES}/r`, { rules: [rule('widgets', 'get')] });
    await look();
    await server.merge(`${ROLES}/r`, { rules: [rule('widgets', 'list')] });
    await look();
    await server.delete(`${BINDINGS}/b`);
    await look();
    expect(seen).toEqual([403, 200, 403, 200, 403]);
  });

  it('binds groups and ServiceAccounts, those of the namespace of the binding by default', async () => {
    await using guarded = await Guarded.start();
    await guarded.grant([rule('widgets', 'list')], { kind: 'ServiceAccount', name: 'robot' });
    const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'maps' };
    await guarded.create(`${RBAC}/clusterroles`, {
      ...{ kind: 'ClusterRole', metadata: { name: 'maps' }, rules: [rule('configmaps', 'list')] },
    });
    await guarded.create(`${RBAC}/clusterrolebindings`, {
      ...{ kind: 'ClusterRoleBinding', metadata: { name: 'maps' }, roleRef },
      subjects: [{ ...DEV, kind: 'Group', name: 'readers' }],
    });
    const robot = guarded.client('system:serviceaccount:default:robot');
    const stranger = guarded.client('system:serviceaccount:kube-system:robot');
    const reader = guarded.client('somebody', ['readers']);
    expect(await statuses(robot.get(WIDGETS), stranger.get(WIDGETS), reader.get(WIDGETS))).toEqual([
      200, 403, 403,
    ]);
    expect(
      await statuses(reader.get(CONFIG_MAPS), reader.get('/api/v1/configmaps'), robot.get(CONFIG_MAPS)),
    ).toEqual([200, 200, 403]);
    for (const client of [robot, stranger, reader]) client.close();
  });

  it('gives a ClusterRole that a RoleBinding names in the namespace of the binding only', async () => {
    await using guarded = await Guarded.start();
    await guarded.bind('ClusterRole', 'cluster-admin');
    expect(
      await statuses(
        guarded.dev.post(CONFIG_MAPS, configMap('a')),
        guarded.dev.get('/api/v1/namespaces/default'),
        guarded.dev.get('/api/v1/configmaps'),
        guarded.dev.get('/api/v1/namespaces/kube-system'),
        guarded.dev.get('/metrics'),
      ),
    ).toEqual([201, 200, 403, 403, 403]);
  });

  it('says which role a binding misses', async () => {
    await using guarded = await Guarded.start();
    await guarded.bind('Role', 'missing');
    expect((await guarded.dev.get(WIDGETS)).body.message).toMatch(
      /in the namespace "default": RBAC: role.rbac.authorization.k8s.io "missing" not found$/,
    );
  });

  it('answers reviews with the binding that allows, or with what is wrong', async () => {
    await using guarded = await Guarded.start();
    await guarded.grant([rule('widgets', 'list')]);
    const review = async (kind: string, spec: object): Promise<unknown> => {
      const path = `/apis/authorization.k8s.io/v1/${kind.toLowerCase()}s`;
      const { body } = await guarded.dev.post(path, { apiVersion: 'authorization.k8s.io/v1', kind, spec });
      return body.status;
    };
    const list = { verb: 'list', group: GROUP, resource: 'widgets', namespace: 'default' };
    const canI = (attributes: object): Promise<unknown> =>
      review('SelfSubjectAccessReview', { resourceAttributes: { ...list, ...attributes } });
    expect(await canI({})).toEqual({
      allowed: true,
      reason: 'RBAC: allowed by RoleBinding "b/default" of Role "r" to User "dev"',
    });
    expect(await canI({ verb: 'get' })).toEqual({ allowed: false });
    expect(await review('SelfSubjectAccessReview', {})).toEqual({ allowed: false });
    await guarded.server.delete(`${ROLES}/r`);
    const problem = 'role.rbac.authorization.k8s.io "r" not found';
    expect(await canI({})).toEqual({ allowed: false, reason: `RBAC: ${problem}` });
    expect(await review('SelfSubjectRulesReview', { namespace: 'default' })).toMatchObject({
      incomplete: false,
      evaluationError: problem,
    });
  });

  it('asks for the right to be somebody else, and then is nobody but them', async () => {
    await using guarded = await Guarded.start();
    await guarded.grant([rule('widgets', 'list')]);
    const asDev = { headers: { 'Impersonate-User': 'dev' } };
    expect(
      await statuses(guarded.server.get(WIDGETS, asDev), guarded.server.get(CONFIG_MAPS, asDev)),
    ).toEqual([200, 403]);
    const { status, body } = await guarded.dev.get(WIDGETS, { headers: { 'Impersonate-User': 'root' } });
    expect([status, body.message]).toEqual([
      403,
      'users "root" is forbidden: User "dev" cannot impersonate resource "users" in API group "" at the cluster scope',
    ]);
    const asAnonymous = { headers: { 'Impersonate-User': 'system:anonymous' } };
    expect(await statuses(guarded.server.get('/api', asAnonymous))).toEqual([403]);
    const asMasters = { headers: { 'Impersonate-Group': 'system:masters' } };
    expect((await guarded.dev.get(WIDGETS, asMasters)).status).toBe(400);
  });

  it('records who asked and what was answered', async () => {
    await using guarded = await Guarded.start();
    await guarded.dev.get(WIDGETS);
    expect(guarded.server.plane.faults.requests.at(-1)).toMatchObject({
      user: 'dev',
      path: WIDGETS,
      status: 403,
    });
  });

  it('keeps issued tokens good over a restart, unless it was turned off', async () => {
    const dataDirectory = await mkdtemp(join(tmpdir(), 'rbac-'));
    let token: string;
    {
      await using plane = await startControlPlane({ dataDirectory, rbac: true });
      ({ token } = plane.issueToken({ user: 'dev' }));
    }
    const tried: number[] = [];
    for (const rbac of [true, false]) {
      await using plane = await startControlPlane({ dataDirectory, rbac });
      const client = new TestClient({ ...connection(plane), token });
      tried.push((await client.get('/api')).status, (await client.get('/api/v1/namespaces')).status);
      client.close();
    }
    await rm(dataDirectory, { recursive: true });
    expect(tried).toEqual([200, 403, 401, 401]);
  });

  it('makes no roles and issues no tokens when it is off', async () => {
    await using server = await TestServer.start();
    expect((await server.get(`${RBAC}/clusterroles`)).body.items).toEqual([]);
    expect(() => server.plane.issueToken({ user: 'dev' })).toThrow('rbac: true');
    expect((await server.get(CRDS, { headers: { 'Impersonate-User': 'dev' } })).status).toBe(200);
    expect((await server.post(CRDS, WIDGET_CRD)).status).toBe(201);
  });
});
