import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { eventually } from '@tinysystems/testing';

const ROOT = resolve(import.meta.dirname, '../..');
const NODE = (name: string, spec: string) =>
  `apiVersion: operator.tinysystems.io/v1alpha1\nkind: TinyNode\nmetadata: { name: ${name}, labels: { tinysystems.io/flow-name: f } }\nspec: ${spec}\n---\n`;
const FLOW =
  'apiVersion: operator.tinysystems.io/v1alpha1\nkind: TinyFlow\nmetadata: { name: f }\nspec: {}\n---\n';

/** `tinysystems dev` in a folder of its own, with whatever flags. */
class Dev implements AsyncDisposable {
  readonly child: ChildProcess;
  output = '';

  constructor(folder: string, flags: readonly string[]) {
    const args = [
      'packages/cli/src/main.ts',
      'dev',
      '--listen',
      '127.0.0.1:0',
      '--data',
      join(folder, 'da ta'),
    ];
    this.child = spawn(process.execPath, ['--conditions=@tinysystems/source', ...args, ...flags], {
      cwd: ROOT,
      env: { ...process.env, NODE_OPTIONS: '' },
    });
    for (const stream of [this.child.stdout, this.child.stderr])
      stream?.on('data', (chunk: Buffer) => (this.output += chunk.toString()));
  }

  async says(text: string): Promise<void> {
    await eventually(() => expect(this.output).toContain(text), { timeoutMs: 40_000, intervalMs: 20 });
  }

  async ended(): Promise<number | null> {
    if (this.child.exitCode === null && this.child.signalCode === null) await once(this.child, 'close');
    return this.child.exitCode;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.child.kill('SIGINT');
    await this.ended();
  }
}

describe('tinysystems dev', () => {
  let folder: string;
  beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), 'dev-'))));
  afterEach(() => rm(folder, { recursive: true, force: true }));
  const write = async (name: string, text: string) => {
    const file = join(folder, name);
    await writeFile(file, text);
    return file;
  };

  it('says what is wrong with the code of a module, and where, once', async () => {
    await mkdir(join(folder, 'modules/mine/src'), { recursive: true });
    const manifest = { version: '1.0.0', tinysystems: { module: 'mine' } };
    await write('modules/mine/package.json', JSON.stringify(manifest));
    const main = await write('modules/mine/src/main.ts', 'console.log(1);\nconst x = ;\n');
    await using dev = new Dev(folder, ['--modules', join(folder, 'modules')]);
    await dev.says('mine-0 does not start: SyntaxError');
    await dev.says(`(file://${main}:2)`);
    await dev.says(`export KUBECONFIG='${join(folder, 'da ta', 'kubeconfig')}'`);
    expect(dev.output.match(/const x = ;/g)).toHaveLength(1);
  }, 60_000);

  it('names node and port when the port of a flow is taken', async () => {
    await using taken = createServer();
    await once(taken.listen(0), 'listening');
    const { port } = taken.address() as AddressInfo;
    const server = NODE(
      'server',
      `{ module: http-module, component: http_server, settings: { start: { port: ${port} } } }`,
    );
    const flow = await write('flow.yaml', FLOW + server);
    await using dev = new Dev(folder, ['--apply', flow, '--replicas', 'common-module=0']);
    await dev.says('not everything is ready');
    await dev.says('stop  Ctrl-C');
    expect(dev.output).toMatch(
      new RegExp(`server +http-module/http_server +port ${port} is in use: .*choose another`),
    );
  }, 60_000);

  it('does not wait for nodes of a module that has no replica', async () => {
    const flow = await write(
      'flow.yaml',
      FLOW + NODE('server', '{ module: http-module, component: http_server }'),
    );
    const flags = ['--apply', flow, '--replicas', 'http-module=0', '--namespace', 'elsewhere'];
    await using dev = new Dev(folder, flags);
    await dev.says('stop  Ctrl-C');
    expect(dev.output).toMatch(/server +http-module\/http_server +module http-module does not run here/);
    expect(dev.output).not.toContain('http-module-0');
  }, 60_000);

  it('starts nothing when a file cannot be applied', async () => {
    await using missing = new Dev(folder, ['--apply', join(folder, 'nope.yaml')]);
    expect(await missing.ended()).toBe(1);
    expect(missing.output).toMatch(/^\S*nope\.yaml: cannot be read: ENOENT[^\n]*\n$/);
    const text =
      'kind: TinyNode\nmetadata: { name: n, namespace: other }\nspec: { module: m, component: c }\n';
    const file = await write('other.yaml', text);
    await using elsewhere = new Dev(folder, ['--apply', file]);
    expect(await elsewhere.ended()).toBe(1);
    expect(elsewhere.output).toContain('start with --namespace other');
  }, 60_000);

  it('stops without a complaint while it starts, and when nobody reads its output any more', async () => {
    await using early = new Dev(folder, []);
    await early.says('control plane at');
    early.child.kill('SIGTERM');
    expect(await early.ended()).toBe(0);
    expect(early.output).not.toMatch(/Error|\n +at /);
    await using unread = new Dev(folder, []);
    await unread.says('control plane at');
    unread.child.stdout?.destroy();
    expect(await unread.ended()).toBe(0);
    expect(unread.output).not.toMatch(/Error|\n +at /);
  }, 60_000);
});
