import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { TestCluster, eventually } from '@tinysystems/testing';
import type { Contestant } from './contest.ts';

const MODULE = 'bench-module';
const LOCAL = '127.0.0.1:0';

/** HTTP → three nodes → response, all in one module process. The control plane is elsewhere. */
export class FlowModule implements Contestant, AsyncDisposable {
  readonly url: string;
  readonly pids: readonly number[];
  readonly #stack: AsyncDisposableStack;

  private constructor(url: string, child: ChildProcess, stack: AsyncDisposableStack) {
    this.url = url;
    this.pids = [child.pid ?? 0];
    this.#stack = stack;
  }

  /** @param nodeFlags - more flags of Node. */
  static async start(...nodeFlags: readonly string[]): Promise<FlowModule> {
    await using stack = new AsyncDisposableStack();
    const cluster = stack.use(await TestCluster.start());
    const child = startModule(cluster.kubeconfig, nodeFlags);
    stack.defer(async () => {
      const ended = once(child, 'exit');
      child.disconnect();
      await ended;
    });
    await createNodes(cluster);
    await cluster.ready('server', 'first', 'second', 'third');
    const port = await eventually(async () => (await cluster.nodes.get('server')).status?.metadata?.['port']);
    return new FlowModule(`http://127.0.0.1:${port}/hello?name=Ada`, child, stack.move());
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#stack[Symbol.asyncDispose]();
  }
}

function startModule(kubeconfig: string, nodeFlags: readonly string[]): ChildProcess {
  const flags = [
    ...['run', '--namespace', 'default', '--kubeconfig', kubeconfig],
    ...['--grpc-server-bind-address', LOCAL, '--health-probe-bind-address', LOCAL],
    ...['--metrics-bind-address', LOCAL, '--diagnostics-bind-address', LOCAL],
  ];
  return fork(new URL('flow-module.ts', import.meta.url), flags, {
    execArgv: ['--conditions=@tinysystems/source', ...nodeFlags],
    env: { ...process.env, NODE_OPTIONS: '', POD_NAME: `${MODULE}-0` },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
}

async function createNodes(cluster: TestCluster): Promise<void> {
  const step = (name: string, to: string, toPort: string, configuration: object) =>
    cluster.createNode(name, {
      module: MODULE,
      component: 'transform',
      edges: [{ id: 'next', port: 'out', to, toPort, configuration: configuration as never }],
    });
  const passOn = { context: { name: '{{$.context.name}}' } };
  await cluster.createNode('server', {
    module: MODULE,
    component: 'http_server',
    settings: { start: { host: '127.0.0.1' } },
    edges: [
      {
        id: 'next',
        port: 'request',
        to: 'first',
        toPort: 'in',
        configuration: { context: { name: '{{$.requestParams.name[0]}}' } },
      },
    ],
  });
  await step('first', 'second', 'in', passOn);
  await step('second', 'third', 'in', passOn);
  await step('third', 'server', 'response', {
    statusCode: 200,
    body: { greeting: 'Hello, {{$.context.name}}!' },
  });
}
