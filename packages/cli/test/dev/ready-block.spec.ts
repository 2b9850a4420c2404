import type { TinyModule, TinyNode } from '@tinysystems/api';
import { type ReadyBlockOptions, readyBlock } from '../../src/dev/ready-block.ts';

const moduleOf = (name: string) => ({ name, version: '1.0.0', main: 'main.ts' });
const registered = (name: string, components: number): TinyModule => ({
  metadata: { name },
  spec: {},
  status: {
    components: Array.from({ length: components }, () => ({
      name: 'c',
      description: '',
      info: '',
      tags: [],
      ports: [],
    })),
  },
});
const node: TinyNode = {
  metadata: { name: 'server', labels: { 'tinysystems.io/flow-name': 'hello' } },
  spec: { module: 'http-module', component: 'http_server' },
};
const block = (options: Partial<ReadyBlockOptions>) =>
  readyBlock({
    url: 'https://127.0.0.1:6180',
    kubeconfig: '/srv/ada/.tinysystems/kubeconfig',
    tookMs: 1234,
    processes: [],
    readiness: { nodes: [], modules: [], waiting: new Map() },
    flows: [{ metadata: { name: 'hello' }, spec: {} }],
    ...options,
  });

describe('the ready block', () => {
  it('gives a command that a shell takes, whatever the path looks like', () => {
    expect(block({})).toContain('export KUBECONFIG=/srv/ada/.tinysystems/kubeconfig');
    expect(block({ kubeconfig: "/home/ada's mac/k" })).toContain("export KUBECONFIG='/home/ada'\\''s mac/k'");
  });

  it('says which node is not ready, and why', () => {
    const waiting = new Map([['server', 'port 8090 is in use: choose another port']]);
    const text = block({ readiness: { nodes: [node], modules: [], waiting } });
    expect(text).toContain('TinySystems runs, but not everything is ready after 1.2 s');
    expect(text).toMatch(/server {2}http-module\/http_server {2}port 8090 is in use: choose another port/);
  });

  it('says which module does not start, and why', () => {
    const problem = 'SyntaxError: Expression expected (file:///main.ts:2)';
    const text = block({
      processes: [{ name: 'a-0', module: moduleOf('a'), addresses: undefined, problem }],
    });
    expect(text).toContain('not everything is ready');
    expect(text).toContain(`a-0 does not start: ${problem}`);
  });

  it('tells a module from another whose name begins with its own', () => {
    const addresses = { grpc: '127.0.0.1:1', health: 2, metrics: 3 };
    const processes = ['http', 'http-extra'].map((name) => ({
      name: `${name}-0`,
      module: moduleOf(name),
      addresses,
      problem: undefined,
    }));
    const modules = [registered('http', 1), registered('http-extra', 2)];
    const text = block({ processes, readiness: { nodes: [], modules, waiting: new Map() } });
    expect(text).toContain('TinySystems is ready');
    expect(text).toMatch(/http-extra-0 {2}1\.0\.0 +2 /);
  });
});
