import { TestServer, type Watch } from '../client.ts';

const ROLES = '/apis/rbac.authorization.k8s.io/v1/clusterroles';
const rule = (resource: string) => ({ apiGroups: [''], resources: [resource], verbs: ['get'] });
const part = (name: string, labels: object, ...resources: string[]) => ({
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'ClusterRole',
  metadata: { name, labels },
  rules: resources.map(rule),
});

/** Waits for the next state of the watched role in which its rules are about these resources. */
function rulesOf(watch: Watch): (...resources: string[]) => Promise<void> {
  let seen = 0;
  return async (...resources) => {
    const expected = JSON.stringify(resources.map(rule));
    for (;;) {
      seen += 1;
      const { object } = (await watch.first(seen)).at(-1);
      if (JSON.stringify(object.rules) === expected) return;
    }
  };
}

describe('a ClusterRole with an aggregationRule', () => {
  it('has the rules of the roles that its selectors choose, whatever changes', async () => {
    await using server = await TestServer.start({ rbac: true });
    await server.post(ROLES, part('one', { to: 'sum' }, 'pods'));
    await server.post(ROLES, part('other', { to: 'nothing' }, 'secrets'));
    const clusterRoleSelectors = [
      { matchLabels: { to: 'sum' } },
      { matchExpressions: [{ key: 'also', operator: 'Exists' }] },
    ];
    await server.post(ROLES, { ...part('sum', {}), aggregationRule: { clusterRoleSelectors } });
    using watch = await server.watch(`${ROLES}?watch=true&fieldSelector=metadata.name%3Dsum`);
    const rulesAbout = rulesOf(watch);
    await rulesAbout('pods');
    await server.post(ROLES, part('two', { also: '' }, 'services', 'pods'));
    await rulesAbout('pods', 'services');
    await server.delete(`${ROLES}/one`);
    await rulesAbout('services', 'pods');
    await server.merge(`${ROLES}/sum`, { rules: [rule('nodes')] });
    await rulesAbout('nodes');
    await rulesAbout('services', 'pods');
  });

  it('allows what its parts allow', async () => {
    await using server = await TestServer.start({ rbac: true });
    const { plane } = server;
    const aggregationRule = { clusterRoleSelectors: [{ matchLabels: { to: 'sum' } }] };
    await server.post(ROLES, { ...part('sum', {}), aggregationRule });
    await server.post('/apis/rbac.authorization.k8s.io/v1/clusterrolebindings', {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: { name: 'sum' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'sum' },
      subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'dev' }],
    });
    const headers = { Authorization: `Bearer ${plane.issueToken({ user: 'dev' }).token}` };
    const path = '/api/v1/namespaces/default';
    expect((await server.get(path, { headers })).status).toBe(403);
    using watch = await server.watch(`${ROLES}?watch=true&fieldSelector=metadata.name%3Dsum`);
    await server.post(ROLES, part('one', { to: 'sum' }, 'namespaces'));
    await rulesOf(watch)('namespaces');
    expect((await server.get(path, { headers })).status).toBe(200);
  });
});
