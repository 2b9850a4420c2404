import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import {
  API_GROUP,
  API_VERSION,
  CRDS,
  TINY_FLOW,
  TINY_MODULE,
  TINY_NODE,
  TINY_PROJECT,
  TINY_SIGNAL,
  TINY_TRACKER,
  type TinyFlow,
  type TinyModule,
  type TinyNode,
  type TinyNodeSpec,
  type TinyProject,
  type TinySignal,
  type TinySignalSpec,
  type TinyTracker,
  findCondition,
} from '@tinysystems/api';
import {
  Authority,
  type ControlPlane,
  type ControlPlaneOptions,
  startControlPlane,
} from '@tinysystems/control-plane';
import { type Component, parseJson, sanitiseName, stringifyJson } from '@tinysystems/core';
import {
  Client,
  type KubeObject,
  type ResourceClient,
  loadClusterConfig,
  resourceType,
} from '@tinysystems/kubernetes';
import type { Tracing } from '@tinysystems/operator';
import { identityUri, writeCertificates } from '@tinysystems/transport';
import { eventually } from './eventually.ts';
import { RunningModule } from './running-module.ts';

const NAMESPACE = 'default';
const CRD = resourceType<KubeObject>({
  group: 'apiextensions.k8s.io',
  version: 'v1',
  kind: 'CustomResourceDefinition',
  plural: 'customresourcedefinitions',
  namespaced: false,
});

/** A control plane with our CRDs, and modules that run in this process. Everything ends when it is disposed. */
export class TestCluster implements AsyncDisposable {
  readonly controlPlane: ControlPlane;
  readonly client: Client;
  readonly nodes: ResourceClient<TinyNode>;
  readonly modules: ResourceClient<TinyModule>;
  readonly signals: ResourceClient<TinySignal>;
  readonly flows: ResourceClient<TinyFlow>;
  readonly projects: ResourceClient<TinyProject>;
  readonly trackers: ResourceClient<TinyTracker>;
  readonly #kubeconfig: string;
  readonly #certificates = new Map<string, Promise<string>>();
  #authority: Promise<Authority> | undefined;
  readonly #stack: AsyncDisposableStack;

  private constructor(controlPlane: ControlPlane, kubeconfig: string, stack: AsyncDisposableStack) {
    this.controlPlane = controlPlane;
    this.#kubeconfig = kubeconfig;
    this.#stack = stack;
    this.client = stack.use(
      new Client({
        config: loadClusterConfig({ kubeconfig }),
        userAgent: 'test',
        codec: { parse: parseJson, stringify: stringifyJson },
      }),
    );
    this.nodes = this.client.resource(resourceType<TinyNode>(TINY_NODE), NAMESPACE);
    this.modules = this.client.resource(resourceType<TinyModule>(TINY_MODULE), NAMESPACE);
    this.signals = this.client.resource(resourceType<TinySignal>(TINY_SIGNAL), NAMESPACE);
    this.flows = this.client.resource(resourceType<TinyFlow>(TINY_FLOW), NAMESPACE);
    this.projects = this.client.resource(resourceType<TinyProject>(TINY_PROJECT), NAMESPACE);
    this.trackers = this.client.resource(resourceType<TinyTracker>(TINY_TRACKER), NAMESPACE);
  }

  /** Starts a control plane on a free port and applies the CRDs. */
  static async start(options: ControlPlaneOptions = {}): Promise<TestCluster> {
    await using stack = new AsyncDisposableStack();
    const folder = await mkdtemp(join(tmpdir(), 'tinysystems-'));
    stack.defer(() => rm(folder, { recursive: true, force: true }));
    const kubeconfig = join(folder, 'kubeconfig');
    const controlPlane = stack.use(await startControlPlane({ ...options, kubeconfigPath: kubeconfig }));
    const cluster = new TestCluster(controlPlane, kubeconfig, stack.move());
    const crds = cluster.client.resource(CRD);
    await Promise.all(CRDS.map((crd) => crds.apply(crd, { fieldManager: 'test', force: true })));
    return cluster;
  }

  /** The path of a kubeconfig for this cluster. */
  get kubeconfig(): string {
    return this.#kubeconfig;
  }

  /** The directory of a module's certificates, for `--grpc-certificates`; all modules have the same authority. */
  certificatesOf(module: string): Promise<string> {
    const name = sanitiseName(module);
    let directory = this.#certificates.get(name);
    if (directory === undefined) this.#certificates.set(name, (directory = this.#issue(name)));
    return directory;
  }

  /** Starts one replica of a module in this process; it stops with the cluster, or earlier by `stop()`. */
  async startModule(
    name: string,
    components: readonly Component[],
    options: { readonly podName?: string; readonly tracing?: Tracing } = {},
  ): Promise<RunningModule> {
    const podName = options.podName ?? `${name}-0`;
    const certificates = await this.certificatesOf(name);
    const shared = { kubeconfig: this.#kubeconfig, namespace: NAMESPACE, certificates };
    const running = RunningModule.start({ name, components, ...shared, ...options, podName });
    this.#stack.use(running);
    await eventually(() => running.isServing || running.rethrow(), { timeoutMs: 10_000 });
    return running;
  }

  /** Creates a TinyNode. */
  createNode(
    name: string,
    spec: TinyNodeSpec,
    labels: Readonly<Record<string, string>> = {},
  ): Promise<TinyNode> {
    return this.nodes.create({
      apiVersion: `${API_GROUP}/${API_VERSION}`,
      kind: 'TinyNode',
      metadata: { name, labels },
      spec,
    });
  }

  /** Creates a TinySignal. */
  createSignal(name: string, spec: TinySignalSpec): Promise<TinySignal> {
    return this.signals.create({
      apiVersion: `${API_GROUP}/${API_VERSION}`,
      kind: 'TinySignal',
      metadata: { name },
      spec,
    });
  }

  /** Waits until the nodes are Ready under their present spec. */
  async ready(...names: readonly string[]): Promise<void> {
    for (const name of names) {
      await eventually(
        async () => {
          const node = await this.nodes.get(name);
          const ready = findCondition(node.status?.conditions, 'Ready');
          if (ready?.status === 'True' && ready.observedGeneration === node.metadata.generation) return true;
          throw new Error(`node ${name}: ${JSON.stringify(node.status?.conditions ?? 'no status')}`);
        },
        { timeoutMs: 10_000, intervalMs: 20 },
      );
    }
  }

  /** Waits until the signal has ended, and gives it. */
  ended(name: string, timeoutMs = 10_000): Promise<TinySignal> {
    return eventually(
      async () => {
        const signal = await this.signals.get(name);
        const { phase } = signal.status ?? {};
        return (phase === 'Delivered' || phase === 'Failed') && signal;
      },
      { timeoutMs, intervalMs: 20 },
    );
  }

  async #issue(module: string): Promise<string> {
    this.#authority ??= Authority.create('test');
    const authority = await this.#authority;
    const uris = [identityUri({ namespace: NAMESPACE, module })];
    const own = await authority.issue({ name: module, uris, usages: ['server', 'client'] });
    const directory = join(dirname(this.#kubeconfig), 'certificates', module);
    await writeCertificates(directory, { ...own, authorities: authority.credentials.certificate });
    return directory;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#stack[Symbol.asyncDispose]();
  }
}
