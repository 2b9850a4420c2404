import { X509Certificate } from 'node:crypto';
import { TestCluster } from '@tinysystems/testing';
import { type KubeObject, resourceType } from '@tinysystems/kubernetes';
import { identityFromAltNames } from '@tinysystems/transport';
import { ChartCopy } from './chart.ts';

const NAMESPACE = 'flows';
const SECRET = resourceType<Secret>({
  group: '',
  version: 'v1',
  kind: 'Secret',
  plural: 'secrets',
  namespaced: true,
});

interface Secret extends KubeObject {
  readonly data: Readonly<Record<string, string>>;
}

let charts: ChartCopy;
let cluster: TestCluster;
beforeAll(async () => {
  charts = await ChartCopy.create(['common-module', 'http-module']);
  cluster = await TestCluster.start();
}, 360_000);
afterAll(async () => {
  await cluster[Symbol.asyncDispose]();
  await charts[Symbol.asyncDispose]();
});

async function helm(...args: string[]): Promise<void> {
  const { exitCode, output } = await charts.helmOn(cluster.kubeconfig, ...args, '--namespace', NAMESPACE);
  if (exitCode !== 0) throw new Error(output);
}

const chart = (module: string) => ['install', module, `modules/${module}/chart`, '--create-namespace'];
const upgrade = (module: string, ...more: string[]) =>
  helm('upgrade', module, `modules/${module}/chart`, ...more);

/** What a Secret holds, by the names of its keys. */
async function secret(name: string): Promise<Readonly<Record<string, string>>> {
  const { data } = await cluster.client.resource(SECRET, NAMESPACE).get(name);
  return Object.fromEntries(
    Object.entries(data).map(([key, text]) => [key, Buffer.from(text, 'base64').toString()]),
  );
}

/** Checks that the certificate is good for that module, signed by the authority of the namespace. */
async function demandCertificate(name: string, module: string): Promise<string> {
  const texts = await secret(name);
  const authority = await secret('tinysystems-ca');
  expect(texts['ca.crt']).toBe(authority['tls.crt']);
  const own = new X509Certificate(texts['tls.crt'] ?? '');
  expect(own.verify(new X509Certificate(authority['tls.crt'] ?? '').publicKey)).toBe(true);
  expect(identityFromAltNames(own.subjectAltName)).toEqual({ namespace: NAMESPACE, module });
  return own.serialNumber;
}

describe('releases that say nothing about TLS', () => {
  it('share the authority that the first of them makes, and keep their certificates over upgrades', async () => {
    await helm(...chart('common-module'));
    const first = await demandCertificate('common-module-tls', 'common-module');
    await helm(...chart('http-module'));
    await demandCertificate('http-module-tls', 'http-module');
    await upgrade('common-module', '--set', 'replicas=2');
    expect(await demandCertificate('common-module-tls', 'common-module')).toBe(first);
  }, 120_000);

  it('get another certificate for another name, and when it is time for one', async () => {
    const first = await demandCertificate('common-module-tls', 'common-module');
    await upgrade('common-module', '--set', 'module.name=greetings');
    const second = await demandCertificate('common-module-tls', 'greetings');
    expect(second).not.toBe(first);
    const annotations = { 'tinysystems.io/renew-after': '1000' };
    await cluster.client
      .resource(SECRET, NAMESPACE)
      .patch('common-module-tls', { metadata: { annotations } });
    await upgrade('common-module', '--set', 'module.name=greetings', '--force-conflicts');
    expect(await demandCertificate('common-module-tls', 'greetings')).not.toBe(second);
  }, 120_000);

  it('leave the authority to the others when they go', async () => {
    const { 'tls.crt': authority } = await secret('tinysystems-ca');
    await helm('uninstall', 'common-module', '--no-hooks');
    await upgrade('http-module', '--set', 'replicas=2');
    expect((await secret('tinysystems-ca'))['tls.crt']).toBe(authority);
    await demandCertificate('http-module-tls', 'http-module');
  }, 120_000);
});
