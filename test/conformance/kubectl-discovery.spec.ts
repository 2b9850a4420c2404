import { Kubectl } from './kubectl-cli.ts';
import { needs } from './needs.ts';

const TIMEOUT_MS = 300_000;

describe('kubectl', () => {
  let kubectl: Kubectl;
  beforeAll(async () => (kubectl = await Kubectl.start()), TIMEOUT_MS);
  afterAll(() => kubectl[Symbol.asyncDispose]());

  it('lists kinds and versions', async () => {
    const kinds = (await kubectl.out('api-resources', '-o', 'name')).split('\n');
    expect(kinds).toEqual(expect.arrayContaining(['pods', 'deployments.apps', 'widgets.probe.example.com']));
    expect(await kubectl.out('api-resources', '--categories=probe', '-o', 'name')).toBe(
      'widgets.probe.example.com\n',
    );
    const versions = (await kubectl.out('api-versions')).split('\n');
    expect(versions).toEqual(
      expect.arrayContaining(['v1', 'apps/v1', 'probe.example.com/v1', 'probe.example.com/v1beta1']),
    );
  });

  needs('openapiV3')('explains fields, deep and of another version', async () => {
    expect(await kubectl.out('explain', 'widget', '--recursive')).toMatch(
      /ports\s+<\[\]Object>\n\s+name\s+<string> -required-/,
    );
    expect(await kubectl.out('explain', 'widget.spec.color')).toMatch(/ENUM:\n\s+red\n\s+green\n\s+blue/);
    expect(await kubectl.out('explain', 'widget.spec', '--api-version=probe.example.com/v1beta1')).toContain(
      'VERSION:    v1beta1',
    );
    expect(await kubectl.out('explain', 'deployment.spec.replicas')).toContain('FIELD: replicas <integer>');
    expect(await kubectl.out('explain', 'widget.metadata.labels')).toContain(
      'FIELD: labels <map[string]string>',
    );
  });

  it('asks what may be done', async () => {
    expect(await kubectl.out('auth', 'can-i', 'delete', 'widgets', '--subresource=status')).toBe('yes\n');
    expect(await kubectl.out('auth', 'can-i', '--list')).toContain('*.*');
  });

  needs('selfSubjectReview')('asks who asks', async () => {
    expect(await kubectl.out('auth', 'whoami')).toContain('system:masters');
  });

  it('reads and changes its configuration, and finds the server by it', async () => {
    expect(await kubectl.out('config', 'current-context')).toBe('test\n');
    await kubectl.out('config', 'set-context', '--current', '--namespace=kube-system');
    expect(await kubectl.out('config', 'view', '--minify', '-o', 'jsonpath={..namespace}')).toBe(
      'kube-system',
    );
    await kubectl.out('config', 'set-context', '--current', `--namespace=${kubectl.server.namespace}`);
    expect(await kubectl.out('version', '-o', 'json')).toContain('"serverVersion"');
    expect(await kubectl.out('cluster-info')).toContain(kubectl.server.url);
    expect(await kubectl.out('get', '--raw', '/readyz')).toBe('ok');
  });
});
