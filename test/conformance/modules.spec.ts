import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { CRDS as OUR_KINDS } from '@tinysystems/api';
import { eventually } from '@tinysystems/testing';
import { parseAllDocuments } from 'yaml';

import { ChartCopy, ROOT } from '../deploy/chart.ts';
import { openBackend, type Backend } from './backend.ts';
import { defineKind } from './define-kind.ts';
import { ModuleReplica } from './module-replica.ts';
import { INSTALL_TIMEOUT_MS, Workplace, type Tools } from './workplace.ts';

const MODULES = ['common-module', 'http-module'];
/** Kinds of the charts that decide what a module may do. */
const RIGHTS = ['ServiceAccount', 'Role', 'RoleBinding'];
const PATIENCE = { timeoutMs: 30_000, intervalMs: 100 };

describe('our modules', () => {
  const stack = new AsyncDisposableStack();
  const replicas = new Map<string, ModuleReplica>();
  let server: Backend;
  let tools: Tools;
  let url: string;

  beforeAll(async () => {
    server = stack.use(await openBackend());
    const workplace = stack.use(await Workplace.open());
    const charts = stack.use(await ChartCopy.create(MODULES));
    tools = await workplace.as(await server.kubeconfig());
    for (const crd of OUR_KINDS) await defineKind(server, crd);
    const flow = await readFile(join(ROOT, 'examples/hello/flow.yaml'), 'utf8');
    await kubectl('apply', '-f', await workplace.write('flow.yaml', flow.replace('port: 8090', 'port: 0')));
    await kubectl('apply', '-f', join(ROOT, 'examples/signal/signal.yaml'));
    await Promise.all(MODULES.map((module) => startModule(module, { workplace, charts })));
    await kubectl('wait', 'tinynode', '--all', '--for=condition=Ready', '--timeout=12s');
    url = `http://127.0.0.1:${await kubectl('get', 'tinynode', 'server', '-o', 'jsonpath={.status.metadata.port}')}`;
  }, INSTALL_TIMEOUT_MS);

  afterAll(async () => {
    await Promise.all([...replicas.values()].map((replica) => replica[Symbol.asyncDispose]()));
    await stack.disposeAsync();
  }, 60_000);

  async function kubectl(...words: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await tools.kubectl(...words);
    if (code !== 0) throw new Error(`kubectl ${words.join(' ')}: ${stderr}`);
    return stdout;
  }

  /** Two replicas, with exactly the rights that the chart of the module grants. */
  async function startModule(
    module: string,
    { workplace, charts }: { readonly workplace: Workplace; readonly charts: ChartCopy },
  ): Promise<void> {
    const { namespace } = server;
    const { output } = await charts.template(module, {}, '--namespace', namespace, '--no-hooks');
    const rights = parseAllDocuments(output)
      .map((document) => document.toJS() as { kind: string } | null)
      .filter((object) => object !== null && RIGHTS.includes(object.kind)) as readonly object[];
    await kubectl('apply', '-f', await workplace.write(`${module}.yaml`, ...rights));
    const user = `system:serviceaccount:${namespace}:demo-${module}`;
    const file = await workplace.write(`${module}.kubeconfig`, await server.kubeconfig({ user }));
    const kubeconfig = workplace.pathOf(file);
    for (const name of [`${module}-0`, `${module}-1`])
      replicas.set(name, await ModuleReplica.start({ module, name, kubeconfig, namespace }));
  }

  const greeting = async (): Promise<string> =>
    (await fetch(`${url}/hello?name=Ada`, { headers: { connection: 'close' } })).text();
  const holderOf = (lease: string): Promise<string> =>
    kubectl('get', 'lease', lease, '-o', 'jsonpath={.spec.holderIdentity}');
  const replicaOf = (identity: string): string => identity.replace(/-[0-9a-f]+$/, '');

  it('answer a request through both of them', async () => {
    expect(await greeting()).toBe('{"greeting":"Hello, Ada!"}');
  });

  it('register with one endpoint for each replica, and one leader', async () => {
    for (const module of MODULES) {
      await eventually(async () => {
        const leaders = await kubectl('get', 'tm', module, '-o', 'jsonpath={.status.endpoints[*].leader}');
        expect(leaders.split(' ').toSorted()).toEqual(['false', 'true']);
      }, PATIENCE);
    }
  });

  it('hold their leases, and one for all of them', async () => {
    for (const module of MODULES) {
      const holder = await holderOf(`${module}-lock`);
      expect([`${module}-0`, `${module}-1`]).toContain(replicaOf(holder));
    }
    expect([...replicas.keys()]).toContain(replicaOf(await holderOf('tinysystems-flow-controller')));
  });

  it('deliver a TinySignal', async () => {
    await kubectl('wait', 'ts/hello-signal', '--for=jsonpath={.status.phase}=Delivered', '--timeout=12s');
  });

  it('add up flows and projects', async () => {
    await kubectl('wait', 'tf/hello', 'tp/demo', '--for=condition=Ready', '--timeout=12s');
  });

  it('take up a changed setting at once', async () => {
    const routes = (name: string): Promise<string> =>
      kubectl('patch', 'tn', 'greeter', '--type=merge', '-p', `{"spec":{"settings":{"routes":["${name}"]}}}`);
    await routes('nobody');
    await eventually(async () => expect(await greeting()).toContain('stranger'), PATIENCE);
    await routes('named');
    await eventually(async () => expect(await greeting()).toContain('Ada'), PATIENCE);
  });

  it('hand over at once when their leader is told to stop', async () => {
    const leader = await holderOf('http-module-lock');
    const startedMs = performance.now();
    await replicas.get(replicaOf(leader))?.[Symbol.asyncDispose]();
    await eventually(async () => {
      const holder = await holderOf('http-module-lock');
      expect([holder === leader, holder === '']).toEqual([false, false]);
    }, PATIENCE);
    // Far below the 15 s after which a lease runs out; stopping and kubectl take most of it.
    expect(performance.now() - startedMs).toBeLessThan(8_000);
  }, 60_000);

  it('take over from a leader that was killed, and answer meanwhile', async () => {
    const leader = await holderOf('common-module-lock');
    replicas.get(replicaOf(leader))?.kill();
    await eventually(async () => expect(await greeting()).toContain('Ada'), PATIENCE);
    await eventually(async () => {
      const holder = await holderOf('common-module-lock');
      expect([holder === leader, holder === '']).toEqual([false, false]);
    }, PATIENCE);
    expect(await greeting()).toBe('{"greeting":"Hello, Ada!"}');
  }, 60_000);

  it('refuse a node that is not valid', async () => {
    const nodes = `/apis/operator.tinysystems.io/v1alpha1/namespaces/${server.namespace}/tinynodes`;
    const node = {
      apiVersion: 'operator.tinysystems.io/v1alpha1',
      kind: 'TinyNode',
      metadata: { name: 'bad' },
    };
    const { status, body } = await server.post(nodes, { ...node, spec: { module: 'common-module' } });
    expect([status, body.message]).toEqual([422, expect.stringContaining('spec.component: Required value')]);
  });
});
