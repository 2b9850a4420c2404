import { Client, loadClusterConfig } from '@tinysystems/kubernetes';
import { Child } from './child.ts';

/** A control plane in a process of its own, and a client of it in this one. */
export class BenchCluster implements AsyncDisposable {
  readonly kubeconfig: string;
  readonly client: Client;
  readonly #server: Child;

  private constructor(server: Child, kubeconfig: string) {
    this.#server = server;
    this.kubeconfig = kubeconfig;
    this.client = new Client({ config: loadClusterConfig({ kubeconfig }), userAgent: 'bench/1' });
  }

  static async start(): Promise<BenchCluster> {
    const server = new Child({ file: 'server-process.ts' });
    const { kubeconfig } = await server.next<{ kubeconfig: string }>();
    return new BenchCluster(server, kubeconfig);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.client[Symbol.asyncDispose]();
    await this.#server[Symbol.asyncDispose]();
  }
}
