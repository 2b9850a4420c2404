import { CRDS, TINY_NODE, type TinyNode } from '@tinysystems/api';
import { Client, type ClusterConfig, type ResourceClient, resourceType } from '@tinysystems/kubernetes';
import { eventually } from '@tinysystems/testing';

const CRD = resourceType({
  group: 'apiextensions.k8s.io',
  version: 'v1',
  kind: 'CustomResourceDefinition',
  plural: 'customresourcedefinitions',
  namespaced: false,
});
const IN_FLIGHT = 16;
const SETTINGS = { routes: ['a', 'b'] };

/** TinyNodes of 1.7 KB that are created and changed on one server, 16 requests at once. */
export class NodeLoad implements AsyncDisposable {
  readonly #client: Client;
  readonly nodes: ResourceClient<TinyNode>;
  readonly latencies: number[] = [];
  #created = 0;
  #known: TinyNode[] = [];

  private constructor(client: Client) {
    this.#client = client;
    this.nodes = client.resource(resourceType<TinyNode>(TINY_NODE), 'default');
  }

  static async open(config: ClusterConfig): Promise<NodeLoad> {
    const client = new Client({ config, userAgent: 'bench', maxConnections: IN_FLIGHT });
    for (const crd of CRDS) await client.resource(CRD).create(crd);
    const load = new NodeLoad(client);
    await eventually(() => load.nodes.list(), { timeoutMs: 30_000, intervalMs: 100 });
    return load;
  }

  /** Creates a node. */
  async create(): Promise<void> {
    this.#created += 1;
    await this.#timed(() => this.nodes.create(nodeNamed(`node-${this.#created}`)));
  }

  /** So many nodes for {@link update}. */
  async prepare(count: number): Promise<void> {
    this.#known = await Promise.all(
      Array.from({ length: count }, (_, index) => this.nodes.create(nodeNamed(`known-${index}`))),
    );
  }

  /** Replaces one of the prepared nodes, which nobody else changes meanwhile. */
  async update(): Promise<void> {
    const node = this.#known.shift();
    if (node === undefined) throw new Error('there are fewer prepared nodes than requests at once');
    const { generation = 0 } = node.metadata as { readonly generation?: number };
    const spec = { ...node.spec, settings: { ...SETTINGS, changes: generation } };
    this.#known.push(await this.#timed(() => this.nodes.replace({ ...node, spec })));
  }

  /** Runs `call` again and again for so long; returns how many there were a second. */
  async rate(call: () => Promise<void>, durationMs: number): Promise<number> {
    const startedMs = performance.now();
    let count = 0;
    const worker = async (): Promise<void> => {
      while (performance.now() - startedMs < durationMs) {
        await call();
        count += 1;
      }
    };
    await Promise.all(Array.from({ length: IN_FLIGHT }, worker));
    return (count / (performance.now() - startedMs)) * 1000;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client[Symbol.asyncDispose]();
  }

  async #timed<T>(call: () => Promise<T>): Promise<T> {
    const sentMs = performance.now();
    const answer = await call();
    this.latencies.push(performance.now() - sentMs);
    return answer;
  }
}

function nodeNamed(name: string): TinyNode {
  const edges = Array.from({ length: 4 }, (_, index) => ({
    id: `edge-${index}`,
    port: 'out',
    to: `target-${index}`,
    toPort: 'in',
    configuration: { context: { name: '{{$.requestParams.name[0]}}', text: 'x'.repeat(180) } },
  }));
  return {
    metadata: { name, labels: { 'tinysystems.io/flow-name': 'bench' } },
    spec: { module: 'common-module', component: 'router', settings: SETTINGS, edges },
  };
}
