import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadClusterConfig } from '../../src/client/config.ts';
import { fileToken } from '../../src/client/credentials.ts';
import { FakeClock } from '../fake-clock.ts';

describe('loadClusterConfig', () => {
  it('reads the current context of a kubeconfig', async () => {
    using home = temporaryDirectory();
    const config = loadClusterConfig({ kubeconfig: home.write('config', kubeconfig({ token: 'secret' })) });

    expect(config).toMatchObject({ server: 'https://10.0.0.1:6443', namespace: 'apps', ca: 'PEM' });
    expect(await config.authorization()).toBe('Bearer secret');
  });

  it('finds files relative to the kubeconfig', async () => {
    using home = temporaryDirectory();
    home.write('me.crt', 'CERT');
    home.write('me.key', 'KEY');
    const user = { 'client-certificate': 'me.crt', 'client-key': 'me.key' };
    const config = loadClusterConfig({ kubeconfig: home.write('config', kubeconfig(user)) });

    expect(config).toMatchObject({ cert: 'CERT', key: 'KEY' });
    expect(await config.authorization()).toBeUndefined();
  });

  it('knows name and password', async () => {
    using home = temporaryDirectory();
    const user = { username: 'me', password: 'secret' };
    const config = loadClusterConfig({ kubeconfig: home.write('config', kubeconfig(user)) });

    expect(await config.authorization()).toBe(`Basic ${Buffer.from('me:secret').toString('base64')}`);
  });

  it('asks an exec plugin, and asks it again when the token was refused', async () => {
    using home = temporaryDirectory();
    const plugin = home.write(
      'plugin.mjs',
      `process.stdout.write(JSON.stringify({ kind: 'ExecCredential', status: { token: 'from-' + process.pid } }));`,
    );
    const user = {
      exec: { apiVersion: 'client.authentication.k8s.io/v1', command: process.execPath, args: [plugin] },
    };
    const config = loadClusterConfig({ kubeconfig: home.write('config', kubeconfig(user)) });

    const first = await config.authorization();
    expect(first).toMatch(/^Bearer from-\d+$/);
    expect(await config.authorization()).toBe(first);
    expect(await config.authorization({ refresh: true })).not.toBe(first);
  });

  it('uses the token of an OIDC user as long as it is valid', async () => {
    using home = temporaryDirectory();
    const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
    const token = `${part({ alg: 'none' })}.${part({ exp: 4_000_000_000 })}.x`;
    const user = { 'auth-provider': { name: 'oidc', config: { 'id-token': token } } };
    const config = loadClusterConfig({ kubeconfig: home.write('config', kubeconfig(user)) });

    expect(await config.authorization()).toBe(`Bearer ${token}`);
  });

  it('falls back to the kubeconfig of the user, then to the pod', async () => {
    using home = temporaryDirectory();
    const options = { homeDirectory: home.path, serviceAccountDirectory: join(home.path, 'pod') };
    expect(() => loadClusterConfig(options)).toThrow(/No cluster found: neither .*config nor .*token exists/);

    home.write('pod/token', 'pod-token\n');
    home.write('pod/namespace', 'apps\n');
    home.write('pod/ca.crt', 'PEM');
    const inPod = loadClusterConfig(options);
    expect(inPod).toMatchObject({ server: 'https://kubernetes.default.svc', namespace: 'apps', ca: 'PEM' });
    expect(await inPod.authorization()).toBe('Bearer pod-token');
    const environment = { KUBERNETES_SERVICE_HOST: 'fd00::1', KUBERNETES_SERVICE_PORT: '6443' };
    expect(loadClusterConfig({ ...options, environment }).server).toBe('https://[fd00::1]:6443');

    home.write('.kube/config', kubeconfig({}));
    expect(loadClusterConfig(options).server).toBe('https://10.0.0.1:6443');
  });

  it.each([
    ['current-context: other', 'has no context "other"'],
    ['{ broken', 'cannot be read'],
    ['', 'has no context ""'],
  ])('names the file and what is wrong with it: %s', (text, message) => {
    using home = temporaryDirectory();

    expect(() => loadClusterConfig({ kubeconfig: home.write('config', text) })).toThrow(
      new RegExp(`Kubeconfig .*config.*${message}`),
    );
  });

  it('refuses what it does not support instead of ignoring it', () => {
    using home = temporaryDirectory();
    const user = { 'auth-provider': { name: 'gcp' } };

    expect(() => loadClusterConfig({ kubeconfig: home.write('config', kubeconfig(user)) })).toThrow(
      'auth-provider "gcp", which Kubernetes removed',
    );
  });
});

describe('fileToken', () => {
  it('reads the file again after a minute, or when the token was refused', async () => {
    using home = temporaryDirectory();
    const clock = new FakeClock();
    const authorization = fileToken(home.write('token', 'one'), clock);
    expect(await authorization()).toBe('Bearer one');

    home.write('token', 'two');
    expect(await authorization()).toBe('Bearer one');
    await clock.advance(60_000);
    expect(await authorization()).toBe('Bearer two');

    home.write('token', 'three');
    expect(await authorization({ refresh: true })).toBe('Bearer three');
  });
});

function kubeconfig(user: object): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'here',
    contexts: [{ name: 'here', context: { cluster: 'local', user: 'me', namespace: 'apps' } }],
    clusters: [
      {
        name: 'local',
        cluster: {
          server: 'https://10.0.0.1:6443',
          'certificate-authority-data': Buffer.from('PEM').toString('base64'),
        },
      },
    ],
    users: [{ name: 'me', user }],
  });
}

function temporaryDirectory() {
  const path = mkdtempSync(join(tmpdir(), 'kubernetes-'));
  return {
    path,
    write(name: string, text: string): string {
      const file = join(path, name);
      mkdirSync(join(file, '..'), { recursive: true });
      writeFileSync(file, text);
      return file;
    },
    [Symbol.dispose]: () => rmSync(path, { recursive: true }),
  };
}
