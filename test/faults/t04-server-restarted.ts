import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { inspect } from 'node:util';
import { CRDS, TINY_NODE, type TinyNode, findCondition } from '@tinysystems/api';
import { components as commonComponents } from '@tinysystems/common-module';
import { components as httpComponents } from '@tinysystems/http-module';
import { type KubeObject, type ResourceClient, resourceType, systemClock } from '@tinysystems/kubernetes';
import { RunningModule } from '@tinysystems/testing';
import { Cluster, eventually } from '../integration/kubernetes-cluster.ts';
import type { Fault, Measures, Scale } from './fault.ts';

const CONVERGED_MS = 5_000;
const PREPARED_MS = 60_000;
const MAX_LINES_A_MINUTE = 20;
const CRD = resourceType<KubeObject>({
  group: 'apiextensions.k8s.io',
  version: 'v1',
  kind: 'CustomResourceDefinition',
  plural: 'customresourcedefinitions',
  namespaced: false,
});

export const serverRestarted: Fault = {
  id: 'T4',
  title: 'the API server is away, and comes back with the data of an earlier time and a new history',
  target:
    'messages flow throughout; converged 5 s after the return; at most 20 log lines a minute and process',
  run: restart,
};

async function restart(scale: Scale): Promise<Measures> {
  const convergeMs = scale.of(PREPARED_MS, CONVERGED_MS); // Among other suites a busy machine may be held up.
  const outagesMs = scale.of([3_000], [10_000, 1_800_000]);
  await using cluster = await Cluster.start();
  await using flow = await HelloFlow.start(cluster);
  const convergedMs: number[] = [];
  for (const outageMs of outagesMs) {
    await flow.say('Hello');
    await flow.until('Hello', PREPARED_MS);
    await cluster.down();
    await cluster.backUp();
    await cluster.up();
    await flow.say('Hi');
    await flow.until('Hi', PREPARED_MS);
    await cluster.down();
    await cluster.restore();
    await systemClock.sleep(outageMs, new AbortController().signal);
    await cluster.up();
    convergedMs.push(await flow.until('Hello', convergeMs));
    await flow.say('Welcome');
    await flow.until('Welcome', convergeMs);
  }
  const { sent, failed, worstMs, worstMinute } = await flow.stop();
  assert.equal(failed.length, 0, `${failed.length} of ${sent} messages failed, first: ${failed[0] ?? ''}`);
  const linesAMinute = worstMinute.length;
  assert.ok(linesAMinute <= MAX_LINES_A_MINUTE, `${linesAMinute} log lines:\n${worstMinute.join('\n')}`);
  return {
    outagesMs: outagesMs.join('+'),
    messages: sent,
    failed: 0,
    slowestMessageMs: worstMs,
    convergedMs: Math.round(Math.max(...convergedMs)),
    linesAMinute,
  };
}

/** Two modules, a flow that goes through both, and somebody who asks it all the time. */
class HelloFlow implements AsyncDisposable {
  readonly #nodes: ResourceClient<TinyNode>;
  readonly #modules: readonly RunningModule[];
  readonly #url: string;
  readonly #stop = new AbortController();
  readonly #failed: string[] = [];
  /** Lines of each module at every second. */
  readonly #lines: number[][] = [];
  #greeting = '';
  #sent = 0;
  #worstMs = 0;
  #asking: Promise<unknown> = Promise.resolve();

  static async start(cluster: Cluster): Promise<HelloFlow> {
    const client = cluster.connect();
    const crds = client.resource(CRD);
    for (const crd of CRDS) await crds.apply(crd, { fieldManager: 'test', force: true });
    const nodes = client.resource(resourceType<TinyNode>(TINY_NODE), 'default');
    await eventually(async () => void (await nodes.list()));
    const port = await freePort();
    await nodes.create(serverNode(port));
    await nodes.create(greeterNode('Hello'));
    const place = { kubeconfig: cluster.kubeconfig, namespace: 'default' };
    const modules = [
      RunningModule.start({
        name: 'common-module',
        components: commonComponents,
        podName: 'common-0',
        ...place,
      }),
      RunningModule.start({ name: 'http-module', components: httpComponents, podName: 'http-0', ...place }),
    ];
    const flow = new HelloFlow(nodes, modules, `http://127.0.0.1:${port}/?name=Ada`);
    await eventually(async () => {
      for (const { status } of (await nodes.list()).items)
        assert.equal(findCondition(status?.conditions, 'Ready')?.status, 'True');
    }, 60_000);
    flow.#asking = Promise.all([flow.#ask(), flow.#countLines()]);
    return flow;
  }

  private constructor(nodes: ResourceClient<TinyNode>, modules: readonly RunningModule[], url: string) {
    this.#nodes = nodes;
    this.#modules = modules;
    this.#url = url;
  }

  /** Changes the greeting in the resource. */
  async say(word: string): Promise<void> {
    await this.#nodes.patch('greeter', { spec: greeterNode(word).spec });
  }

  /** Waits until messages are answered with `word`; returns after how many milliseconds. */
  async until(word: string, timeoutMs: number): Promise<number> {
    const startedMs = performance.now();
    await eventually(() => assert.equal(this.#greeting, `${word}, Ada!`), timeoutMs);
    return performance.now() - startedMs;
  }

  /** Stops asking, and says how it went. */
  async stop() {
    this.#stop.abort();
    await this.#asking;
    const [sent, failed, worstMs] = [this.#sent, this.#failed, Math.round(this.#worstMs)];
    return { sent, failed, worstMs, worstMinute: this.#worstMinute() };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    for (const module of this.#modules) await module.stop();
  }

  async #ask(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      const startedMs = performance.now();
      this.#sent += 1;
      try {
        const answer = (await (await fetch(this.#url)).json()) as { readonly greeting?: string };
        if (answer.greeting === undefined) this.#failed.push(JSON.stringify(answer));
        else this.#greeting = answer.greeting;
      } catch (error) {
        this.#failed.push(String(error));
      }
      this.#worstMs = Math.max(this.#worstMs, performance.now() - startedMs);
      await pause(20, this.#stop.signal);
    }
  }

  async #countLines(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      this.#lines.push(this.#modules.map((module) => linesOf(module).length));
      await pause(1_000, this.#stop.signal);
    }
  }

  /** The most lines that one module logged in 60 s. */
  #worstMinute(): readonly string[] {
    const minutes = this.#lines.flatMap((now, second) => {
      const before = this.#lines[Math.max(0, second - 60)] ?? now;
      return this.#modules.map((module, index) => ({
        module,
        from: before[index] ?? 0,
        to: now[index] ?? 0,
      }));
    });
    const worst = minutes.toSorted((a, b) => b.to - b.from - (a.to - a.from))[0];
    return worst === undefined ? [] : linesOf(worst.module).slice(worst.from, worst.to);
  }
}

/** What a module logged, but for debugging. */
function linesOf({ logged }: RunningModule): readonly string[] {
  const lines = logged.filter(({ level }) => level !== 'debug');
  return lines.map(({ level, message, fields }) => `${level} ${message} ${inspect(fields, { depth: 1 })}`);
}

function serverNode(port: number): TinyNode {
  return {
    metadata: { name: 'server', namespace: 'default' },
    spec: {
      module: 'http-module',
      component: 'http_server',
      settings: { start: { port } },
      edges: [
        {
          id: 'ask',
          port: 'request',
          to: 'greeter',
          toPort: 'input',
          configuration: {
            context: { name: '{{$.requestParams.name[0]}}' },
            conditions: [{ route: 'named', condition: '{{true}}' }],
          },
        },
      ],
    },
  };
}

function greeterNode(word: string): TinyNode {
  return {
    metadata: { name: 'greeter', namespace: 'default' },
    spec: {
      module: 'common-module',
      component: 'router',
      settings: { routes: ['named'] },
      edges: [
        {
          id: 'greet',
          port: 'out_named',
          to: 'server',
          toPort: 'response',
          configuration: { statusCode: 200, body: { greeting: `${word}, {{$.context.name}}!` } },
        },
      ],
    },
  };
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await systemClock.sleep(ms, signal).catch((error: unknown) => {
    if (!signal.aborted) throw error;
  });
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
