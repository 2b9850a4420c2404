import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  TINY_FLOW,
  TINY_MODULE,
  TINY_NODE,
  TINY_PROJECT,
  TINY_SIGNAL,
  TINY_TRACKER,
  type TinyFlow,
  type TinyModule,
  type TinyNode,
  type TinyProject,
  type TinySignal,
  type TinyTracker,
  findCondition,
} from '@tinysystems/api';
import { components } from '@tinysystems/common-module';
import type { RecordedRequest } from '@tinysystems/control-plane';
import {
  ApiError,
  Client,
  EVENT,
  LEASE,
  type KubeObject,
  type ResourceClient,
  type ResourceType,
  loadClusterConfig,
  resourceType,
} from '@tinysystems/kubernetes';
import { component, input, reply, z } from '@tinysystems/sdk';
import { RunningModule, TestCluster, eventually } from '@tinysystems/testing';
import { ChartCopy, type Rendered, type Rendering } from './chart.ts';

const MODULE = 'common-module';
const NAMESPACE = 'flows';
const ACCOUNT = `demo-${MODULE}`;
const HOOK_ACCOUNT = `${ACCOUNT}-pre-delete`;
const LABELS = { 'tinysystems.io/flow-name': 'f', 'tinysystems.io/project-name': 'p' };
const PATIENCE = { timeoutMs: 15_000, intervalMs: 20 };

let rendering: Rendering;
beforeAll(async () => {
  await using charts = await ChartCopy.create([MODULE]);
  rendering = await charts.render(MODULE, { 'rbac.secretNames': ['mail'] });
}, 360_000);

const mailer = component({
  name: 'mailer',
  description: 'Has a secret.',
  settings: z.object({ token: z.string().meta({ secret: true }) }),
  ports: { in: input(z.unknown()) },
  on: { in: (_message, ctx) => reply({ length: ctx.settings.token.length }) },
});

/** A cluster that has of a release what decides about rights: ServiceAccounts, Roles and RoleBindings. */
class Release implements AsyncDisposable {
  readonly cluster: TestCluster;
  readonly #stack: AsyncDisposableStack;

  private constructor(cluster: TestCluster, stack: AsyncDisposableStack) {
    this.cluster = cluster;
    this.#stack = stack;
  }

  static async install(): Promise<Release> {
    await using stack = new AsyncDisposableStack();
    const cluster = stack.use(await TestCluster.start({ rbac: true }));
    const release = new Release(cluster, stack.move());
    await cluster.client.resource(kind('', 'Namespace', false)).create({ metadata: { name: NAMESPACE } });
    await release.#create('ServiceAccount', '');
    await release.#create('Role', 'rbac.authorization.k8s.io');
    await release.#create('RoleBinding', 'rbac.authorization.k8s.io');
    return release;
  }

  /** A client of one kind, as the administrator. */
  as<T extends KubeObject>(type: ResourceType<T>): ResourceClient<T> {
    return this.cluster.client.resource(type, NAMESPACE);
  }

  /** A client of one kind, as a ServiceAccount of the namespace. */
  async asAccount<T extends KubeObject>(type: ResourceType<T>, account: string): Promise<ResourceClient<T>> {
    const config = loadClusterConfig({ kubeconfig: await this.#kubeconfig(account) });
    return this.#stack.use(new Client({ config, userAgent: 'test' })).resource(type, NAMESPACE);
  }

  /** Runs the module in this process as its ServiceAccount. */
  async run(): Promise<RunningModule> {
    const kubeconfig = await this.#kubeconfig(ACCOUNT);
    const options = {
      name: MODULE,
      components: [...components, mailer],
      podName: `${MODULE}-0`,
      kubeconfig,
      namespace: NAMESPACE,
    };
    return this.#stack.use(RunningModule.start(options));
  }

  /** What a ServiceAccount has asked for. */
  requests(account: string): readonly RecordedRequest[] {
    return this.cluster.controlPlane.faults.requests.filter(({ user }) => user === userOf(account));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#stack[Symbol.asyncDispose]();
  }

  async #create(name: string, group: string): Promise<void> {
    const client = this.as(kind(group, name));
    for (const object of [rendering.one(name), rendering.hook(name)])
      await client.create(object as KubeObject);
  }

  async #kubeconfig(account: string): Promise<string> {
    const folder = await mkdtemp(join(tmpdir(), 'rbac-'));
    this.#stack.defer(() => rm(folder, { recursive: true }));
    const path = join(folder, 'kubeconfig');
    const { kubeconfig } = this.cluster.controlPlane.issueToken({ user: userOf(account) });
    await writeFile(path, kubeconfig, { mode: 0o600 });
    return path;
  }
}

describe('the Role of the common-module chart', () => {
  it('is enough for a module to serve, lead, run nodes, deliver, add up, clean up and leave', async () => {
    await using release = await Release.install();
    const [nodes, flows, projects] = [
      release.as(resourceType<TinyNode>(TINY_NODE)),
      release.as(resourceType<TinyFlow>(TINY_FLOW)),
      release.as(resourceType<TinyProject>(TINY_PROJECT)),
    ];
    const signals = release.as(resourceType<TinySignal>(TINY_SIGNAL));
    const trackers = release.as(resourceType<TinyTracker>(TINY_TRACKER));
    await using module = await release.run();

    await eventually(() => module.isServing || module.rethrow(), PATIENCE);
    await eventually(async () => {
      const { spec } = await release.as(LEASE).get(`${MODULE}-lock`);
      expect(spec?.holderIdentity).toBe(module.addresses['identity']);
      expect(module.logged.map(({ message }) => message)).toContain('leading');
    }, PATIENCE);
    const readyz = `http://127.0.0.1:${String(module.addresses['health'])}/readyz`;
    await eventually(async () => expect((await fetch(readyz)).status).toBe(200), PATIENCE);

    const labels = { 'tinysystems.io/project-name': 'p' };
    await projects.create({ metadata: { name: 'p' }, spec: {} });
    await flows.create({ metadata: { name: 'f', labels }, spec: {} });
    await trackers.create({ metadata: { name: 't' }, spec: { node: 'n', ttlSeconds: 1 } });
    await nodes.create({
      metadata: { name: 'n', labels: LABELS },
      spec: { module: MODULE, component: 'debug' },
    });
    await eventually(async () => {
      const { status } = await nodes.get('n');
      expect(findCondition(status?.conditions, 'Ready')?.status).toBe('True');
    }, PATIENCE);

    await signals.create({
      metadata: { name: 'go' },
      spec: { node: 'n', port: 'in', data: { hello: 'world' } },
    });
    await eventually(async () => {
      expect((await signals.get('go')).status?.phase).toBe('Delivered');
      expect(JSON.stringify((await nodes.get('n')).status)).toContain('hello');
      expect((await flows.get('f')).status).toMatchObject({ ready: '1/1', modules: [MODULE] });
      expect((await projects.get('p')).status).toMatchObject({ ready: '1/1', flows: 1 });
    }, PATIENCE);
    await signals.patch('go', { spec: { ttlSecondsAfterFinished: 0 } });
    await eventually(() => isGone(signals.get('go')), PATIENCE);
    await eventually(() => isGone(trackers.get('t')), PATIENCE);

    // The router refuses what names no route, and nobody waits for its answer: that is an Event.
    const edges = [{ id: 'e', port: 'out', to: 'strict', toPort: 'input' }];
    await nodes.create({ metadata: { name: 'strict' }, spec: { module: MODULE, component: 'router' } });
    await nodes.create({ metadata: { name: 'odd' }, spec: { module: MODULE, component: 'async', edges } });
    await signals.create({
      metadata: { name: 'odd' },
      spec: { node: 'odd', port: 'in', data: { context: {} } },
    });
    await eventually(async () => {
      const reasons = (await release.as(EVENT).list()).items.map(({ reason }) => reason);
      expect(reasons).toContain('EmissionFailed');
    }, PATIENCE);
    await module.stop();

    const requests = release.requests(ACCOUNT);
    expect(requests.filter(({ status }) => status === 403)).toEqual([]);
    expect(requests.map(({ method }) => method)).toEqual(
      expect.arrayContaining(['GET', 'POST', 'PATCH', 'DELETE']),
    );
  }, 60_000);

  it('is enough to read the Secrets that the chart names, and no others until it names them', async () => {
    await using release = await Release.install();
    const nodes = release.as(resourceType<TinyNode>(TINY_NODE));
    const secrets = release.as(kind('', 'Secret'));
    const data = { token: Buffer.from('hunter22').toString('base64') };
    for (const name of ['mail', 'other']) await secrets.create({ metadata: { name }, data } as KubeObject);
    await using module = await release.run();
    await eventually(() => module.isServing || module.rethrow(), PATIENCE);
    for (const name of ['mail', 'other'])
      await nodes.create({
        metadata: { name },
        spec: {
          module: MODULE,
          component: 'mailer',
          settings: { token: { secretKeyRef: { name, key: 'token' } } },
        },
      });
    const accepted = async (name: string) =>
      findCondition((await nodes.get(name)).status?.conditions, 'SettingsAccepted');
    await eventually(async () => {
      expect(await accepted('mail')).toMatchObject({ status: 'True', reason: 'Accepted' });
      expect(await accepted('other')).toMatchObject({
        status: 'False',
        reason: 'SecretForbidden',
        message: expect.stringContaining('rbac.secretNames'),
      });
    }, PATIENCE);

    const roles = release.as(kind('rbac.authorization.k8s.io', 'Role'));
    const role = (await roles.get(ACCOUNT)) as Rendered;
    const rules = role['rules'].map((rule: Rendered) =>
      rule['resources'].includes('secrets') ? { ...rule, resourceNames: ['mail', 'other'] } : rule,
    );
    await roles.patch(ACCOUNT, { rules });
    await eventually(async () => expect(await accepted('other')).toMatchObject({ status: 'True' }), PATIENCE);
  }, 60_000);

  it('gives the ServiceAccount nothing in another namespace and nothing of the cluster', async () => {
    await using release = await Release.install();
    const config = kind('', 'Secret');
    const secrets = await release.asAccount(config, ACCOUNT);
    await expect(secrets.list()).rejects.toMatchObject({
      message: expect.stringContaining(
        `User "${userOf(ACCOUNT)}" cannot list resource "secrets" in API group "" in the namespace "${NAMESPACE}"`,
      ),
    });
    await expect(
      (await release.asAccount(kind('', 'Namespace', false), ACCOUNT)).list(),
    ).rejects.toMatchObject({ message: expect.stringContaining('at the cluster scope') });
  });

  it('is what lets the module in: without its binding nothing is answered', async () => {
    await using release = await Release.install();
    const nodes = await release.asAccount(resourceType<TinyNode>(TINY_NODE), ACCOUNT);
    expect((await nodes.list()).items).toEqual([]);
    await release.as(kind('rbac.authorization.k8s.io', 'RoleBinding')).delete(ACCOUNT);
    await expect(nodes.list()).rejects.toMatchObject({ message: expect.stringContaining('is forbidden') });
  });
});

describe('the Role of the pre-delete hook', () => {
  it('is enough to delete the TinyModule of the release, and for nothing else', async () => {
    await using release = await Release.install();
    const modules = release.as(resourceType<TinyModule>(TINY_MODULE));
    for (const name of [MODULE, 'other-module'])
      await modules.create({ metadata: { name }, spec: { image: 'i' } });
    const hook = await release.asAccount(resourceType<TinyModule>(TINY_MODULE), HOOK_ACCOUNT);
    const forbidden = { message: expect.stringContaining('is forbidden') };
    await expect(hook.delete('other-module')).rejects.toMatchObject(forbidden);
    await expect(hook.get(MODULE)).rejects.toMatchObject(forbidden);
    await hook.delete(MODULE);
    expect((await modules.list()).items.map(({ metadata }) => metadata.name)).toEqual(['other-module']);
  });
});

function userOf(account: string): string {
  return `system:serviceaccount:${NAMESPACE}:${account}`;
}

function kind(group: string, name: string, namespaced = true): ResourceType<KubeObject> {
  const plural = `${name.toLowerCase()}s`;
  return resourceType<KubeObject>({ group, version: 'v1', kind: name, plural, namespaced });
}

async function isGone(reading: Promise<Rendered>): Promise<boolean> {
  try {
    await reading;
    return false;
  } catch (error) {
    if (ApiError.isNotFound(error)) return true;
    throw error;
  }
}
