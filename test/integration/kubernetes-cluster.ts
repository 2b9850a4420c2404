import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startControlPlane } from '@tinysystems/control-plane';
import type { ControlPlane, ControlPlaneOptions } from '@tinysystems/control-plane';
import { ApiError, Client, loadClusterConfig, resourceType } from '@tinysystems/kubernetes';
import type { ClientOptions, KubeObject, ResourceClient } from '@tinysystems/kubernetes';

export interface Widget extends KubeObject {
  readonly spec?: { readonly size?: number; readonly color?: string };
  readonly status?: { readonly phase?: string; readonly seen?: number; readonly size?: number };
}

export const WIDGET = resourceType<Widget>({
  group: 'example.com',
  version: 'v1',
  kind: 'Widget',
  plural: 'widgets',
  namespaced: true,
});

const CRD = resourceType({
  group: 'apiextensions.k8s.io',
  version: 'v1',
  kind: 'CustomResourceDefinition',
  plural: 'customresourcedefinitions',
  namespaced: false,
});

const SCHEMA = {
  type: 'object',
  properties: {
    spec: { type: 'object', properties: { size: { type: 'integer' }, color: { type: 'string' } } },
    status: {
      type: 'object',
      properties: { phase: { type: 'string' }, seen: { type: 'integer' }, size: { type: 'integer' } },
    },
  },
};

/** A control plane that knows widgets and can be restarted on its port with its data. */
export class Cluster implements AsyncDisposable {
  readonly #directory: string;
  readonly #options: ControlPlaneOptions;
  readonly #clients: Client[] = [];
  #controlPlane: ControlPlane | undefined;
  #own: Client | undefined;
  #taken = 0;

  static async start(options: ControlPlaneOptions = {}): Promise<Cluster> {
    const cluster = new Cluster(await mkdtemp(join(tmpdir(), 'cluster-')), options);
    await cluster.up();
    await createWidgetType(cluster.connect());
    return cluster;
  }

  private constructor(directory: string, options: ControlPlaneOptions) {
    this.#directory = directory;
    this.#options = options;
  }

  get controlPlane(): ControlPlane {
    if (this.#controlPlane === undefined) throw new Error('the control plane is down');
    return this.#controlPlane;
  }

  get kubeconfig(): string {
    return join(this.#directory, 'kubeconfig');
  }

  /** The widgets in the default namespace, over the test's own connection. */
  get widgets(): ResourceClient<Widget> {
    this.#own ??= this.connect();
    return this.#own.resource(WIDGET, 'default');
  }

  /** The requests since the last call, such as `GET /apis/…?watch=true`. */
  takeRequests(): string[] {
    const all = this.controlPlane.faults.requests.map(({ method, path }) => `${method} ${path}`);
    const fresh = all.slice(this.#taken);
    this.#taken = all.length;
    return fresh;
  }

  /** A new client with connections of its own, through `server` if given. */
  connect(server?: string, options: Partial<ClientOptions> = {}): Client {
    const config = loadClusterConfig({ kubeconfig: this.kubeconfig });
    const client = new Client({
      config: { ...config, server: server ?? config.server },
      userAgent: 'test/1',
      ...options,
    });
    this.#clients.push(client);
    return client;
  }

  async down(): Promise<void> {
    await this.#controlPlane?.stop();
  }

  async up(): Promise<void> {
    const { port = 0 } = this.#controlPlane ?? {};
    this.#taken = 0;
    this.#controlPlane = await startControlPlane({
      ...this.#options,
      port,
      dataDirectory: this.#data,
      kubeconfigPath: this.kubeconfig,
    });
  }

  /** Keeps a copy of all data; for a server that is down. */
  async backUp(): Promise<void> {
    await cp(this.#data, `${this.#data}.copy`, { recursive: true });
  }

  /** Puts the copy back: the server comes up with another, shorter history. */
  async restore(): Promise<void> {
    await rm(this.#data, { recursive: true });
    await cp(`${this.#data}.copy`, this.#data, { recursive: true });
  }

  get #data(): string {
    return join(this.#directory, 'data');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of this.#clients) await client[Symbol.asyncDispose]();
    await this.down();
    await rm(this.#directory, { recursive: true });
  }
}

async function createWidgetType(client: Client): Promise<void> {
  const definition = {
    metadata: { name: 'widgets.example.com' },
    spec: {
      group: 'example.com',
      scope: 'Namespaced',
      names: { plural: 'widgets', singular: 'widget', kind: 'Widget', listKind: 'WidgetList' },
      versions: [
        {
          name: 'v1',
          served: true,
          storage: true,
          schema: { openAPIV3Schema: SCHEMA },
          subresources: { status: {} },
        },
      ],
    },
  };
  await client.resource(CRD).create(definition);
  await eventually(async () => void (await client.resource(WIDGET, 'default').list()));
}

export function widget(name: string, size = 1): Widget {
  return { metadata: { name, namespace: 'default' }, spec: { size } };
}

/** Waits until `check` stops throwing, at most `timeoutMs`; then lets its error through. */
export async function eventually(check: () => void | Promise<void>, timeoutMs = 10_000): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (performance.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
}

/** Runs something until the end of the scope. */
export function running(runnable: { run(signal: AbortSignal): Promise<void> }): AsyncDisposable {
  const stop = new AbortController();
  const ended = runnable.run(stop.signal);
  return {
    async [Symbol.asyncDispose]() {
      stop.abort(new Error('the test is over'));
      await ended;
    },
  };
}

/** What a promise is rejected with. */
export async function failureOf(promise: Promise<unknown>): Promise<ApiError> {
  const error: unknown = await promise.then(
    () => new Error('it did not fail'),
    (reason: unknown) => reason,
  );
  if (!ApiError.is(error)) throw error;
  return error;
}
