import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CRDS } from '@tinysystems/api';
import { startControlPlane } from '@tinysystems/control-plane';
import { Client, EVENT, type KubeObject, loadClusterConfig, resourceType } from '@tinysystems/kubernetes';
import { component, done, input, z } from '@tinysystems/sdk';
import { RunningModule, eventually } from '@tinysystems/testing';

const quiet = component({
  name: 'quiet',
  description: 'Does nothing.',
  ports: { in: input(z.unknown()) },
  on: { in: () => done },
});
const CRD = resourceType<KubeObject>({
  group: 'apiextensions.k8s.io',
  version: 'v1',
  kind: 'CustomResourceDefinition',
  plural: 'customresourcedefinitions',
  namespaced: false,
});

/** A control plane without our CRDs, and a module that starts there. */
async function startWithoutCrds(stack: AsyncDisposableStack) {
  const folder = await mkdtemp(join(tmpdir(), 'start up-'));
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  const kubeconfig = join(folder, 'kubeconfig');
  stack.use(await startControlPlane({ kubeconfigPath: kubeconfig }));
  const client = stack.use(new Client({ config: loadClusterConfig({ kubeconfig }), userAgent: 'test' }));
  const apply = (crds: typeof CRDS) =>
    Promise.all(crds.map((crd) => client.resource(CRD).apply(crd, { fieldManager: 'test', force: true })));
  const start = () =>
    stack.use(
      RunningModule.start({
        name: 'alpha',
        components: [quiet],
        podName: 'alpha-0',
        kubeconfig,
        namespace: 'default',
      }),
    );
  return { client, apply, start };
}

const isRefusal = ({ message, fields }: RunningModule['logged'][number]) =>
  message === 'list or watch failed; trying again' && 'advice' in fields;

describe('a module that starts', () => {
  it('before its CRDs are there says so once for each kind, and begins when they come', async () => {
    await using stack = new AsyncDisposableStack();
    const { client, apply, start } = await startWithoutCrds(stack);
    const module = start();
    await eventually(() => module.logged.filter(isRefusal).length === 4);
    const isRepeated = ({ level, message }: RunningModule['logged'][number]) =>
      level === 'debug' && message.startsWith('list or watch failed');
    await eventually(() => module.logged.filter(isRepeated).length >= 4, { timeoutMs: 10_000 });
    expect(module.logged.filter(({ level }) => level === 'warn')).toHaveLength(4);
    await eventually(async () => {
      const { items } = await client.resource(EVENT, 'default').list();
      expect(items.map(({ message }) => message)).toContain(
        'the API server does not know tinynodes.operator.tinysystems.io: install the chart tinysystems-crds',
      );
    });
    await apply(CRDS);
    await eventually(() => module.isServing, { timeoutMs: 15_000 });
  });

  it('serves although it cannot read what only the flow controllers need', async () => {
    await using stack = new AsyncDisposableStack();
    const { apply, start } = await startWithoutCrds(stack);
    await apply(CRDS.filter(({ metadata }) => !/^tiny(project|tracker)s/.test(metadata.name)));
    const module = start();
    await eventually(() => module.isServing);
    const url = `http://127.0.0.1:${String(module.addresses['health'])}/readyz`;
    await eventually(async () => (await fetch(url)).status === 200);
  });

  it('can be told to stop at any moment', async () => {
    await using stack = new AsyncDisposableStack();
    const { apply, start } = await startWithoutCrds(stack);
    await start().stop();
    await apply(CRDS);
    for (const message of ['leadership gained', 'leading', 'module serves']) {
      const module = start();
      await eventually(() => module.logged.some((line) => line.message === message));
      await module.stop();
      expect(module.rethrow()).toBe(false);
      expect(module.logged.filter(({ level }) => level === 'error')).toEqual([]);
    }
  });
});
