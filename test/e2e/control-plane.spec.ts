import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { eventually } from '@tinysystems/testing';
import { kubectlPath } from '../../tools/kubectl/kubectl.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const run = promisify(execFile);

/** `tinysystems control-plane` as a person runs it, in a folder whose name needs quotes. */
class ControlPlaneCommand implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;
  output = '';

  constructor(folder: string, ...flags: readonly string[]) {
    const args = [
      join(ROOT, 'packages/cli/src/main.ts'),
      'control-plane',
      '--listen',
      '127.0.0.1:0',
      ...flags,
    ];
    this.#child = spawn(process.execPath, ['--conditions=@tinysystems/source', ...args], {
      cwd: folder,
      env: { ...process.env, NODE_OPTIONS: '' },
    });
    this.#ended = once(this.#child, 'close');
    for (const stream of [this.#child.stdout, this.#child.stderr])
      stream?.on('data', (chunk: Buffer) => (this.output += chunk.toString()));
  }

  async says(text: string): Promise<void> {
    const look = () => expect(this.output).toContain(text);
    await eventually(look, { timeoutMs: 40_000, intervalMs: 20 });
  }

  /** The command behind `try`, run by a shell with the real kubectl. */
  async tryLine(): Promise<string> {
    const command = /^ {2}try +(.*)$/m.exec(this.output)?.[1] ?? '';
    const { stdout } = await run('sh', ['-c', command.replace('kubectl', `'${await kubectlPath()}'`)]);
    return stdout;
  }

  signal(signal: 'SIGINT' | 'SIGKILL'): void {
    this.#child.kill(signal);
  }

  async exitCode(): Promise<number | null> {
    await this.#ended;
    return this.#child.exitCode;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.signal('SIGKILL');
    await this.#ended;
  }
}

describe('tinysystems control-plane', () => {
  let folder: string;
  beforeEach(async () => {
    folder = join(await mkdtemp(join(tmpdir(), 'control-plane-')), "it's mine");
    await mkdir(folder);
  });
  afterEach(() => rm(join(folder, '..'), { recursive: true }));

  async function kubectl(...words: readonly string[]): Promise<string> {
    const options = { cwd: folder, env: { ...process.env, HOME: folder } };
    const { stdout } = await run(await kubectlPath(), ['--kubeconfig', 'kubeconfig', ...words], options);
    return stdout;
  }

  it('prints a command that works, keeps what it is told to keep, and stops at Ctrl-C', async () => {
    const flags = ['--data', 'da ta', '--kubeconfig', 'kubeconfig'];
    await using first = new ControlPlaneCommand(folder, ...flags);
    await first.says('Ctrl-C');
    expect(await first.tryLine()).toContain('kube-system');
    expect((await stat(join(folder, 'kubeconfig'))).mode & 0o777).toBe(0o600);
    await kubectl('create', 'configmap', 'kept', '--from-literal=a=b');
    first.signal('SIGINT');
    expect(await first.exitCode()).toBe(0);

    await using second = new ControlPlaneCommand(folder, ...flags);
    await second.says('Ctrl-C');
    expect(await kubectl('get', 'configmap', 'kept', '-o', 'jsonpath={.data.a}')).toBe('b');
  }, 120_000);

  it('goes on with its data after it was killed', async () => {
    const flags = ['--data', 'data', '--kubeconfig', 'kubeconfig'];
    await using first = new ControlPlaneCommand(folder, ...flags);
    await first.says('Ctrl-C');
    await kubectl('create', 'configmap', 'kept');
    first.signal('SIGKILL');
    await first.exitCode();
    await using second = new ControlPlaneCommand(folder, ...flags);
    await second.says('Ctrl-C');
    expect(await kubectl('get', 'configmap', 'kept', '-o', 'name')).toBe('configmap/kept\n');
  }, 120_000);

  it('says which port is in use and how to choose another', async () => {
    await using taken = createServer();
    await once(taken.listen(0, '127.0.0.1'), 'listening');
    const { port } = taken.address() as AddressInfo;
    await using command = new ControlPlaneCommand(folder, '--listen', `127.0.0.1:${port}`);
    expect(await command.exitCode()).toBe(1);
    expect(command.output).toContain(`Port ${port} on 127.0.0.1 is in use`);
    expect(command.output).toContain('--listen 127.0.0.1:');
  }, 60_000);

  it('says who has the data directory', async () => {
    await using first = new ControlPlaneCommand(folder, '--data', 'data', '--kubeconfig', 'kubeconfig');
    await first.says('Ctrl-C');
    await using second = new ControlPlaneCommand(folder, '--data', 'data', '--kubeconfig', 'other');
    expect(await second.exitCode()).toBe(1);
    expect(second.output).toMatch(
      /The data directory data is in use by process \d+\. Stop it or choose another/,
    );
    expect(await kubectl('get', 'namespaces', '-o', 'name')).toContain('namespace/default');
  }, 60_000);

  it.each([
    [
      'a file in place of the data directory',
      'data',
      'The data directory data cannot be used: there is a file',
    ],
    [
      'a file in place of its parent',
      'data/below',
      'The data directory data/below cannot be used: there is a file',
    ],
  ])(
    'says that %s makes it unusable',
    async (_what, directory, text) => {
      await writeFile(join(folder, 'data'), '');
      await using command = new ControlPlaneCommand(folder, '--data', directory);
      expect(await command.exitCode()).toBe(1);
      expect(command.output).toContain(text);
    },
    60_000,
  );

  it.each([
    ['objects.mdb', 'x'.repeat(10_000), 'objects.mdb is damaged, or is no file of a control plane'],
    ['identity.json', '{', 'identity.json cannot be read'],
  ])(
    'refuses a damaged %s and leaves it as it is',
    async (name, content, text) => {
      await mkdir(join(folder, 'data'));
      await writeFile(join(folder, 'data', name), content);
      await using command = new ControlPlaneCommand(folder, '--data', 'data');
      expect(await command.exitCode()).toBe(1);
      expect(command.output).toContain(text);
      expect((await stat(join(folder, 'data', name))).size).toBe(content.length);
    },
    60_000,
  );
});
